import { describe, expect, it } from 'vitest';
import { callerOf } from '../../lambdas/core/caller.ts';
import { durationIn, readAssumeRole } from '../../lambdas/core/doors/assume-role.ts';
import { readDataApi } from '../../lambdas/core/doors/data-api.ts';
import { readFederationToken } from '../../lambdas/core/doors/federation.ts';
import { readAssumeRoot } from '../../lambdas/core/doors/root.ts';
import { readSecret } from '../../lambdas/core/doors/secret.ts';
import { readExecuteCommand, readInstanceConnect, readStartSession } from '../../lambdas/core/doors/shell.ts';
import { readSignIn } from '../../lambdas/core/doors/sign-in.ts';
import { readSwitchRole } from '../../lambdas/core/doors/switch-role.ts';
import type { DoorReader } from '../../lambdas/core/doors/use.ts';
import * as build from '../support/records.ts';

const { DEPLOY, PRODUCTION, PROD_ADMIN, USERS } = build;
const ADA = 'ada@example.gov.uk';
const NAMELESS = 'arn:aws:rds:eu-west-1::cluster:notifydb';

const role = {
  kind: 'role',
  partition: 'aws',
  account: PRODUCTION,
  path: 'notify-prod-admin',
  name: 'notify-prod-admin',
  hasPath: true,
} as const;
const key = (record: build.CloudTrailRecord) =>
  (record.responseElements as { credentials: { accessKeyId: string } }).credentials.accessKeyId;
const through = (read: DoorReader, record: unknown) => read(record as never, callerOf(record as never));

