import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readInput } from '../../../lambdas/core/read.ts';
import { findingValue } from '../../../lambdas/core/request-value.ts';
import { readActionLines, readOpenFindings } from '../../../lambdas/edge/finding-store.ts';
import { startEmbeddedDynamo } from '../../../sandbox/embedded-dynamodb/start.ts';
import { type AccessWorld, accessWorld } from '../../support/access-world.ts';
import { useTable } from '../../support/databases.ts';
import { approval, minute, TEN } from '../../support/ledger-records.ts';
import { putRequest } from '../../support/people-facts.ts';
import { testPolicy } from '../../support/policies.ts';
import * as build from '../../support/records.ts';

const { PRODUCTION, ada, envelope } = build;
const BEN = 'person:ben@example.gov.uk' as const;

let world: AccessWorld;
let database: Awaited<ReturnType<typeof startEmbeddedDynamo>>;
beforeAll(async () => {
  world = await accessWorld();
  database = await startEmbeddedDynamo();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await database.close();
});
beforeEach(async () => {
  await useTable(database.endpoint);
  world.told.length = 0;
  world.at(minute(30));
});

/** Ben's approval, which an attacker would like to use: Ben may assume the admin role, and Cat said so. */
const bensApproval = () => putRequest(approval({ actor: 'ben@example.gov.uk', approver: 'cat@example.gov.uk' }));
const intruder = build.user('intruder', 'AIDAINTRUDEREXAMPLE', PRODUCTION);
const at = { at: minute(10) };

/** That nothing of Ben's was spent, and that somebody is told of exactly so many findings. */
async function expectLoud(findings: number): Promise<void> {
  expect(await readActionLines(BEN)).toEqual([]);
  expect(await readOpenFindings()).toHaveLength(findings);
  expect(world.told.filter(({ change }) => change === 'opened')).toHaveLength(findings);
}

describe('an IAM user of a watched account', () => {
  it('does not become Ben by the name of the session, the source identity or the user agent', async () => {
    await bensApproval();
    const names = {
      sessionName: 'ben@example.gov.uk',
      sourceIdentity: 'ben@example.gov.uk',
      userAgent: 'ben@example.gov.uk',
    };
    await world.deliver([envelope(build.assumeRole({ who: intruder, ...names, ...at }))]);
    await expectLoud(1);
    expect(await readOpenFindings()).toMatchObject([{ actor: 'unknown', urgency: 'page', wakes: ['team', 'cyber'] }]);
  });

  it('does not become Ben by a user of his name in another account', async () => {
    await bensApproval();
    const namesake = build.user('ben@example.gov.uk', 'AIDANAMESAKEEXAMPLE', PRODUCTION);
    await world.deliver([envelope(build.assumeRole({ who: namesake, ...at }))]);
    await expectLoud(1);
  });

  it('does not become Ben by giving their own user his name: two sources disagree', async () => {
    await bensApproval();
    const renamed = build.user('ben@example.gov.uk', ada.principalId);
    await world.deliver([
      envelope(build.assumeRole({ who: renamed, half: 'caller', overrides: { sharedEventID: undefined }, ...at })),
    ]);
    await expectLoud(1);
    expect(await readOpenFindings()).toMatchObject([{ actor: 'unknown', urgency: 'page' }]);
  });

  it('does not become Ben by the subject of a token of their own', async () => {
    await bensApproval();
    await world.deliver([
      envelope(build.webIdentity({ subject: 'ben@example.gov.uk', sessionName: 'ben@example.gov.uk', ...at })),
    ]);
    await expectLoud(1);
  });

  it('is not silenced by a role that is called like one that is', () => {
    const policy = testPolicy();
    const suppressed = (roleArn: string, sessionName: string) => {
      const who = build.session(roleArn, sessionName);
      const [reading] = readInput(envelope(build.assumeRole({ who, role: build.DEPLOY_ADMIN, ...at })), policy);
      return reading?.outcome === 'access' ? reading.record.suppression : reading;
    };
    expect(suppressed(build.CI_ROLE, 'run')).toBe('terraform-ci');
    for (const role of [
      `${build.CI_ROLE}-2`,
      build.CI_ROLE.replace(build.DEPLOY, PRODUCTION),
      'arn:aws:iam::222222222222:role/x',
    ])
      expect(suppressed(role, 'ci-terraform'), role).toBeUndefined();
  });

  it('is not hidden by a record of any size: it is cut, judged and told', async () => {
    const huge = 'x'.repeat(150_000);
    const record = build.assumeRole({
      who: intruder,
      ...at,
      userAgent: huge,
      overrides: {
        requestParameters: { roleSessionName: huge, policy: huge },
        additionalEventData: { a: huge },
        tlsDetails: { b: huge },
      },
    });
    expect(await world.deliver([envelope(record)])).toEqual([]);
    await expectLoud(1);
    expect(Buffer.byteLength(JSON.stringify(world.told))).toBeLessThan(20_000);
  });

  it.each([
    ['a blank', 'hash=:Mallory Smith'],
    ['a hash sign', 'hash=:a#b'],
    ['a line break and a direction override', 'hash=:a\n\u202eb'],
    ['the name of a ledger of two-eye’s own', 'waiting/notify-prod-db-write'],
    ['another one', 'unreadable'],
    ['more than a key may hold', `hash=:${'é#'.repeat(400)}`],
    ['half a character', 'hash=:\ud800x'],
  ])('whose identity provider calls them by %s has a finding with buttons that work', async (_, principalId) => {
    const record = build.samlAssumeRole({ userName: 'nobody', ...at, overrides: { userIdentity: { principalId } } });
    expect(await world.deliver([envelope(record)])).toEqual([]);
    const [finding] = await readOpenFindings();
    if (!finding) throw new Error('nobody was told');
    const value = { ledger: finding.ledger, finding: finding.id };
    expect(findingValue(JSON.stringify(value))).toEqual(value);
    expect(finding.ledger).not.toMatch(/^principal:(unreadable|undecided|waiting)/);
  });

  it('who makes a flood ends as one finding and no lost record', async () => {
    const flood = Array.from({ length: 60 }, (_, index) =>
      envelope(build.deniedAssumeRole({ who: intruder, key: `flood-${index}`, at: TEN + index * 1_000 })),
    );
    for (let from = 0; from < flood.length; from += 10)
      expect(await world.deliver(flood.slice(from, from + 10))).toEqual([]);
    await world.deliver([envelope(build.assumeRole({ who: intruder, key: 'success', at: minute(5) }))]);
    const findings = await readOpenFindings();
    expect(findings.map(({ cause }) => cause)).toContain('unapproved');
    expect(findings.length).toBeLessThanOrEqual(3);
  });
});

