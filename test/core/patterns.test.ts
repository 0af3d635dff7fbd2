import { describe, expect, it } from 'vitest';
import { TAMPERING_EVENTS } from '../../lambdas/core/doors/tampering.ts';
import { type EventPattern, rulesOf, tapStacksOf, tapsOf } from '../../lambdas/core/patterns.ts';
import type { Policy } from '../../lambdas/core/policy.ts';
import { readRecord } from '../../lambdas/core/read-record.ts';
import { loadPolicy } from '../../policy/load.ts';
import { matchesPattern } from '../support/event-pattern.ts';
import * as build from '../support/records.ts';

const notify = await loadPolicy('policy/notify.yaml');
const govuk = await loadPolicy('policy/govuk.yaml');
const production = '111111111111';
const base = notify.targets[0];
if (base === undefined) throw new Error('policy/notify.yaml has no target');

/** Notify's policy with every door there is. */
const everyDoor: Policy = {
  ...notify,
  targets: [
    ...notify.targets,
    { ...base, id: 'root', door: { kind: 'root', account: production } },
    { ...base, id: 'federation', door: { kind: 'federation', account: production } },
    {
      ...base,
      id: 'secret',
      door: { kind: 'secret', arn: `arn:aws:secretsmanager:eu-west-1:${production}:secret:notifydb/write-AbCdEf` },
    },
    {
      ...base,
      id: 'data',
      door: { kind: 'data-api', cluster: `arn:aws:rds:eu-west-1:${production}:cluster:notifydb` },
    },
    {
      ...base,
      id: 'connect',
      door: {
        kind: 'shell',
        account: production,
        regions: ['eu-west-1'],
        ecsClusters: [],
        ssm: false,
        instanceConnect: true,
      },
    },
  ],
};

/** Names the session alone, not where it leads. */
function resumes(sessionId: string): build.CloudTrailRecord {
  const record = build.startSession();
  return { ...record, eventName: 'ResumeSession', requestParameters: { sessionId } };
}

/** Ids of the rules that match a record where it was written. */
function matching(
  record: build.CloudTrailRecord,
  policy: Policy = everyDoor,
  over: Parameters<typeof build.envelope>[1] = {},
): readonly string[] {
  const tap = { account: record.recipientAccountId, region: record.awsRegion };
  const event = build.envelope(record, over);
  return rulesOf(policy, tap)
    .filter(({ pattern }) => matchesPattern(pattern, event))
    .map(({ id }) => id.replace(/-\d+$/, ''));
}

