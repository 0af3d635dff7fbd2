import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Reading } from '../../lambdas/core/access-event.ts';
import { readInput, readRecord } from '../../lambdas/core/read.ts';
import { testPolicy, testTarget } from '../support/policies.ts';
import * as build from '../support/records.ts';
import { sampleData } from '../support/sample-data.ts';

const policy = testPolicy();

function record(input: unknown) {
  const reading = readRecord(input, policy);
  if (reading.outcome !== 'access') throw new Error(`not an access: ${JSON.stringify(reading)}`);
  return reading.record;
}

function only(readings: readonly Reading[]): Reading {
  expect(readings).toHaveLength(1);
  return readings[0] as Reading;
}

describe('reading a record', () => {
  it.for([
    [
      'a duration',
      build.assumeRole({ overrides: { requestParameters: { durationSeconds: { toString: 1 } } } } as never),
    ],
    ['a tunnel’s host', build.startSession({ parameters: { host: [{ toString: 1 }] } as never })],
  ] as const)('never throws for %s of a shape that AWS does not send', ([, hostile]) => {
    const readings = readInput([hostile, build.assumeRole({ key: 'good' })], policy);
    expect(readings).toHaveLength(2);
    expect(readings[1]).toMatchObject({ outcome: 'access', record: { key: 'good' } });
  });

  it('keeps no session token, in nothing that it writes', () => {
    const hop = build.consoleHop();
    const all = [build.assumeRole(), build.samlAssumeRole(), build.webIdentity(), ...Object.values(hop)];
    expect(JSON.stringify(all)).toContain(build.SESSION_TOKEN);
    expect(JSON.stringify(all.map((one) => readInput(one, policy)))).not.toContain(build.SESSION_TOKEN);
  });

  it('finds the role of a refused call in its message and the outcome in its error', () => {
    expect(record(build.deniedAssumeRole())).toMatchObject({
      outcome: 'refused',
      target: 'notify-prod-admin',
      account: build.PRODUCTION,
      half: 'whole',
      actor: 'ada@example.gov.uk',
    });
  });

  it('names both halves of a cross-account call, and joins them by their shared id', () => {
    const pair = build.crossAccountPair({ who: build.cat });
    const [caller, role] = [record(pair.caller), record(pair.role)];
    expect([caller.half, caller.actor]).toEqual(['caller', 'cat@example.gov.uk']);
    expect([role.half, role.actor]).toEqual(['role', 'unknown']);
    expect(caller.pairKey).toBe(role.pairKey);
    expect(caller.account).toBe(build.PRODUCTION);
  });

  it('gives all four records of a console hop the same link, and a command line call none', () => {
    const links = Object.values(build.consoleHop()).map((one) => record(one).consoleLink);
    expect(new Set(links)).toEqual(new Set([`${build.PRODUCTION}/notify-prod-admin/ada@example.gov.uk`]));
    expect(record(build.assumeRole()).consoleLink).toBeUndefined();
    expect(record(build.assumeRole({ userAgent: 'AWS Internal' })).consoleLink).toBeUndefined();
  });

  it('gives a sign-in the session of the assumption it was made from', () => {
    const assumed = build.assumeRole();
    const signIn = record(build.consoleSignIn({ who: build.sessionOpenedBy(assumed) }));
    expect(signIn).toMatchObject({ kind: 'sign-in', target: 'notify-prod-admin' });
    expect(signIn.session).toBe(record(assumed).session);
  });

  it('reckons the end of credentials from what was asked, never from the expiration that AWS prints', () => {
    const { occurredAt, credentialsEndAt } = record(build.assumeRole({ durationSeconds: 900 }));
    expect(credentialsEndAt).toBe(occurredAt + 900_000);
    const byDefault = record(build.assumeRole());
    expect(byDefault.credentialsEndAt).toBe(byDefault.occurredAt + 3_600_000);
  });

  it('ignores what services of AWS do, and roles that nobody watches', () => {
    expect(readRecord(build.serviceAssumeRole(), policy)).toEqual({ outcome: 'ignored', because: 'aws-service' });
    const readonly = build.assumeRole({ role: `arn:aws:iam::${build.PRODUCTION}:role/readonly` });
    expect(readRecord(readonly, policy)).toEqual({ outcome: 'ignored', because: 'not-watched' });
    expect(readRecord(build.consoleSignIn(), policy)).toEqual({ outcome: 'ignored', because: 'other-event' });
  });

  it.each([
    ['2026-11-24T10:00:00Z', 0],
    ['2026-11-24 10:00:00', 0],
    ['2026-11-24 10:00:00.000000000', 0],
    ['2026-11-24T21:00:00.123456+11:00', 123],
  ])('reads the time %s', (eventTime, ms) => {
    expect(record(build.assumeRole({ overrides: { eventTime } })).occurredAt).toBe(Date.UTC(2026, 10, 24, 10) + ms);
  });

  it.each([
    [null, 'null'],
    [[], 'a list'],
    [7, 'a number'],
    [{}, 'eventID is missing'],
    [build.assumeRole({ overrides: { eventID: 5 } }), 'eventID is a number'],
    [build.assumeRole({ overrides: { eventTime: 'yesterday' } }), 'eventTime "yesterday" is no time'],
  ])('says what is wrong with %j', (input, why) => {
    const reading = readRecord(input, policy);
    expect(reading).toMatchObject({ outcome: 'unreadable' });
    expect(reading.outcome === 'unreadable' ? reading.why : '').toContain(why);
  });

  it.each([
    'requestParameters',
    'responseElements',
    'userIdentity',
    'resources',
    'sourceIPAddress',
    'additionalEventData',
  ])('survives a record whose %s is null, absent, a text or a list', (field) => {
    const records = [null, undefined, 'x', ['y'], 3].map((value) =>
      build.assumeRole({ overrides: { [field]: value } }),
    );
    for (const one of records) expect(readRecord(one, policy).outcome).toBe('access');
  });
});