describe('somebody who may put events on a bus', () => {
  const real = build.assumeRole({ key: 'real-event', ...at });

  it('makes noise, and no use, by any source that is not AWS’s', async () => {
    for (const source of ['my.app', 'aws', 'AWS.sts', 'aws.ec2', ' aws.sts', 'sts.aws'])
      await world.deliver([envelope(build.assumeRole({ key: source, ...at }), { source })]);
    const findings = await readOpenFindings();
    expect(findings.map(({ cause, team }) => [cause, team])).toEqual(findings.map(() => ['unreadable', 'cyber']));
    expect(findings).toHaveLength(6);
  });

  it('does not bring a record of one account as the event of another', async () => {
    await world.deliver([envelope(real, { account: '222222222222' }), envelope(real, { account: '999999999999' })]);
    expect((await readOpenFindings()).every(({ cause }) => cause === 'unreadable')).toBe(true);
  });

  it('does not make the real record count as seen by sending a forged one of its id first', async () => {
    await world.deliver([envelope(real, { source: 'my.app' })]);
    await world.deliver([envelope(real)]);
    const causes = (await readOpenFindings()).map(({ cause }) => cause).sort();
    expect(causes).toEqual(['unapproved', 'unreadable']);
  });

  it('gives no orders: two-eye’s own messages are not read from an event', async () => {
    await bensApproval();
    const order = { twoEye: 'late-record', record: build.assumeRole({ who: build.ben, half: 'caller', ...at }) };
    await world.deliver([
      { ...envelope(real), source: 'my.app', detail: order },
      { ...envelope(real), ...order, source: 'my.app', detail: real },
    ]);
    expect(await readActionLines(BEN)).toEqual([]);
    expect((await readOpenFindings()).every(({ cause }) => cause === 'unreadable')).toBe(true);
  });

  it('floods cyber with forged events into one incident', async () => {
    const forged = Array.from({ length: 40 }, (_, index) =>
      envelope(build.assumeRole({ key: `f-${index}`, ...at }), { source: 'my.app' }),
    );
    for (let from = 0; from < forged.length; from += 10) await world.deliver(forged.slice(from, from + 10));
    const findings = await readOpenFindings();
    expect(findings).toHaveLength(40);
    expect(new Set(findings.map(({ dedupKey }) => dedupKey)).size).toBe(1);
  });
});

describe('somebody who switches the watcher off', () => {
  it.each([
    ['cloudtrail', 'StopLogging', { name: 'org' }],
    ['events', 'DisableRule', { name: 'two-eye-role-0' }],
    ['lambda', 'DeleteFunction20150331', { functionName: 'two-eye-on-access' }],
    ['lambda', 'PutFunctionConcurrency20171031', { functionName: 'two-eye-ping', reservedConcurrentExecutions: 0 }],
    ['sqs', 'PurgeQueue', { queueUrl: 'https://sqs.eu-west-2.amazonaws.com/333333333333/two-eye-access' }],
    ['secretsmanager', 'PutSecretValue', { secretId: 'two-eye/slack' }],
    ['sns', 'Unsubscribe', { subscriptionArn: 'arn:aws:sns:eu-west-2:333333333333:two-eye-verdicts:1' }],
  ])('is paged for at cyber, though they have an approval: %s %s', async (service, name, request) => {
    await putRequest(approval());
    const call = build.apiCall({
      source: `${service}.amazonaws.com`,
      name,
      request,
      who: build.session('arn:aws:iam::111111111111:role/x', 'y'),
      ...at,
    });
    await world.deliver([envelope(call)]);
    expect(await readOpenFindings()).toMatchObject([
      { cause: 'tampering', team: 'cyber', urgency: 'page', wakes: ['cyber'] },
    ]);
  });
});