describe('an assumption of a role', () => {
  const assumed = (options: build.AssumeRole = {}) => through(readAssumeRole, build.assumeRole(options));

  it('is a use of the role, with all that the call asked for and gave out', () => {
    const options = { half: 'caller', sourceIdentity: 'ada-source', durationSeconds: 900 } as const;
    expect(assumed(options)).toStrictEqual({
      kind: 'assume-role',
      used: { door: 'role', role },
      account: PRODUCTION,
      resource: PROD_ADMIN,
      outcome: 'success',
      half: 'caller',
      session: `${build.roleIdOf(PROD_ADMIN)}:${ADA}`,
      issuedKeyId: key(build.assumeRole(options)),
      durationSeconds: 900,
      openedSessionName: ADA,
      openedSourceIdentity: 'ada-source',
    });
  });

  it('that was refused gives nothing out', () => {
    expect(through(readAssumeRole, build.deniedAssumeRole())).toStrictEqual({
      kind: 'assume-role',
      used: { door: 'role', role },
      account: PRODUCTION,
      resource: PROD_ADMIN,
      outcome: 'refused',
    });
  });

  it('by SAML has the names that the provider asserted, and whether that was Identity Center', () => {
    expect(through(readAssumeRole, build.samlAssumeRole({ sessionName: 'other' }))?.asserted).toStrictEqual({
      names: [ADA, 'other'],
      byIdentityCenter: false,
    });
    expect(through(readAssumeRole, build.identityCenterAssumeRole())?.asserted?.byIdentityCenter).toBe(true);
    const nameless = build.samlAssumeRole({ overrides: { requestParameters: { roleSessionName: undefined } } });
    expect(through(readAssumeRole, nameless)?.asserted?.names).toEqual([ADA]);
    expect(assumed()).not.toHaveProperty('asserted');
  });

  it('is a half only where an id is shared, and whose by account and type', () => {
    expect(assumed({ half: 'role' })?.half).toBe('role');
    expect(assumed({ half: 'caller' })?.half).toBe('caller');
    expect(assumed({ half: 'role', overrides: { sharedEventID: undefined } })?.half).toBeUndefined();
    const own = build.session(PROD_ADMIN, 'x');
    expect(assumed({ who: own, overrides: { sharedEventID: 's' } })?.half).toBeUndefined();
    const unnamed = { sharedEventID: 's', userIdentity: { accountId: undefined } };
    expect(assumed({ who: own, overrides: unnamed })?.half).toBeUndefined();
  });

  it('by the console is linked with its switch, where the session has a name', () => {
    const link = (name: string | undefined) =>
      assumed({ byConsole: true, overrides: { requestParameters: { roleSessionName: name } } })?.consoleLink;
    expect(link('ada')).toBe(`${PRODUCTION}/notify-prod-admin/ada`);
    expect(link(undefined)).toBeUndefined();
  });

  it.each<[string, object]>([
    ['in the request alone', { responseElements: null, resources: null }],
    ['among its resources', { requestParameters: null, responseElements: null }],
    [
      'among its resources, in lower case, after another',
      {
        requestParameters: null,
        responseElements: null,
        resources: [null, { ARN: 'arn:aws:iam::1:saml-provider/entra' }, { arn: PROD_ADMIN }],
      },
    ],
    ['in the answer', { requestParameters: null, resources: [{ ARN: 'arn:aws:iam::1:user/role' }] }],
    [
      'in the message, up to the next blank',
      {
        requestParameters: null,
        responseElements: null,
        resources: null,
        errorMessage: `User: x is not authorized to perform: sts:AssumeRole on resource: ${PROD_ADMIN} with an explicit deny`,
      },
    ],
    [
      'at the beginning of the message',
      {
        requestParameters: null,
        responseElements: null,
        resources: null,
        errorMessage: ` on resource: ${PROD_ADMIN}`,
      },
    ],
  ])('finds the role %s', (_, over) => {
    const record = { ...build.assumeRole(), ...over };
    expect(through(readAssumeRole, record)?.account).toBe(PRODUCTION);
    expect(through(readAssumeRole, record)?.used).toMatchObject({ role: { name: 'notify-prod-admin' } });
  });

  it('is none where there is no role at all', () => {
    const nothing = { requestParameters: null, responseElements: null, resources: null };
    expect(through(readAssumeRole, { ...build.assumeRole(), ...nothing })).toBeUndefined();
    const message = `User: ${PROD_ADMIN} is not authorized`;
    expect(through(readAssumeRole, { ...build.assumeRole(), ...nothing, errorMessage: message })).toBeUndefined();
    const elsewhere = { errorMessage: `${'x'.repeat(13)}${PROD_ADMIN}` };
    expect(through(readAssumeRole, { ...build.assumeRole(), ...nothing, ...elsewhere })).toBeUndefined();
    const user = { requestParameters: { roleArn: `arn:aws:iam::${PRODUCTION}:user/x` } };
    expect(through(readAssumeRole, { ...build.assumeRole(), ...nothing, ...user })).toBeUndefined();
    const eleventh = { resources: [...Array(10).fill({ ARN: 'x' }), { ARN: PROD_ADMIN }] };
    expect(through(readAssumeRole, { ...build.assumeRole(), ...nothing, ...eleventh })).toBeUndefined();
  });

  it('with an error that gave credentials out all the same is a success', () => {
    expect(assumed({ overrides: { errorCode: 'Odd' } })?.outcome).toBe('success');
    const odd = { overrides: { errorCode: 'Odd' } };
    expect(through(readAssumeRoot, build.assumeRoot(odd))?.outcome).toBe('success');
    expect(through(readFederationToken, build.federationToken(odd))?.outcome).toBe('success');
  });

  it.each([
    [900, 900],
    ['900', 900],
    [129_600, 129_600],
    [129_601, 3_600],
    [0, 3_600],
    [-1, 3_600],
    ['soon', 3_600],
    [Number.POSITIVE_INFINITY, 3_600],
    [null, 3_600],
    [true, 3_600],
    [undefined, 3_600],
  ])('that asks for %j seconds lasts %d', (asked, seconds) => {
    expect(durationIn({ durationSeconds: asked }, 3_600)).toBe(seconds);
  });
});

