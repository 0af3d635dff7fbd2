import { type Principal, principalOf } from './arn.ts';
import { objectIn, type RawRecord, textIn } from './raw-record.ts';

/** Who made a call, as far as the record says: an AWS identity, not a person. */
export interface Caller {
  /** `userIdentity.type`; `''` where it is absent (records of services). */
  readonly type: string;
  readonly account: string;
  /** The unique id before any `:` (`AIDA…`, `AROA…`), else the ARN, else account and type: never empty. */
  readonly principal: string;
  /** What the ARN names: the user, or the role of the session with its path where the record has it. */
  readonly identity?: Principal;
  readonly arn: string;
  readonly userName: string;
  /** The name of the role session that calls. */
  readonly sessionName: string;
  readonly keyId: string;
  /** Carried along from an earlier session; immutable, but the first caller's choice. */
  readonly sourceIdentity: string;
  /** Identity Center's immutable user id. */
  readonly onBehalfOf: string;
  /** The service that calls on the identity's behalf, or `AWS Internal` for the console. */
  readonly invokedBy: string;
  readonly mfa?: boolean;
}

const UNIQUE_ID = /^[A-Z0-9]{12,32}$/;

export function callerOf(record: RawRecord): Caller {
  const identity = objectIn(record, 'userIdentity');
  const context = objectIn(identity, 'sessionContext');
  const attributes = objectIn(context, 'attributes');
  const arn = textIn(identity, 'arn');
  const principalId = textIn(identity, 'principalId', 256);
  const type = textIn(identity, 'type', 64);
  const account = textIn(identity, 'accountId', 32);
  const named = namedIdentity(arn, textIn(objectIn(context, 'sessionIssuer'), 'arn'));
  const mfa = attributes.mfaAuthenticated;
  return {
    type,
    account,
    principal: principalName(type, principalId, arn, account),
    ...(named === undefined ? {} : { identity: named }),
    arn,
    userName: textIn(identity, 'userName', 256),
    sessionName: named?.session ?? afterColon(type, principalId),
    keyId: textIn(identity, 'accessKeyId', 128),
    sourceIdentity: textIn(context, 'sourceIdentity', 128),
    onBehalfOf: textIn(objectIn(identity, 'onBehalfOf'), 'userId', 128),
    invokedBy: textIn(identity, 'invokedBy', 128),
    ...(typeof mfa === 'string' || typeof mfa === 'boolean' ? { mfa: String(mfa) === 'true' } : {}),
  };
}

/** The session's ARN drops the role's path; the issuer's has it. They are joined only where they name the same role. */
function namedIdentity(arn: string, issuerArn: string): Principal | undefined {
  const named = principalOf(arn);
  const issuer = principalOf(issuerArn);
  // A federated user acts for the IAM user who asked for the token.
  if (named?.kind === 'federated-user') return issuer?.kind === 'user' ? issuer : named;
  // Without an ARN of its own, the session is still its issuer's.
  if (named === undefined) return issuer;
  if (named.kind !== 'role' || issuer?.kind !== 'role') return named;
  const isSame = issuer.name === named.name && issuer.account === named.account;
  if (!isSame) return named;
  return { ...issuer, ...(named.session === undefined ? {} : { session: named.session }) };
}

function principalName(type: string, principalId: string, arn: string, account: string): string {
  const id = principalId.split(':', 1)[0] ?? '';
  if (UNIQUE_ID.test(id) && type !== 'Root') return id;
  if (type === 'SAMLUser' || type === 'WebIdentityUser') return principalId || type;
  return arn || id || `${account || 'an account that is not named'} ${type || 'of no type'}`;
}

/** The other account sees of a role session only `AROA…:name`. */
function afterColon(type: string, principalId: string): string {
  if (type !== 'AssumedRole' && type !== 'AWSAccount') return '';
  const colon = principalId.indexOf(':');
  return colon < 0 ? '' : principalId.slice(colon + 1);
}

/** The console acts for a person: its calls are the person's, though AWS makes them. */
export function isConsole(record: RawRecord, caller: Caller): boolean {
  return (
    caller.invokedBy === 'AWS Internal' ||
    caller.invokedBy === 'signin.amazonaws.com' ||
    textIn(record, 'sourceIPAddress', 64) === 'AWS Internal' ||
    textIn(record, 'sourceIPAddress', 64) === 'signin.amazonaws.com'
  );
}

/** Whether a service of AWS called for itself. */
export function isService(caller: Caller): boolean {
  return caller.type === 'AWSService' || (caller.type === '' && isOfAws(caller.invokedBy));
}

/** Fleet Manager opens a remote desktop for whoever sits before it, with a StartSession of its own. */
const REMOTE_DESKTOP = 'ssm-guiconnect.amazonaws.com';

/** Whether a service called with somebody's credentials (CloudFormation, Athena …), the console's own calls aside. */
export function isThroughService(record: RawRecord, caller: Caller): boolean {
  return isOfAws(caller.invokedBy) && caller.invokedBy !== REMOTE_DESKTOP && !isConsole(record, caller);
}

/** Whether a name is a service's, in China too. */
function isOfAws(name: string): boolean {
  return name.endsWith('.amazonaws.com') || name.endsWith('.amazonaws.com.cn');
}
