import { describe, expect, it } from 'vitest';
import type { RoleDetail } from '../../lambdas/core/admin-like.ts';
import type { WatcherNews } from '../../lambdas/core/messages.ts';
import { rulesOf } from '../../lambdas/core/patterns.ts';
import type { Policy } from '../../lambdas/core/policy.ts';
import { policyChanges } from '../../lambdas/core/policy-change.ts';
import { readInput } from '../../lambdas/core/read.ts';
import type { LiveRule } from '../../lambdas/core/rule-drift.ts';
import { ruleTargetOf } from '../../lambdas/core/rule-target.ts';
import { readRoles } from '../../lambdas/edge/roles.ts';
import { secretsPutAt } from '../../lambdas/edge/secret-ages.ts';
import { describeRule } from '../../lambdas/edge/watched-accounts.ts';
import { type SelfCheckServices, selfCheck } from '../../lambdas/self-check.ts';
import { loadPolicy } from '../../policy/load.ts';
import { loopback } from '../support/loopback.ts';

const policy = await loadPolicy('policy/notify.yaml');
const place = { account: '111111111111', region: 'eu-west-1' };
const STATE = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

const live = new Map<string, LiveRule>(
  rulesOf(policy, place).map(({ id, pattern }) => [
    `two-eye-${id}`,
    { state: STATE, pattern: JSON.stringify(pattern), targets: [ruleTargetOf(policy, place)] },
  ]),
);

function services(over: Partial<SelfCheckServices> = {}) {
  const told: string[][] = [];
  const noted: string[] = [];
  const metrics: unknown[] = [];
  const news: WatcherNews[] = [];
  const given: SelfCheckServices = {
    policy,
    now: () => 0,
    places: [place],
    readPolicy: async () => ({ value: policy, version: 3 }),
    writePolicy: async (written, version) => {
      noted.push(`${written.hash} ${version}`);
      return 'written';
    },
    describe: async (_place, name) => live.get(name),
    readRoles: async () => [],
    openFindings: async () => 3,
    secretsPutAt: async () => new Map([['slack', 1]]),
    enqueue: async (one) => void news.push(one),
    tellCyber: async (title, lines) => void told.push([title, ...lines]),
    metric: (name, value) => void metrics.push([name, value]),
    ...over,
  };
  return { given, told, noted, metrics, news };
}

describe('the running policy', () => {
  const ben = policy.people[1];
  if (ben === undefined) throw new Error('policy/notify.yaml has one person');
  const before: Policy = {
    ...policy,
    hash: 'f'.repeat(64),
    people: policy.people.filter(({ id }) => id !== ben.id),
    suppressions: [],
  };

  it('is not told when it is the one that ran before', async () => {
    const { given, told, noted } = services();
    await selfCheck({ check: 'policy' }, given);
    expect([told, noted]).toEqual([[], []]);
  });

  it('is told to cyber with what changed, silence first, and then noted', async () => {
    const { given, told, noted } = services({ readPolicy: async () => ({ value: before, version: 3 }) });
    await selfCheck({}, given);
    expect(told[0]?.[0]).toMatch(/^The policy of two-eye changed: f{12} → [0-9a-f]{12}\.$/);
    expect(told[0]?.slice(1)).toEqual([
      expect.stringMatching(/^suppressions\.terraform-ci: added, .*CI applies reviewed/),
      expect.stringMatching(/^people\.ben@example\.gov\.uk: added/),
    ]);
    expect(noted).toEqual([`${policy.hash} 3`]);
  });

  it('is told again when it was told and not noted, rather than not at all', async () => {
    const tellCyber = async () => {
      throw new Error('Slack is down');
    };
    const { given, noted } = services({ readPolicy: async () => ({ value: before, version: 3 }), tellCyber });
    await expect(selfCheck({}, given)).rejects.toThrow('Slack is down');
    expect(noted).toEqual([]);
  });

  it('is told the first time it runs at all', async () => {
    const { given, told } = services({ readPolicy: async () => ({ value: undefined, version: 0 }) });
    await selfCheck({}, given);
    expect(told[0]?.[0]).toMatch(/first policy/);
  });

  it('that ran before and is no JSON is a finding of cyber, once a day, and findings are counted all the same', async () => {
    const readPolicy = async () => JSON.parse('{"half') as never;
    const { given, news, metrics } = services({ readPolicy });
    await selfCheck({}, given);
    await selfCheck({}, given);
    expect(news).toMatchObject([{ what: 'The noted policy cannot be read' }, {}]);
    expect(news[0]?.id).toBe(news[1]?.id);
    expect(metrics[0]).toEqual(['OpenFindings', 3]);
    const away = services({ readPolicy: () => Promise.reject(new Error('the table is away')) });
    await expect(selfCheck({}, away.given)).rejects.toThrow('the table is away');
  });

  it.for([
    ['garbage', 'not a policy'],
    ['a policy of another shape', { hash: 'f'.repeat(64), people: 'everybody' }],
  ] as const)(
    'that ran before and is %s is a finding of cyber, once, and the running one is noted',
    async ([, value]) => {
      const { given, news, noted } = services({
        readPolicy: async () => ({ value: value as unknown as Policy, version: 3 }),
      });
      await selfCheck({}, given);
      await selfCheck({}, given);
      expect(news).toMatchObject([{ what: 'The noted policy cannot be read', account: '333333333333' }, {}]);
      expect(news[0]?.id).toBe(news[1]?.id);
      expect(noted[0]).toBe(`${policy.hash} 3`);
      expect(readInput(news[0], policy)).toMatchObject([{ outcome: 'access', record: { kind: 'tampering' } }]);
    },
  );
});

