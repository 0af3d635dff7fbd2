import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { assumeRole, refusedAssumeRole } from '../../sandbox/cloudtrail/assume-role.ts';
import { CLI_AGENT, envelopeOf, type TrailRecord } from '../../sandbox/cloudtrail/record.ts';
import { CYBER_CHANNEL, MINUTES, SECONDS, TUESDAY, type WholeWorld, wholeWorld } from '../support/whole-world.ts';

let world: WholeWorld;
beforeAll(async () => {
  world = await wholeWorld();
});
beforeEach(() => world.startAgain(TUESDAY));
afterAll(() => world[Symbol.asyncDispose]());

const ADMIN = 'notify-prod-admin';
const DATABASE = 'notify-prod-db-write';
const SHELL = 'notify-prod-shell';
const ROLE = 'arn:aws:iam::111111111111:role/notify-prod-admin';

const judged = () => world.lines().map(({ actor, target, verdict }) => `${actor.split('@')[0]} ${target} ${verdict}`);
const findings = () => world.findings().map(({ actor, state, closedAs }) => [actor.split('@')[0], closedAs ?? state]);

/** Ada's IAM user was made anew: the policy knows its ARN, which the caller's half has, and not its id. */
function halves(): readonly [TrailRecord, TrailRecord] {
  const [callers, roles] = call(assumeRole).records;
  if (!callers || !roles) throw new Error('A call across accounts is written down twice.');
  return [callers, roles];
}

function call<T>(make: (how: Parameters<typeof assumeRole>[0]) => T, name = 'ada@example.gov.uk'): T {
  const caller = { kind: 'user', account: '444444444444', principalId: 'AIDAMADEANEW', accessKeyId: 'AKIAX' } as const;
  const origin = { at: world.sandbox.clock.now(), region: 'eu-west-1', ip: '192.0.2.10', userAgent: CLI_AGENT };
  return make({ caller: { ...caller, name }, roleArn: ROLE, sessionName: name, origin });
}

describe('a half that names nobody', () => {
  it('waits five minutes for the other, and is then loud, also in hours', async () => {
    await world.arrives(halves()[1]);
    expect(world.lines()).toEqual([]);
    await world.jump(4 * MINUTES);
    expect(world.messages()).toEqual([]);
    await world.pass(2 * MINUTES);
    expect(judged()).toEqual(['unknown notify-prod-admin unapproved']);
    expect(world.incidents().map(({ service }) => service)).toEqual(['notify', 'cyber']);
    expect(world.messages()[0]).toContain('nobody we can name');
  });

  it('moves to its person when the other half comes later, and what was told of nobody closes as a duplicate', async () => {
    const [callers, roles] = halves();
    await world.arrives(roles);
    await world.jump(6 * MINUTES);
    await world.pass(MINUTES);
    await world.arrives(callers);
    expect(judged()).toEqual(['ada notify-prod-admin unapproved']);
    expect(findings()).toEqual([
      ['unknown', 'duplicate'],
      ['ada', 'open'],
    ]);
    await world.pass(10 * SECONDS);
    expect(world.incidents().every(({ status }) => status === 'resolved')).toBe(true);
  });

  it('is covered by the person’s approval once the other half has come', async () => {
    await world.approved('ada', ADMIN, 'ben');
    const [callers, roles] = halves();
    await world.arrives(roles);
    await world.jump(2 * MINUTES);
    await world.arrives(callers, callers, roles);
    expect(judged()).toEqual(['ada notify-prod-admin approved']);
    await world.jump(10 * MINUTES);
    expect(findings()).toEqual([]);
  });
});

