import { describe, expect, it } from 'vitest';
import { callerOf } from '../../lambdas/core/caller.ts';
import { readTampering, stopsTheTelling, unversioned } from '../../lambdas/core/doors/tampering.ts';
import { prepare } from '../../lambdas/core/prepare.ts';
import { TARGETS, testPolicy, testTarget } from '../support/policies.ts';
import * as build from '../support/records.ts';

const { PRODUCTION } = build;
const HOME = '333333333333';

const policy = testPolicy({
  targets: [
    ...TARGETS,
    testTarget({
      id: 'pathed',
      door: { kind: 'role', roleArn: `arn:aws:iam::${PRODUCTION}:role/team/breakglass`, regions: [] },
    }),
    testTarget({
      id: 'cluster',
      door: {
        kind: 'database',
        account: PRODUCTION,
        region: 'eu-west-1',
        logGroup: '/aws/rds/cluster/orders/postgresql',
        users: ['*'],
      },
    }),
  ],
});

/** Under a policy that nobody has prepared before. */
const read = (record: unknown) =>
  readTampering(record as never, callerOf(record as never), prepare({ ...policy }).guarded);

/** What is touched by a call with this request, as it is shown; undefined where it is none of the watcher's business. */
const touched = (source: string, name: string, request: object | null, over: object = {}) =>
  read({
    ...build.apiCall({ source: `${source}.amazonaws.com`, name, request: request as build.JsonObject }),
    ...over,
  })?.resource;

describe('a change of the watcher', () => {
  it('is read with the resource that it touches, and its outcome', () => {
    const stop = { source: 'cloudtrail.amazonaws.com', name: 'StopLogging', request: { name: 'org' } };
    const expected = { kind: 'tampering', used: { door: 'tampering' }, account: PRODUCTION, resource: 'org' };
    expect(read(build.apiCall(stop))).toEqual({ ...expected, outcome: 'success' });
    expect(read(build.apiCall({ ...stop, denied: true }))).toEqual({ ...expected, outcome: 'refused' });
  });

  it('is one only under the name of its own service', () => {
    expect(touched('events', 'StopLogging', { name: 'two-eye' })).toBeUndefined();
    expect(touched('cloudtrail', 'StartLogging', { name: 'two-eye' })).toBeUndefined();
    expect(touched('iam', 'TagRole', { roleName: 'notify-prod-admin' })).toBeUndefined();
    expect(touched('lambda', 'UpdateFunctionCode20150331v2', { functionName: 'two-eye-x' })).toBe('two-eye-x');
    expect(touched('lambda', 'DeleteFunction20150331', { functionName: 'two-eye-x' })).toBe('two-eye-x');
  });

  it('of a trail is anybody’s, named as the call names it', () => {
    expect(touched('cloudtrail', 'PutEventSelectors', { trailName: 'org' })).toBe('org');
    expect(touched('cloudtrail', 'DeleteTrail', {})).toBe('a trail');
    expect(touched('cloudtrail', 'DeleteTrail', { name: 'x'.repeat(600) })).toHaveLength(512);
  });

  it.each<[unknown, string | undefined]>([
    [{ name: 'two-eye-rule' }, 'two-eye-rule'],
    [{ arn: 'arn:aws:events:eu-west-2:1:rule/Two-Eye-rule' }, 'arn:aws:events:eu-west-2:1:rule/Two-Eye-rule'],
    [{ arn: 'arn:aws:sns:eu-west-2:1:two-eye-verdicts' }, 'arn:aws:sns:eu-west-2:1:two-eye-verdicts'],
    [{ names: ['other', 'two-eye'] }, 'two-eye'],
    [{ name: 'not-two-eye' }, undefined],
    [{ name: { nested: 'two-eye' } }, undefined],
    [{ names: [...Array(200).fill('x'), 'two-eye'] }, undefined],
    [
      { ...Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`f${index}`, 'x'])), name: 'two-eye' },
      undefined,
    ],
    [{ name: `${'x'.repeat(2_048)}/two-eye` }, undefined],
  ])('is of its own where a name in %j says so', (request, resource) => {
    expect(touched('events', 'PutRule', request as object)).toBe(resource);
  });

  it('is seen in the answer where the request names an id alone, but only of its own', () => {
    const responseElements = { functionArn: 'arn:aws:lambda:eu-west-2:1:function:two-eye-x', name: 'two-eye' };
    expect(touched('lambda', 'DeleteEventSourceMapping20150331', null, { responseElements })).toContain('two-eye-x');
    expect(touched('iam', 'CreateRole', { roleName: 'quiet' }, { responseElements })).toBeUndefined();
  });

  it('of a key counts in the home account alone', () => {
    const who = build.session(`arn:aws:iam::${HOME}:role/deploy`, 'x');
    const call = { who, source: 'kms.amazonaws.com', name: 'DisableKey', request: { keyId: 'k-1' } };
    expect(read(build.apiCall(call))?.resource).toBe('key k-1');
    expect(touched('kms', 'DisableKey', { keyId: 'k-1' })).toBeUndefined();
  });

  it('of the alias of a key counts where it is two-eye’s, in whichever account, and its end stops the telling', () => {
    const alias = (name: string, aliasName: string) => touched('kms', name, { aliasName, targetKeyId: 'k-1' });
    expect(alias('UpdateAlias', 'alias/two-eye')).toBe('alias/two-eye');
    expect(alias('DeleteAlias', 'alias/two-eye-tap')).toBe('alias/two-eye-tap');
    expect(alias('DeleteAlias', 'alias/a-team')).toBeUndefined();
    expect(stopsTheTelling({ kind: 'tampering', eventName: 'DeleteAlias' })).toBe(true);
  });

  it('of an alarm is one where the alarm is two-eye’s', () => {
    const put = (alarmName: string) => touched('monitoring', 'PutMetricAlarm', { alarmName, actionsEnabled: false });
    expect(put('two-eye-home-AccessQueueDeadAlarm')).toBe('two-eye-home-AccessQueueDeadAlarm');
    expect(put('a-team-cpu')).toBeUndefined();
  });

  it('of the subscription to a watched log counts, and of another does not', () => {
    const drop = (logGroupName: string | undefined) => touched('logs', 'DeleteLogGroup', { logGroupName });
    expect(drop('/aws/rds/instance/notifydb/postgresql')).toBe('/aws/rds/instance/notifydb/postgresql');
    expect(drop('/aws/rds/instance/other/postgresql')).toBeUndefined();
    expect(drop(undefined)).toBeUndefined();
  });
});

