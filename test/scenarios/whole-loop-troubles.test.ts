import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_TROUBLE, type Trouble } from '../../sandbox/trouble.ts';
import {
  CYBER_CHANNEL,
  MINUTES,
  SECONDS,
  SUNDAY_NIGHT,
  TUESDAY,
  type WholeWorld,
  wholeWorld,
} from '../support/whole-world.ts';

let world: WholeWorld;
beforeAll(async () => {
  world = await wholeWorld();
});
beforeEach(() => world.startAgain(TUESDAY));
afterAll(() => world[Symbol.asyncDispose]());

const ADMIN = 'notify-prod-admin';
const trouble = (wrong: Partial<Trouble>): void => world.sandbox.setTrouble({ ...NO_TROUBLE, ...wrong });
const states = () => world.incidents().map(({ service, status }) => `${service} ${status}`);
const judged = () => world.lines().map(({ actor, verdict }) => `${actor.split('@')[0]} ${verdict}`);

describe('when Slack is down', () => {
  it('a ping becomes a page that says so, and the ping follows when Slack is back', async () => {
    trouble({ slack: 'down' });
    await world.uses('ada', ADMIN);
    expect(states()).toEqual(['notify triggered', 'cyber triggered']);
    expect(JSON.stringify(world.incidents()[0]?.details)).toContain('Slack could not be told');
    expect(world.messages()).toEqual([]);
    trouble({});
    await world.pass(MINUTES);
    expect(world.messages()).toHaveLength(1);
    expect(world.messages(CYBER_CHANNEL)).toHaveLength(1);
    expect(world.incidents()).toHaveLength(2);
  });

  it('a use of an approval is shown on the request when Slack is back', async () => {
    await world.approved('ada', ADMIN, 'ben');
    trouble({ slack: 'down' });
    await world.uses('ada', ADMIN);
    expect(judged()).toEqual(['ada approved']);
    trouble({});
    await world.pass(MINUTES);
    expect(world.messages()[0]).toContain('→ used 14:00');
    expect(states()).toEqual([]);
  });
});

describe('when PagerDuty is down', () => {
  it('Slack says that the page could not be sent, and it goes out when PagerDuty is back', async () => {
    await world.startAgain(SUNDAY_NIGHT);
    trouble({ pagerduty: 'down' });
    await world.uses('ada', ADMIN);
    await world.pass(30 * SECONDS);
    const told = [...world.messages(), ...world.threads()].join('\n');
    expect(told).toContain('could not be sent');
    trouble({});
    await world.pass(MINUTES);
    expect(states()).toEqual(['notify triggered', 'cyber triggered']);
    expect(world.messages()[0]).toContain('Paged GOV.UK Notify');
  });

  it('an incident is resolved when it is back, of a finding that was closed meanwhile', async () => {
    await world.startAgain(SUNDAY_NIGHT);
    await world.uses('ada', ADMIN);
    await world.pass(10 * SECONDS);
    trouble({ pagerduty: 'down' });
    await world.click('ben', 'finding.confirm');
    await world.slack('ben', { act: 'submit', values: { words: 'we paired on the certificate change' } });
    expect(world.findings()[0]?.state).toBe('closed');
    trouble({});
    await world.pass(2 * MINUTES);
    expect(states()).toEqual(['notify resolved', 'cyber resolved']);
  });
});

describe('when both are down', () => {
  it('the page ends among the dead letters, which an alarm watches, and is sent when they are handed back', async () => {
    trouble({ slack: 'down', pagerduty: 'down' });
    await world.uses('ada', ADMIN);
    await world.pass(6 * MINUTES);
    expect(world.deadLetters().page).toBeGreaterThan(0);
    expect(world.messages()).toEqual([]);
    trouble({});
    for (const queue of world.sandbox.queues) queue.redrive();
    await world.pass(MINUTES);
    expect(world.messages()).toHaveLength(1);
    expect(states()).toEqual(['notify triggered', 'cyber triggered']);
    expect(Object.values(world.deadLetters()).every((count) => count === 0)).toBe(true);
  });
});

describe('when the table cannot be read', () => {
  it('uses are undecided, once a team, and decided and closed when it is back', async () => {
    trouble({ table: 'throttled' });
    await world.uses('ada', ADMIN);
    await world.uses('ben', ADMIN);
    const undecided = world.findings().filter(({ cause }) => cause === 'undecided');
    expect(undecided).toMatchObject([{ team: 'notify', state: 'open' }]);
    expect(undecided[0]?.keys?.length).toBe(4);
    expect(world.messages()).toHaveLength(1);
    expect(world.messages()[0]).toContain('Not decided yet');
    trouble({});
    await world.pass(MINUTES);
    expect(world.messages()[0]).toContain('Closed: the table can be read again, and what waited is decided');
    expect(judged()).toEqual(['ada unapproved', 'ben unapproved']);
    expect(world.findings().filter(({ cause }) => cause === 'undecided')).toMatchObject([
      { closedAs: 'matched-later' },
    ]);
  });
});

describe('when the table cannot be read out of hours', () => {
  it('somebody is paged all the same, and the incident is resolved when it is back', async () => {
    await world.startAgain(SUNDAY_NIGHT);
    trouble({ table: 'throttled' });
    await world.uses('ada', ADMIN);
    expect(states()).toEqual(['notify triggered', 'cyber triggered']);
    trouble({});
    await world.pass(2 * MINUTES);
    expect(states()).toEqual(['notify resolved', 'cyber resolved', 'notify triggered', 'cyber triggered']);
  });
});

describe('when records come twice, late, and in another order', () => {
  const story = async () => {
    await world.approved('ada', ADMIN, 'ben');
    await world.uses('ada', ADMIN, 'switch-role');
    await world.jump(10 * MINUTES);
    await world.uses('ada', ADMIN);
    await world.jump(3 * MINUTES);
    await world.uses('ben', ADMIN, 'terraform');
    await world.jump(8 * MINUTES);
    await world.pass(MINUTES);
    return world.lines().map(({ actor, verdict, keys, nearMisses }) => ({
      ...{ actor, verdict, keys: keys.length },
      because: nearMisses.map(({ because }) => because),
    }));
  };

  it('the verdicts are the same', async () => {
    const straight = await story();
    expect(straight.map(({ verdict }) => verdict)).toEqual(['approved', 'unapproved', 'unapproved']);
    await world.startAgain(TUESDAY);
    trouble({ delivery: { duplicates: true, delayMs: 5 * MINUTES, reorder: true } });
    expect(await story()).toEqual(straight);
    expect(world.findings()).toHaveLength(2);
    expect(world.messages()).toHaveLength(3);
  });

  it('a queue that is handed back once more changes nothing', async () => {
    await world.approved('ada', ADMIN, 'ben');
    const records = await world.uses('ada', ADMIN);
    await world.jump(2 * 24 * 60 * MINUTES);
    const before = world.lines();
    await world.arrives(...records, ...records);
    expect(world.lines()).toEqual(before);
    expect(world.findings()).toEqual([]);
  });
});
