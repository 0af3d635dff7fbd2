import type { LedgerRecord } from '../access-event.ts';
import { allowsAll, isAdminPolicy } from '../admin-like.ts';
import { type Principal, principalOf } from '../arn.ts';
import type { Caller } from '../caller.ts';
import { isObject, isTrue, objectIn, type RawObject, type RawRecord, textIn } from '../raw-record.ts';
import { outcomeOf, recipientOf, type Use } from './use.ts';

/** What of the policy decides whether a change is one of the watcher or of what it watches. */
export interface Guarded {
  readonly isWatchedAccount: (account: string) => boolean;
  /** Where two-eye itself lives, and nothing else should. */
  readonly isHome: (account: string) => boolean;
  readonly isWatchedRole: (role: Principal) => boolean;
  readonly isWatchedLogGroup: (name: string) => boolean;
  /** A person's IAM user: a new key or password for it would act under the person's name. */
  readonly isPersonsUser: (account: string, userName: string) => boolean;
}

/** `trail`: anywhere. `own`: of two-eye's own by name. `key`: any key of the home account, since a call names it by an id. `database-log`, `database-reset`: what would silence a watched database. `role`, `policy`, `provider`, `credential`: IAM's, judged by what they touch. */
type Guard =
  | 'trail'
  | 'own'
  | 'key'
  | 'database-log'
  | 'database-reset'
  | 'role'
  | 'policy'
  | 'provider'
  | 'credential';

const GUARDS: Readonly<Record<string, Readonly<Partial<Record<Guard, readonly string[]>>>>> = {
  cloudtrail: { trail: ['StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors'] },
  events: {
    own: [
      ...['PutRule', 'DeleteRule', 'DisableRule', 'EnableRule', 'PutTargets', 'RemoveTargets'],
      ...['UpdateEventBus', 'DeleteEventBus', 'PutPermission', 'RemovePermission'],
    ],
  },
  sqs: { own: ['DeleteQueue', 'PurgeQueue', 'SetQueueAttributes', 'AddPermission', 'RemovePermission'] },
  lambda: {
    own: [
      // A new function with a role of two-eye's acts as two-eye.
      ...['CreateFunction', 'DeleteFunction', 'UpdateFunctionCode', 'UpdateFunctionConfiguration'],
      'PutFunctionConcurrency',
      ...['CreateEventSourceMapping', 'UpdateEventSourceMapping', 'DeleteEventSourceMapping'],
      ...['AddPermission', 'RemovePermission', 'UpdateAlias'],
    ],
  },
  dynamodb: { own: ['DeleteTable', 'UpdateTable', 'UpdateContinuousBackups', 'UpdateTimeToLive', 'PutResourcePolicy'] },
  sns: {
    own: [
      ...['DeleteTopic', 'SetTopicAttributes', 'Subscribe', 'Unsubscribe', 'SetSubscriptionAttributes'],
      ...['AddPermission', 'RemovePermission'],
    ],
  },
  secretsmanager: {
    own: ['PutSecretValue', 'UpdateSecret', 'DeleteSecret', 'PutResourcePolicy', 'DeleteResourcePolicy'],
  },
  // Without the key nothing that two-eye keeps or sends can be read or written.
  kms: {
    key: ['DisableKey', 'ScheduleKeyDeletion', 'PutKeyPolicy'],
    // A watched account may use the home key by its alias alone.
    own: ['UpdateAlias', 'DeleteAlias'],
  },
  // An alarm that is put again with another threshold, or without actions, is as good as deleted.
  monitoring: { own: ['DeleteAlarms', 'DisableAlarmActions', 'PutMetricAlarm'] },
  logs: { own: ['PutSubscriptionFilter', 'DeleteSubscriptionFilter', 'DeleteLogGroup', 'DeleteLogStream'] },
  s3: {
    own: [
      'DeleteBucket',
      'PutBucketPolicy',
      'DeleteBucketPolicy',
      'PutBucketLifecycle',
      'PutBucketVersioning',
      'PutObjectLockConfiguration',
    ],
  },
  rds: {
    'database-log': ['ModifyDBInstance', 'ModifyDBCluster', 'ModifyDBParameterGroup', 'ModifyDBClusterParameterGroup'],
    'database-reset': ['ResetDBParameterGroup', 'ResetDBClusterParameterGroup'],
  },
  cloudformation: { own: ['UpdateStack', 'DeleteStack', 'ExecuteChangeSet'] },
  iam: {
    role: [
      ...['CreateRole', 'DeleteRole', 'UpdateRole', 'UpdateAssumeRolePolicy', 'AttachRolePolicy', 'DetachRolePolicy'],
      ...['PutRolePolicy', 'DeleteRolePolicy', 'PutRolePermissionsBoundary', 'DeleteRolePermissionsBoundary'],
      ...['AttachUserPolicy', 'PutUserPolicy', 'AttachGroupPolicy', 'PutGroupPolicy'],
    ],
    policy: ['CreatePolicy', 'CreatePolicyVersion'],
    provider: [
      ...['CreateSAMLProvider', 'UpdateSAMLProvider', 'DeleteSAMLProvider', 'CreateOpenIDConnectProvider'],
      ...['UpdateOpenIDConnectProviderThumbprint', 'AddClientIDToOpenIDConnectProvider'],
    ],
    credential: [
      ...['CreateAccessKey', 'UpdateAccessKey', 'CreateLoginProfile', 'UpdateLoginProfile', 'DeactivateMFADevice'],
      // A user made again, or renamed, under a person's name is that person by ARN.
      ...['CreateUser', 'UpdateUser'],
    ],
  },
};

