import { describe, expect, it } from 'vitest';
import { blindSpots, rulesOf, tapStacksOf, tapsOf, type WatchRule } from '../../lambdas/core/patterns.ts';
import type { Door } from '../../lambdas/core/policy.ts';
import { testPolicy, testTarget } from '../support/policies.ts';
import { DEPLOY, PRODUCTION } from '../support/records.ts';

const HOME = '333333333333';
const here = { account: PRODUCTION, region: 'eu-west-1' };
const accounts = { [PRODUCTION]: 'Production', [DEPLOY]: 'Deploy' };

const watching = (...doors: readonly Door[]) =>
  testPolicy({ accounts, targets: doors.map((door, index) => testTarget({ id: `t${index}`, door })) });
/** The rules that a door brings about: all but the canary's and tampering's. */
const doorRules = (doors: readonly Door[], tap = here): readonly WatchRule[] =>
  rulesOf(watching(...doors), tap).filter(({ id }) => id !== 'canary' && !id.startsWith('tampering-'));

const inAnyCase = (text: string) => ({ 'equals-ignore-case': text });
const like = (...patterns: readonly string[]) => patterns.map((wildcard) => ({ wildcard }));
const API = ['AWS API Call via CloudTrail'];
const SIGN_IN = [...API, 'AWS Console Sign In via CloudTrail', 'AWS Console Signin via CloudTrail'];
const of = (service: string, detail: object, types: readonly string[] = API) => ({
  source: [`aws.${service}`],
  account: [PRODUCTION],
  'detail-type': types,
  detail,
});

const role = (roleArn: string, ...regions: readonly string[]): Door => ({ kind: 'role', roleArn, regions });
const ADMIN = `arn:aws:iam::${DEPLOY}:role/admin`;
const shell: Door & { kind: 'shell' } = {
  kind: 'shell',
  account: PRODUCTION,
  regions: ['eu-west-1'],
  ecsClusters: [],
  ssm: false,
  instanceConnect: false,
};
const SECRET = `arn:aws:secretsmanager:eu-west-2:${PRODUCTION}:secret:db/write-AbCdEf`;
const CLUSTER = `arn:aws:rds:eu-west-3:${PRODUCTION}:cluster:db`;