describe('the database', () => {
  it('is covered with the assumption that leads there by one approval, though its line comes first', async () => {
    await world.approved('ada', DATABASE, 'ben');
    const records = world.traces('ada', ADMIN);
    await world.pass(20 * SECONDS);
    await world.databaseLogin();
    expect(world.lines()).toEqual([]);
    await world.jump(4 * MINUTES);
    expect(findings()).toEqual([]);
    await world.arrives(...records);
    await world.jump(12 * MINUTES);
    await world.pass(2 * MINUTES);
    expect(judged()).toEqual(['ada notify-prod-admin approved', 'ada notify-prod-db-write approved']);
    expect(findings()).toEqual([]);
    expect(world.messages()[0]).toContain('notify-prod-db-write used 14:00');
    expect(world.messages()[0]).toContain('notify-prod-admin used 14:00');
  });

  it('that nobody entered after the role was used is told to the approver', async () => {
    await world.approved('ada', DATABASE, 'ben');
    await world.uses('ada', ADMIN);
    await world.jump(61 * MINUTES);
    await world.pass(MINUTES);
    expect(world.messages('D01BEN').join()).not.toContain('followed');
    await world.jump(15 * MINUTES);
    await world.pass(MINUTES);
    const told = world.messages('D01BEN').filter((each) => each.includes('no session there followed'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('<@U01ADA> used `notify-prod-admin` at 14:00 under your approval');
  });

  it('is not covered by an approval for the admin role alone', async () => {
    await world.approved('ada', ADMIN, 'ben');
    await world.uses('ada', DATABASE, 'database');
    await world.jump(16 * MINUTES);
    await world.pass(MINUTES);
    expect(judged()).toEqual(['ada notify-prod-admin approved', 'ada notify-prod-db-write unapproved']);
    expect(world.lines()[1]?.nearMisses.map(({ because }) => because)).toContain('other-target');
  });

  it('entered while two people had a session is nobody’s, loud, and names both', async () => {
    await world.approved('ada', ADMIN, 'ben');
    await world.approved('ben', ADMIN, 'cat');
    await world.uses('ada', ADMIN);
    await world.uses('ben', ADMIN);
    await world.databaseLogin();
    await world.jump(15 * MINUTES);
    await world.pass(2 * MINUTES);
    expect(judged().at(-1)).toBe('unknown notify-prod-db-write unapproved');
    const told = world.messages().at(-1);
    expect(told).toMatch(/had a session open: ada@.?example\.gov\.uk/);
    expect(told).toMatch(/had a session open: ben@.?example\.gov\.uk/);
    expect(world.incidents().length).toBeGreaterThan(0);
  });

  it('entered with no session in sight is loud when it has waited as long as it is to wait', async () => {
    await world.databaseLogin();
    await world.jump(14 * MINUTES);
    expect(world.lines()).toEqual([]);
    await world.pass(2 * MINUTES);
    expect(judged()).toEqual(['unknown notify-prod-db-write unapproved']);
  });
});

describe('a shell', () => {
  it('is tied to its person by the access key of the session, whichever comes first', async () => {
    await world.approved('ada', ADMIN, 'ben');
    await world.approved('ada', SHELL, 'ben');
    const [callers, roles, shell] = world.traces('ada', SHELL, 'shell');
    await world.pass(10 * SECONDS);
    await world.arrives(shell);
    expect(world.lines()).toEqual([]);
    await world.jump(3 * MINUTES);
    await world.arrives(roles, callers);
    expect(judged()).toEqual(['ada notify-prod-admin approved', 'ada notify-prod-shell approved']);
    expect(findings()).toEqual([]);
  });
});

describe('a record that cannot be read', () => {
  it('is a finding of cyber, once however often it comes', async () => {
    await world.arrives('{"detail": {"eventName": "Assume', '{"detail": {"eventName": "Assume');
    expect(world.unreadable()).toHaveLength(1);
    expect(world.messages(CYBER_CHANNEL)[0]).toContain('A record that cannot be read');
    expect(world.messages()).toEqual([]);
    await world.jump(15 * MINUTES);
    await world.pass(2 * MINUTES);
    expect(world.incidents().map(({ service }) => service)).toEqual(['cyber']);
  });

  it('is one in an envelope of a source that is not AWS’s', async () => {
    const [callers] = world.traces('ada', ADMIN);
    await world.arrives({ ...envelopeOf(callers as TrailRecord), source: 'com.example.app' });
    expect(world.unreadable()).toHaveLength(1);
    expect(world.messages(CYBER_CHANNEL)).toHaveLength(1);
    await world.arrives(callers);
    expect(judged()).toEqual(['ada notify-prod-admin unapproved']);
  });

  it('is none of a megabyte that is well formed', async () => {
    const [callers] = world.traces('ada', ADMIN);
    await world.arrives({ ...callers, additionalEventData: { padding: 'x'.repeat(1_000_000) } });
    expect(judged()).toEqual(['ada notify-prod-admin unapproved']);
    expect(world.messages()).toHaveLength(1);
  });
});

describe('attempts that AWS refused', () => {
  it('are told when there were five in ten minutes', async () => {
    for (let count = 0; count < 4; count += 1) {
      await world.uses('ada', ADMIN, 'refused');
      await world.jump(MINUTES);
    }
    expect(world.findings()).toEqual([]);
    await world.uses('ada', ADMIN, 'refused');
    expect(world.findings()).toMatchObject([{ cause: 'attempts' }]);
    expect(world.messages()[0]).toContain('Refused attempts on Notify production admin');
  });

  it('are told at the first by somebody we cannot name', async () => {
    await world.arrives(call(refusedAssumeRole, 'stranger'));
    await world.jump(5 * MINUTES);
    await world.pass(MINUTES);
    expect(world.findings()).toMatchObject([{ cause: 'attempts', actor: 'unknown' }]);
    expect(world.messages()).toHaveLength(1);
  });
});
