import { describe, expect, it } from 'vitest';
import { principalOf } from '../../lambdas/core/arn.ts';
import { canaryTarget } from '../../lambdas/core/canary.ts';
import type { Use, Used } from '../../lambdas/core/doors/use.ts';
import type { Door } from '../../lambdas/core/policy.ts';
import { targetAccount } from '../../lambdas/core/target-account.ts';
import { prepareTarget, targetOf, targetOfSession } from '../../lambdas/core/targets.ts';
import { databaseSession } from '../support/ledger-records.ts';
import { testPolicy, testTarget } from '../support/policies.ts';
import { PRODUCTION } from '../support/records.ts';

const prepared = (door: Door) => prepareTarget(testTarget({ id: 't', door }));
const matches = (door: Door, used: Used) => prepared(door).matches(used);

const role: Door = { kind: 'role', roleArn: 'arn:aws:iam::1:role/admin', regions: [] };
const root: Door = { kind: 'root', account: '1' };
const federation: Door = { kind: 'federation', account: '1' };
const data: Door = { kind: 'data-api', cluster: 'arn:aws:rds:eu-west-1:1:cluster:Notify*' };
const database: Door = {
  kind: 'database',
  account: '1',
  region: 'eu-west-1',
  logGroup: '/log/*',
  users: ['write', 'a*'],
};
const secretArn = 'arn:aws:secretsmanager:eu-west-1:1:secret:notifydb/write-AbCdEf';
const secret: Door = { kind: 'secret', arn: secretArn };
const shell: Door = {
  kind: 'shell',
  account: '1',
  regions: [],
  ecsClusters: ['arn:aws:ecs:eu-west-1:1:cluster/notify', 'other*'],
  ssm: false,
  instanceConnect: false,
};

const admin = principalOf('arn:aws:iam::1:role/admin');
if (admin === undefined) throw new Error('no role');

const used = {
  role: { door: 'role', role: admin },
  root: { door: 'root', account: '1' },
  federation: { door: 'federation', account: '1' },
  data: { door: 'data-api', cluster: 'arn:aws:rds:eu-west-1:1:cluster:notifyDB' },
  secret: { door: 'secret', account: '1', secretId: secretArn, arn: secretArn },
  shell: { door: 'shell', account: '1', by: 'ecs', cluster: 'notify' },
  tampering: { door: 'tampering' },
} as const satisfies Record<string, Used>;

describe('a target', () => {
  it('is met by the use of its own door and of no other', () => {
    const doors = { role, root, federation, data, secret, shell, database };
    const met = Object.entries(doors).map(([kind, door]) => [
      kind,
      Object.entries(used)
        .filter(([, one]) => matches(door, one))
        .map(([name]) => name)
        .join(),
    ]);
    expect(Object.fromEntries(met)).toEqual({
      role: 'role',
      root: 'root',
      federation: 'federation',
      data: 'data',
      secret: 'secret',
      shell: 'shell',
      database: '',
    });
  });

  it('is in its account alone', () => {
    expect(matches(root, { door: 'root', account: '2' })).toBe(false);
    expect(matches({ kind: 'root', account: '*' }, { door: 'root', account: '2' })).toBe(true);
    expect(matches(federation, { door: 'federation', account: '2' })).toBe(false);
    expect(matches(data, { ...used.data, cluster: 'arn:aws:rds:eu-west-1:2:cluster:notifydb' })).toBe(false);
  });

  it('is the first of the policy that a use meets', () => {
    const targets = [data, root, { kind: 'root', account: '*' } as const].map((door, index) =>
      prepareTarget(testTarget({ id: `t${index}`, door })),
    );
    expect(targetOf(targets, used.root)?.id).toBe('t1');
    expect(targetOf(targets, { door: 'root', account: '2' })?.id).toBe('t2');
    expect(targetOf(targets, used.tampering)).toBeUndefined();
  });
});