describe('policyChanges', () => {
  const changed = (over: Partial<Policy>) => policyChanges(policy, { ...policy, ...over });
  const team = policy.teams.notify;
  if (team === undefined) throw new Error('policy/notify.yaml has no team notify');

  it('is empty for the same policy', () => {
    expect(policyChanges(policy, structuredClone(policy))).toEqual([]);
  });

  it('names approvers by name', () => {
    const group = {
      kind: 'people' as const,
      people: ['ada@example.gov.uk', 'ben@example.gov.uk', 'dan@example.gov.uk'],
    };
    expect(changed({ groups: { ...policy.groups, 'notify-team': group } })).toEqual([
      'groups.notify-team.people: dan@example.gov.uk added',
      'groups.notify-team.people: cat@example.gov.uk removed',
    ]);
  });

  it('names hours, and who is woken', () => {
    const hours = { ...team.hours, untilMinute: 1_200 };
    expect(changed({ teams: { notify: { ...team, hours, page: ['team'] } } })).toEqual([
      'teams.notify.hours.untilMinute: 1050 → 1200',
      'teams.notify.page: cyber removed',
    ]);
  });

  it('names a target that is watched no more', () => {
    expect(changed({ targets: policy.targets.slice(1) })).toEqual([
      expect.stringMatching(/^targets\.notify-prod-admin: removed, was /),
    ]);
  });
});

describe('the live rules', () => {
  it('are told to the doctor alone who looks at them, with the places that cannot be seen', async () => {
    const gone = new Map(live);
    const [first = ''] = gone.keys();
    gone.delete(first);
    const { given, news, metrics } = services({
      places: [place, { account: '222222222222', region: 'eu-west-1' }],
      describe: async ({ account }, name) =>
        account === place.account ? gone.get(name) : Promise.reject(new Error('no role')),
    });
    expect(await selfCheck({ check: 'look' }, given)).toEqual({
      drift: [`${first} is gone in 111111111111/eu-west-1`],
      blind: ['222222222222/eu-west-1'],
    });
    expect([news, metrics]).toEqual([[], []]);
  });

  const check = async (name: string, rule: LiveRule | undefined) => {
    const changed = new Map<string, LiveRule | undefined>([...live, [name, rule]]);
    const { given, news, metrics } = services({ describe: async (_place, asked) => changed.get(asked) });
    await selfCheck({ check: 'rules' }, given);
    return { news, metrics };
  };
  const built = live.get('two-eye-ssm-3');
  if (built === undefined) throw new Error('there is no rule two-eye-ssm-3');

  it('are no finding when they are as they were built, whatever the order of their keys', async () => {
    const reversed = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(built.pattern)).reverse()));
    expect(await check('two-eye-ssm-3', { ...built, pattern: reversed })).toEqual({
      news: [],
      metrics: [['RuleDrift', 0]],
    });
  });

  it.each([
    ['is gone', undefined, /two-eye-ssm-3 is gone/],
    ['was re-enabled in the console', { ...built, state: 'ENABLED' }, /is ENABLED, which does not see AssumeRole/],
    ['was switched off', { ...built, state: 'DISABLED' }, /is DISABLED/],
    ['lost its targets', { ...built, targets: [] }, /two-eye-ssm-3 has no target/],
    ['matches something else', { ...built, pattern: '{"source":["aws.nothing"]}' }, /matches something else/],
  ])('are a page to cyber when one %s', async (_what, rule, text) => {
    const { news, metrics } = await check('two-eye-ssm-3', rule);
    expect(news).toMatchObject([{ ...place, why: expect.stringMatching(text) }]);
    expect(readInput(news[0], policy)).toMatchObject([
      {
        outcome: 'access',
        record: { kind: 'tampering', target: 'tampering', team: 'cyber', account: place.account, actor: 'unknown' },
      },
    ]);
    expect(metrics).toEqual([['RuleDrift', 1]]);
  });

  it('are looked at everywhere else when one place fails, which is then named', async () => {
    const places = [{ account: '222222222222', region: 'us-east-1' }, place];
    const describe = async ({ account }: { account: string }, name: string) => {
      if (account === '222222222222') throw new Error('no role');
      return live.get(name);
    };
    const { given, metrics, news } = services({ places, describe });
    await expect(selfCheck({ check: 'rules' }, given)).rejects.toMatchObject({
      code: 'dependency_failed',
      message: /222222222222\/us-east-1/,
    });
    expect(metrics).toEqual([['RuleDrift', 0]]);
    expect(news).toMatchObject([{ account: '222222222222', what: 'The rules cannot be seen' }]);
  });

  it('are one finding a day while they stand', async () => {
    const idAt = async (hour: number) => {
      const { given, news } = services({ describe: async () => undefined, now: () => hour * 3_600_000 });
      await selfCheck({ check: 'rules' }, given);
      return news[0]?.id;
    };
    expect(await idAt(1)).toBe(await idAt(23));
    expect(await idAt(1)).not.toBe(await idAt(25));
  });
});

