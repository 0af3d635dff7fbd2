import { CANARY } from './core/canary.ts';
import { databaseSessionsIn } from './core/database-sessions.ts';
import { TAMPERING_EVENTS } from './core/doors/tampering.ts';
import { TwoEyeError } from './core/errors.ts';
import { historyNamesOf } from './core/history-names.ts';
import type { QueueMessage } from './core/messages.ts';
import type { Door, Policy, TrailBucket } from './core/policy.ts';
import { prepare } from './core/prepare.ts';
import { readInput } from './core/read.ts';
import { targetOfSession } from './core/targets.ts';
import { HOUR_MS, type Instant, MINUTE_MS } from './core/time.ts';
import { now } from './edge/clock.ts';
import { compiledPolicy } from './edge/compiled-policy.ts';
import { environmentVariable } from './edge/environment.ts';
import { plainHandler } from './edge/lambda-shell.ts';
import { logError, logInfo } from './edge/log.ts';
import { writeMetric } from './edge/metric.ts';
import { enqueueAccess } from './edge/queues.ts';
import { readMany } from './edge/table.ts';
import { eventKey } from './edge/table-keys.ts';
import { trailFiles } from './edge/trail-bucket.ts';
import { lookUp, type Place, readLog, type Span } from './edge/watched-accounts.ts';

/** How a record came to the table: by the bus, by reconciliation alone, or by the bus after reconciliation had found it. */
export type CameBy = 'bus' | 'reconcile' | 'seen';

export interface ReconcileServices {
  readonly policy: Policy;
  readonly now: () => Instant;
  readonly places: readonly Place[];
  readonly lookUp: (place: Place, eventName: string, span: Span) => AsyncIterable<unknown>;
  readonly readLog: typeof readLog;
  readonly trailFiles: typeof trailFiles;
  /** Which of these record keys the table has, and how each came. */
  readonly arrivals: (keys: readonly string[]) => Promise<ReadonlyMap<string, CameBy>>;
  readonly enqueue: (message: QueueMessage) => Promise<void>;
  readonly metric: typeof writeMetric;
}

/** CloudTrail is now and then more than an hour late; each record is looked for in three runs. */
const LOOK_BACK_MS = 4 * HOUR_MS;
/** Each record is in this part of the span of one run alone: by then it counts as seen late or as never delivered. */
const LAST_LOOK_MS = HOUR_MS;
/** Files are put within a quarter of an hour of the last record in them; each is read by two runs. */
const FILES_BACK_MS = 2 * HOUR_MS;
/** What is younger may still be on its way by the bus. */
const STILL_COMING_MS = 30 * MINUTE_MS;

/** Names of Lambda's API end in its version, and a look-up takes no prefix. The bucket finds other versions. */
const LAMBDA_VERSIONS = ['20150331', '20150331v2', '20171031'];
const LAMBDA_NAMES = TAMPERING_EVENTS.filter(({ service }) => service === 'lambda').flatMap(({ eventName }) =>
  LAMBDA_VERSIONS.map((version) => `${eventName}${version}`),
);

/** What AWS calls, every hour. */
export const handler = plainHandler(buildServices, (_event: unknown, services) => reconcile(services));

/** On a cold start. */
function buildServices(): ReconcileServices {
  const places = environmentVariable('PLACES').split(' ');
  return {
    policy: compiledPolicy(),
    now,
    places: places.map((place) => ({ account: place.split('/')[0] ?? '', region: place.split('/')[1] ?? '' })),
    lookUp,
    readLog,
    trailFiles,
    arrivals: async (keys) => {
      const found = await readMany<{ readonly late?: CameBy }>(keys.map(eventKey));
      return new Map(found.map(({ key, value }) => [key.pk.slice('EVENT#'.length), value.late ?? 'bus']));
    },
    enqueue: enqueueAccess,
    metric: writeMetric,
  };
}

/**
 * Looks for uses that CloudTrail and the database logs know and the table does not, and sends them to be judged, marked late. Every
 * place is looked at even when one fails; then it throws, so that the alarm says where nobody looked.
 */
export async function reconcile(services: ReconcileServices): Promise<Counts> {
  const at = services.now();
  const span = { from: at - LOOK_BACK_MS, until: at - STILL_COMING_MS };
  // What one source found, another need not send again.
  const run: Run = { services, sent: new Set(), lastLook: new Map() };
  const places = services.places.map((place) => ({
    name: `${place.account}/${place.region}`,
    look: () => trailOf(place, span, run),
  }));
  const logs = databasesOf(services.policy).map((door) => ({
    name: `${door.account}${door.logGroup}`,
    look: () => logOf(door, span, run),
  }));
  const { trail } = services.policy;
  const files = (trail === undefined ? [] : services.places).map((place) => ({
    name: `${place.account}/${place.region} in ${trail?.bucket}`,
    look: () => (trail === undefined ? Promise.resolve(0) : filesOf(trail, place, span, run)),
  }));
  const looks = [...places, ...files, ...logs];
  const outcomes = await Promise.allSettled(looks.map(({ look }) => look()));
  let found = 0;
  const failed: string[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    const name = looks[index]?.name ?? '';
    if (outcome.status === 'fulfilled') found += outcome.value;
    else failed.push(name);
    if (outcome.status === 'rejected') logError('A place could not be looked at.', outcome.reason, { place: name });
  }
  const seenLate = count(run.lastLook, 'seen');
  const neverDelivered = count(run.lastLook, 'reconcile');
  // A run that saw nothing is none: the alarm on their absence must ring.
  if (failed.length < looks.length) {
    services.metric('FoundLate', found, 'Count', {}, at);
    services.metric('SeenLate', seenLate, 'Count', {}, at);
    services.metric('NeverDelivered', neverDelivered, 'Count', {}, at);
  }
  logInfo('Looked for what did not arrive.', { found, seenLate, neverDelivered, places: looks.length, failed });
  if (failed.length > 0) throw new TwoEyeError('dependency_failed', `Nobody looked at ${failed.join(', ')}.`);
  return { found, seenLate, neverDelivered };
}

