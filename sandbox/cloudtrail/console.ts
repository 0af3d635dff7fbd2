import { type Assumed, assumeRole } from './assume-role.ts';
import { accountOf, accountOfArn, assumedRoleArn, type IamUser, roleId } from './identity.ts';
import { type Origin, type TrailRecord, trailRecord } from './record.ts';

/**
 * Switching role in the console: two AssumeRole records and a SwitchRole in each account, up to four for one click. Only the
 * role's SwitchRole has the person's name and address (`SwitchFrom`).
 */
export function switchRole(user: IamUser, roleArn: string, origin: Origin): Assumed {
  const inUsEast = { ...origin, region: 'us-east-1' };
  const assumed = assumeRole({ caller: user, roleArn, sessionName: user.name, origin: inUsEast, byConsole: true });
  const records = [
    ...assumed.records,
    switched(user, roleArn, inUsEast, 'to'),
    switched(user, roleArn, inUsEast, 'from'),
  ];
  return { records, accessKeyId: assumed.accessKeyId };
}

function switched(user: IamUser, roleArn: string, origin: Origin, side: 'to' | 'from'): TrailRecord {
  const account = side === 'to' ? accountOfArn(roleArn) : accountOf(user);
  return trailRecord(
    { source: 'signin.amazonaws.com', name: 'SwitchRole', account, type: 'AwsConsoleSignIn' },
    origin,
    {
      userIdentity: side === 'to' ? sessionWithoutContext(user, roleArn) : userWithoutContext(user),
      requestParameters: null,
      responseElements: { SwitchRole: 'Success' },
      additionalEventData: {
        ...(side === 'to' ? { SwitchFrom: userArn(user) } : { SwitchTo: roleArn }),
        RedirectTo: 'https://eu-west-1.console.aws.amazon.com/console/home',
      },
      requestID: undefined,
      readOnly: false,
    },
  );
}

const userArn = (user: IamUser): string => `arn:aws:iam::${user.account}:user/${user.name}`;

function sessionWithoutContext(user: IamUser, roleArn: string): object {
  return {
    type: 'AssumedRole',
    principalId: `${roleId(roleArn)}:${user.name}`,
    arn: assumedRoleArn(roleArn, user.name),
    accountId: accountOfArn(roleArn),
  };
}

function userWithoutContext(user: IamUser): object {
  const { principalId, account, name } = user;
  return { type: 'IAMUser', principalId, arn: userArn(user), accountId: account, userName: name };
}
