import { createHash } from 'node:crypto';
import type { LedgerId, LedgerRecord } from '../core/access-event.ts';
import { codeOf } from '../core/errors.ts';
import type { Finding } from '../core/finding.ts';
import { ledgerIdOf } from '../core/halves.ts';
import type { Instant } from '../core/time.ts';
import { logError } from '../edge/log.ts';
import { type Asked, askedBy } from './arrivals.ts';
import type { Outage } from './outage.ts';
import type { Services } from './services.ts';
import { take, waitingLedger } from './take.ts';
import { takeUndecided, UNDECIDED } from './undecided.ts';
import { type Illegible, takeUnreadable } from './unreadable.ts';

/** A body with the id by which its outcome is reported. */
export interface Body {
  readonly messageId: string;
  readonly body: string;
  /** When the queue first gave it to anybody; now, where nobody says. */
  readonly receivedAt?: Instant;
  /** The account whose own queue it came by; absent for the access queue, which the home account alone writes. */
  readonly sessionsOf?: string;
}

export interface BatchServices extends Services {
  readonly outage: Outage;
  /** Called once a batch with how many records were ignored, by reason, so that every record is accounted for. */
  readonly count: (counts: Readonly<Record<string, number>>) => void;
}

/** What belongs together and succeeds or fails together. */
interface Job {
  readonly messageIds: readonly string[];
  readonly run: () => Promise<void>;
  readonly records: readonly LedgerRecord[];
}

/** Most records of one ledger that are judged and recorded in one go, so that a commit stays well inside a transaction. */
const MOST_TOGETHER = 20;

/**
 * Takes the bodies of a batch: records of the same actor go together, everybody else beside them. Says of each body what was
 * thrown for it, if anything; one that failed takes nobody else with it.
 */
export async function takeBatch(
  bodies: readonly Body[],
  services: BatchServices,
): Promise<ReadonlyMap<string, unknown>> {
  const asked = bodies.map((body) => ({ ...body, asked: askedBy(body.body, services.policy, body.sessionsOf) }));
  services.count(countsOf(asked.map((one) => one.asked)));
  const jobs = [
    ...recordJobs(asked, services),
    ...unreadableJobs(asked, services),
    ...waitingJobs(asked, services),
    ...outageJobs(asked, services),
  ];
  const failed = new Map<string, unknown>();
  const ends = await Promise.all(jobs.map((job) => runJob(job, failed)));
  const undecided = jobs.flatMap(({ records }, index) => (ends[index] === 'no table' ? records : []));
  if (undecided.length > 0) await tellUndecided(undecided, bodies, failed, services);
  else if (ends.includes('decided')) services.outage.over();
  return failed;
}

/** Best effort: when even this cannot be told, the queue's alarm is what is left. */
async function tellUndecided(
  records: readonly LedgerRecord[],
  bodies: readonly Body[],
  failed: ReadonlyMap<string, unknown>,
  { outage, now }: BatchServices,
): Promise<void> {
  const at = now();
  const first = bodies.map(({ messageId, receivedAt }) => (failed.has(messageId) ? (receivedAt ?? at) : at));
  await outage.undecided(records, Math.min(at, ...first)).catch((thrown: unknown) => {
    logError('Nobody could be told that records wait for the table.', thrown, { records: records.length });
  });
}

type Read = Body & { readonly asked: Asked };

type End = 'decided' | 'done' | 'failed' | 'no table';

async function runJob({ messageIds, run, records }: Job, failed: Map<string, unknown>): Promise<End> {
  try {
    await run();
    return records.length > 0 ? 'decided' : 'done';
  } catch (thrown) {
    for (const messageId of messageIds) failed.set(messageId, thrown);
    return codeOf(thrown) === 'dependency_failed' && isOfTheTable(thrown) ? 'no table' : 'failed';
  }
}

function isOfTheTable(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message.startsWith('The table could not be');
}