describe('root', () => {
  it('is assumed in one account from another, for a quarter of an hour', () => {
    const record = build.assumeRoot();
    expect(through(readAssumeRoot, record)).toStrictEqual({
      kind: 'root',
      used: { door: 'root', account: PRODUCTION },
      account: PRODUCTION,
      resource: PRODUCTION,
      outcome: 'success',
      half: 'role',
      issuedKeyId: key(record),
      durationSeconds: 900,
    });
    expect(through(readAssumeRoot, build.assumeRoot({ half: 'caller' }))?.half).toBe('caller');
  });

  it.each([
    [DEPLOY, DEPLOY],
    [`arn:aws:iam::${DEPLOY}:root`, DEPLOY],
    [undefined, PRODUCTION],
  ])('is that of the account in %s', (targetPrincipal, account) => {
    const record = build.assumeRoot({ overrides: { requestParameters: { targetPrincipal } } });
    expect(through(readAssumeRoot, record)?.account).toBe(account);
  });

  it('is not assumed where the call was refused, and the copy is whole where no id is shared', () => {
    const overrides = { errorCode: 'AccessDenied', responseElements: undefined, sharedEventID: undefined };
    expect(through(readAssumeRoot, build.assumeRoot({ overrides }))).toStrictEqual({
      kind: 'root',
      used: { door: 'root', account: PRODUCTION },
      account: PRODUCTION,
      resource: PRODUCTION,
      outcome: 'refused',
    });
  });

  it('and a federated user sign in to their account', () => {
    expect(through(readSignIn, build.rootSignIn())).toStrictEqual({
      kind: 'root',
      used: { door: 'root', account: PRODUCTION },
      account: PRODUCTION,
      resource: PRODUCTION,
      outcome: 'success',
    });
    const arn = `arn:aws:sts::${PRODUCTION}:federated-user/console`;
    const federated = build.rootSignIn({ overrides: { userIdentity: { type: 'FederatedUser', arn } } });
    expect(through(readSignIn, federated)).toStrictEqual({
      kind: 'federation',
      used: { door: 'federation', account: PRODUCTION },
      account: PRODUCTION,
      resource: arn,
      outcome: 'success',
    });
  });
});

describe('a sign-in', () => {
  it('by a role’s session is a use of the role, by a user none', () => {
    const who = build.session(PROD_ADMIN, 'x');
    expect(through(readSignIn, build.consoleSignIn({ who }))).toStrictEqual({
      kind: 'sign-in',
      used: { door: 'role', role: { ...role, session: 'x' } },
      account: PRODUCTION,
      resource: PROD_ADMIN,
      outcome: 'success',
      session: `${build.roleIdOf(PROD_ADMIN)}:x`,
    });
    expect(through(readSignIn, build.consoleSignIn())).toBeUndefined();
    expect(through(readSignIn, { ...build.consoleSignIn(), userIdentity: {} })).toBeUndefined();
  });

  it('by aws login gives credentials for a quarter of an hour, and the consent to it none', () => {
    expect(through(readSignIn, build.awsLogin())?.durationSeconds).toBe(900);
    expect(through(readSignIn, build.awsLogin({ event: 'AuthorizeOAuth2Access' }))?.durationSeconds).toBeUndefined();
  });

  it.each<[string, object, string]>([
    ['the answer says Failure', { responseElements: { ConsoleLogin: 'Failure' } }, 'refused'],
    ['there is a message of an error', { errorMessage: 'No username found' }, 'refused'],
    ['success is said to be false', { additionalEventData: { success: 'false' } }, 'refused'],
    ['there is the code of an error', { errorCode: 'AccessDenied' }, 'refused'],
    ['success is said', { additionalEventData: { success: 'true' } }, 'success'],
    ['nothing is said', { responseElements: null, additionalEventData: null }, 'success'],
  ])('where %s is a %s', (_, overrides, outcome) => {
    const who = build.session(PROD_ADMIN, 'x');
    expect(through(readSignIn, { ...build.consoleSignIn({ who }), ...overrides })?.outcome).toBe(outcome);
  });
});

