import type { LedgerId, LedgerRecord } from '../core/access-event.ts';
import { dependsOn, type LiveSession, liveSessionOf, liveTargetsOf } from '../core/attribution.ts';
import { TwoEyeError } from '../core/errors.ts';
import { ledgerIdOf } from '../core/halves.ts';
import { isSame } from '../core/same.ts';
import { advanceLedger } from './advance-ledger.ts';
import { type Placement, place } from './place.ts';
import type { Commit, LedgerCommit, LedgerView, Owner, Pointers, Services, WaitingRecord, Wanted } from './services.ts';
import { tell } from './tell.ts';

/** What is taken together: records, ledgers to judge again, and records that have waited. */
export interface Arrival {
  readonly records: readonly LedgerRecord[];
  readonly ledgers: readonly LedgerId[];
  /** They are judged if their session is there by now or their time is up, and wait on otherwise. */
  readonly waited?: readonly WaitingRecord[];
}

const MOST_TRIES = 8;

/**
 * Decide, record, tell. Reads the ledgers concerned, judges, and records everything in one transaction; when somebody else
 * wrote meanwhile, reads and judges again. What is recorded is then told, with what earlier commits have not told. Two round
 * trips until it is durable, a third to tell. Throws `dependency_failed` when it could not; nothing is lost by that, for
 * what is delivered again finds what was recorded.
 */
export async function take(arrival: Arrival, services: Services): Promise<void> {
  const { commit, owners } = await record(arrival, services);
  await Promise.all([tell(commit, owners, services), release(arrival.records, commit, services)]);
}

/** Decides and records until nobody else wrote meanwhile. */
async function record(arrival: Arrival, services: Services): Promise<Decided> {
  let unsure = false;
  for (let attempt = 0; attempt < MOST_TRIES; attempt += 1) {
    if (attempt > 0) await services.pause(attempt);
    const decided = await decide(arrival, services);
    if (isNothing(decided.commit)) return decided;
    const outcome = await services.commit(decided.commit).catch((thrown: unknown) => {
      // Its answer may be lost and the write applied: reading again tells. Once, for a table that is away is another matter.
      if (unsure) throw thrown;
      return 'unsure' as const;
    });
    if (outcome === 'committed') return decided;
    unsure ||= outcome === 'unsure';
  }
  throw new TwoEyeError('dependency_failed', `Others wrote the same ledgers ${MOST_TRIES} times in a row.`);
}

/**
 * Takes what waited on the access keys that were given out here. Read after the sessions are durable; a record that begins to
 * wait later finds its session, or its commit conflicts. Records that come again release again, should the first have died.
 */
async function release(records: readonly LedgerRecord[], { sessions }: Commit, services: Services): Promise<void> {
  const given = [...records.map(({ issuedKeyId }) => issuedKeyId), ...sessions.map(({ accessKeyId }) => accessKeyId)];
  const keys = [...new Set(given.flatMap((key) => key ?? []))];
  const waited = (await Promise.all(keys.map(services.readWaiting))).flat();
  for (const one of waited) await take({ records: [], ledgers: [], waited: [one] }, services);
}

interface Decided {
  readonly commit: Commit;
  readonly owners: readonly LedgerView[];
}

async function decide({ records, ledgers, waited = [] }: Arrival, services: Services): Promise<Decided> {
  const all = [...records, ...waited.map((one) => one.record)];
  const guesses = [...new Set([...ledgers, ...all.map(ledgerIdOf)])];
  const [pointers, live, ...views] = await Promise.all([
    services.readPointers(wantedBy(all)),
    liveFor(all, services),
    ...guesses.map(services.readLedger),
  ]);
  const now = services.now();
  const dueKeys = new Set(waited.flatMap(({ record, decideAt }) => (decideAt <= now ? [record.key] : [])));
  const placement = place(all, pointers, {
    policy: services.policy,
    now,
    isSettled: ({ key }) => dueKeys.has(key),
    live: (target) => live.get(target) ?? [],
  });
  const read = await withOthers(views, placement, services);
  const steps = touchedBy(placement, ledgers).map((id) => stepOf(id, read, placement));
  const commits = steps.map((step) => advanceLedger(step, services.policy, now)).filter(isWorthRecording);
  const owners = [...new Set([...placement.owners, ...ledgers])].flatMap((id) => read.get(id) ?? []);
  const commit = commitOf(commits, placement, pointers, waited, now);
  return { commit: { ...commit, events: [...commit.events, ...seenAfterAll(records, pointers)] }, owners };
}

function wantedBy(records: readonly LedgerRecord[]): Wanted {
  return {
    events: records.map(({ key }) => key),
    pairs: records.flatMap(({ pairKey, half }) => (pairKey && half !== 'whole' ? [pairKey] : [])),
    sessions: records.flatMap(({ usedKeyId }) => (usedKeyId ? [usedKeyId] : [])),
  };
}

