import { describe, expect, it } from 'vitest';
import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import type { Policy } from '../../lambdas/core/policy.ts';
import { readRecord } from '../../lambdas/core/read.ts';
import { TARGETS, testPolicy, testTarget } from '../support/policies.ts';
import * as build from '../support/records.ts';

const { PRODUCTION, PROD_ADMIN } = build;

const policy = testPolicy({
  targets: [
    ...TARGETS,
    testTarget({ id: 'root', door: { kind: 'root', account: PRODUCTION } }),
    testTarget({ id: 'federation', door: { kind: 'federation', account: PRODUCTION } }),
    testTarget({
      id: 'secret',
      door: { kind: 'secret', arn: `arn:aws:secretsmanager:eu-west-1:${PRODUCTION}:secret:notifydb/write-AbCdEf` },
    }),
    testTarget({
      id: 'data-api',
      door: { kind: 'data-api', cluster: `arn:aws:rds:eu-west-1:${PRODUCTION}:cluster:notifydb` },
    }),
    testTarget({
      id: 'permission-set',
      door: {
        kind: 'role',
        roleArn: `arn:aws:iam::${PRODUCTION}:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_AdministratorAccess_*`,
        regions: ['eu-west-2'],
      },
      identity: [{ source: 'identity-center' }],
    }),
  ],
});

function record(input: unknown, by: Policy = policy): LedgerRecord {
  const reading = readRecord(input, by);
  if (reading.outcome !== 'access') throw new Error(`not an access: ${JSON.stringify(reading)}`);
  return reading.record;
}

const ignored = (input: unknown, by: Policy = policy) => {
  const reading = readRecord(input, by);
  return reading.outcome === 'ignored' ? reading.because : reading.outcome;
};

describe('each door', () => {
  it.each([
    ['AssumeRole', build.assumeRole(), 'assume-role', 'notify-prod-admin'],
    ['AssumeRoleWithSAML', build.samlAssumeRole(), 'assume-role', 'notify-prod-admin'],
    ['AssumeRoleWithWebIdentity', build.webIdentity(), 'assume-role', 'notify-prod-admin'],
    [
      'AssumeRole by a role',
      build.assumeRole({ who: build.session(build.CI_ROLE, 'ci') }),
      'assume-role',
      'notify-prod-admin',
    ],
    ['Identity Center', build.identityCenterAssumeRole(), 'assume-role', 'permission-set'],
    ['SwitchRole, the role’s copy', build.switchRole().target, 'switch-role', 'notify-prod-admin'],
    ['SwitchRole, the caller’s copy', build.switchRole().source, 'switch-role', 'notify-prod-admin'],
    [
      'a sign-in with a role’s credentials',
      build.consoleSignIn({ who: build.session(PROD_ADMIN, 'x') }),
      'sign-in',
      'notify-prod-admin',
    ],
    ['aws login', build.awsLogin(), 'sign-in', 'notify-prod-admin'],
    ['the consent of aws login', build.awsLogin({ event: 'AuthorizeOAuth2Access' }), 'sign-in', 'notify-prod-admin'],
    ['root', build.rootSignIn(), 'root', 'root'],
    ['AssumeRoot', build.assumeRoot(), 'root', 'root'],
    ['AssumeRoot, the caller’s copy', build.assumeRoot({ half: 'caller' }), 'root', 'root'],
    ['GetFederationToken', build.federationToken(), 'federation', 'federation'],
    ['ECS Exec', build.executeCommand(), 'shell', 'notify-prod-shell'],
    [
      'ECS Exec by the cluster’s ARN',
      build.executeCommand({
        overrides: { requestParameters: { cluster: `arn:aws:ecs:eu-west-1:${PRODUCTION}:cluster/notify-production` } },
      }),
      'shell',
      'notify-prod-shell',
    ],
    ['Session Manager', build.startSession(), 'shell', 'notify-prod-shell'],
    [
      'the way round ECS Exec',
      build.startSession({ target: 'ecs:notify-production_abc_def' }),
      'shell',
      'notify-prod-shell',
    ],
    ['EC2 Instance Connect', build.sendSshPublicKey(), 'shell', 'notify-prod-shell'],
    ['a secret by its ARN', build.getSecretValue(), 'secret', 'secret'],
    ['a secret by its name', build.getSecretValue({ secretId: 'notifydb/write' }), 'secret', 'secret'],
    ['the Data API', build.executeStatement(), 'database', 'data-api'],
  ])('takes %s for what it is', (_, input, kind, target) => {
    expect(record(input)).toMatchObject({ kind, target, outcome: 'success', account: PRODUCTION });
  });

  it.each([
    ['a refused shell', build.executeCommand({ denied: true })],
    ['a failed root sign-in', build.rootSignIn({ failed: true })],
    ['a failed sign-in', build.consoleSignIn({ who: build.session(PROD_ADMIN, 'x'), failed: true })],
  ])('sees %s as refused', (_, input) => {
    expect(record(input).outcome).toBe('refused');
  });

  it.each([
    ['another role', build.assumeRole({ role: `${PROD_ADMIN}-readonly` })],
    ['another cluster', build.executeCommand({ cluster: 'notify-staging' })],
    ['a shell in another account', build.startSession({ who: build.session(build.DEPLOY_ADMIN, 'x') })],
    ['another secret', build.getSecretValue({ secretId: 'notifydb/write-other' })],
    ['root of another account', build.rootSignIn({ account: build.DEPLOY })],
  ])('leaves %s alone', (_, input) => {
    expect(ignored(input)).toBe('not-watched');
  });

  it('knows a session without an ARN by the role that issued it', () => {
    const signIn = build.consoleSignIn({
      who: build.session(PROD_ADMIN, 'x'),
      overrides: { userIdentity: { arn: undefined } },
    });
    expect(record(signIn)).toMatchObject({ kind: 'sign-in', target: 'notify-prod-admin' });
  });

  it('is a secret’s where CloudFormation fetches it for whoever deploys, and not where another service does', () => {
    const by = (service: string) =>
      build.getSecretValue({ overrides: { userIdentity: { invokedBy: service }, sourceIPAddress: service } });
    expect(record(by('cloudformation.amazonaws.com'))).toMatchObject({ kind: 'secret', target: 'secret' });
    expect(record(by('cloudformation.amazonaws.com.cn')).target).toBe('secret');
    expect(ignored(by('rds.amazonaws.com'))).toBe('aws-service');
  });

  it('shows the host to which a tunnel leads', () => {
    const parameters = { host: ['notifydb.internal'], portNumber: ['5432'] };
    const tunnel = build.startSession({ documentName: 'AWS-StartPortForwardingSessionToRemoteHost', parameters });
    expect(record(tunnel).resource).toBe('i-0123456789abcdef0 to notifydb.internal:5432');
  });

  it.each(['aws', 'aws-cn', 'aws-us-gov'])('opens in the partition %s, from every side', (partition) => {
    const role = `arn:${partition}:iam::${PRODUCTION}:role/notify-prod-admin`;
    const targets = [testTarget({ id: 'there', door: { kind: 'role', roleArn: role, regions: ['cn-north-1'] } })];
    const there = testPolicy({ targets });
    const who = { ...build.ada, partition };
    for (const one of [...Object.values(build.consoleHop({ role, who })), build.deniedAssumeRole({ role, who })]) {
      expect(record(one, there).target).toBe('there');
    }
    if (partition !== 'aws') expect(ignored(build.assumeRole({ role }))).toBe('not-watched');
  });

  it('knows a role with a path in every copy, though assumed-role ARNs drop the path', () => {
    const role = `arn:aws:iam::${PRODUCTION}:role/team/notify/breakglass`;
    const exact = testPolicy({
      targets: [testTarget({ id: 'pathed', door: { kind: 'role', roleArn: role, regions: [] } })],
    });
    for (const one of Object.values(build.consoleHop({ role }))) expect(record(one, exact).target).toBe('pathed');
    const star = testPolicy({
      targets: [
        testTarget({
          id: 'star',
          door: { kind: 'role', roleArn: `arn:aws:iam::${PRODUCTION}:role/team/*`, regions: [] },
        }),
      ],
    });
    expect(record(build.assumeRole({ role }), star).target).toBe('star');
    expect(ignored(build.switchRole({ role: `arn:aws:iam::${PRODUCTION}:role/readonly` }).target, star)).toBe(
      'not-watched',
    );
  });
});