describe('a switch of roles', () => {
  it('is in the role’s copy by its session, with where it came from', () => {
    expect(through(readSwitchRole, build.switchRole().target)).toStrictEqual({
      kind: 'switch-role',
      used: { door: 'role', role: { ...role, hasPath: false, session: ADA } },
      account: PRODUCTION,
      resource: PROD_ADMIN,
      outcome: 'success',
      consoleLink: `${PRODUCTION}/notify-prod-admin/${ADA}`,
      session: `${build.roleIdOf(PROD_ADMIN)}:${ADA}`,
      switchFrom: `arn:aws:iam::${USERS}:user/${ADA}`,
    });
  });

  it('is in the caller’s copy what it switched to', () => {
    expect(through(readSwitchRole, build.switchRole({ sessionName: 'other' }).source)).toStrictEqual({
      kind: 'switch-role',
      used: { door: 'role', role: { ...role, hasPath: false, session: 'other' } },
      account: PRODUCTION,
      resource: PROD_ADMIN,
      outcome: 'success',
      consoleLink: `${PRODUCTION}/notify-prod-admin/other`,
    });
  });

  it('is linked by the user’s own name where the role is named without a session', () => {
    const to = (SwitchTo: string, userName: string | undefined = ADA) =>
      through(
        readSwitchRole,
        build.switchRole({ overrides: { additionalEventData: { SwitchTo }, userIdentity: { userName } } }).source,
      );
    expect(to(PROD_ADMIN)?.consoleLink).toBe(`${PRODUCTION}/notify-prod-admin/${ADA}`);
    expect(to(PROD_ADMIN)?.session).toBeUndefined();
    const nameless = build.switchRole().source.userIdentity;
    const { userName: _, ...rest } = nameless;
    const source = { ...build.switchRole().source, userIdentity: rest, additionalEventData: { SwitchTo: PROD_ADMIN } };
    expect(through(readSwitchRole, source)).not.toHaveProperty('consoleLink');
    expect(to(`arn:aws:iam::${PRODUCTION}:user/x`)).toBeUndefined();
  });

  it('is none by a user who names no role', () => {
    expect(through(readSwitchRole, { ...build.switchRole().source, additionalEventData: null })).toBeUndefined();
    const nobody = { ...build.switchRole().source, additionalEventData: null, userIdentity: {} };
    expect(through(readSwitchRole, nobody)).toBeUndefined();
  });

  it('by what is no role’s session has no session', () => {
    const arn = `arn:aws:sts::${PRODUCTION}:assumed-role/notify-prod-admin/x`;
    const odd = { ...build.switchRole().target, userIdentity: { type: 'SAMLUser', arn } };
    expect(through(readSwitchRole, odd)).not.toHaveProperty('session');
  });

  it('from one session of a role to another role has no session of that role', () => {
    const who = build.session(build.DEPLOY_ADMIN, 'x');
    expect(through(readSwitchRole, build.switchRole({ who }).source)).not.toHaveProperty('session');
  });
});

describe('federation', () => {
  it('is of the account, with the key that was given out for as long as was asked', () => {
    const record = build.federationToken();
    expect(through(readFederationToken, record)).toStrictEqual({
      kind: 'federation',
      used: { door: 'federation', account: PRODUCTION },
      account: PRODUCTION,
      resource: `arn:aws:sts::${PRODUCTION}:federated-user/console`,
      outcome: 'success',
      issuedKeyId: key(record),
      durationSeconds: 3_600,
    });
  });

  it('lasts twelve hours where nothing is asked', () => {
    const overrides = { requestParameters: { durationSeconds: undefined } };
    expect(through(readFederationToken, build.federationToken({ overrides }))?.durationSeconds).toBe(43_200);
  });

  it('that was refused is shown by the name that was asked for, or by the account', () => {
    const refused = (requestParameters: object | null) => ({
      ...build.federationToken(),
      errorCode: 'AccessDenied',
      responseElements: null,
      requestParameters,
    });
    expect(through(readFederationToken, refused({ name: 'console' }))).toStrictEqual({
      kind: 'federation',
      used: { door: 'federation', account: PRODUCTION },
      account: PRODUCTION,
      resource: 'console',
      outcome: 'refused',
    });
    expect(through(readFederationToken, refused(null))?.resource).toBe(PRODUCTION);
  });
});