/** Only records that wait for a live session need to know which there are, and only on the targets that lead there. */
async function liveFor(
  records: readonly LedgerRecord[],
  services: Services,
): Promise<ReadonlyMap<string, readonly LiveSession[]>> {
  const dependent = records.filter((record) => dependsOn(record, services.policy) === 'live-session');
  const targets = [...new Set(dependent.flatMap((record) => liveTargetsOf(record, services.policy)))];
  return new Map(await Promise.all(targets.map(async (target) => [target, await services.readLive(target)] as const)));
}

/** Reads the ledgers that only the pointers led to. */
async function withOthers(views: readonly LedgerView[], placement: Placement, services: Services) {
  const read = new Map(views.map((view) => [view.ledger.id, view]));
  const missing = touchedBy(placement, placement.owners).filter((id) => !read.has(id));
  for (const view of await Promise.all(missing.map(services.readLedger))) read.set(view.ledger.id, view);
  return read;
}

function touchedBy({ arriving, moves }: Placement, more: readonly LedgerId[]): readonly LedgerId[] {
  return [...new Set([...arriving.keys(), ...moves.flatMap(({ from, to }) => [from, to]), ...more])];
}

function stepOf(id: LedgerId, read: ReadonlyMap<LedgerId, LedgerView>, { arriving, moves }: Placement) {
  const view = read.get(id);
  if (!view) throw new TwoEyeError('invariant_broken', `The ledger ${id} is judged without having been read.`);
  const moving = moves.filter(({ to }) => to === id).map(({ record }) => record);
  const leaving = moves.filter(({ from }) => from === id).map(({ record }) => record.key);
  return { view, leaving, arriving: [...(arriving.get(id) ?? []), ...moving] };
}

function isWorthRecording({ view, advance, messages }: LedgerCommit): boolean {
  return messages.length > 0 || advance.timers.length > 0 || !isSame(view.ledger, advance.ledger);
}

function commitOf(
  ledgers: readonly LedgerCommit[],
  { arriving, moves, waiting: allWaiting, pairs }: Placement,
  pointers: Pointers,
  waited: readonly WaitingRecord[],
  now: number,
): Commit {
  const placed = [...arriving].flatMap(([ledger, records]) => records.map((record) => ({ ledger, record })));
  const moved = moves.map(({ to, record }) => ({ ledger: to, record }));
  const sessions = [...placed, ...moved].flatMap(({ ledger, record }) => liveSessionOf(record, ledger) ?? []);
  const settled = waited.filter(({ record }) => !allWaiting.some((one) => one.record.key === record.key));
  const waiting = allWaiting.filter(({ record }) => !waited.some((one) => one.record.key === record.key));
  const version = (key: string) => pointers.events.get(key)?.version ?? 0;
  return {
    ledgers,
    events: [
      ...placed.map(({ ledger, record }) => ({ ...ownerOf(ledger, record), version: version(record.key) })),
      // A moved record has an event already, which the versions of both ledgers guard.
      ...moved.map(({ ledger, record }) => ({ ...ownerOf(ledger, record), version: -1 })),
    ],
    pairs,
    sessions,
    waiting,
    awaited: awaitedBy(waiting, pointers, sessions),
    settled,
    timers: [...ledgers.flatMap(({ advance }) => advance.timers), ...waiting.map(settleTimer)],
    now,
  };
}

function ownerOf(ledger: LedgerId, { key, late }: LedgerRecord): Owner & { readonly key: string } {
  return late === undefined ? { key, ledger } : { key, ledger, late };
}

/** Records that reconciliation found and the bus now brings after all: they were late, not lost, which `reconcile` counts. */
function seenAfterAll(records: readonly LedgerRecord[], { events }: Pointers): Commit['events'] {
  return records.flatMap(({ key, late }) => {
    const known = events.get(key);
    if (late !== undefined || known?.value.late !== 'reconcile') return [];
    return [{ key, ledger: known.value.ledger, late: 'seen', version: known.version }];
  });
}

/** A session that this very commit records cannot be checked too; what waits on it is released after. */
function awaitedBy(
  waiting: readonly WaitingRecord[],
  pointers: Pointers,
  recorded: readonly LiveSession[],
): Commit['awaited'] {
  const keys = new Set(waiting.flatMap(({ on, record }) => (on === record.usedKeyId ? [on] : [])));
  for (const { accessKeyId } of recorded) keys.delete(accessKeyId ?? '');
  return [...keys].map((accessKeyId) => ({
    accessKeyId,
    version: pointers.sessions.get(accessKeyId)?.version ?? 0,
  }));
}

/** The ledger under which `sweep` asks for what waits on a target or an access key. It never holds a record. */
export const waitingLedger = (on: string): LedgerId => `principal:waiting/${on}`;

function settleTimer({ on, record, decideAt }: WaitingRecord) {
  return { what: 'settle' as const, dueAt: decideAt, about: waitingLedger(on), id: record.key };
}

function isNothing({ ledgers, events, waiting, settled }: Commit): boolean {
  return ledgers.length + events.length + waiting.length + settled.length === 0;
}