describe('a remote desktop', () => {
  it('is a shell, though Fleet Manager makes the call', () => {
    const through = { userIdentity: { invokedBy: 'ssm-guiconnect.amazonaws.com' } };
    expect(record(build.startSession({ overrides: through }))).toMatchObject({ kind: 'shell', outcome: 'success' });
  });
});

describe('tampering', () => {
  const call = (source: string, name: string, request: build.JsonObject, over: object = {}) =>
    build.apiCall({ source: `${source}.amazonaws.com`, name, request, ...over });

  it.each([
    ['stops the trail', call('cloudtrail', 'StopLogging', { name: 'org' })],
    ['disables a rule', call('events', 'DisableRule', { name: 'two-eye-assume-role' })],
    [
      'plainly enables a rule, which drops read-only events',
      call('events', 'EnableRule', { name: 'two-eye-assume-role' }),
    ],
    [
      'purges the queue',
      call('sqs', 'PurgeQueue', { queueUrl: 'https://sqs.eu-west-2.amazonaws.com/333333333333/two-eye-access' }),
    ],
    ['changes the code', call('lambda', 'UpdateFunctionCode20150331v2', { functionName: 'two-eye-on-access' })],
    ...['Delete', 'Update'].map((change): [string, build.CloudTrailRecord] => [
      `${change}s what joins the queue to the function, which the request names by an id alone`,
      call(
        'lambda',
        `${change}EventSourceMapping20150331`,
        { uUID: '6f0f7b1a' },
        {
          response: {
            uUID: '6f0f7b1a',
            functionArn: 'arn:aws:lambda:eu-west-2:333333333333:function:two-eye-on-access',
          },
        },
      ),
    ]),
    ['deletes the table', call('dynamodb', 'DeleteTable', { tableName: 'two-eye' })],
    [
      'unsubscribes',
      call('sns', 'Unsubscribe', { subscriptionArn: 'arn:aws:sns:eu-west-2:333333333333:two-eye-verdicts:1' }),
    ],
    ...['DisableKey', 'ScheduleKeyDeletion'].map((name): [string, build.CloudTrailRecord] => [
      `calls ${name} on a key at home`,
      call(
        'kms',
        name,
        { keyId: '0c8d6b1e-1111-4222-8333-444455556666' },
        { who: build.session('arn:aws:iam::333333333333:role/deploy', 'x') },
      ),
    ]),
    [
      'deletes alarms, two-eye’s among them',
      call('monitoring', 'DeleteAlarms', { alarmNames: ['cpu', 'two-eye-home-OnAccessErrors1A2B'] }),
    ],
    ['changes a secret', call('secretsmanager', 'PutSecretValue', { secretId: 'two-eye/slack' })],
    [
      'drops the filter of the database log',
      call('logs', 'DeleteSubscriptionFilter', {
        logGroupName: '/aws/rds/instance/notifydb/postgresql',
        filterName: 'x',
      }),
    ],
    [
      'ends the export of a watched database’s log',
      call('rds', 'ModifyDBInstance', {
        dBInstanceIdentifier: 'notifydb',
        cloudwatchLogsExportConfiguration: { disableLogTypes: ['postgresql'] },
      }),
    ],
    [
      'stops the logging of connections',
      call('rds', 'ModifyDBParameterGroup', {
        dBParameterGroupName: 'notifydb-15',
        parameters: [{ parameterName: 'log_connections', parameterValue: '0' }],
      }),
    ],
    [
      'widens a watched role’s trust',
      call('iam', 'UpdateAssumeRolePolicy', { roleName: 'notify-prod-admin', policyDocument: '{}' }),
    ],
    [
      'makes another role an administrator',
      call('iam', 'AttachRolePolicy', { roleName: 'quiet', policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }),
    ],
    [
      'allows all in an inline policy',
      call('iam', 'PutUserPolicy', {
        userName: 'quiet',
        policyDocument: '{"Statement":{"Effect":"Allow","Action":["s3:Get*","*"],"Resource":"*"}}',
      }),
    ],
    ['adds an identity provider', call('iam', 'CreateSAMLProvider', { name: 'mine' })],
    [
      'makes a function of their own with a role of two-eye’s',
      call('lambda', 'CreateFunction20150331', {
        functionName: 'quiet',
        role: 'arn:aws:iam::111111111111:role/two-eye-on-database-log-eu-west-1',
      }),
    ],
    [
      'makes a user under a person’s name again',
      call('iam', 'CreateUser', { userName: 'ben@example.gov.uk' }, { who: build.ada }),
    ],
    [
      'takes a person’s name for their own user',
      call(
        'iam',
        'UpdateUser',
        { userName: 'ada@example.gov.uk', newUserName: 'ben@example.gov.uk' },
        { who: build.ada },
      ),
    ],
    [
      'makes a key in another person’s name',
      call('iam', 'CreateAccessKey', { userName: 'ben@example.gov.uk' }, { who: build.ada }),
    ],
  ])('is told to cyber when somebody %s', (_, input) => {
    expect(record(input)).toMatchObject({ kind: 'tampering', target: 'tampering', team: 'cyber' });
  });

  it('is told of deployments by CloudFormation too, but not of services that act for themselves', () => {
    const change = call(
      'lambda',
      'UpdateFunctionCode20150331v2',
      { functionName: 'two-eye-on-access' },
      { overrides: { userIdentity: { invokedBy: 'cloudformation.amazonaws.com' } } },
    );
    expect(record(change).kind).toBe('tampering');
    expect(
      ignored(
        call('events', 'PutRule', { name: 'two-eye-x' }, { overrides: { userIdentity: { type: 'AWSService' } } }),
      ),
    ).toBe('aws-service');
  });

  it.each([
    [
      'other people’s resources',
      call('sqs', 'DeleteQueue', { queueUrl: 'https://sqs.eu-west-2.amazonaws.com/1/notify' }),
    ],
    [
      'a change of a database that leaves its log alone',
      call('rds', 'ModifyDBInstance', { dBInstanceIdentifier: 'notifydb', dBInstanceClass: 'db.r6g.large' }),
    ],
    ['a new key of one’s own', call('iam', 'CreateAccessKey', { userName: 'ada@example.gov.uk' }, { who: build.ada })],
    ['a key of another account', call('kms', 'DisableKey', { keyId: '0c8d6b1e-1111-4222-8333-444455556666' })],
    ['an alarm of somebody else', call('monitoring', 'DeleteAlarms', { alarmNames: ['cpu'] })],
    ['an ordinary role', call('iam', 'CreateRole', { roleName: 'worker', assumeRolePolicyDocument: '{}' })],
    [
      'an account that nobody watches',
      call('cloudtrail', 'StopLogging', { name: 'x' }, { who: build.user('a', 'AIDAELSEWHERE12', '999999999999') }),
    ],
  ])('is not %s', (_, input) => {
    expect(ignored(input)).toBe('other-event');
  });
});