describe('a secret', () => {
  const ARN = `arn:aws:secretsmanager:eu-west-1:${PRODUCTION}:secret:notifydb/write-AbCdEf`;
  const secret = (secretId: unknown, over: object = {}) =>
    through(readSecret, { ...build.getSecretValue(), requestParameters: { secretId }, ...over });

  it('is known by what was asked for', () => {
    expect(secret(ARN)).toStrictEqual({
      kind: 'secret',
      used: { door: 'secret', account: PRODUCTION, secretId: ARN, arn: ARN },
      account: PRODUCTION,
      resource: ARN,
      outcome: 'success',
    });
    expect(secret('notifydb/write', { errorCode: 'AccessDenied' })).toStrictEqual({
      kind: 'secret',
      used: { door: 'secret', account: PRODUCTION, secretId: 'notifydb/write', arn: '' },
      account: PRODUCTION,
      resource: 'notifydb/write',
      outcome: 'refused',
    });
  });

  it('is known by the ARN that AWS puts beside a name, of whatever account', () => {
    const resources = [{ ARN: ARN.replace(PRODUCTION, DEPLOY) }];
    expect(secret('notifydb/write', { resources })).toMatchObject({ account: DEPLOY, resource: resources[0]?.ARN });
    expect(secret(undefined, { resources })).toMatchObject({ account: DEPLOY });
    expect(secret('notifydb/write', { resources: [{ ARN: `arn:aws:kms:eu-west-1:${DEPLOY}:key/1` }] })).toMatchObject({
      account: PRODUCTION,
      resource: 'notifydb/write',
    });
    expect(secret('notifydb/write', { resources: [] })).toMatchObject({ resource: 'notifydb/write' });
    expect(secret('notifydb/write', { resources: 'x' })).toMatchObject({ resource: 'notifydb/write' });
  });

  it('that nobody names is none', () => {
    expect(secret(undefined)).toBeUndefined();
  });
});

describe('the Data API', () => {
  const CLUSTER = `arn:aws:rds:eu-west-1:${DEPLOY}:cluster:notifydb`;
  const data = (requestParameters: object, over: object = {}) =>
    through(readDataApi, { ...build.executeStatement(), requestParameters, ...over });

  it('is a use of the cluster that is named, by either field, in its account', () => {
    const expected = {
      kind: 'database',
      used: { door: 'data-api', cluster: CLUSTER },
      account: DEPLOY,
      resource: CLUSTER,
      outcome: 'success',
    };
    expect(data({ resourceArn: CLUSTER })).toStrictEqual(expected);
    expect(data({ dbClusterOrInstanceArn: CLUSTER })).toStrictEqual(expected);
    expect(data({ resourceArn: NAMELESS })?.account).toBe(PRODUCTION);
    expect(data({ resourceArn: CLUSTER }, { errorCode: 'AccessDenied' })?.outcome).toBe('refused');
    expect(data({})).toBeUndefined();
  });
});