describe('a database that is silenced', () => {
  const ends = (disableLogTypes: unknown) => ({ cloudwatchLogsExportConfiguration: { disableLogTypes } });

  it('is one whose log is exported no more', () => {
    const instance = { dBInstanceIdentifier: 'notifydb' };
    expect(touched('rds', 'ModifyDBInstance', { ...instance, ...ends(['postgresql']) })).toBe('log export of notifydb');
    expect(touched('rds', 'ModifyDBInstance', { ...instance, ...ends('postgresql') })).toBe('log export of notifydb');
    expect(touched('rds', 'ModifyDBCluster', { dBClusterIdentifier: 'orders', ...ends(['postgresql']) })).toBe(
      'log export of orders',
    );
    expect(touched('rds', 'ModifyDBInstance', { ...instance, ...ends([]) })).toBeUndefined();
    expect(touched('rds', 'ModifyDBInstance', instance)).toBeUndefined();
    expect(
      touched('rds', 'ModifyDBInstance', { dBInstanceIdentifier: 'other', ...ends(['postgresql']) }),
    ).toBeUndefined();
  });

  it.each(['log_connections', 'log_line_prefix', 'log_destination', 'log_min_messages', 'lc_messages'])(
    'is one whose parameters say otherwise of %s',
    (parameterName) => {
      const parameters = ['x', null, { parameterName: 'work_mem' }, { parameterName }];
      const change = (name: string, group: object) => touched('rds', name, { ...group, parameters });
      expect(change('ModifyDBParameterGroup', { dBParameterGroupName: 'pg' })).toBe(`${parameterName} of pg`);
      expect(change('ModifyDBClusterParameterGroup', { dBClusterParameterGroupName: 'pgc' })).toBe(
        `${parameterName} of pgc`,
      );
      expect(change('ModifyDBParameterGroup', {})).toBe(`${parameterName} of a parameter group`);
    },
  );

  it('is one whose parameters go back to what the engine has, all of them or one that the log needs', () => {
    const reset = (name: string, request: object) => touched('rds', name, request);
    const group = { dBParameterGroupName: 'pg' };
    const cluster = { dBClusterParameterGroupName: 'pgc' };
    expect(reset('ResetDBParameterGroup', { ...group, resetAllParameters: true })).toBe('every parameter of pg');
    expect(reset('ResetDBClusterParameterGroup', { ...cluster, resetAllParameters: 'true' })).toBe(
      'every parameter of pgc',
    );
    expect(reset('ResetDBParameterGroup', group)).toBe('every parameter of pg');
    expect(reset('ResetDBParameterGroup', {})).toBe('every parameter of a parameter group');
    const one = (parameterName: string) => ({ resetAllParameters: false, parameters: [{ parameterName }] });
    expect(reset('ResetDBParameterGroup', { ...group, ...one('log_connections') })).toBe('log_connections of pg');
    expect(reset('ResetDBClusterParameterGroup', { ...cluster, ...one('lc_messages') })).toBe('lc_messages of pgc');
    expect(reset('ResetDBParameterGroup', { ...group, ...one('work_mem') })).toBeUndefined();
  });

  it('is none whose other parameters change', () => {
    const parameters = [{ parameterName: 'work_mem' }];
    expect(touched('rds', 'ModifyDBParameterGroup', { parameters })).toBeUndefined();
    expect(touched('rds', 'ModifyDBParameterGroup', {})).toBeUndefined();
    const one = { parameterName: 'log_connections' };
    expect(touched('rds', 'ModifyDBParameterGroup', { parameters: one })).toContain('log_connections');
    const late = { parameters: [...Array(200).fill({}), one] };
    expect(touched('rds', 'ModifyDBParameterGroup', late)).toBeUndefined();
    const watched = { dBInstanceIdentifier: 'notifydb', parameters: [one] };
    expect(touched('rds', 'ModifyDBInstance', watched)).toBeUndefined();
  });
});

