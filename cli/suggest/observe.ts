import { objectIn, type RawObject, textIn } from '../../lambdas/core/raw-record.ts';
import { layersOf } from './unwrap.ts';

/** How a role was used, and by whom, as far as an archive tells. The two records of a cross-account call count once. */
export interface RoleSeen {
  readonly arn: string;
  readonly calls: Set<string>;
  readonly regions: Set<string>;
  /** IAM users: unique id → ARN, or `''` where no record has it. */
  readonly users: Map<string, string>;
  /** Names that an identity provider asserted. */
  readonly asserted: Set<string>;
  /** Of them, those that Identity Center did. */
  readonly byIdentityCenter: Set<string>;
  /** Role sessions, workloads of other providers and AWS services that assumed it. */
  readonly machines: Map<string, MachineSeen>;
}

export interface MachineSeen {
  /** Of the role, or what else the record calls it. */
  name: string;
  readonly calls: Set<string>;
}

const ADMIN = /admin|power-?user|break-?glass|emergency|root|owner|full-?access|superuser|privileged/i;
const CALLS = new Set(['AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity']);
const IDENTITY_CENTER = '/aws-reserved/sso.amazonaws.com/';

/** Notes every use of an admin-like role in a value: a record, or what AWS wraps one in. Anything else is passed over, refused calls too. */
export function observe(value: unknown, roles: Map<string, RoleSeen>): void {
  for (const layer of layersOf(value))
    if (layer.eventID !== undefined && CALLS.has(textIn(layer, 'eventName')) && !isRefused(layer))
      observeCall(layer, roles);
}

/** An error, and nothing given out: who was refused is nobody who works with the role, and there may be no such role. */
function isRefused(record: RawObject): boolean {
  const credentials = objectIn(objectIn(record, 'responseElements'), 'credentials');
  return textIn(record, 'errorCode') !== '' && textIn(credentials, 'accessKeyId') === '';
}

function observeCall(record: RawObject, roles: Map<string, RoleSeen>): void {
  const arn = textIn(objectIn(record, 'requestParameters'), 'roleArn');
  if (!ADMIN.test(arn.slice(arn.lastIndexOf('/') + 1)) || arn.includes('/aws-service-role/')) return;
  const role = roles.get(arn) ?? newRole(arn);
  roles.set(arn, role);
  const call = textIn(record, 'sharedEventID') || textIn(record, 'eventID');
  role.calls.add(call);
  const region = textIn(record, 'awsRegion');
  if (region !== '') role.regions.add(region);
  noteCaller(record, role, call);
}

function newRole(arn: string): RoleSeen {
  return {
    arn,
    calls: new Set(),
    regions: new Set(),
    users: new Map(),
    asserted: new Set(),
    byIdentityCenter: new Set(),
    machines: new Map(),
  };
}

function noteCaller(record: RawObject, role: RoleSeen, call: string): void {
  const identity = objectIn(record, 'userIdentity');
  const [type, arn, principal] = [textIn(identity, 'type'), textIn(identity, 'arn'), textIn(identity, 'principalId')];
  const [id = '', session = ''] = principal.split(':', 2);
  const issuer = textIn(objectIn(objectIn(identity, 'sessionContext'), 'sessionIssuer'), 'arn');
  if (type === 'IAMUser' || id.startsWith('AIDA')) role.users.set(id, arn || (role.users.get(id) ?? ''));
  else if (type === 'SAMLUser') noteAsserted(record, identity, role);
  else if (issuer.includes(IDENTITY_CENTER)) {
    role.asserted.add(session);
    role.byIdentityCenter.add(session);
  } else {
    const isRole = id.startsWith('AROA');
    const known = issuer || arn || textIn(identity, 'userName') || textIn(identity, 'invokedBy') || principal || type;
    noteMachine(role, isRole ? id : known || 'nobody named', issuer || (isRole ? '' : known), call);
  }
}

function noteAsserted(record: RawObject, identity: RawObject, role: RoleSeen): void {
  const name = textIn(objectIn(record, 'requestParameters'), 'roleSessionName') || textIn(identity, 'userName');
  role.asserted.add(name);
  if (role.arn.includes(IDENTITY_CENTER)) role.byIdentityCenter.add(name);
}

function noteMachine(role: RoleSeen, id: string, name: string, call: string): void {
  const seen = role.machines.get(id) ?? { name: name || id, calls: new Set() };
  if (name !== '') seen.name = name;
  seen.calls.add(call);
  role.machines.set(id, seen);
}