describe('figures', () => {
  const day = 24 * 3_600_000;

  it('say how many findings are open, with the policy that runs', async () => {
    const { given, metrics } = services();
    await selfCheck({}, given);
    expect(metrics).toEqual([['OpenFindings', 3]]);
  });

  it('say how old the oldest secret is, leaving out a place that nobody filled', async () => {
    const secretsPutAt = async () =>
      new Map([
        ['a', 100 * day],
        ['b', 20 * day],
        ['c', undefined],
      ]);
    const { given, metrics } = services({ secretsPutAt, now: () => 101 * day });
    await selfCheck({ check: 'secrets' }, given);
    expect(metrics).toEqual([['OldestSecretDays', 81]]);
  });
});

describe('roles that are as good as an administrator', () => {
  const people = trust({ AWS: 'arn:aws:iam::444444444444:root' });
  const role = (name: string, over: Partial<RoleDetail> = {}): RoleDetail => ({
    arn: `arn:aws:iam::111111111111:role/${name}`,
    id: `AROA${name}`,
    trust: people,
    attached: ['arn:aws:iam::aws:policy/AdministratorAccess'],
    documents: [],
    ...over,
  });
  const found = async (...roles: readonly RoleDetail[]) => {
    const { given, news, metrics } = services({ readRoles: async () => roles });
    await selfCheck({ check: 'roles' }, given);
    return { names: news.map(({ why }) => why.split(' ')[0]?.split('/').at(-1)), news, metrics };
  };
  const allows = (Action: string, Resource = '*') =>
    JSON.stringify({ Statement: { Effect: 'Allow', Action, Resource } });

  it('are a finding when no target watches them and a person may become them', async () => {
    const { names, metrics } = await found(
      role('notify-prod-admin'),
      role('nobody-watches'),
      role('inline', { attached: [], documents: [allows('*')] }),
      role('iam', { attached: [], documents: [allows('iam:*')] }),
      role('reader', { attached: ['arn:aws:iam::aws:policy/ReadOnlyAccess'], documents: [allows('s3:*')] }),
      role('build', { trust: trust({ Service: 'cloudformation.amazonaws.com' }) }),
      role('broken', { attached: [], documents: ['{'] }),
    );
    expect(names).toEqual(['nobody-watches', 'inline', 'iam', 'broken']);
    expect(metrics).toEqual([['UnwatchedAdmins', 4]]);
  });

  it('are not looked for at home where it is not watched: who administers it is trusted with it', async () => {
    const seen: string[] = [];
    const { given } = services({
      places: [place, { account: '333333333333', region: 'us-east-1' }],
      readRoles: async ({ account }) => {
        seen.push(account);
        return [];
      },
    });
    await selfCheck({ check: 'roles' }, given);
    expect(seen).toEqual([place.account]);
  });

  it('are one finding until they change or are made again', async () => {
    const id = async (over: Partial<RoleDetail> = {}) => (await found(role('old', over))).news[0]?.id;
    expect(await id()).toBe(await id());
    expect(new Set([await id(), await id({ id: 'AROAagain' }), await id({ documents: [allows('*')] })]).size).toBe(3);
  });
});