/** No deployment of two-eye makes these: after them records are not made, not brought, not kept or not worked on. */
const STOPS_THE_TELLING = new Set([
  ...['StopLogging', 'DeleteTrail', 'DisableRule', 'DeleteEventBus', 'PurgeQueue', 'DeleteTable', 'DeleteStack'],
  ...['DeleteTopic', 'DeleteQueue', 'DeleteFunction', 'DeleteEventSourceMapping', 'DeleteSecret'],
  ...['DisableKey', 'ScheduleKeyDeletion', 'DeleteAlias', 'DisableAlarmActions'],
  // Throttled to nothing, a function is as good as gone; CloudFormation sets it once, when it makes the function.
  'PutFunctionConcurrency',
]);

/** Whether a call that tampers with the watcher may end its telling, whoever made it and with whatever approval. */
export function stopsTheTelling({ kind, eventName }: Pick<LedgerRecord, 'kind' | 'eventName'>): boolean {
  return kind === 'tampering' && STOPS_THE_TELLING.has(unversioned(eventName));
}

const GUARD_OF = new Map<string, Guard>();
for (const [service, guards] of Object.entries(GUARDS)) {
  for (const [guard, names] of Object.entries(guards)) {
    for (const name of names) GUARD_OF.set(`${service}:${name}`, guard as Guard);
  }
}

/** Event names that the tampering door reads, for whoever makes rules from them. Lambda's carry an API version (`DeleteFunction20150331`). */
export const TAMPERING_EVENTS: readonly { readonly service: string; readonly eventName: string }[] = [
  ...GUARD_OF.keys(),
].map((key) => ({ service: key.slice(0, key.indexOf(':')), eventName: key.slice(key.indexOf(':') + 1) }));

/** Changes of the watcher, of the trail it lives on, and of who may become what is watched; undefined for any other change. */
export function readTampering(record: RawRecord, caller: Caller, guarded: Guarded): Use | undefined {
  const service = record.eventSource.split('.', 1)[0] ?? '';
  const guard = GUARD_OF.get(`${service}:${unversioned(record.eventName)}`);
  const account = recipientOf(record, caller);
  if (guard === undefined || !guarded.isWatchedAccount(account)) return undefined;
  const touched =
    touchedBy(guard, objectIn(record, 'requestParameters'), account, caller, guarded) ??
    // An event source mapping is asked for by an id of its own; what it joins stands in the answer alone.
    (guard === 'own' ? ownIn(objectIn(record, 'responseElements')) : undefined);
  if (touched === undefined) return undefined;
  return {
    kind: 'tampering',
    used: { door: 'tampering' },
    account,
    resource: touched.slice(0, 512),
    outcome: outcomeOf(record),
  };
}

/** Event names of Lambda end in the version of its API: `UpdateFunctionCode20150331v2`. */
export function unversioned(eventName: string): string {
  return eventName.replace(/20\d{6}(v\d+)?$/, '');
}

function touchedBy(
  guard: Guard,
  request: RawObject,
  account: string,
  caller: Caller,
  guarded: Guarded,
): string | undefined {
  if (guard === 'trail') return textIn(request, 'name') || textIn(request, 'trailName') || 'a trail';
  if (guard === 'own') return ownIn(request) ?? watchedLogGroupIn(request, guarded);
  if (guard === 'key') return guarded.isHome(account) ? `key ${textIn(request, 'keyId', 256)}` : undefined;
  if (guard === 'database-log') return silencedDatabaseIn(request, guarded);
  if (guard === 'database-reset') return resetSettingIn(request);
  if (guard === 'policy') return adminPolicyIn(request);
  if (guard === 'provider') return providerIn(request);
  if (guard === 'credential') return credentialIn(request, account, caller, guarded);
  return roleIn(request, account, caller, guarded);
}

/** Whatever of the request names a resource of two-eye's: `two-eye-…`, `…:two-eye-…`, `…/two-eye-…`. */
function ownIn(request: RawObject): string | undefined {
  const names = Object.values(request)
    .slice(0, 50)
    .flatMap((value: unknown): unknown[] => (Array.isArray(value) ? value.slice(0, 200) : [value]))
    .filter((value) => typeof value === 'string');
  return names.map((name) => name.slice(0, 2_048)).find((name) => /(^|[:/])two-eye/i.test(name));
}

