import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CYBER_CHANNEL, MINUTES, TUESDAY, type WholeWorld, wholeWorld } from '../support/whole-world.ts';

let world: WholeWorld;
beforeAll(async () => {
  world = await wholeWorld();
});
beforeEach(() => world.startAgain(TUESDAY));
afterAll(() => world[Symbol.asyncDispose]());

const ADMIN = 'notify-prod-admin';
const verdicts = () => world.lines().map(({ verdict }) => verdict);

describe('from the ask to the use', () => {
  it('shows on the request that it was used, whichever half comes first and however often', async () => {
    await world.approved('ada', ADMIN, 'ben');
    expect(world.messages()[0]).toContain('Confirmed by <@U01BEN> 14:00 → use before 15:00');
    const [callers, roles] = world.traces('ada', ADMIN);
    for (const half of [roles, callers, callers, roles]) await world.arrives(half);
    expect(verdicts()).toEqual(['approved']);
    expect(world.messages()[0]).toContain('→ used 14:00 (eu-west-1, 192.0.2.10)');
    expect(world.messages('D01BEN')[0]).toContain('→ used 14:00 (eu-west-1, 192.0.2.10)');
    expect(world.messages()).toHaveLength(1);
    expect(world.findings()).toEqual([]);
  });

  it('says the same when the caller’s half comes first', async () => {
    await world.approved('ada', ADMIN, 'ben');
    for (const half of world.traces('ada', ADMIN)) await world.arrives(half, half);
    expect(verdicts()).toEqual(['approved']);
    expect(world.messages()[0]).toContain('→ used 14:00 (eu-west-1, 192.0.2.10)');
  });

  it('takes an ask by form, and tells the asker by direct message at once', async () => {
    await world.slack('ada', { act: 'shortcut' });
    await world.slack('ada', {
      act: 'submit',
      values: { target: ADMIN, reason: 'rotate the API keys', picked: 'ben@example.gov.uk', ticket: 'OPS-12' },
    });
    await world.click('ben', 'request.approve', 'D01BEN');
    expect(world.messages('D01ADA').at(-1)).toContain('use `notify-prod-admin` before 15:00');
    await world.uses('ada', ADMIN);
    expect(verdicts()).toEqual(['approved']);
    expect(world.messages()[0]).toContain('→ used 14:00 (eu-west-1, 192.0.2.10)');
  });

  it('covers one action: the second, ten minutes later, is told with what used the approval', async () => {
    await world.approved('ada', ADMIN, 'ben');
    await world.uses('ada', ADMIN);
    await world.jump(10 * MINUTES);
    await world.uses('ada', ADMIN);
    const [first, second] = world.lines();
    expect(second?.verdict).toBe('unapproved');
    expect(second?.nearMisses).toMatchObject([{ because: 'already-used', usedBy: first?.action }]);
    const told = world.messages().at(-1);
    expect(told).toContain("'s approval for Notify production admin was already used at Tue 1 Dec 2026, 14:00 GMT");
  });
});