describe('an identity provider', () => {
  it.each<[object, string]>([
    [{ sAMLProviderArn: 'a', openIDConnectProviderArn: 'b', name: 'c', url: 'd' }, 'a'],
    [{ openIDConnectProviderArn: 'b', name: 'c', url: 'd' }, 'b'],
    [{ name: 'c', url: 'd' }, 'c'],
    [{ url: 'd' }, 'd'],
    [{}, 'an identity provider'],
  ])('that is changed by %j is shown as %s', (request, resource) => {
    expect(touched('iam', 'UpdateSAMLProvider', request)).toBe(resource);
  });
});

describe('credentials of a person’s user', () => {
  const BEN = 'ben@example.gov.uk';
  const ADA = 'ada@example.gov.uk';
  const by = (who: build.Caller, name: string, request: build.JsonObject) =>
    read(build.apiCall({ who, source: 'iam.amazonaws.com', name, request }))?.resource;

  it('are another’s to make only of those whom nobody knows', () => {
    expect(by(build.ada, 'CreateAccessKey', { userName: BEN })).toBe(`user ${BEN}`);
    expect(by(build.ada, 'CreateAccessKey', { userName: 'robot' })).toBeUndefined();
    expect(by(build.ada, 'CreateAccessKey', {})).toBeUndefined();
    expect(by(build.ada, 'CreateAccessKey', { userName: ADA.toUpperCase() })).toBeUndefined();
    const upper = build.user(ADA.toUpperCase(), 'AIDAADAEXAMPLE');
    expect(by(upper, 'CreateAccessKey', { userName: ADA })).toBeUndefined();
  });

  it('are not a role’s own, whatever the role is called, nor those of nobody', () => {
    const who = build.session(`arn:aws:iam::${build.USERS}:role/${BEN}`, 'x');
    expect(by(who, 'CreateAccessKey', { userName: BEN })).toBe(`user ${BEN}`);
    const { userIdentity: _, ...nobody } = build.apiCall({
      who: build.ada,
      source: 'iam.amazonaws.com',
      name: 'CreateAccessKey',
      request: { userName: BEN },
    });
    expect(read(nobody)?.resource).toBe(`user ${BEN}`);
  });

  it('are another’s to switch on again, and anybody’s to switch off', () => {
    const update = (userName: string, status: string) =>
      by(build.ada, 'UpdateAccessKey', { userName, accessKeyId: 'AKIAEXAMPLE', status });
    expect(update(BEN, 'Active')).toBe(`user ${BEN}`);
    expect(update(BEN, 'Inactive')).toBeUndefined();
    expect(update(ADA, 'Active')).toBeUndefined();
    expect(update('robot', 'Active')).toBeUndefined();
  });

  it('are taken by whoever renames a user to a person’s name, and not by any other name', () => {
    expect(by(build.ada, 'UpdateUser', { userName: ADA, newUserName: BEN })).toBe(`user ${BEN}`);
    expect(by(build.ada, 'UpdateUser', { userName: ADA, newUserName: 'x' })).toBeUndefined();
    expect(by(build.ada, 'UpdateUser', { userName: BEN, newUserName: 'x' })).toBe(`user ${BEN}`);
  });
});