function watchedLogGroupIn(request: RawObject, guarded: Guarded): string | undefined {
  const name = textIn(request, 'logGroupName', 512);
  return name !== '' && guarded.isWatchedLogGroup(name) ? name : undefined;
}

const LOG_SETTINGS: ReadonlySet<string> = new Set([
  'log_connections',
  'log_line_prefix',
  'log_destination',
  'log_min_messages',
  // The lines that the reader looks for are English.
  'lc_messages',
]);

/** The export of a watched database's log to CloudWatch ends, or a parameter group stops logging connections. */
function silencedDatabaseIn(request: RawObject, guarded: Guarded): string | undefined {
  const database = textIn(request, 'dBInstanceIdentifier', 128) || textIn(request, 'dBClusterIdentifier', 128);
  const ended = listed(objectIn(request, 'cloudwatchLogsExportConfiguration').disableLogTypes);
  const isWatched = ['instance', 'cluster'].some((kind) =>
    guarded.isWatchedLogGroup(`/aws/rds/${kind}/${database}/postgresql`),
  );
  if (database !== '') return ended.length > 0 && isWatched ? `log export of ${database}` : undefined;
  return settingIn(request);
}

/** A reset of the whole group, which is what a request without parameters asks for too (RDS API reference), or of one that the log needs. */
function resetSettingIn(request: RawObject): string | undefined {
  const isWhole = isTrue(request.resetAllParameters) || listed(request.parameters).length === 0;
  return isWhole ? `every parameter of ${parameterGroupIn(request)}` : settingIn(request);
}

function settingIn(request: RawObject): string | undefined {
  const changed = listed(request.parameters)
    .filter(isObject)
    .map((parameter) => textIn(parameter, 'parameterName', 128));
  const setting = changed.find((name) => LOG_SETTINGS.has(name));
  return setting === undefined ? undefined : `${setting} of ${parameterGroupIn(request)}`;
}

function parameterGroupIn(request: RawObject): string {
  return (
    textIn(request, 'dBParameterGroupName', 256) ||
    textIn(request, 'dBClusterParameterGroupName', 256) ||
    'a parameter group'
  );
}

/**
 * A policy of the account's own that allows everything, in force or not yet: whoever has it, or gets it, is an administrator, and the calls that give it or
 * put it in force name it without what it says.
 */
function adminPolicyIn(request: RawObject): string | undefined {
  if (!allowsAll(textIn(request, 'policyDocument', MAX_DOCUMENT))) return undefined;
  return `policy ${textIn(request, 'policyArn') || textIn(request, 'policyName', 128)}`;
}

function providerIn(request: RawObject): string {
  return (
    textIn(request, 'sAMLProviderArn') ||
    textIn(request, 'openIDConnectProviderArn') ||
    textIn(request, 'name') ||
    textIn(request, 'url') ||
    'an identity provider'
  );
}

function credentialIn(request: RawObject, account: string, caller: Caller, guarded: Guarded): string | undefined {
  const newName = textIn(request, 'newUserName', 128);
  if (newName !== '' && guarded.isPersonsUser(account, newName)) return `user ${newName}`;
  // Switching a key off opens nothing.
  if (textIn(request, 'status') === 'Inactive') return undefined;
  const userName = textIn(request, 'userName', 128);
  const isOwn =
    userName === '' ||
    (caller.identity?.kind === 'user' && caller.identity.name.toLowerCase() === userName.toLowerCase());
  return !isOwn && guarded.isPersonsUser(account, userName) ? `user ${userName}` : undefined;
}

/** IAM takes 6,144 characters, or 10,240 within a role, blanks not counted (IAM quotas page). */
const MAX_DOCUMENT = 20_000;

/** A watched role, one of two-eye's own, or anybody who is being made an administrator. */
function roleIn(request: RawObject, account: string, caller: Caller, guarded: Guarded): string | undefined {
  const roleName = textIn(request, 'roleName', 128);
  const partition = caller.identity?.partition ?? 'aws';
  const path = textIn(request, 'path', 512).replace(/^\//, '');
  const role = principalOf(`arn:${partition}:iam::${account}:role/${path}${roleName}`);
  const isOurs =
    roleName !== '' && role !== undefined && guarded.isWatchedRole(path === '' ? { ...role, hasPath: false } : role);
  if (isOurs || /^two-eye/i.test(roleName)) return `role ${roleName}`;
  if (!makesAdmin(request)) return undefined;
  const named = roleName || textIn(request, 'userName', 128) || textIn(request, 'groupName', 128);
  return `${roleName ? 'role' : textIn(request, 'userName') ? 'user' : 'group'} ${named}`;
}

function makesAdmin(request: RawObject): boolean {
  return isAdminPolicy(textIn(request, 'policyArn')) || allowsAll(textIn(request, 'policyDocument', MAX_DOCUMENT));
}

function listed(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value.slice(0, 200) : [value];
}