/** What a run counts: records that it found missing, and of those that it looks at for the last time, how they came in the end. */
export interface Counts {
  readonly found: number;
  readonly seenLate: number;
  readonly neverDelivered: number;
}

/** What the sources of one run share. */
interface Run {
  readonly services: ReconcileServices;
  /** Keys that were sent. */
  readonly sent: Set<string>;
  /** By key, how what is looked at for the last time came. */
  readonly lastLook: Map<string, CameBy>;
}

function count(lastLook: Run['lastLook'], as: CameBy): number {
  return [...lastLook.values()].filter((came) => came === as).length;
}

/** A record (or session) that is watched, and when it happened. */
interface Watched {
  readonly message: QueueMessage;
  readonly occurredAt: Instant;
}

async function trailOf(place: Place, span: Span, run: Run): Promise<number> {
  const { policy, lookUp } = run.services;
  const names = [...historyNamesOf(policy, place), ...LAMBDA_NAMES];
  const from = { account: place.account, source: `${place.account}/${place.region}` };
  const watched = new Map<string, Watched>();
  // One after another: the pace is the account's, not ours.
  for (const eventName of names) {
    for await (const input of lookUp(place, eventName, span)) note(recordIn(input), from, watched, policy, span);
  }
  return sendMissing(watched, span.from + LAST_LOOK_MS, run);
}

/** The trail's bucket, file by file; it also knows data events, such as those of the Data API, where the trail logs them. */
async function filesOf(trail: TrailBucket, place: Place, { until }: Span, run: Run): Promise<number> {
  const span = { from: until - FILES_BACK_MS, until };
  const from = { account: place.account, source: `${place.account}/${place.region} in ${trail.bucket}` };
  let found = 0;
  for await (const file of run.services.trailFiles(trail, place, span)) {
    const watched = new Map<string, Watched>();
    const records = (file as { Records?: unknown }).Records;
    for (const record of Array.isArray(records) ? records : [file])
      note(record, from, watched, run.services.policy, span);
    // The event history looks at them for the last time, two hours later.
    found += await sendMissing(watched, Number.NEGATIVE_INFINITY, run);
  }
  return found;
}

/**
 * The canary has an alarm of its own, which it must not still by coming late. Of an account that is not watched, as home may be, its rules
 * bring tampering alone, and only that can be late.
 */
function note(
  record: unknown,
  { account, source }: { readonly account: string; readonly source: string },
  watched: Map<string, Watched>,
  policy: Policy,
  { from, until }: Span,
): void {
  const message: QueueMessage = { twoEye: 'late-record', source, record };
  for (const reading of readInput(record, policy)) {
    if (reading.outcome === 'unreadable')
      watched.set(reading.key ?? `unreadable/${watched.size}`, { message, occurredAt: reading.occurredAt ?? from });
    if (reading.outcome !== 'access' || reading.record.target === CANARY) continue;
    const { key, occurredAt, kind } = reading.record;
    if (kind !== 'tampering' && !(account in policy.accounts)) continue;
    if (occurredAt < until) watched.set(key, { message, occurredAt });
  }
}

/** Sends what the table has not; what happened before `lastLookUntil` is counted by how it came. */
async function sendMissing(
  watched: ReadonlyMap<string, Watched>,
  lastLookUntil: Instant,
  { services, sent, lastLook }: Run,
): Promise<number> {
  const arrivals = await services.arrivals([...watched.keys()]);
  let found = 0;
  for (const [key, { message, occurredAt }] of watched) {
    const came = arrivals.get(key);
    if (occurredAt < lastLookUntil) lastLook.set(key, came ?? 'reconcile');
    if (came !== undefined || sent.has(key)) continue;
    sent.add(key);
    found += 1;
    await services.enqueue(message);
  }
  return found;
}

/** LookupEvents gives the record as text; what is no JSON goes on as it is, to be unreadable and loud. */
function recordIn(input: unknown): unknown {
  const text = (input as { CloudTrailEvent?: unknown }).CloudTrailEvent;
  try {
    return JSON.parse(String(text)) as unknown;
  } catch {
    return text;
  }
}

type DatabaseDoor = Extract<Door, { kind: 'database' }>;

function databasesOf(policy: Policy): readonly DatabaseDoor[] {
  return policy.targets.flatMap(({ door }) => (door.kind === 'database' ? [door] : []));
}

async function logOf(door: DatabaseDoor, span: Span, run: Run): Promise<number> {
  const { policy, readLog: read } = run.services;
  const { targets } = prepare(policy);
  const source = { account: door.account, region: door.region, logGroup: door.logGroup };
  const sessions = databaseSessionsIn(await read(source, span), source);
  const watched = sessions
    .filter((session) => targetOfSession(targets, session) !== undefined)
    .map((session): [string, Watched] => {
      const message: QueueMessage = { twoEye: 'database-session', session, late: 'reconcile' };
      return [session.key, { message, occurredAt: session.occurredAt }];
    });
  return sendMissing(new Map(watched), span.from + LAST_LOOK_MS, run);
}