describe('reading an envelope', () => {
  const assumed = build.assumeRole();

  it('takes it only from the source and account that AWS gives it', () => {
    expect(only(readInput(build.envelope(assumed), policy)).outcome).toBe('access');
    for (const forged of [
      { source: 'my.app' },
      { source: 'aws.ec2' },
      { account: '999999999999' },
      { source: undefined },
    ]) {
      const reading = only(readInput(build.envelope(assumed, forged), policy));
      expect(reading).toMatchObject({ outcome: 'unreadable', why: expect.stringContaining(assumed.eventID) });
      expect(reading).not.toHaveProperty('key');
    }
  });

  it('takes both spellings of the console sign-in', () => {
    const switched = build.switchRole().target;
    for (const type of ['AWS Console Sign In via CloudTrail', 'AWS Console Signin via CloudTrail']) {
      expect(only(readInput(build.envelope(switched, { 'detail-type': type }), policy)).outcome).toBe('access');
    }
  });

  it('does not take a record of an account that the policy does not list', () => {
    const elsewhere = build.crossAccountPair({ who: build.user('eve', 'AIDAEVEEXAMPLE12', '999999999999') }).caller;
    expect(only(readInput(build.envelope(elsewhere), policy))).toMatchObject({ outcome: 'unreadable' });
  });
});