function recordJobs(read: readonly Read[], services: BatchServices): readonly Job[] {
  const all = read.flatMap(({ messageId, asked }) =>
    asked.records.map((record) => ({ messageId, record, id: ledgerIdOf(record) })),
  );
  const again = read.flatMap(({ messageId, asked }) =>
    asked.ledgers.filter(isLedger).map((id) => ({ messageId, record: undefined, id })),
  );
  return [...Map.groupBy([...all, ...again], ({ id }) => id)].map(([id, group]) => {
    const records = [
      ...new Map(group.flatMap(({ record }) => (record ? [[record.key, record] as const] : []))).values(),
    ];
    const ledgers = group.some(({ record }) => !record) ? [id] : [];
    return {
      messageIds: group.map(({ messageId }) => messageId),
      records,
      run: () => inChunks(records, ledgers, services),
    };
  });
}

async function inChunks(
  records: readonly LedgerRecord[],
  ledgers: readonly LedgerId[],
  services: Services,
): Promise<void> {
  const inOrder = records.toSorted((one, other) => one.occurredAt - other.occurredAt);
  let from = 0;
  do {
    await take({ records: inOrder.slice(from, from + MOST_TOGETHER), ledgers }, services);
    from += MOST_TOGETHER;
  } while (from < inOrder.length);
}

function unreadableJobs(read: readonly Read[], services: BatchServices): readonly Job[] {
  const bad = read.flatMap(({ messageId, body, asked }) =>
    asked.unreadable.map((one, index) => ({
      messageId,
      one: { ...one, id: one.key ?? idOf(body, index) } satisfies Illegible,
    })),
  );
  if (bad.length === 0) return [];
  const distinct = [...new Map(bad.map(({ one }) => [one.id, one])).values()];
  return [
    { messageIds: bad.map(({ messageId }) => messageId), records: [], run: () => takeUnreadable(distinct, services) },
  ];
}

/** The same body is the same finding, however often it comes; an archive's replay adds its name to what it brings again. */
function idOf(body: string, index: number): string {
  const same = body.replace(REPLAY_NAME, '');
  return `unreadable-${createHash('sha256').update(same).digest('hex').slice(0, 32)}-${index}`;
}

/** EventBridge's field of a replayed event, wherever it stands among the others; a name has letters, digits and `.-_` alone. */
const REPLAY_NAME = /"replay-name":"[\w.-]{1,64}",|,"replay-name":"[\w.-]{1,64}"(?=\})/;

const WAITING = waitingLedger('');

const isLedger = (id: LedgerId): boolean => !id.startsWith(WAITING) && id !== UNDECIDED;

/** Records that wait on a session and have waited long enough, asked for under a ledger's id that is none. */
function waitingJobs(read: readonly Read[], services: BatchServices): readonly Job[] {
  return read.flatMap(({ messageId, asked }) =>
    asked.ledgers
      .filter((id) => id.startsWith(WAITING))
      .map((id) => ({
        messageIds: [messageId],
        records: [],
        run: () => settleOn(id.slice(WAITING.length), services),
      })),
  );
}

async function settleOn(on: string, services: Services): Promise<void> {
  const due = (await services.readWaiting(on)).filter(({ decideAt }) => decideAt <= services.now());
  for (const one of due) await take({ records: [], ledgers: [], waited: [one] }, services);
}

/** What was told while the table was away, and what of it is still open, asked for under the id of its ledger. */
function outageJobs(read: readonly Read[], services: BatchServices): readonly Job[] {
  const asking = read.filter(({ asked }) => asked.outages.length > 0 || asked.ledgers.includes(UNDECIDED));
  if (asking.length === 0) return [];
  const notes = asking.flatMap(({ asked }) => asked.outages);
  return [{ messageIds: asking.map(({ messageId }) => messageId), records: [], run: () => takeNotes(notes, services) }];
}

async function takeNotes(notes: readonly Finding[], services: BatchServices): Promise<void> {
  try {
    await takeUndecided(notes, services);
  } catch (thrown) {
    // Best effort: the notes come again whatever becomes of this.
    if (isOfTheTable(thrown)) await Promise.allSettled(notes.map((note) => services.outage.stillAway(note)));
    throw thrown;
  }
}

function countsOf(asked: readonly Asked[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  const add = (name: string, count: number): void => {
    if (count > 0) counts[name] = (counts[name] ?? 0) + count;
  };
  for (const { records, unreadable, ignored } of asked) {
    add('watched', records.length);
    add('unreadable', unreadable.length);
    for (const [because, count] of Object.entries(ignored)) add(because, count);
  }
  return counts;
}