describe('the rules of the watched accounts', () => {
  const pair = build.crossAccountPair();
  const hop = build.consoleHop();
  const doors: readonly [string, build.CloudTrailRecord, string][] = [
    ['an assumption within an account', build.assumeRole(), 'assume-role'],
    ['the role’s half of an assumption', pair.role, 'assume-role'],
    ['the caller’s half of an assumption', pair.caller, 'assume-role'],
    ['a refused assumption, without a request', build.deniedAssumeRole(), 'assume-role'],
    ['an assumption through the global endpoint', build.assumeRole({ region: 'us-east-1' }), 'assume-role'],
    ['an assumption by SAML', build.samlAssumeRole(), 'assume-role'],
    ['the role’s copy of a console switch', hop.target, 'console'],
    ['the caller’s copy of a console switch', hop.source, 'console'],
    [
      'a console link of a role session',
      build.consoleSignIn({ who: build.sessionOpenedBy(build.assumeRole()) }),
      'console',
    ],
    ['root', build.rootSignIn(), 'root-sign-in'],
    ['ECS Exec', build.executeCommand(), 'ecs-exec'],
    ['Session Manager', build.startSession(), 'ssm'],
    ['EC2 Instance Connect', build.sendSshPublicKey(), 'instance-connect'],
    ['a watched secret', build.getSecretValue(), 'secret'],
    ['the Data API', build.executeStatement(), 'data-api'],
  ];

  it.each(doors)('see %s', (_what, record, id) => {
    expect(matching(record)).toEqual([id]);
  });

  it('see a console switch under both spellings of its detail type', () => {
    for (const spelling of ['Sign In', 'Signin']) {
      expect(matching(hop.target, notify, { 'detail-type': `AWS Console ${spelling} via CloudTrail` })).toEqual([
        'console',
      ]);
    }
  });

  it('see a role under any path, and one whose name has a wildcard', () => {
    const role = `arn:aws:iam::${production}:role/teams/notify-prod-admin`;
    expect(matching(build.assumeRole({ role }))).toEqual(['assume-role']);
    const person = 'arn:aws:iam::555555555555:role/ada.lovelace-fulladmin';
    expect(matching(build.assumeRole({ role: person }), govuk)).toEqual(['assume-role']);
  });

  it.each<[string, build.CloudTrailRecord, string, readonly string[]]>([
    ['is opened', build.startSession({ target: 'ecs:notify_api_0a1b_0a1b-2' }), 'shell', ['ssm']],
    ['of another is opened', build.startSession({ target: 'ecs:other_0a1b_0a1b-2' }), 'not-watched', []],
    ['is resumed', resumes('ecs-execute-command-0a1b'), 'shell', ['ssm']],
    ['or of anything else is resumed', resumes('ada-0a1b'), 'not-watched', ['ssm']],
  ])('see by Session Manager that a session in a watched cluster %s, as the reader does', (_, record, read, ids) => {
    const door = { kind: 'shell', account: production, regions: ['eu-west-1'], ssm: false, instanceConnect: false };
    const policy = {
      ...notify,
      targets: [{ ...base, id: 'shell', door: { ...door, ecsClusters: ['notify_api'] } as const }],
    } as Policy;
    const reading = readRecord(record, policy);
    expect(reading.outcome === 'access' ? reading.record.target : 'because' in reading && reading.because).toBe(read);
    expect(matching(record, policy)).toEqual(ids);
  });

  it.each([
    ['prod/db-writer', 'prod/db-writer'],
    ['prod/db-writer', 'prod/db-writer-AbCdEf'],
    ['prod/db-writer', `arn:aws:secretsmanager:eu-west-1:${production}:secret:prod/db-writer`],
    ['prod/db-writer', `arn:aws:secretsmanager:eu-west-1:${production}:secret:prod/db-writer-AbCdEf`],
    ['prod/db-writer-AbCdEf', 'prod/db-writer'],
    ['prod/db-writer-AbCdEf', 'prod/db-writer-XyZ123'],
    ['prod/db-*', 'prod/db-writer'],
    ['prod/db-*', 'prod/db'],
    ['prod/db', 'prod/db-AbCdEf'],
  ])('see a secret that the policy calls %s asked for as %s, as the reader does', (name, secretId) => {
    const arn = `arn:aws:secretsmanager:eu-west-1:${production}:secret:${name}`;
    const policy: Policy = { ...notify, targets: [{ ...base, id: 'secret', door: { kind: 'secret', arn } }] };
    // Answered records hold no ARN that the request does not.
    const record = { ...build.getSecretValue({ secretId }), resources: undefined, responseElements: null };
    expect(readRecord(record, policy)).toMatchObject({ outcome: 'access', record: { target: 'secret' } });
    expect(matching(record as never, policy)).toEqual(['secret']);
  });

  it('see a role and a cluster that the policy spells in another case, as the reader does', () => {
    const cluster = `arn:aws:rds:eu-west-1:${production}:cluster:NotifyDB`;
    const roleArn = `arn:aws:iam::${production}:role/Notify-Prod-Admin`;
    const policy: Policy = {
      ...notify,
      targets: [
        { ...base, id: 'role', door: { kind: 'role', roleArn, regions: ['eu-west-1'] } },
        { ...base, id: 'data', door: { kind: 'data-api', cluster } },
      ],
    };
    const signIn = build.consoleSignIn({ who: build.sessionOpenedBy(build.assumeRole()) });
    const uses = [build.assumeRole(), pair.role, hop.target, hop.source, signIn, build.executeStatement()];
    for (const use of uses) expect(readRecord(use as never, policy)).toMatchObject({ outcome: 'access' });
    expect(uses.flatMap((use) => matching(use, policy))).toEqual([
      'assume-role',
      'assume-role',
      'console',
      'console',
      'console',
      'data-api',
    ]);
  });

  it('see every change that the correlator calls tampering', () => {
    const unseen = TAMPERING_EVENTS.filter(({ service, eventName }) => {
      const name = service === 'lambda' ? `${eventName}20150331v2` : eventName;
      const record = build.apiCall({ source: `${service}.amazonaws.com`, name, request: { name: 'two-eye' } });
      return !matching(record, notify).includes(`tampering-${service}`);
    });
    expect(unseen).toEqual([]);
  });

  it.each([
    ...['PutRule', 'DeleteRule', 'DisableRule', 'EnableRule'].map((name) => [name, 'name'] as const),
    ...['PutTargets', 'RemoveTargets'].map((name) => [name, 'rule'] as const),
  ])(
    'see %s of a rule of two-eye’s by two rules, so that who switches off one is told of by the other',
    (name, field) => {
      const by = (rule: string) => {
        const who = build.session(`arn:aws:iam::${notify.home.account}:role/deploy`, 'x');
        const record = build.apiCall({ who, source: 'events.amazonaws.com', name, request: { [field]: rule } });
        return matching(record, notify);
      };
      expect(by('two-eye-tampering-events')).toEqual(['tampering-events', 'tampering-own-rules']);
      expect(by('a-team-s-rule')).toEqual(['tampering-events']);
    },
  );

  const neighbours: readonly [string, build.CloudTrailRecord][] = [
    ['another role', build.assumeRole({ role: `arn:aws:iam::${production}:role/notify-prod-readonly` })],
    [
      'a role whose name only begins like a watched one',
      build.assumeRole({ role: `arn:aws:iam::${production}:role/notify-prod-admin-readonly` }),
    ],
    [
      'a service that assumes a role of its own',
      build.serviceAssumeRole({ role: `arn:aws:iam::${production}:role/service-role/config` }),
    ],
    ['a person’s own sign-in', build.consoleSignIn()],
    ['another cluster', build.executeCommand({ cluster: 'notify-staging' })],
    ['another secret', build.getSecretValue({ secretId: 'notifydb/readonly' })],
    ['another database', build.executeStatement({ cluster: `arn:aws:rds:eu-west-1:${production}:cluster:other` })],
    ['a call that has nothing to do with it', build.apiCall({ source: 's3.amazonaws.com', name: 'ListBuckets' })],
  ];

  it.each(neighbours)('do not see %s', (_what, record) => {
    expect(matching(record)).toEqual([]);
  });

  it('do not believe a record of another account, nor one from a made-up source', () => {
    expect(matching(build.assumeRole(), notify, { account: '999999999999' })).toEqual([]);
    expect(matching(build.assumeRole(), notify, { source: 'my.app' })).toEqual([]);
  });

  it('pin source, account and detail type, and keep within the quota of 2,048 characters', () => {
    const many: Policy = {
      ...notify,
      targets: Array.from({ length: 60 }, (_, index) => ({
        ...base,
        id: `t${index}`,
        door: {
          kind: 'role',
          roleArn: `arn:aws:iam::${production}:role/a-role-with-a-long-name-${index}`,
          regions: ['eu-west-1'],
        },
      })),
    };
    for (const policy of [notify, govuk, everyDoor, many]) {
      for (const tap of tapsOf(policy)) {
        const rules = rulesOf(policy, tap);
        expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
        expect(rules.filter((rule) => !isPinned(rule.pattern, tap.account))).toEqual([]);
      }
    }
    const role = `arn:aws:iam::${production}:role/a-role-with-a-long-name-59`;
    expect(matching(build.assumeRole({ role }), many)).toEqual(['assume-role']);
  });

  it('are in every listed account, in every Region of a target and always in us-east-1', () => {
    const taps = tapsOf(notify).map(({ account, region }) => `${account} ${region}`);
    const accounts = Object.keys(notify.accounts);
    expect(taps.sort()).toEqual(accounts.flatMap((account) => [`${account} eu-west-1`, `${account} us-east-1`]).sort());
  });

  it('need no tap where home is watched itself, but for other Regions', () => {
    const alone: Policy = {
      ...notify,
      accounts: { [notify.home.account]: 'Everything' },
      targets: [{ ...base, door: { kind: 'root', account: notify.home.account } }],
    };
    expect(tapStacksOf(alone)).toEqual([{ account: notify.home.account, region: 'us-east-1' }]);
  });
});

