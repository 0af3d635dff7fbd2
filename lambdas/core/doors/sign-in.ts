import { roleArnOf } from '../arn.ts';
import type { Caller } from '../caller.ts';
import type { RawRecord } from '../raw-record.ts';
import { recipientOf, signInOutcome, type Use } from './use.ts';

/** Credentials of `aws login` live a quarter of an hour and are renewed until the sign-in ends (AWS sign-in guide). */
const LOGIN_SECONDS = 900;

/**
 * `ConsoleLogin` and the two events of `aws login`: by a role session it is a use of the role, by root one of root, by
 * a federated user one of federation. A user's own sign-in gives no more than the user has, and is nobody's target.
 */
export function readSignIn(record: RawRecord, caller: Caller): Use | undefined {
  const account = recipientOf(record, caller);
  const outcome = signInOutcome(record);
  if (caller.type === 'Root') {
    return { kind: 'root', used: { door: 'root', account }, account, resource: account, outcome };
  }
  if (caller.type === 'FederatedUser') {
    return { kind: 'federation', used: { door: 'federation', account }, account, resource: caller.arn, outcome };
  }
  const role = caller.identity;
  if (role?.kind !== 'role') return undefined;
  return {
    kind: 'sign-in',
    used: { door: 'role', role },
    account: role.account,
    resource: roleArnOf(role),
    outcome,
    session: `${caller.principal}:${caller.sessionName}`,
    ...(record.eventName === 'CreateOAuth2Token' ? { durationSeconds: LOGIN_SECONDS } : {}),
  };
}