describe('the rules of a door', () => {
  it('of a role see assumptions, refusals and the console, in every account', () => {
    const anyPath = `arn:aws:iam::${DEPLOY}:role/*admin`;
    const arns = [inAnyCase(ADMIN), ...like(anyPath)];
    const sessions = [{ prefix: inAnyCase(`arn:aws:sts::${DEPLOY}:assumed-role/admin/`) }];
    expect(doorRules([role(ADMIN)])).toEqual([
      {
        id: 'assume-role-0',
        description: 'A watched role is assumed, or somebody tried.',
        pattern: of('sts', {
          eventName: ['AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity'],
          $or: [
            { requestParameters: { roleArn: arns } },
            { resources: { ARN: like(anyPath) } },
            { requestParameters: [null], errorMessage: like(`*${anyPath}*`) },
          ],
        }),
      },
      {
        id: 'console-1',
        description: 'A watched role is used through the console or aws login.',
        pattern: of(
          'signin',
          {
            eventName: ['ConsoleLogin', 'SwitchRole', 'RenewRole', 'AuthorizeOAuth2Access', 'CreateOAuth2Token'],
            $or: [{ userIdentity: { arn: sessions } }, { additionalEventData: { SwitchTo: [...sessions, ...arns] } }],
          },
          SIGN_IN,
        ),
      },
    ]);
  });

  it.each<[string, string, string, string]>([
    ['with a path that has a star', 'role/team*/admin*', 'role/team*/admin*', 'admin*'],
    ['with a star at its beginning', 'role/*-admin', 'role/*-admin', '*-admin'],
    ['with a star in it', 'role/a*min', 'role/*a*min', 'a*min'],
    ['that is any', 'role/*', 'role/*', '*'],
    ['with two stars', 'role/a**', 'role/*a*', 'a*'],
  ])('of a role %s have no two stars side by side', (_, name, assumed, session) => {
    const text = JSON.stringify(doorRules([role(`arn:aws:iam::1:${name}`)]));
    expect(text).toContain(`"roleArn":[{"wildcard":"arn:aws:iam::1:${assumed}"}]`);
    expect(text).toContain(`"arn":[{"wildcard":"arn:aws:sts::1:assumed-role/${session}/*"}]`.replace('*/*', '*/*'));
    expect(text).not.toContain('**');
  });

  it('of a role with a path see it and its sessions in any case', () => {
    const text = JSON.stringify(doorRules([role('arn:aws:iam::1:role/team/admin')]));
    expect(text).toContain('"roleArn":[{"equals-ignore-case":"arn:aws:iam::1:role/team/admin"}]');
    expect(text).toContain('"arn":[{"prefix":{"equals-ignore-case":"arn:aws:sts::1:assumed-role/admin/"}}]');
  });

  it('of root see its sign-ins where it is, and assumptions of it anywhere', () => {
    const assume = {
      description: 'Root of a watched account is assumed.',
      pattern: of('sts', {
        eventName: ['AssumeRoot'],
        requestParameters: { targetPrincipal: [PRODUCTION, ...like(`arn:*:iam::${PRODUCTION}:root`)] },
      }),
    };
    expect(doorRules([{ kind: 'root', account: PRODUCTION }])).toEqual([
      { ...assume, id: 'assume-root-0' },
      {
        id: 'root-sign-in-1',
        description: 'Root signs in.',
        pattern: of(
          'signin',
          {
            eventName: ['ConsoleLogin', 'AuthorizeOAuth2Access', 'CreateOAuth2Token'],
            userIdentity: { type: ['Root'] },
          },
          SIGN_IN,
        ),
      },
    ]);
    const elsewhere = doorRules([{ kind: 'root', account: PRODUCTION }], { ...here, account: DEPLOY });
    expect(elsewhere.map(({ id }) => id)).toEqual(['assume-root-0']);
  });

  it('of federation see tokens and sign-ins in its account alone', () => {
    expect(doorRules([{ kind: 'federation', account: PRODUCTION }])).toEqual([
      {
        id: 'federation-0',
        description: 'Somebody federates.',
        pattern: of('sts', { eventName: ['GetFederationToken'] }),
      },
      {
        id: 'federated-sign-in-1',
        description: 'FederatedUser signs in.',
        pattern: of(
          'signin',
          {
            eventName: ['ConsoleLogin', 'AuthorizeOAuth2Access', 'CreateOAuth2Token'],
            userIdentity: { type: ['FederatedUser'] },
          },
          SIGN_IN,
        ),
      },
    ]);
    expect(doorRules([{ kind: 'federation', account: DEPLOY }])).toEqual([]);
    const among = doorRules([
      { kind: 'root', account: DEPLOY },
      { kind: 'federation', account: PRODUCTION },
    ]);
    expect(among.map(({ id }) => id)).toEqual(['assume-root-0', 'federation-1', 'federated-sign-in-2']);
    expect(doorRules([{ kind: 'root', account: DEPLOY }]).map(({ id }) => id)).toEqual(['assume-root-0']);
  });

  const bySsm = { eventName: ['StartSession', 'ResumeSession'] };
  const ssm = (narrowed: object) => ({
    description: 'A shell or tunnel by Session Manager.',
    pattern: of('ssm', narrowed),
  });

  it('of a shell see the ways that it names, and the way round ECS Exec', () => {
    expect(doorRules([{ ...shell, ssm: true }])).toEqual([{ id: 'ssm-0', ...ssm(bySsm) }]);
    expect(doorRules([{ ...shell, instanceConnect: true }])).toEqual([
      {
        id: 'instance-connect-0',
        description: 'A shell by EC2 Instance Connect.',
        pattern: of('ec2-instance-connect', {
          eventName: ['SendSSHPublicKey', 'SendSerialConsoleSSHPublicKey', 'OpenTunnel'],
        }),
      },
    ]);
    const arn = `arn:aws:ecs:eu-west-1:${PRODUCTION}:cluster/one`;
    const exec = {
      id: 'ecs-exec-0',
      description: 'A shell by ECS Exec.',
      pattern: of('ecs', {
        eventName: ['ExecuteCommand'],
        $or: [
          { requestParameters: { cluster: like('one', '*/one', 'two', '*/two') } },
          { responseElements: { clusterArn: like('*/one', '*/two') } },
        ],
      }),
    };
    expect(doorRules([{ ...shell, ecsClusters: [arn, 'two'] }])).toEqual([
      exec,
      {
        id: 'ssm-1',
        ...ssm({
          $or: [
            { eventName: ['StartSession'], requestParameters: { target: like('ecs:one_*', 'ecs:two_*') } },
            { eventName: ['ResumeSession'] },
          ],
        }),
      },
    ]);
    expect(doorRules([{ ...shell, ecsClusters: [arn, 'two'], ssm: true }])).toEqual([
      exec,
      { id: 'ssm-1', ...ssm(bySsm) },
    ]);
    expect(doorRules([shell])).toEqual([]);
  });

  it('of a shell see a call without a cluster only where the default one is watched', () => {
    const text = JSON.stringify(doorRules([{ ...shell, ecsClusters: ['default'] }]));
    expect(text).toContain('{"requestParameters":{"cluster":[{"exists":false}]}}');
  });

  it('of a shell are in its own account and Regions', () => {
    const all = { ...shell, ssm: true };
    expect(doorRules([all], { ...here, account: DEPLOY })).toEqual([]);
    expect(doorRules([all], { ...here, region: 'eu-west-2' })).toEqual([]);
  });

  it('of a secret see it asked for by whatever name', () => {
    const rule = {
      id: 'secret-0',
      description: 'A watched secret is read.',
      pattern: of('secretsmanager', {
        eventName: ['GetSecretValue'],
        $or: [
          {
            requestParameters: {
              secretId: like('db/write', 'db/write-*', '*:secret:db/write', '*:secret:db/write-*'),
            },
          },
          { resources: { ARN: like('*:secret:db/write-*') } },
        ],
      }),
    };
    expect(doorRules([{ kind: 'secret', arn: SECRET }])).toEqual([rule]);
    expect(doorRules([{ kind: 'secret', arn: SECRET.replace('AbCdEf', '*') }])).toEqual([rule]);
    expect(doorRules([{ kind: 'secret', arn: SECRET.replace('-AbCdEf', '') }])).toEqual([rule]);
    expect(
      doorRules([{ kind: 'secret', arn: SECRET.replace('-AbCdEf', ':x-AbCdEfG') }])[0]?.pattern.detail,
    ).toMatchObject({
      $or: [
        {
          requestParameters: {
            secretId: like(
              'db/write:x-AbCdEfG',
              'db/write:x-AbCdEfG-*',
              '*:secret:db/write:x-AbCdEfG',
              '*:secret:db/write:x-AbCdEfG-*',
            ),
          },
        },
        {},
      ],
    });
    expect(doorRules([{ kind: 'secret', arn: SECRET.replace(PRODUCTION, DEPLOY) }])).toEqual([]);
  });

  it('of the Data API see it under all of its names', () => {
    expect(doorRules([{ kind: 'data-api', cluster: CLUSTER }])).toEqual([
      {
        id: 'data-api-0',
        description: 'A watched database is used through the Data API.',
        pattern: {
          ...of('rds-data', {
            eventName: ['ExecuteStatement', 'BatchExecuteStatement', 'ExecuteSql'],
            $or: [
              { requestParameters: { resourceArn: [inAnyCase(CLUSTER)] } },
              { requestParameters: { dbClusterOrInstanceArn: [inAnyCase(CLUSTER)] } },
            ],
          }),
          source: ['aws.rds-data', 'aws.rdsdata', 'aws.rdsdataapi'],
        },
      },
    ]);
    expect(doorRules([{ kind: 'data-api', cluster: CLUSTER.replace(PRODUCTION, DEPLOY) }])).toEqual([]);
  });

  it('of a database are none, for its log is no event', () => {
    const door: Door = { kind: 'database', account: PRODUCTION, region: 'eu-west-1', logGroup: '/x', users: ['*'] };
    expect(doorRules([door])).toEqual([]);
  });

  it('have ids of their own, in the order of the doors', () => {
    const doors: Door[] = [{ kind: 'data-api', cluster: CLUSTER }, { ...shell, ssm: true }, role(ADMIN)];
    expect(doorRules(doors).map(({ id }) => id)).toEqual(['assume-role-0', 'console-1', 'ssm-2', 'data-api-3']);
  });
});

