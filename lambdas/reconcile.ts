import { CANARY } from './core/canary.ts';
import { databaseSessionsIn } from './core/database-sessions.ts';
import { TAMPERING_EVENTS } from './core/doors/tampering.ts';
import { TwoEyeError } from './core/errors.ts';
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

export interface ReconcileServices {
  readonly policy: Policy;
  readonly now: () => Instant;
  readonly places: readonly Place[];
  readonly lookUp: (place: Place, eventName: string, span: Span) => AsyncIterable<unknown>;
  readonly readLog: typeof readLog;
  readonly trailFiles: typeof trailFiles;
  /** Which of these record keys the table has. */
  readonly known: (keys: readonly string[]) => Promise<ReadonlySet<string>>;
  readonly enqueue: (message: QueueMessage) => Promise<void>;
  readonly metric: typeof writeMetric;
}

/** CloudTrail is now and then more than an hour late; each record is looked for in three runs. */
const LOOK_BACK_MS = 4 * HOUR_MS;
/** Files are put within a quarter of an hour of the last record in them; each is read by two runs. */
const FILES_BACK_MS = 2 * HOUR_MS;
/** What is younger may still be on its way by the bus. */
const STILL_COMING_MS = 30 * MINUTE_MS;

const ROLE_EVENTS = [
  ...['AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity'],
  ...['SwitchRole', 'ConsoleLogin', 'CreateOAuth2Token'],
];

/** What CloudTrail's event history knows by each kind of door. Data events (the Data API) are not in it. */
const EVENTS: Readonly<Record<Door['kind'], readonly string[]>> = {
  role: ROLE_EVENTS,
  root: ['ConsoleLogin', 'AssumeRoot'],
  federation: ['GetFederationToken', 'ConsoleLogin'],
  shell: ['ExecuteCommand', 'StartSession', 'SendSSHPublicKey', 'OpenTunnel'],
  secret: ['GetSecretValue'],
  database: [],
  'data-api': [],
};

/** Names of Lambda's API end in its version, and a look-up takes no prefix. The bucket finds other versions. */
const LAMBDA_VERSIONS = ['20150331', '20150331v2', '20171031'];
const TAMPERING_NAMES = TAMPERING_EVENTS.flatMap(({ service, eventName }) =>
  service === 'lambda' ? LAMBDA_VERSIONS.map((version) => `${eventName}${version}`) : [eventName],
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
    known: async (keys) =>
      new Set((await readMany<{ key: string }>(keys.map(eventKey))).map(({ key }) => key.pk.slice('EVENT#'.length))),
    enqueue: enqueueAccess,
    metric: writeMetric,
  };
}

/**
 * Looks for uses that CloudTrail and the database logs know and the table does not, and sends them to be judged, marked late. Every
 * place is looked at even when one fails; then it throws, so that the alarm says where nobody looked.
 */
export async function reconcile(services: ReconcileServices): Promise<{ readonly found: number }> {
  const at = services.now();
  const span = { from: at - LOOK_BACK_MS, until: at - STILL_COMING_MS };
  // What one source found, another need not send again.
  const sent = new Set<string>();
  const places = services.places.map((place) => ({
    name: `${place.account}/${place.region}`,
    look: () => trailOf(place, span, services, sent),
  }));
  const logs = databasesOf(services.policy).map((door) => ({
    name: `${door.account}${door.logGroup}`,
    look: () => logOf(door, span, services),
  }));
  const { trail } = services.policy;
  const files = (trail === undefined ? [] : services.places).map((place) => ({
    name: `${place.account}/${place.region} in ${trail?.bucket}`,
    look: () => (trail === undefined ? Promise.resolve(0) : filesOf(trail, place, span, services, sent)),
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
  services.metric('FoundLate', found, 'Count', {}, at);
  logInfo('Looked for what did not arrive.', { found, places: looks.length, failed });
  if (failed.length > 0) throw new TwoEyeError('dependency_failed', `Nobody looked at ${failed.join(', ')}.`);
  return { found };
}

async function trailOf(place: Place, span: Span, services: ReconcileServices, sent: Set<string>): Promise<number> {
  const { policy } = services;
  const names = new Set([...policy.targets.flatMap(({ door }) => EVENTS[door.kind]), ...TAMPERING_NAMES]);
  const watched = new Map<string, unknown>();
  // One after another: the pace is the account's, not ours.
  for (const eventName of names) {
    for await (const input of services.lookUp(place, eventName, span)) note(recordIn(input), watched, policy, span);
  }
  return sendMissing(watched, `${place.account}/${place.region}`, services, sent);
}

/** The trail's bucket, file by file; it also knows data events, such as those of the Data API, where the trail logs them. */
async function filesOf(
  trail: TrailBucket,
  place: Place,
  { until }: Span,
  services: ReconcileServices,
  sent: Set<string>,
): Promise<number> {
  const span = { from: until - FILES_BACK_MS, until };
  let found = 0;
  for await (const file of services.trailFiles(trail, place, span)) {
    const watched = new Map<string, unknown>();
    const records = (file as { Records?: unknown }).Records;
    for (const record of Array.isArray(records) ? records : [file]) note(record, watched, services.policy, span);
    found += await sendMissing(watched, `${place.account}/${place.region} in ${trail.bucket}`, services, sent);
  }
  return found;
}

/** The canary has an alarm of its own, which it must not still by coming late. */
function note(record: unknown, watched: Map<string, unknown>, policy: Policy, { until }: Span): void {
  for (const reading of readInput(record, policy)) {
    if (reading.outcome === 'unreadable') watched.set(reading.key ?? `unreadable/${watched.size}`, record);
    if (reading.outcome !== 'access' || reading.record.target === CANARY) continue;
    if (reading.record.occurredAt < until) watched.set(reading.record.key, record);
  }
}

async function sendMissing(
  watched: ReadonlyMap<string, unknown>,
  source: string,
  services: ReconcileServices,
  sent: Set<string>,
): Promise<number> {
  const known = await services.known([...watched.keys()]);
  const missing = [...watched].filter(([key]) => !known.has(key) && !sent.has(key));
  for (const [key] of missing) sent.add(key);
  for (const [, record] of missing) await services.enqueue({ twoEye: 'late-record', source, record });
  return missing.length;
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

async function logOf(door: DatabaseDoor, span: Span, services: ReconcileServices): Promise<number> {
  const { targets } = prepare(services.policy);
  const source = { account: door.account, region: door.region, logGroup: door.logGroup };
  const sessions = databaseSessionsIn(await services.readLog(source, span), source);
  const watched = sessions.filter((session) => targetOfSession(targets, session) !== undefined);
  const known = await services.known(watched.map(({ key }) => key));
  const missing = watched.filter(({ key }) => !known.has(key));
  for (const session of missing) await services.enqueue({ twoEye: 'database-session', session });
  return missing.length;
}
