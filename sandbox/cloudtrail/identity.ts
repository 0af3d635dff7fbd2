import { createHash } from 'node:crypto';

/** An IAM user who calls. */
export interface IamUser {
  readonly kind: 'user';
  readonly account: string;
  readonly name: string;
  /** `AIDA…`. */
  readonly principalId: string;
  readonly accessKeyId: string;
}

/** A session of a role that calls. */
export interface RoleSession {
  readonly kind: 'session';
  readonly roleArn: string;
  readonly name: string;
  readonly accessKeyId: string;
}

export type Caller = IamUser | RoleSession;

/** As the caller's own account writes the caller. */
export function identityOf(caller: Caller, at: string): object {
  return caller.kind === 'user' ? userIdentity(caller, at) : sessionIdentity(caller, at);
}

/** As another account is told of the caller: account and principal id, and nothing else (IAM guide, AssumeRole). */
export function strangerIdentity(caller: Caller): object {
  const principalId = caller.kind === 'user' ? caller.principalId : `${roleId(caller.roleArn)}:${caller.name}`;
  return { type: 'AWSAccount', principalId, accountId: accountOf(caller) };
}

export const accountOf = (caller: Caller): string =>
  caller.kind === 'user' ? caller.account : accountOfArn(caller.roleArn);

export const accountOfArn = (arn: string): string => arn.split(':')[4] ?? '';

/** `arn:aws:iam::1:role/path/name` as the ARN of a session, which drops the path. */
export function assumedRoleArn(roleArn: string, session: string): string {
  return `arn:aws:sts::${accountOfArn(roleArn)}:assumed-role/${roleArn.split('/').at(-1)}/${session}`;
}

/** The unique id of a role: made up, but always the same for one ARN. */
export function roleId(roleArn: string): string {
  return `AROA${digest(roleArn).slice(0, 16).toUpperCase()}`;
}

/** A made-up unique id of a user whom the policy knows by ARN or name only. */
export const userId = (arn: string): string => `AIDA${digest(arn).slice(0, 16).toUpperCase()}`;

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

function userIdentity(user: IamUser, at: string): object {
  return {
    type: 'IAMUser',
    principalId: user.principalId,
    arn: `arn:aws:iam::${user.account}:user/${user.name}`,
    accountId: user.account,
    accessKeyId: user.accessKeyId,
    userName: user.name,
    sessionContext: { attributes: { creationDate: at, mfaAuthenticated: 'true' } },
  };
}

function sessionIdentity(session: RoleSession, at: string): object {
  const account = accountOfArn(session.roleArn);
  return {
    type: 'AssumedRole',
    principalId: `${roleId(session.roleArn)}:${session.name}`,
    arn: assumedRoleArn(session.roleArn, session.name),
    accountId: account,
    accessKeyId: session.accessKeyId,
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: roleId(session.roleArn),
        arn: session.roleArn,
        accountId: account,
        userName: session.roleArn.split('/').at(-1),
      },
      attributes: { creationDate: at, mfaAuthenticated: 'true' },
    },
  };
}
