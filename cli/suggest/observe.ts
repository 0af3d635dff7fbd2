import { isObject, objectIn, type RawObject, textIn } from '../../lambdas/core/raw-record.ts';

/** How a role was used, and by whom, as far as an archive tells. */
export interface RoleSeen {
  readonly arn: string;
  uses: number;
  readonly regions: Set<string>;
  /** IAM users: ARN (or account and id where the record has no more) → unique id. */
  readonly users: Map<string, string>;
  /** Names that an identity provider asserted. */
  readonly asserted: Set<string>;
  /** Role sessions and AWS services that assumed it. */
  readonly machines: Map<string, number>;
}

const ADMIN = /admin|power-?user|break-?glass|emergency|root|owner|full-?access|superuser|privileged/i;
const CALLS = new Set(['AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity']);

/** Notes a record when it is a use of an admin-like role. Anything else is passed over. */
export function observe(value: unknown, roles: Map<string, RoleSeen>): void {
  if (!isObject(value) || !CALLS.has(textIn(value, 'eventName'))) return;
  const arn = textIn(objectIn(value, 'requestParameters'), 'roleArn');
  if (!ADMIN.test(arn.slice(arn.lastIndexOf('/') + 1)) || arn.includes('/aws-service-role/')) return;
  const role = roles.get(arn) ?? {
    arn,
    uses: 0,
    regions: new Set(),
    users: new Map(),
    asserted: new Set(),
    machines: new Map(),
  };
  roles.set(arn, role);
  role.uses += 1;
  const region = textIn(value, 'awsRegion');
  if (region !== '') role.regions.add(region);
  noteCaller(value, role);
}

function noteCaller(record: RawObject, role: RoleSeen): void {
  const identity = objectIn(record, 'userIdentity');
  const [type, arn, id] = [textIn(identity, 'type'), textIn(identity, 'arn'), textIn(identity, 'principalId')];
  const service = textIn(identity, 'invokedBy');
  if (type === 'IAMUser') role.users.set(arn, id);
  else if (type === 'AWSAccount' && id.startsWith('AIDA'))
    role.users.set(`user ${id} of account ${textIn(identity, 'accountId')}`, id);
  else if (type === 'SAMLUser')
    role.asserted.add(textIn(objectIn(record, 'requestParameters'), 'roleSessionName') || textIn(identity, 'userName'));
  else
    count(
      role.machines,
      textIn(objectIn(objectIn(identity, 'sessionContext'), 'sessionIssuer'), 'arn') ||
        service ||
        arn ||
        id ||
        type ||
        'nobody named',
    );
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