describe('reading what is wrapped', () => {
  const assumed = build.assumeRole();
  const text = JSON.stringify(assumed);

  it.each([
    ['a trail file', { Records: [assumed] }],
    ['a list', [assumed]],
    ['a result of LookupEvents', { Events: [{ EventId: 'x', CloudTrailEvent: text }] }],
    ['a log subscription', { messageType: 'DATA_MESSAGE', logEvents: [{ id: '1', timestamp: 1, message: text }] }],
    [
      'an SNS notification in SQS',
      { Records: [{ eventSource: 'aws:sqs', body: JSON.stringify({ Type: 'Notification', Message: text }) }] },
    ],
    ['a late record', { twoEye: 'late-record', source: 'lookup', record: assumed }],
  ])('finds the record in %s', (_, input) => {
    expect(only(readInput(input, policy)).outcome).toBe('access');
  });

  it('says how each of the others ends', () => {
    const ends = (input: unknown) =>
      readInput(input, policy).map((one) => (one.outcome === 'ignored' ? one.because : one.outcome));
    expect(ends({ messageType: 'CONTROL_MESSAGE' })).toEqual(['control-message']);
    expect(ends({ Records: [] })).toEqual(['other-event']);
    expect(ends({ eventSource: 'aws:sqs', body: 'garbage' })).toEqual(['unreadable']);
    expect(ends({ awslogs: { data: 'x' } })).toEqual(['unreadable']);
    expect(ends({ twoEye: 'what' })).toEqual(['unreadable']);
    expect(ends([[[[[[[[assumed]]]]]]]])).toEqual(['unreadable']);
  });
});

describe.skipIf(sampleData === undefined)('published records (skipped where ../shared/data is absent)', () => {
  const lines = (name: string): readonly unknown[] =>
    readFileSync(join(sampleData ?? '', 'cloudtrail', name), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
  const counted = (inputs: readonly unknown[]) => {
    const counts: Record<string, number> = {};
    for (const reading of inputs.flatMap((input) => readInput(input, policy))) {
      const name = reading.outcome === 'ignored' ? reading.because : reading.outcome;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  };

  it.each([
    'records.jsonl',
    'partial.jsonl',
    'variants.jsonl',
    'eventbridge-envelopes.jsonl',
    'lookup-events.jsonl',
    'cloudwatch-subscriptions.jsonl',
    'insight.jsonl',
    'digest.jsonl',
  ])('accounts for every record of %s', (name) => {
    expect(counted(lines(name))).toMatchSnapshot();
  });

  it('accounts for every notification', () => {
    const folder = join(sampleData ?? '', 'cloudtrail', 'notifications');
    const files = readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort();
    expect(
      Object.fromEntries(files.map((name) => [name, counted([JSON.parse(readFileSync(join(folder, name), 'utf8'))])])),
    ).toMatchSnapshot();
  });

  it('accounts for every record of the trail files', () => {
    const folder = join(sampleData ?? '', 'cloudtrail', 'trail-files');
    const files = readdirSync(folder).map(
      (name) => JSON.parse(gunzipSync(readFileSync(join(folder, name))).toString('utf8')) as { Records: unknown[] },
    );
    const read = counted(files);
    expect(Object.values(read).reduce((sum, count) => sum + count, 0)).toBe(
      files.reduce((sum, file) => sum + file.Records.length, 0),
    );
    expect(read).toMatchSnapshot();
  });

  it('sees a use at every door, by nobody it knows, where the policy watches everything', () => {
    const watchAll = testPolicy({
      targets: [
        testTarget({ id: 'roles', door: { kind: 'role', roleArn: 'arn:aws:iam::*:role/*', regions: [] } }),
        testTarget({ id: 'root', door: { kind: 'root', account: '*' } }),
        testTarget({ id: 'federation', door: { kind: 'federation', account: '*' } }),
        testTarget({ id: 'secrets', door: { kind: 'secret', arn: 'arn:aws:secretsmanager:*:*:secret:*' } }),
        testTarget({ id: 'data-api', door: { kind: 'data-api', cluster: '*' } }),
        testTarget({
          id: 'shells',
          door: {
            kind: 'shell',
            account: '111122223333',
            regions: [],
            ecsClusters: ['*'],
            ssm: true,
            instanceConnect: true,
          },
        }),
      ],
    });
    const counts: Record<string, number> = {};
    for (const reading of lines('records.jsonl').map((line) => readRecord(line, watchAll))) {
      if (reading.outcome !== 'access') continue;
      const { kind, eventName, outcome, actor } = reading.record;
      const name = `${kind} ${eventName} ${outcome} ${actor}`;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    expect(counts).toMatchSnapshot();
  });
});