function isPinned(pattern: EventPattern, account: string): boolean {
  const isOfAws = pattern.source.every((source) => source.startsWith('aws.'));
  return (
    isOfAws &&
    pattern.account.join() === account &&
    pattern['detail-type'].length > 0 &&
    JSON.stringify(pattern).length <= 2_048
  );
}

describe('the pattern engine of the tests', () => {
  // Examples of "Operators for use in event patterns" in the EventBridge user guide.
  const examples: readonly [string, object, unknown, boolean][] = [
    ['equals', { source: ['aws.sts'] }, { source: 'aws.sts' }, true],
    ['is case-sensitive', { source: ['aws.STS'] }, { source: 'aws.sts' }, false],
    ['any of several', { a: ['x', 'y'] }, { a: 'y' }, true],
    ['all fields must hold', { a: ['x'], b: ['y'] }, { a: 'x', b: 'z' }, false],
    ['a field that is absent', { a: ['x'] }, {}, false],
    ['null', { a: [null] }, { a: null }, true],
    ['null is not absence', { a: [null] }, {}, false],
    ['empty text', { a: [''] }, { a: '' }, true],
    ['an event’s list', { a: ['x'] }, { a: ['w', 'x'] }, true],
    ['objects in a list', { r: { ARN: ['x'] } }, { r: [{ ARN: 'w' }, { ARN: 'x' }] }, true],
    ['prefix', { a: [{ prefix: 'eu-' }] }, { a: 'eu-west-1' }, true],
    ['prefix in any case', { a: [{ prefix: { 'equals-ignore-case': 'EU-' } }] }, { a: 'eu-west-1' }, true],
    ['equal in any case', { a: [{ 'equals-ignore-case': 'aLICE' }] }, { a: 'Alice' }, true],
    ['equal in any case is whole', { a: [{ 'equals-ignore-case': 'ali' }] }, { a: 'alice' }, false],
    ['suffix', { a: [{ suffix: '.png' }] }, { a: 'x.jpg' }, false],
    ['wildcard', { a: [{ wildcard: 'dir/*.png' }] }, { a: 'dir/a/b.png' }, true],
    ['a wildcard may stand for nothing', { a: [{ wildcard: 'dir/*' }] }, { a: 'dir/' }, true],
    ['a dot in a wildcard is a dot', { a: [{ wildcard: 'a.c*' }] }, { a: 'abc' }, false],
    ['an escaped star is a star', { a: [{ wildcard: '\\*x' }] }, { a: 'ax' }, false],
    ['exists', { a: [{ exists: true }] }, { a: null }, true],
    ['does not exist', { a: [{ exists: false }] }, {}, true],
    ['exists is for leaves alone', { a: [{ exists: true }] }, { a: { b: 1 } }, false],
    ['numbers are not text', { a: ['1'] }, { a: 1 }, false],
    ['$or', { $or: [{ a: ['x'] }, { b: ['y'] }] }, { b: 'y' }, true],
    ['$or beside a field', { c: ['z'], $or: [{ a: ['x'] }, { b: ['y'] }] }, { b: 'y' }, false],
    ['a text under which a pattern looks', { a: { b: ['x'] } }, { a: 'x' }, false],
  ];

  it.each(examples)('%s', (_what, pattern, event, expected) => {
    expect(matchesPattern(pattern as EventPattern, event)).toBe(expected);
  });

  it('refuses what EventBridge refuses', () => {
    expect(() => matchesPattern({ a: [{ wildcard: 'a**' }] }, { a: 'a' })).toThrow(/consecutive/);
  });
});