describe('a shell', () => {
  const made = (read: DoorReader, record: build.CloudTrailRecord, over: object) =>
    through(read, { ...record, ...over });

  it('by ECS Exec is one in the cluster that was answered, else named, else the default one', () => {
    const exec = (cluster: string | undefined, clusterArn?: string) =>
      made(readExecuteCommand, build.executeCommand(), {
        requestParameters: { cluster },
        responseElements: clusterArn === undefined ? null : { clusterArn },
      });
    expect(exec('arn:aws:ecs:eu-west-1:1:cluster/named')).toStrictEqual({
      kind: 'shell',
      used: { door: 'shell', account: PRODUCTION, by: 'ecs', cluster: 'named' },
      account: PRODUCTION,
      resource: 'arn:aws:ecs:eu-west-1:1:cluster/named',
      outcome: 'success',
    });
    expect(exec('named', 'arn:aws:ecs:eu-west-1:1:cluster/answered')).toMatchObject({
      used: { cluster: 'answered' },
      resource: 'arn:aws:ecs:eu-west-1:1:cluster/answered',
    });
    expect(exec(undefined)).toMatchObject({ used: { cluster: 'default' }, resource: 'default' });
  });

  it('by Session Manager is on the instance that is named, or in the container’s cluster', () => {
    const start = (requestParameters: object) => made(readStartSession, build.startSession(), { requestParameters });
    expect(start({ target: 'i-1' })).toStrictEqual({
      kind: 'shell',
      used: { door: 'shell', account: PRODUCTION, by: 'ssm' },
      account: PRODUCTION,
      resource: 'i-1',
      outcome: 'success',
    });
    expect(start({ target: 'ecs:cluster_task_runtime' })?.used).toStrictEqual({
      door: 'shell',
      account: PRODUCTION,
      by: 'ssm',
      cluster: 'cluster',
    });
    expect(start({ sessionId: 'ada-1' })).toMatchObject({ resource: 'ada-1', used: { by: 'ssm' } });
    expect(start({ sessionId: 'ada-1' })?.used).not.toHaveProperty('cluster');
    expect(start({})?.resource).toBe('an instance that is not named');
  });

  it.each([
    ['ecs:notify_production_0a1b_0a1b-2', 'notify_production'],
    ['ecs:_a__0a1b_0a1b-2', '_a_'],
    ['ecs:cluster_task', 'cluster'],
    ['ecs:cluster', 'cluster'],
    ['ecs-execute-command-0a1b', '*'],
  ])('by Session Manager on %s is in the cluster %s', (target, cluster) => {
    const record = { ...build.startSession(), requestParameters: { target } };
    expect(through(readStartSession, record)?.used).toMatchObject({ by: 'ssm', cluster });
  });

  it.each<[object, string]>([
    [{ host: ['db'], portNumber: ['5432'] }, 'i-1 to db:5432'],
    [{ host: 'db', portNumber: 5432 }, 'i-1 to db:5432'],
    [{ portNumber: ['22'] }, 'i-1 to localhost:22'],
    [{ host: ['db'] }, 'i-1 to db:?'],
    [{ host: [], portNumber: [{}] }, 'i-1'],
    [{ host: ['x'.repeat(300)], portNumber: ['1'] }, `i-1 to ${'x'.repeat(256)}:1`],
  ])('that is a tunnel with %j leads to %s', (parameters, resource) => {
    const record = { ...build.startSession(), requestParameters: { target: 'i-1', parameters } };
    expect(through(readStartSession, record)?.resource).toBe(resource);
  });

  it('by Instance Connect is on an instance, or through an endpoint, or to a port', () => {
    const connect = (requestParameters: object) =>
      made(readInstanceConnect, build.sendSshPublicKey(), { requestParameters });
    expect(connect({ instanceId: 'i-1', instanceConnectEndpointId: 'eice-1' })).toStrictEqual({
      kind: 'shell',
      used: { door: 'shell', account: PRODUCTION, by: 'instance-connect' },
      account: PRODUCTION,
      resource: 'i-1',
      outcome: 'success',
    });
    expect(connect({ instanceConnectEndpointId: 'eice-1', remotePort: '22' })?.resource).toBe('eice-1');
    expect(connect({ remotePort: '22' })?.resource).toBe('22');
    expect(connect({})?.resource).toBe('an instance that is not named');
  });

  it('is in the account that logged it, else in the caller’s', () => {
    const by = (recipientAccountId: string | undefined) =>
      made(readStartSession, build.startSession(), { recipientAccountId })?.account;
    expect([by(DEPLOY), by(undefined)]).toEqual([DEPLOY, PRODUCTION]);
  });
});
