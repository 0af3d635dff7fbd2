import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  CYBER_CHANNEL,
  MINUTES,
  NOTIFY_CHANNEL,
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
const states = () => world.incidents().map(({ service, status }) => `${service} ${status}`);
const finding = () => world.findings()[0];
const inPagerDuty = async (action: 'acknowledge' | 'resolve', who: string): Promise<void> => {
  const { activity, pagerDuty } = world.sandbox;
  const user = { id: `P${who}`, name: who, email: `${who}@example.gov.uk` };
  await activity.track(pagerDuty.act(action, finding()?.dedupKey ?? '', user));
  await world.pass(5_000);
};

/** An unapproved use in hours that nobody took in hand. */
const paged = async (): Promise<void> => {
  await world.uses('ada', ADMIN);
  await world.jump(14 * MINUTES);
  expect(states()).toEqual([]);
  await world.pass(2 * MINUTES);
  expect(states()).toEqual(['notify triggered', 'cyber triggered']);
};

describe('an unapproved use in working hours', () => {
  it('pings, and pages when nobody has taken it in hand for a quarter of an hour', async () => {
    await world.uses('ada', ADMIN);
    expect(world.messages()).toHaveLength(1);
    expect(world.messages(CYBER_CHANNEL)).toHaveLength(1);
    expect(world.messages()[0]).toContain('14:15 unless somebody takes it on');
    await world.jump(14 * MINUTES);
    expect(states()).toEqual([]);
    await world.pass(2 * MINUTES);
    expect(states()).toEqual(['notify triggered', 'cyber triggered']);
    expect(world.messages()[0]).toContain('Paged GOV.UK Notify');
    expect(world.messages()).toHaveLength(1);
  });

  it('is acknowledged in Slack, and then in PagerDuty', async () => {
    await paged();
    await world.click('ben', 'finding.acknowledge');
    expect(states()).toEqual(['notify acknowledged', 'cyber acknowledged']);
    expect(world.messages()[0]).toContain('<@U01BEN> is on it (14:16, Slack)');
  });

  it('is acknowledged in PagerDuty, and Slack shows by whom', async () => {
    await paged();
    await inPagerDuty('acknowledge', 'ben');
    expect(finding()?.state).toBe('acknowledged');
    expect(world.messages()[0]).toContain('<@U01BEN> is on it (14:16, PagerDuty)');
    expect(world.messages(CYBER_CHANNEL)[0]).toContain('is on it (14:16, PagerDuty)');
  });

  it('is not taken in hand by somebody in PagerDuty whom the policy does not name', async () => {
    await paged();
    const { activity, pagerDuty } = world.sandbox;
    const stranger = { id: 'PX1', name: 'Somebody Else' };
    await activity.track(pagerDuty.act('acknowledge', finding()?.dedupKey ?? '', stranger));
    await world.pass(5_000);
    expect(finding()?.state).toBe('open');
    expect(world.messages()[0]).toContain('Somebody whom the policy does not name');
  });

  it('is not stopped by its actor, who says that they are on it', async () => {
    await world.uses('ada', ADMIN);
    await world.click('ada', 'finding.acknowledge');
    expect(world.whispers('ada').at(-1)).toContain('the clock keeps running');
    await world.jump(16 * MINUTES);
    await world.pass(MINUTES);
    expect(states()).toEqual(['notify triggered', 'cyber triggered']);
  });

  it('acknowledged in time pages nobody', async () => {
    await world.uses('ada', ADMIN);
    await world.click('cat', 'finding.acknowledge');
    await world.jump(16 * MINUTES);
    await world.pass(MINUTES);
    expect(states()).toEqual([]);
  });

  it('is closed by another person’s words, which resolves the incident and is told in the thread', async () => {
    await paged();
    await world.click('ben', 'finding.confirm');
    await world.slack('ben', { act: 'submit', values: { words: 'we paired on the certificate change' } });
    expect(finding()).toMatchObject({ state: 'closed', closedAs: 'confirmed' });
    expect(states()).toEqual(['notify resolved', 'cyber resolved']);
    expect(world.threads().at(-1)).toContain('Closed: confirmed by <@U01BEN>');
    expect(world.threads().at(-1)).toContain('we paired on the certificate change');
    expect(world.messages()[0]).toContain('closed');
    expect(world.messages()[0]).not.toContain('finding.confirm');
  });

  it('is not closed by its actor', async () => {
    await world.uses('ada', ADMIN);
    await world.click('ada', 'finding.confirm');
    await world.slack('ada', { act: 'submit', values: { words: 'it was certainly me, trust me' } });
    expect(finding()?.state).toBe('open');
  });

  it('is closed as approved late when the actor says what happened and the picked person says yes', async () => {
    await paged();
    await world.click('ada', 'finding.it-was-me');
    await world.slack('ada', { act: 'submit', values: { words: 'I used the wrong role', picked: 'U01BEN' } });
    expect(finding()?.state).toBe('open');
    await world.click('ben', 'request.approve');
    expect(finding()).toMatchObject({ state: 'closed', closedAs: 'approved-late' });
    expect(states()).toEqual(['notify resolved', 'cyber resolved']);
    expect(world.lines()[0]?.verdict).toBe('unapproved');
    await world.jump(10 * MINUTES);
    await world.uses('ada', ADMIN);
    expect(world.lines().map(({ verdict }) => verdict)).toEqual(['unapproved', 'unapproved']);
  });

  it('called not genuine pages cyber at once, and stays paged', async () => {
    await world.uses('ada', ADMIN);
    await world.click('ben', 'finding.not-genuine');
    await world.pass(10_000);
    expect(world.incidents('cyber')).toMatchObject([{ status: 'triggered' }]);
    expect(world.messages(CYBER_CHANNEL)[0]).toContain('not genuine');
    expect([world.messages(), world.messages(CYBER_CHANNEL)].map(({ length }) => length)).toEqual([1, 1]);
    expect(finding()?.closedAs).toBe('not-genuine');
  });

  it('resolved in PagerDuty without a word here pages again', async () => {
    await paged();
    await inPagerDuty('resolve', 'ben');
    await world.pass(2 * MINUTES);
    expect(finding()?.state).toBe('open');
    const open = world.incidents().filter(({ status }) => status === 'triggered');
    expect(open.map(({ service, dedupKey }) => [service, dedupKey.endsWith('/2')])).toEqual([
      ['notify', true],
      ['cyber', true],
    ]);
  });

  it('asks for an approval from its own message, which covers the next use', async () => {
    await world.uses('ada', ADMIN);
    await world.click('ada', 'finding.ask');
    const values = { target: ADMIN, reason: 'rotate the API keys', picked: 'ben@example.gov.uk' };
    await world.slack('ada', { act: 'submit', values });
    await world.click('ben', 'request.approve');
    await world.jump(5 * MINUTES);
    await world.uses('ada', ADMIN);
    expect(world.lines().map(({ verdict }) => verdict)).toEqual(['unapproved', 'approved']);
  });
});

describe('an unapproved use out of hours', () => {
  it('pages first, and Slack says that it went', async () => {
    await world.startAgain(SUNDAY_NIGHT);
    await world.uses('ada', ADMIN, 'switch-role');
    expect(states()).toEqual(['notify triggered', 'cyber triggered']);
    await world.pass(10_000);
    expect(world.messages()).toHaveLength(1);
    expect(world.messages()[0]).toContain('Paged GOV.UK Notify');
    const [message] = world.sandbox.slack.messagesIn(NOTIFY_CHANNEL);
    const opened = Math.max(...world.incidents().map(({ openedAt }) => openedAt));
    expect(Number(message?.ts) * 1000).toBeGreaterThanOrEqual(opened);
  });
});