describe('the rules of every account', () => {
  it('see the canary where it is watched', () => {
    expect(rulesOf(watching(), here).find(({ id }) => id === 'canary')).toEqual({
      id: 'canary',
      description: 'The canary sings.',
      pattern: of('sts', {
        eventName: ['AssumeRole'],
        requestParameters: { roleArn: like(`arn:*:iam::${PRODUCTION}:role/two-eye-canary`) },
      }),
    });
  });

  it('see tampering, a service a rule, and at home nothing else', () => {
    const rules = rulesOf(watching(role(ADMIN)), { account: HOME, region: 'eu-west-2' });
    expect(rules.filter(({ id }) => !id.startsWith('tampering-'))).toEqual([]);
    const find = (id: string) => rules.find((rule) => rule.id === id);
    expect(find('tampering-cloudtrail')).toEqual({
      id: 'tampering-cloudtrail',
      description: 'cloudtrail is changed.',
      pattern: {
        ...of('cloudtrail', { eventName: ['StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors'] }),
        account: [HOME],
      },
    });
    expect(find('tampering-lambda')?.pattern.detail.eventName).toContainEqual({ prefix: 'DeleteFunction' });
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
  });
});

describe('many roles', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => role(`${ADMIN}-${index}`));
  const rolesOf = (rules: readonly WatchRule[]) =>
    rules
      .filter(({ id }) => id.startsWith('assume-role'))
      .map(
        ({ pattern }) =>
          JSON.stringify(pattern)
            .match(/"roleArn":\[([^\]]*)\]/)?.[1]
            ?.match(/role\/\*admin-\d+/g) ?? [],
      );

  it('are in as few rules as the quota allows, in order, each once', () => {
    expect(rolesOf(doorRules(many(2)))).toHaveLength(1);
    const chunks = rolesOf(doorRules(many(15)));
    expect(chunks.map((one) => one.length)).toEqual([4, 4, 7]);
    expect(chunks.flat()).toEqual(Array.from({ length: 15 }, (_, index) => `role/*admin-${index}`));
  });

  it('fill a rule up to the quota of 2,048 characters and not beyond', () => {
    const widest = ['1', '12', '123', '1234'].map((account) => {
      const lengths = (pad: number) =>
        rulesOf(
          { ...watching(role(ADMIN), role(`${ADMIN}${'x'.repeat(pad)}`)), accounts: { [account]: 'One' } },
          { ...here, account },
        )
          .filter(({ id }) => id.startsWith('assume-role'))
          .map(({ pattern }) => JSON.stringify(pattern).length);
      // A character more in a name is four in the rule, which names the role four times.
      const fits = Math.floor((2_048 - (lengths(0)[0] ?? 0)) / 4);
      expect(lengths(fits + 1)).toHaveLength(2);
      return lengths(fits);
    });
    expect(widest.flat().sort()).toEqual([2_045, 2_046, 2_047, 2_048]);
  });

  it('may be one that is longer than the quota', () => {
    expect(doorRules([role(`${ADMIN}${'x'.repeat(3_000)}`)])).toHaveLength(2);
  });
});