describe('a role', () => {
  const ADMIN = 'arn:aws:iam::aws:policy/AdministratorAccess';
  const ALL = '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}';
  const create = (request: object, over: object = {}) => touched('iam', 'CreateRole', request, over);

  it('is touched where it is watched, under the path that the policy gives it', () => {
    expect(create({ roleName: 'notify-prod-admin' })).toBe('role notify-prod-admin');
    expect(create({ roleName: 'breakglass', path: '/team/' })).toBe('role breakglass');
    expect(create({ roleName: 'breakglass', path: 'team/' })).toBe('role breakglass');
    expect(create({ roleName: 'breakglass' })).toBe('role breakglass');
    expect(create({ roleName: 'breakglass', path: '/other/' })).toBeUndefined();
    expect(create({ roleName: 'readonly' })).toBeUndefined();
    expect(create({})).toBeUndefined();
  });

  it('is touched in the partition of its caller, and in AWS’s own where nobody calls', () => {
    expect(create({ roleName: 'notify-prod-admin' }, { userIdentity: null })).toBe('role notify-prod-admin');
    const arn = `arn:aws-cn:iam::${PRODUCTION}:user/x`;
    expect(create({ roleName: 'notify-prod-admin' }, { userIdentity: { arn } })).toBeUndefined();
  });

  it('is touched where it is two-eye’s own, by how its name begins', () => {
    expect(create({ roleName: 'Two-Eye-page' })).toBe('role Two-Eye-page');
    expect(create({ roleName: 'not-two-eye' })).toBeUndefined();
  });

  it.each<[object, string | undefined]>([
    [{ roleName: 'quiet', policyArn: ADMIN }, 'role quiet'],
    [{ userName: 'quiet', policyArn: ADMIN }, 'user quiet'],
    [{ groupName: 'quiet', policyArn: ADMIN }, 'group quiet'],
    [{ groupName: 'quiet', policyDocument: ALL }, 'group quiet'],
    [{ groupName: 'quiet', policyArn: `${ADMIN}-not` }, undefined],
    [{ groupName: 'quiet', policyArn: `x${ADMIN}` }, undefined],
    [{ groupName: 'quiet', policyDocument: '{"Statement":[]}' }, undefined],
  ])('or another that is made an administrator by %j is %s', (request, resource) => {
    expect(touched('iam', 'AttachRolePolicy', request)).toBe(resource);
  });
});

describe('a policy of the account’s own', () => {
  const ALL = '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}';
  const SOME = '{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}';
  const policyArn = `arn:aws:iam::${PRODUCTION}:policy/quiet`;

  it('that allows everything makes an administrator, whether or not this version is in force yet', () => {
    const version = (policyDocument: string, setAsDefault: boolean) =>
      touched('iam', 'CreatePolicyVersion', { policyArn, policyDocument, setAsDefault });
    expect(version(ALL, true)).toBe(`policy ${policyArn}`);
    expect(version(ALL, false)).toBe(`policy ${policyArn}`);
    expect(version(SOME, true)).toBeUndefined();
    expect(touched('iam', 'CreatePolicy', { policyName: 'quiet', policyDocument: ALL })).toBe('policy quiet');
    expect(touched('iam', 'CreatePolicy', { policyName: 'quiet', policyDocument: SOME })).toBeUndefined();
    expect(touched('iam', 'CreatePolicy', { policyName: 'two-eye-quiet' })).toBeUndefined();
  });
});

describe('what stops the telling', () => {
  it('is tampering alone, whatever version of its API a name ends in', () => {
    expect(stopsTheTelling({ kind: 'tampering', eventName: 'DeleteFunction20150331' })).toBe(true);
    expect(stopsTheTelling({ kind: 'tampering', eventName: 'PutFunctionConcurrency20171031v2' })).toBe(true);
    expect(stopsTheTelling({ kind: 'tampering', eventName: 'DeleteFunction20150331v22' })).toBe(true);
    expect(stopsTheTelling({ kind: 'tampering', eventName: 'StopLogging' })).toBe(true);
    expect(stopsTheTelling({ kind: 'tampering', eventName: 'PutRule' })).toBe(false);
    expect(stopsTheTelling({ kind: 'shell', eventName: 'StopLogging' })).toBe(false);
    expect(stopsTheTelling({ kind: 'tampering', eventName: '20150331StopLogging' })).toBe(false);
  });

  it.each([
    ['UpdateFunctionCode20150331v2', 'UpdateFunctionCode'],
    ['DeleteFunction20150331', 'DeleteFunction'],
    ['DeleteFunction', 'DeleteFunction'],
    ['DeleteFunction19991231', 'DeleteFunction19991231'],
    ['DeleteFunction20150331v2x', 'DeleteFunction20150331v2x'],
    ['DeleteFunction2015033', 'DeleteFunction2015033'],
  ])('%s is %s without the version of its API', (name, without) => {
    expect(unversioned(name)).toBe(without);
  });
});