describe('a shell', () => {
  const by = (over: Partial<Used & { door: 'shell' }>, door: Partial<Door & { kind: 'shell' }> = {}) =>
    matches({ ...shell, ...door }, { door: 'shell', account: '1', by: 'ssm', ...over });

  it('is by the way that the target names: Session Manager, Instance Connect, or one of its clusters', () => {
    expect([by({}), by({}, { ssm: true })]).toEqual([false, true]);
    expect([by({ by: 'instance-connect' }), by({ by: 'instance-connect' }, { ssm: true })]).toEqual([false, false]);
    expect(by({ by: 'instance-connect' }, { instanceConnect: true })).toBe(true);
    expect(by({ by: 'ecs', cluster: 'staging' }, { ssm: true, instanceConnect: true })).toBe(false);
  });

  it('is in a cluster by whatever way, named by its name or its ARN', () => {
    expect(['notify', 'other-1', 'staging', undefined].map((cluster) => by({ ...(cluster && { cluster }) }))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(by({ cluster: 'notify' }, { ecsClusters: ['notify'] })).toBe(true);
    expect(by({ cluster: 'notify', account: '2' })).toBe(false);
    expect(by({}, { ecsClusters: ['*'] })).toBe(false);
    expect([by({ cluster: '*' }), by({ cluster: '*' }, { ecsClusters: [] })]).toEqual([true, false]);
  });
});

describe('a secret', () => {
  const asked = (secretId: string, over: Partial<Used & { door: 'secret' }> = {}, arn = secretArn) =>
    matches({ kind: 'secret', arn }, { door: 'secret', account: '1', secretId, arn: '', ...over });

  it('is known by its name, with or without its random end', () => {
    expect(asked('notifydb/write')).toBe(true);
    expect(asked('notifydb/write-AbCdEf')).toBe(true);
    expect(asked('notifydb/write-XyZ123')).toBe(true);
    expect(asked('notifydb/write-toolong')).toBe(false);
    expect(asked('notifydb/writer')).toBe(false);
    expect(asked('notifydb/write', { account: '2' })).toBe(false);
  });

  it('is known by an ARN without its random end, whatever the partition, and by no other ARN', () => {
    const byArn = (arn: string) => asked(arn, { arn });
    expect(byArn(secretArn)).toBe(true);
    expect(byArn(secretArn.replace('-AbCdEf', ''))).toBe(true);
    expect(byArn(secretArn.replace('AbCdEf', 'XyZ123'))).toBe(true);
    expect(byArn(secretArn.replace('notifydb', 'other'))).toBe(false);
    expect(asked('notifydb/write', { arn: secretArn.replace('notifydb', 'other') })).toBe(false);
  });

  it('may have a pattern for its name, and any account', () => {
    const any = 'arn:aws:secretsmanager:*:*:secret:notifydb/*';
    expect(asked('notifydb/x', { account: '2' }, any)).toBe(true);
    expect(asked('other/x', {}, any)).toBe(false);
    expect(asked(secretArn, { arn: secretArn }, 'arn:aws:secretsmanager:*:secret:notifydb/*')).toBe(true);
    expect(asked('notifydb/write', {}, secretArn.replace('AbCdEf', '*'))).toBe(true);
    expect(asked('odd:name', {}, 'arn:aws:secretsmanager:eu-west-1:1:secret:odd:name-AbCdEf')).toBe(true);
    const odd = 'arn:aws:secretsmanager:eu-west-2:1:secret:odd:name-AbCdEf';
    expect(asked(odd, { arn: odd }, 'arn:aws:secretsmanager:eu-west-1:1:secret:odd:name-AbCdEf')).toBe(true);
  });
});

describe('a database', () => {
  const session = (over: object) =>
    prepared(database).matchesSession(
      databaseSession({ account: '1', region: 'eu-west-1', logGroup: '/log/x', user: 'write', ...over }),
    );

  it('is entered by its users, in the log of its account and Region', () => {
    expect(session({})).toBe(true);
    expect(session({ user: 'admin' })).toBe(true);
    expect(session({ user: 'readonly' })).toBe(false);
    expect(session({ account: '2' })).toBe(false);
    expect(session({ region: 'eu-west-2' })).toBe(false);
    expect(session({ logGroup: '/other' })).toBe(false);
    expect(prepared(root).matchesSession(databaseSession({ account: '1' }))).toBe(false);
  });

  it('is entered by whomever a doubtful line may name', () => {
    expect(session({ user: 'x', doubtful: 'yes', otherUsers: ['readonly', 'write'] })).toBe(true);
    expect(session({ user: 'x', doubtful: 'yes', otherUsers: ['readonly'] })).toBe(false);
  });

  it('is found among the targets', () => {
    const targets = testPolicy().targets.map(prepareTarget);
    expect(targetOfSession(targets, databaseSession())?.id).toBe('notify-prod-db-write');
    expect(targetOfSession(targets, databaseSession({ user: 'readonly' }))).toBeUndefined();
  });
});

it.each<[Door, string]>([
  [role, '1'],
  [{ ...role, roleArn: '*' }, '*'],
  [secret, '1'],
  [data, '1'],
  [{ ...data, cluster: 'x' }, '*'],
  [{ ...root, account: '2' }, '2'],
  [{ ...database, account: '3' }, '3'],
])('the account of the door %j is %s', (door, account) => {
  expect(targetAccount(testTarget({ id: 't', door }))).toBe(account);
});

describe('the canary', () => {
  const policy = testPolicy();
  const canary = principalOf(`arn:aws:iam::${PRODUCTION}:role/two-eye-canary`);
  if (canary === undefined) throw new Error('no role');
  const sings = (over: Partial<Use> = {}) =>
    canaryTarget(
      {
        kind: 'assume-role',
        used: { door: 'role', role: canary },
        account: PRODUCTION,
        resource: 'x',
        outcome: 'success',
        ...over,
      },
      policy,
    );

  it('sings at a target of its own, in the account where its role is', () => {
    expect(sings()).toEqual({
      id: 'two-eye-canary',
      title: "Two-eye's canary",
      team: 'two-eye',
      door: { kind: 'role', roleArn: `arn:*:iam::${PRODUCTION}:role/two-eye-canary`, regions: [] },
      identity: [],
      groupingMs: 120_000,
      maxActionMs: 3_600_000,
      settleMs: 0,
      includes: [],
    });
    expect(sings({ half: 'role' })?.id).toBe('two-eye-canary');
  });

  it('is not heard in a refusal, in the caller’s copy, in another role, nor where nobody watches', () => {
    expect(sings({ outcome: 'refused' })).toBeUndefined();
    expect(sings({ half: 'caller' })).toBeUndefined();
    expect(sings({ used: used.role })).toBeUndefined();
    expect(sings({ used: used.root })).toBeUndefined();
    expect(sings({ used: { door: 'role', role: { ...canary, account: '999999999999' } } })).toBeUndefined();
  });
});