describe('where rules are', () => {
  const taps = (...doors: readonly Door[]) =>
    tapsOf(watching(...doors)).map(({ account, region }) => `${account === PRODUCTION ? 'P' : 'D'} ${region}`);

  it('is in every account and Region of a role, and always in us-east-1', () => {
    expect(taps()).toEqual(['P us-east-1', 'D us-east-1']);
    expect(taps(role(ADMIN, 'eu-west-2', 'eu-west-1'), role(ADMIN, 'eu-west-1'))).toEqual([
      'P eu-west-1',
      'P eu-west-2',
      'P us-east-1',
      'D eu-west-1',
      'D eu-west-2',
      'D us-east-1',
    ]);
  });

  it.each<[Door, string]>([
    [shell, 'eu-west-1'],
    [{ kind: 'database', account: PRODUCTION, region: 'eu-west-1', logGroup: '/x', users: [] }, 'eu-west-1'],
    [{ kind: 'secret', arn: SECRET }, 'eu-west-2'],
    [{ kind: 'data-api', cluster: CLUSTER }, 'eu-west-3'],
  ])('is only in the account and Region of %j', (door, region) => {
    expect(taps(door)).toEqual([`P ${region}`, 'P us-east-1', 'D us-east-1']);
  });

  it('is nowhere more for a Region that is a pattern or absent, or for root and federation', () => {
    const none = ['P us-east-1', 'D us-east-1'];
    expect(taps({ kind: 'secret', arn: SECRET.replace('eu-west-2', '*') })).toEqual(none);
    expect(taps({ kind: 'secret', arn: SECRET.replace('eu-west-2', 'eu-*') })).toEqual(none);
    expect(taps({ kind: 'secret', arn: SECRET.replace('eu-west-2', '*-west-2') })).toEqual(none);
    expect(taps({ kind: 'data-api', cluster: CLUSTER.replace('eu-west-3', '') })).toEqual(none);
    expect(taps({ kind: 'root', account: PRODUCTION }, { kind: 'federation', account: PRODUCTION })).toEqual(none);
  });

  it('is beside home, which has its own share of the global Region', () => {
    const stacks = (home: { account: string; region: string }) =>
      tapStacksOf({ ...watching(role(ADMIN, 'eu-west-1')), home });
    const all = tapsOf(watching(role(ADMIN, 'eu-west-1')));
    expect(stacks({ account: HOME, region: 'eu-west-2' })).toEqual([...all, { account: HOME, region: 'us-east-1' }]);
    expect(stacks({ account: HOME, region: 'us-east-1' })).toEqual(all);
    expect(stacks({ account: PRODUCTION, region: 'eu-west-1' })).toEqual(
      all.filter(({ account, region }) => account !== PRODUCTION || region !== 'eu-west-1'),
    );
    expect(stacks({ account: PRODUCTION, region: 'us-east-1' })).toEqual(
      all.filter(({ account, region }) => account !== PRODUCTION || region !== 'us-east-1'),
    );
    expect(stacks({ account: PRODUCTION, region: 'eu-north-1' })).toEqual(all);
  });
});

it('a role that does not list the global Region is a blind spot to know of', () => {
  const policy = watching(role(ADMIN, 'eu-west-1'), role(ADMIN, 'us-east-1'), shell);
  expect(blindSpots(policy)).toEqual([
    'Target t0 does not list us-east-1, where calls to the global endpoint are logged; it is watched there all the same.',
  ]);
});