describe('a pin', () => {
  const pin = async () => {
    await world.slack('dan', { act: 'command', text: 'pin', channel: CYBER_CHANNEL });
    await world.slack('dan', {
      act: 'submit',
      values: {
        people: ['U01ADA', 'U01BEN'],
        targets: [ADMIN],
        minutes: '120',
        incident: 'INC-2041',
        reason: 'messages are not going out',
      },
    });
  };

  it('covers several uses, is ended early, and says how often it was used', async () => {
    await pin();
    await world.uses('ada', ADMIN);
    await world.jump(10 * MINUTES);
    await world.uses('ben', ADMIN);
    await world.jump(10 * MINUTES);
    await world.uses('ada', ADMIN);
    expect(verdicts()).toEqual(['pinned', 'pinned', 'pinned']);
    expect(world.findings()).toEqual([]);
    await world.click('dan', 'pin.end', CYBER_CHANNEL);
    expect(world.messages()[0]).toContain('Ended 14:20');
    await world.jump(10 * MINUTES);
    await world.uses('ada', ADMIN);
    expect(verdicts().at(-1)).toBe('unapproved');
    await world.jump(6 * MINUTES);
    await world.pass(MINUTES);
    const summary = world.messages(CYBER_CHANNEL).find((each) => each.includes('The pin ended'));
    expect(summary).toContain('it was used 3 times');
    expect(summary).toContain('<@U01ADA> used `notify-prod-admin` twice');
  });

  it('reaches back to nothing: what was done before it stays unapproved', async () => {
    await world.uses('ada', ADMIN);
    await world.jump(3 * MINUTES);
    await pin();
    expect(verdicts()).toEqual(['unapproved']);
  });

  it('is not for who is not in cyber', async () => {
    await world.slack('ben', { act: 'command', text: 'pin', channel: CYBER_CHANNEL });
    const values = { people: ['U01ADA'], targets: [ADMIN], minutes: '30', incident: 'INC-1', reason: 'messages stuck' };
    await world.slack('ben', { act: 'submit', values });
    expect(world.messages('D01BEN').at(-1)).toContain('Only cyber can pin');
    await world.uses('ada', ADMIN);
    expect(verdicts()).toEqual(['unapproved']);
  });

  it('opens from a request with its person and target filled in', async () => {
    const text = `${ADMIN} rotate the API keys <@U01BEN|ben>`;
    await world.slack('ada', { act: 'command', text, channel: 'C01NOTIFY' });
    await world.click('dan', 'request.pin');
    await world.slack('dan', { act: 'submit', values: { minutes: '30', incident: 'INC-7', reason: 'messages stuck' } });
    await world.uses('ada', ADMIN);
    expect(verdicts()).toEqual(['pinned']);
  });
});

describe('an emergency', () => {
  it('is told when it is used before the yes, and the yes closes it as approved late', async () => {
    await world.slack('ada', { act: 'shortcut' });
    await world.slack('ada', {
      act: 'submit',
      values: {
        target: ADMIN,
        reason: 'texts are not going out',
        picked: 'ben@example.gov.uk',
        ticket: 'INC-9',
        emergency: 'live-incident',
      },
    });
    await world.uses('ada', ADMIN);
    expect(verdicts()).toEqual(['unapproved']);
    expect(world.messages().at(-1)).toContain('Emergency (live incident, INC-9), declared');
    await world.jump(16 * MINUTES);
    await world.pass(MINUTES);
    expect(world.incidents().map(({ status }) => status)).toEqual(['triggered', 'triggered']);
    await world.click('ben', 'request.approve');
    expect(world.findings()).toMatchObject([{ state: 'closed', closedAs: 'approved-late' }]);
    expect(world.incidents().map(({ status }) => status)).toEqual(['resolved', 'resolved']);
    expect(world.lines()[0]?.verdict).not.toBe('approved');
    await world.jump(10 * MINUTES);
    await world.uses('ada', ADMIN);
    expect(verdicts()).toEqual(['unapproved', 'unapproved']);
  });

  it('whose use is recorded after the yes is bound to it a few minutes later, and says how long that took', async () => {
    await world.slack('ada', { act: 'shortcut' });
    const values = { target: ADMIN, reason: 'texts are not going out', picked: 'ben@example.gov.uk' };
    await world.slack('ada', { act: 'submit', values: { ...values, emergency: 'live-incident' } });
    const records = world.traces('ada', ADMIN, 'switch-role');
    await world.jump(3 * MINUTES);
    await world.click('ben', 'request.approve');
    await world.jump(MINUTES);
    await world.arrives(...records);
    expect(world.findings()).toMatchObject([{ state: 'open' }]);
    await world.jump(4 * MINUTES);
    await world.pass(MINUTES);
    expect(world.findings()).toMatchObject([{ state: 'closed', closedAs: 'approved-late' }]);
    expect(world.threads().at(-1)).toMatch(/Closed: approved late by <@U01BEN>, \d+ min after it was opened/);
  });
});
