import type { Reading } from './access-event.ts';
import { callerOf } from './caller.ts';
import { readAssumeRole } from './doors/assume-role.ts';
import { readDataApi } from './doors/data-api.ts';
import { readFederationToken } from './doors/federation.ts';
import { readAssumeRoot } from './doors/root.ts';
import { readSecret } from './doors/secret.ts';
import { readExecuteCommand, readInstanceConnect, readStartSession } from './doors/shell.ts';
import { readSignIn } from './doors/sign-in.ts';
import { readSwitchRole } from './doors/switch-role.ts';
import { readTampering, TAMPERING_EVENTS, unversioned } from './doors/tampering.ts';
import type { DoorReader } from './doors/use.ts';
import type { Policy } from './policy.ts';
import { type PreparedPolicy, prepare } from './prepare.ts';
import { instantOf, isObject, type RawObject, type RawRecord, textIn } from './raw-record.ts';
import { resolve } from './resolve.ts';

const OTHER_EVENT: Reading = { outcome: 'ignored', because: 'other-event' };
const DIGEST: Reading = { outcome: 'ignored', because: 'digest-file' };
const INSIGHT: Reading = { outcome: 'ignored', because: 'insight' };

const DOORS: ReadonlyMap<string, { readonly services: readonly string[]; readonly read: DoorReader }> = new Map([
  ...['AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity'].map((name) =>
    door(name, ['sts'], readAssumeRole),
  ),
  door('AssumeRoot', ['sts'], readAssumeRoot),
  door('GetFederationToken', ['sts'], readFederationToken),
  ...['SwitchRole', 'RenewRole'].map((name) => door(name, ['signin'], readSwitchRole)),
  ...['ConsoleLogin', 'AuthorizeOAuth2Access', 'CreateOAuth2Token'].map((name) => door(name, ['signin'], readSignIn)),
  door('ExecuteCommand', ['ecs'], readExecuteCommand),
  ...['StartSession', 'ResumeSession'].map((name) => door(name, ['ssm'], readStartSession)),
  ...['SendSSHPublicKey', 'SendSerialConsoleSSHPublicKey', 'OpenTunnel'].map((name) =>
    door(name, ['ec2-instance-connect'], readInstanceConnect),
  ),
  door('GetSecretValue', ['secretsmanager'], readSecret),
  ...['ExecuteStatement', 'BatchExecuteStatement', 'ExecuteSql'].map((name) =>
    door(name, ['rdsdata', 'rdsdataapi', 'rds-data'], readDataApi),
  ),
]);

const TAMPERING_NAMES: ReadonlySet<string> = new Set(TAMPERING_EVENTS.map(({ eventName }) => eventName));

/** Every event name that can be a use (some of tampering end in an API version besides): any other is `other-event`, whatever the policy. */
export const USE_EVENT_NAMES: ReadonlySet<string> = new Set([...DOORS.keys(), ...TAMPERING_NAMES]);

function door(name: string, services: readonly string[], read: DoorReader) {
  return [name, { services, read }] as const;
}

/**
 * Reads one CloudTrail record: a use of a target, ignored with a reason, or unreadable with why. Total: any value may
 * come in. What is ignored costs a few comparisons and no allocation.
 */
export function readRecord(record: unknown, policy: Policy): Reading {
  if (!isObject(record)) return { outcome: 'unreadable', why: `not a JSON object but ${kindOf(record)}` };
  if (!hasCoreFields(record)) return readNeighbour(record);
  const reader = DOORS.get(record.eventName);
  if (reader === undefined && !isTamperingName(record.eventName)) {
    return instantOf(record.eventTime) === undefined ? badTime(record) : OTHER_EVENT;
  }
  // Outside: a policy that cannot be prepared is no fault of the record.
  const prepared = prepare(policy);
  try {
    return readKnown(record, reader, prepared);
  } catch (thrown) {
    // A value of a shape that AWS never sends: loud, and no other record of its batch or file goes with it.
    const why = `its values cannot be read (${thrown instanceof Error ? thrown.message.slice(0, 120) : 'unknown'})`;
    return { outcome: 'unreadable', why, key: record.eventID };
  }
}

function readKnown(record: RawRecord, reader: ReturnType<typeof DOORS.get>, prepared: PreparedPolicy): Reading {
  const at = instantOf(record.eventTime);
  if (at === undefined) return badTime(record);
  const caller = callerOf(record);
  const service = record.eventSource.split('.', 1)[0] ?? '';
  const use = reader?.services.includes(service)
    ? reader.read(record, caller)
    : readTampering(record, caller, prepared.guarded);
  return use === undefined ? OTHER_EVENT : resolve(record, at, caller, use, prepared);
}

function isTamperingName(eventName: string): boolean {
  if (TAMPERING_NAMES.has(eventName)) return true;
  const last = eventName.charCodeAt(eventName.length - 1);
  return last <= 57 && last >= 48 && TAMPERING_NAMES.has(unversioned(eventName));
}

const MAX_KEY = 128;

function hasCoreFields(record: RawObject): record is RawRecord {
  const { eventID, eventTime, eventSource, eventName } = record;
  if (typeof eventID !== 'string' || typeof eventTime !== 'string') return false;
  if (typeof eventSource !== 'string' || typeof eventName !== 'string') return false;
  const isShort = eventID.length <= MAX_KEY && eventName.length <= MAX_KEY && eventSource.length <= MAX_KEY;
  return eventID !== '' && eventSource !== '' && eventName !== '' && isShort;
}

/** What shares buckets and queues with records: digests, insights; else a record that lacks something. */
function readNeighbour(record: RawObject): Reading {
  if (record.digestS3Bucket !== undefined && record.digestStartTime !== undefined) return DIGEST;
  if (record.eventCategory === 'Insight' || record.eventType === 'AwsCloudTrailInsight') return INSIGHT;
  if (record.insightDetails !== undefined) return INSIGHT;
  const wrong = ['eventID', 'eventTime', 'eventSource', 'eventName'].flatMap((field) => problemOf(record, field));
  return { outcome: 'unreadable', why: `not a CloudTrail record: ${wrong.join(', ')}`, ...whereOf(record) };
}

function problemOf(record: RawObject, field: string): readonly string[] {
  const value = record[field];
  if (value === undefined || value === null || value === '') return [`${field} is missing`];
  if (typeof value !== 'string') return [`${field} is ${kindOf(value)}`];
  return value.length > MAX_KEY ? [`${field} has ${value.length} characters`] : [];
}

function badTime(record: RawRecord): Reading {
  return { outcome: 'unreadable', why: `eventTime "${record.eventTime.slice(0, 40)}" is no time`, ...whereOf(record) };
}

/** As much as there is to find an unreadable record again. */
export function whereOf(record: RawObject): { key?: string; account?: string; occurredAt?: number } {
  const key = textIn(record, 'eventID', MAX_KEY);
  const account = textIn(record, 'recipientAccountId', 32);
  const occurredAt = instantOf(textIn(record, 'eventTime', 64));
  return {
    ...(key === '' ? {} : { key }),
    ...(account === '' ? {} : { account }),
    ...(occurredAt === undefined ? {} : { occurredAt }),
  };
}

export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : value === undefined ? 'nothing' : `a ${typeof value}`;
}
