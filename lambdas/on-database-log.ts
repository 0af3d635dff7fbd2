import { gunzipSync } from 'node:zlib';
import { databaseSessionsIn, type LogEvent, type LogSource } from './core/database-sessions.ts';
import { TwoEyeError } from './core/errors.ts';
import type { DatabaseSession, QueueMessage } from './core/messages.ts';
import type { Policy } from './core/policy.ts';
import { prepare } from './core/prepare.ts';
import { isObject, textIn } from './core/raw-record.ts';
import { targetOfSession } from './core/targets.ts';
import { compiledPolicy } from './edge/compiled-policy.ts';
import { environmentVariable } from './edge/environment.ts';
import { plainHandler } from './edge/lambda-shell.ts';
import { logWarning } from './edge/log.ts';
import { enqueueDatabaseSession } from './edge/queues.ts';

export interface OnDatabaseLogServices {
  readonly policy: Policy;
  /** The Region of this function, which is that of the log: subscriptions do not leave their Region. */
  readonly region: string;
  readonly send: (message: QueueMessage) => Promise<void>;
}

/** A CloudWatch Logs subscription: gzip in base64. */
export interface LogSubscription {
  readonly awslogs: { readonly data: string };
}

/** What AWS calls, in the watched account. What is thrown makes CloudWatch Logs deliver again, for up to a day. */
export const handler = plainHandler(buildServices, (event: LogSubscription, services) =>
  onDatabaseLog(event, services),
);

/** On a cold start. */
function buildServices(): OnDatabaseLogServices {
  return { policy: compiledPolicy(), region: environmentVariable('AWS_REGION'), send: enqueueDatabaseSession };
}

/** For every batch: each session of a watched user goes to this account's queue in the home account, under the id of its log event. */
export async function onDatabaseLog(event: LogSubscription, services: OnDatabaseLogServices): Promise<void> {
  const batch = unpack(event, services.region);
  if (batch === undefined) return;
  if (!isWatched(batch.source, services.policy))
    logWarning('A log that no target of the policy names is subscribed; nothing in it is watched.', {
      ...batch.source,
    });
  const { targets } = prepare(services.policy);
  const sessions = databaseSessionsIn(batch.events, batch.source);
  const watched = sessions.filter((session) => targetOfSession(targets, session) !== undefined);
  await Promise.all(watched.map((session: DatabaseSession) => services.send({ twoEye: 'database-session', session })));
}

function isWatched({ account, region, logGroup }: LogSource, { targets }: Policy): boolean {
  return targets.some(
    ({ door }) =>
      door.kind === 'database' && door.account === account && door.region === region && door.logGroup === logGroup,
  );
}

interface Batch {
  readonly source: LogSource;
  readonly events: readonly LogEvent[];
}

/** A batch of log events; undefined for a control message, by which CloudWatch tries whether we are there. */
function unpack(event: LogSubscription, region: string): Batch | undefined {
  const parsed = parse(event);
  if (!isObject(parsed)) throw new TwoEyeError('unreadable_input', 'A log subscription holds no JSON object.');
  if (parsed.messageType === 'CONTROL_MESSAGE') return undefined;
  const list: unknown = parsed.logEvents;
  if (!Array.isArray(list)) throw new TwoEyeError('unreadable_input', 'A log subscription has no list of log events.');
  return {
    source: { account: textIn(parsed, 'owner', 32), region, logGroup: textIn(parsed, 'logGroup', 512) },
    events: list.map(logEvent),
  };
}

function parse(event: LogSubscription): unknown {
  try {
    return JSON.parse(gunzipSync(Buffer.from(event.awslogs.data, 'base64')).toString('utf8')) as unknown;
  } catch (cause) {
    throw new TwoEyeError('unreadable_input', 'A log subscription cannot be unpacked.', { cause });
  }
}

function logEvent(event: unknown): LogEvent {
  if (isObject(event) && typeof event.timestamp === 'number' && typeof event.id === 'string') {
    return { id: event.id.slice(0, 100), timestamp: event.timestamp, message: textIn(event, 'message', 262_144) };
  }
  throw new TwoEyeError('unreadable_input', 'A log event lacks its id or its time.');
}