function trust(Principal: object): string {
  return JSON.stringify({ Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal }] });
}

describe('what is asked of AWS', () => {
  it('is a rule with its targets, whatever of the event they get', async () => {
    const target = ruleTargetOf(policy, place);
    const whole = { Id: 'home', Arn: target.arn, RoleArn: target.role, DeadLetterConfig: { Arn: target.dead } };
    await using aws = await loopback(({ headers, body }, response) => {
      const call = String(headers['x-amz-target'] ?? '');
      if (call.endsWith('DescribeRule') && body.includes('gone'))
        response
          .writeHead(400, { 'content-type': 'application/x-amz-json-1.1' })
          .end('{"__type":"ResourceNotFoundException"}');
      else if (call.endsWith('DescribeRule')) response.end(JSON.stringify({ State: STATE, EventPattern: '{}' }));
      else if (call.endsWith('ListTargetsByRule'))
        response.end(JSON.stringify({ Targets: [whole, { Id: 'more', Arn: 'q', InputPath: '$.detail' }] }));
      else
        response.end(
          '<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken></Credentials></AssumeRoleResult></AssumeRoleResponse>',
        );
    });
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL_STS: aws.url,
      AWS_ENDPOINT_URL_EVENTBRIDGE: aws.url,
    });
    expect(await describeRule(place, 'two-eye-ssm-3')).toEqual({
      state: STATE,
      pattern: '{}',
      targets: [target, { arn: 'q', input: 'changed' }],
    });
    expect(await describeRule(place, 'two-eye-gone')).toBeUndefined();
  });

  const policies = encodeURIComponent(JSON.stringify({ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }));
  const roleXml = (name: string, path: string) =>
    `<member><Path>${path}</Path><Arn>arn:aws:iam::111111111111:role${path}${name}</Arn><RoleId>AROA${name}</RoleId><AssumeRolePolicyDocument>%7B%7D</AssumeRolePolicyDocument><RolePolicyList/><AttachedManagedPolicies><member><PolicyArn>arn:aws:iam::111111111111:policy/all</PolicyArn></member></AttachedManagedPolicies></member>`;
  const details = (roles: string, more: string) =>
    `<GetAccountAuthorizationDetailsResponse><GetAccountAuthorizationDetailsResult>${more}<RoleDetailList>${roles}</RoleDetailList><Policies><member><Arn>arn:aws:iam::111111111111:policy/all</Arn><PolicyVersionList><member><IsDefaultVersion>true</IsDefaultVersion><Document>${policies}</Document></member></PolicyVersionList></member></Policies></GetAccountAuthorizationDetailsResult></GetAccountAuthorizationDetailsResponse>`;

  it('is every page of roles with what their policies say, and when secrets were put', async () => {
    await using aws = await loopback(({ body }, response) => {
      if (body.includes('AssumeRole'))
        response.end(
          '<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken></Credentials></AssumeRoleResult></AssumeRoleResponse>',
        );
      else if (body.includes('Marker=two'))
        response.end(
          details(roleXml('b', '/') + roleXml('c', '/aws-service-role/x/'), '<IsTruncated>false</IsTruncated>'),
        );
      else if (body.includes('GetAccountAuthorizationDetails'))
        response.end(details(roleXml('a', '/'), '<IsTruncated>true</IsTruncated><Marker>two</Marker>'));
      else
        response.end(
          JSON.stringify({
            LastChangedDate: 86_400,
            VersionIdsToStages: body.includes('put')
              ? { a: ['AWSPREVIOUS'], b: ['AWSCURRENT'] }
              : { a: ['AWSCURRENT'] },
          }),
        );
    });
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'eu-west-2',
      AWS_ENDPOINT_URL_STS: aws.url,
      AWS_ENDPOINT_URL_IAM: aws.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.url,
    });
    const roles = await readRoles(place);
    expect(roles.map(({ id, documents }) => [id, documents])).toEqual([
      ['AROAa', [decodeURIComponent(policies)]],
      ['AROAb', [decodeURIComponent(policies)]],
    ]);
    expect(await secretsPutAt(['put', 'empty'])).toEqual(
      new Map([
        ['put', 86_400_000],
        ['empty', undefined],
      ]),
    );
  });
});
