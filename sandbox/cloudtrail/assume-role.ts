import { randomUUID } from 'node:crypto';
import { isoOf } from '../../lambdas/core/time.ts';
import {
  accountOf,
  accountOfArn,
  assumedRoleArn,
  type Caller,
  identityOf,
  roleId,
  strangerIdentity,
} from './identity.ts';
import { newKeyId, type Origin, type TrailRecord, trailRecord } from './record.ts';

const STS = 'sts.amazonaws.com';

export interface AssumeRole {
  readonly caller: Caller;
  readonly roleArn: string;
  readonly sessionName: string;
  readonly origin: Origin;
  /** The console makes the call itself and shows its own address. */
  readonly byConsole?: boolean;
}

/** The records of one AssumeRole, and the key of the session that it opened. */
export interface Assumed {
  readonly records: readonly TrailRecord[];
  readonly accessKeyId: string;
}

/** One record within an account; across accounts one in each, which share `requestID` and `sharedEventID`. */
export function assumeRole(call: AssumeRole): Assumed {
  const accessKeyId = newKeyId();
  const from = accountOf(call.caller);
  const to = accountOfArn(call.roleArn);
  const common = commonFields(call, accessKeyId);
  const callers = record(call, from, { ...common, userIdentity: callerIdentity(call) });
  if (from === to) return { records: [callers], accessKeyId };
  const shared = { sharedEventID: randomUUID(), requestID: callers.requestID };
  const roles = record(call, to, { ...common, ...shared, userIdentity: strangerIdentity(call.caller) });
  return { records: [{ ...callers, ...shared }, roles], accessKeyId };
}

/** A call that AWS refused: only the caller's account has it, and the role's name is in the message alone. */
export function refusedAssumeRole(call: AssumeRole): TrailRecord {
  const { caller, roleArn } = call;
  const who = caller.kind === 'user' ? userArn(caller) : assumedRoleArn(caller.roleArn, caller.name);
  return record(call, accountOf(caller), {
    userIdentity: callerIdentity(call),
    errorCode: 'AccessDenied',
    errorMessage: `User: ${who} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
    requestParameters: null,
    responseElements: null,
  });
}

const userArn = (user: { readonly account: string; readonly name: string }): string =>
  `arn:aws:iam::${user.account}:user/${user.name}`;

function record(
  { origin, byConsole }: AssumeRole,
  account: string,
  fields: { userIdentity: object; [field: string]: unknown },
): TrailRecord {
  const internal = byConsole ? { sourceIPAddress: 'AWS Internal', userAgent: 'AWS Internal' } : {};
  return trailRecord({ source: STS, name: 'AssumeRole', account }, origin, { ...internal, ...fields });
}

function callerIdentity({ caller, origin, byConsole }: AssumeRole): object {
  const identity = identityOf(caller, isoOf(Math.floor(origin.at / 1000) * 1000));
  return byConsole ? { ...identity, invokedBy: 'AWS Internal' } : identity;
}

function commonFields({ roleArn, sessionName, origin }: AssumeRole, accessKeyId: string): object {
  return {
    requestParameters: { roleArn, roleSessionName: sessionName, durationSeconds: 3600 },
    responseElements: {
      credentials: { accessKeyId, sessionToken: 'CANARY-SESSION-TOKEN', expiration: expiration(origin.at + 3_600_000) },
      assumedRoleUser: {
        assumedRoleId: `${roleId(roleArn)}:${sessionName}`,
        arn: assumedRoleArn(roleArn, sessionName),
      },
    },
    resources: [{ accountId: accountOfArn(roleArn), type: 'AWS::IAM::Role', ARN: roleArn }],
  };
}

/** AWS writes it as people of the United States would: `Nov 24, 2026, 3:00:00 PM`. */
function expiration(at: number): string {
  return new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' }).format(at);
}
