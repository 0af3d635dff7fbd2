import { describe, expect, it } from 'vitest';
import { IDLE, takeSlot } from '../../lambdas/core/telling/pace.ts';
import type { ChannelState } from '../../lambdas/core/telling/storm.ts';
import { SECOND_MS } from '../../lambdas/core/time.ts';
import { readPins, readRequests } from '../../lambdas/edge/approval-store.ts';
import { readState, readTold, writeTold } from '../../lambdas/edge/told-store.ts';
import { readWords } from '../support/people-facts.ts';
import { testPolicy } from '../support/policies.ts';
import { slackWorld, wordsOf } from '../support/slack-world.ts';

const ASK = {
  act: 'command',
  text: 'notify-prod-admin terraform apply for #123 <@U01BEN|ben>',
  channel: 'C01NOTIFY',
} as const;
const CONFIRM = { act: 'click', channel: 'C01NOTIFY', actionId: 'request.approve' } as const;
const ADA = 'person:ada@example.gov.uk';

const onlyRequest = async () => (await readRequests(ADA))[0]?.value;

describe('an approval in Slack', () => {
  it('is asked for with words, confirmed two minutes later, and told to the person who asked', async () => {
    await using world = await slackWorld();
    await world.as('U01ADA', ASK);
    expect(wordsOf(world.slack.messagesIn('C01NOTIFY')[0])).toContain('Waiting for <@U01BEN>');
    expect(world.slack.messagesIn('D01BEN')).toHaveLength(1);
    await world.clockAt(2);
    await world.as('U01BEN', CONFIRM);
    const [message] = world.slack.messagesIn('C01NOTIFY');
    expect(wordsOf(message)).toContain('Confirmed by <@U01BEN> 14:02 → use before 15:02.');
    const [asked, answered, ...more] = world.slack.messagesIn('D01ADA');
    expect(wordsOf(asked)).toContain('Confirmed by <@U01BEN> 14:02 → use before 15:02.');
    expect(wordsOf(asked)).not.toContain('Waiting');
    expect(JSON.stringify(asked?.blocks)).not.toContain('"actions"');
    expect(answered?.text).toBe('Confirmed by <@U01BEN>: use `notify-prod-admin` before 15:02.');
    expect(more).toEqual([]);
    expect(await onlyRequest()).toMatchObject({
      status: 'approved',
      approver: 'ben@example.gov.uk',
      approverEligible: true,
    });
  });

  it('is said in the channel at once, and what else has something to say there leaves it a second', async () => {
    await using world = await slackWorld();
    await world.as('U01ADA', ASK);
    const { value } = await readState<ChannelState>('channel#C01NOTIFY');
    const { at } = takeSlot(value?.pace ?? IDLE, 'top', world.at());
    expect(at).toBeGreaterThanOrEqual(world.at() + SECOND_MS);
    expect((await readState('channel#D01ADA')).value).toBeUndefined();
  });

  it('is posted anew when somebody has deleted its message', async () => {
    await using world = await slackWorld();
    await world.as('U01ADA', ASK);
    const id = (await onlyRequest())?.id ?? '';
    const { version } = await readTold(id, 'slack');
    await writeTold(id, 'slack', { channel: 'C01NOTIFY', ts: '1700000000.000100' }, version);
    await world.as('U01BEN', { ...CONFIRM, channel: 'D01BEN' });
    expect(wordsOf(world.slack.messagesIn('C01NOTIFY').at(-1))).toContain('Confirmed by <@U01BEN>');
    expect(world.slack.messagesIn('C01NOTIFY')).toHaveLength(2);
  });

  it('is asked for in the form, whose list of people has everybody who may confirm but oneself', async () => {
    await using world = await slackWorld();
    await world.as('U01ADA', { act: 'shortcut' });
    const list = await world.as('U01ADA', {
      act: 'suggest',
      actionId: 'picked',
      values: { target: 'notify-prod-db-write' },
    });
    expect(list.options).toEqual(['ben@example.gov.uk', 'cat@example.gov.uk']);
    const values = { target: 'notify-prod-db-write', reason: 'remove a stuck job row', picked: 'ben@example.gov.uk' };
    await world.as('U01ADA', { act: 'submit', values });
    expect(wordsOf(world.slack.messagesIn('D01BEN')[0])).toContain('write the where clause first');
    expect(wordsOf(world.slack.messagesIn('D01ADA')[0])).toContain('write the where clause first');
    expect((await onlyRequest())?.slots).toEqual(['notify-prod-db-write', 'notify-prod-admin']);
  });

  it('shows what is wrong beside the fields, and keeps the form open', async () => {
    await using world = await slackWorld();
    await world.as('U01ADA', { act: 'command', text: '' });
    const values = { target: 'notify-prod-admin', reason: 'terraform apply', picked: 'ada.lovelace' };
    const answer = await world.as('U01ADA', { act: 'submit', values });
    expect(answer.errors).toEqual({ picked: 'You cannot confirm your own; pick somebody else.' });
    expect(world.slack.modalOf('U01ADA')).toBeDefined();
  });

  it('reminds after 5 and 15 minutes and lapses after 30', async () => {
    await using world = await slackWorld();
    await world.as('U01ADA', ASK);
    await world.clockAt(29);
    expect(world.slack.messagesIn('C01NOTIFY').filter(({ threadTs }) => threadTs)).toHaveLength(2);
    await world.clockAt(31);
    expect(wordsOf(world.slack.messagesIn('C01NOTIFY')[0])).toContain('Lapsed 14:30: nobody answered.');
    expect(await onlyRequest()).toMatchObject({ status: 'lapsed' });
  });

  it('says that it expired unused when an hour went by', async () => {
    await using world = await slackWorld();
    await world.as('U01ADA', ASK);
    await world.as('U01BEN', CONFIRM);
    await world.clockAt(61);
    expect(wordsOf(world.slack.messagesIn('C01NOTIFY')[0])).toContain('→ expired unused 15:00.');
  });

  it('is declined with words', async () => {
    await using world = await slackWorld();
    await world.as('U01ADA', ASK);
    await world.as('U01BEN', { act: 'click', channel: 'C01NOTIFY', actionId: 'request.decline' });
    await world.as('U01BEN', { act: 'submit', values: { words: 'not during the freeze <!channel>' } });
    expect(wordsOf(world.slack.messagesIn('C01NOTIFY')[0])).toContain('Declined by <@U01BEN> 14:00.');
    expect(await onlyRequest()).toMatchObject({ status: 'declined', declineWords: 'not during the freeze <!channel>' });
    const again = await world.as('U01ADA', ASK);
    expect(again.status).toBe(200);
    expect(world.slack.ephemeralsFor('U01ADA').at(-1)?.text).toContain('declined this less than half an hour ago');
  });

  it('is cancelled by the person who asked, and by nobody else', async () => {
    await using world = await slackWorld();
    await world.as('U01ADA', ASK);
    const cancel = { act: 'click', channel: 'C01NOTIFY', actionId: 'request.cancel' } as const;
    await world.as('U01BEN', cancel);
    expect(world.slack.ephemeralsFor('U01BEN').at(-1)?.text).toContain('Only the person in whose name it stands');
    await world.as('U01ADA', cancel);
    expect(await onlyRequest()).toMatchObject({ status: 'cancelled' });
  });

  it('is revoked by the approver, and then judged again', async () => {
    await using world = await slackWorld();
    await world.as('U01ADA', ASK);
    await world.as('U01BEN', CONFIRM);
    await world.as('U01BEN', { act: 'click', channel: 'C01NOTIFY', actionId: 'request.revoke' });
    expect(await onlyRequest()).toMatchObject({ status: 'revoked', revokedBy: 'ben@example.gov.uk' });
    expect(world.access.at(-1)).toMatchObject({ twoEye: 'rejudge', ledger: ADA });
  });
});

describe('two at once', () => {
  it('has one winner when two people confirm, and tells the other who it was', async () => {
    await using world = await slackWorld();
    await world.as('U01ADA', ASK);
    await world.actOnly('U01BEN', CONFIRM);
    await world.actOnly('U01CAT', CONFIRM);
    await world.settle();
    expect((await onlyRequest())?.approver).toBe('ben@example.gov.uk');
    expect(world.slack.ephemeralsFor('U01CAT').at(-1)?.text).toContain(
      'Your click changed nothing: Confirmed by <@U01BEN>',
    );
    expect(world.slack.ephemeralsFor('U01BEN')).toHaveLength(0);
  });

  it('has one outcome when a yes, a no and a cancellation are worked on in parallel', async () => {
    await using world = await slackWorld();
    await world.as('U01ADA', ASK);
    await world.as('U01CAT', { act: 'click', channel: 'C01NOTIFY', actionId: 'request.decline' });
    await world.actOnly('U01BEN', CONFIRM);
    await world.actOnly('U01CAT', { act: 'submit', values: { words: 'not during the freeze' } });
    await world.actOnly('U01ADA', { act: 'click', channel: 'C01NOTIFY', actionId: 'request.cancel' });
    await world.settleAtOnce();
    const request = await onlyRequest();
    const facts = [request?.approvedAt, request?.declinedAt, request?.cancelledAt].filter((at) => at !== undefined);
    expect(facts).toHaveLength(1);
    const losers = ['U01ADA', 'U01BEN', 'U01CAT'].filter((user) =>
      world.slack.ephemeralsFor(user).some(({ text }) => text.includes('Your click changed nothing')),
    );
    expect(losers).toHaveLength(2);
  });

  it('counts two asks that are stored in parallel against each other', async () => {
    await using world = await slackWorld();
    for (const picked of ['U01BEN', 'U01CAT', 'U01BEN']) {
      await world.actOnly('U01ADA', { ...ASK, text: `notify-prod-admin terraform apply <@${picked}>` });
    }
    await world.settleAtOnce();
    expect(await readRequests(ADA)).toHaveLength(2);
  });

  it('takes a double click for one, and tells the requester once', async () => {
    await using world = await slackWorld();
    await world.as('U01ADA', ASK);
    await world.actOnly('U01BEN', CONFIRM);
    await world.clockAt(0.01);
    await world.actOnly('U01BEN', CONFIRM);
    await world.settle();
    const told = world.slack.messagesIn('D01ADA').filter(({ text }) => text.startsWith('Confirmed by'));
    expect(told).toHaveLength(1);
    expect(world.slack.ephemeralsFor('U01BEN').at(-1)?.text).toContain('You had already done that');
  });

  it('lets a cancellation that came first win over a yes', async () => {
    await using world = await slackWorld();
    await world.as('U01ADA', ASK);
    await world.actOnly('U01ADA', { act: 'click', channel: 'C01NOTIFY', actionId: 'request.cancel' });
    await world.actOnly('U01BEN', CONFIRM);
    await world.settle();
    expect((await onlyRequest())?.status).toBe('cancelled');
    expect(world.slack.ephemeralsFor('U01BEN').at(-1)?.text).toContain('Cancelled by <@U01ADA>');
  });

  it('makes one request of an ask that is delivered three times', async () => {
    await using world = await slackWorld();
    await world.as('U01ADA', ASK);
    const body = world.worked[0] ?? '';
    await world.deliverAgain(body);
    await world.deliverAgain(body);
    expect(await readRequests(ADA)).toHaveLength(1);
    expect(world.slack.messagesIn('C01NOTIFY')).toHaveLength(1);
    expect(world.slack.messagesIn('D01BEN')).toHaveLength(1);
  });
});

describe('a click is refused in words, to that person only', () => {
  const refusals: readonly (readonly [string, string, (world: Awaited<ReturnType<typeof slackWorld>>) => void])[] = [
    ['your own', 'This is your own', () => undefined],
    [
      'a deactivated account',
      'deactivated',
      (world) => void Object.assign(world.slack.workspace.users.get('U01BEN') ?? {}, { deleted: true }),
    ],
    [
      'a guest',
      'Guests',
      (world) => void Object.assign(world.slack.workspace.users.get('U01BEN') ?? {}, { guest: 'multi-channel' }),
    ],
    [
      'a bot',
      'A bot cannot',
      (world) => void Object.assign(world.slack.workspace.users.get('U01BEN') ?? {}, { isBot: true }),
    ],
    [
      'another workspace',
      'another Slack workspace',
      (world) => void Object.assign(world.slack.workspace.users.get('U01BEN') ?? {}, { teamId: 'T99OTHER' }),
    ],
  ];
  it.each(refusals)('%s', async (what, why, arrange) => {
    await using world = await slackWorld();
    await world.as('U01ADA', ASK);
    arrange(world);
    const user = what === 'your own' ? 'U01ADA' : 'U01BEN';
    await world.as(user, CONFIRM);
    expect(world.slack.ephemeralsFor(user).at(-1)?.text).toContain(why);
    expect((await onlyRequest())?.status).toBe('requested');
  });

  it('when Slack cannot say who they are: nobody becomes eligible, and the click counts once Slack is back', async () => {
    await using world = await slackWorld();
    await world.as('U01ADA', ASK);
    await world.actOnly('U01BEN', CONFIRM);
    world.slack.trouble('server-error');
    expect(await world.settle()).toBe(1);
    expect((await onlyRequest())?.status).toBe('requested');
    world.slack.trouble('fine');
    expect(await world.settle()).toBe(0);
    expect((await onlyRequest())?.status).toBe('approved');
  });

  it('after they were removed from the user group, within a minute of that', async () => {
    const groups = { cyber: { kind: 'slack-user-group', slackUserGroup: 'S01CYBER' } } as const;
    const team = { kind: 'slack-user-group', slackUserGroup: 'S02TEAM' } as const;
    await using world = await slackWorld(testPolicy({ groups: { ...groups, 'notify-team': team } }));
    const members = world.slack.workspace.userGroups.get('S02TEAM');
    members?.add('U01ADA').add('U01BEN');
    await world.as('U01ADA', ASK);
    members?.delete('U01BEN');
    await world.clockAt(1);
    await world.as('U01BEN', CONFIRM);
    expect(world.slack.ephemeralsFor('U01BEN').at(-1)?.text).toContain('not among those who may confirm');
    expect((await onlyRequest())?.status).toBe('requested');
  });

  it('when the request had lapsed at the click, though nobody had written that down', async () => {
    await using world = await slackWorld();
    await world.as('U01ADA', ASK);
    const by = { user: 'U01BEN', workspace: 'T01GDS', at: world.at() + 30 * 60_000, channel: 'C01NOTIFY' };
    const request = (await onlyRequest())?.id;
    await world.deliverAgain(JSON.stringify({ twoEye: 'request', verb: 'approve', by, ledger: ADA, request }));
    expect(world.slack.ephemeralsFor('U01BEN').at(-1)?.text).toContain('Your click changed nothing');
    expect((await onlyRequest())?.status).toBe('requested');
  });

  it('when two-eye does not know them', async () => {
    const people = testPolicy().people.filter(({ slack }) => slack !== 'U01BEN');
    await using world = await slackWorld(testPolicy({ people }));
    world.slack.workspace.users.set('U01BEN', {
      id: 'U01BEN',
      name: 'ben',
      teamId: 'T01GDS',
      deleted: false,
      isBot: false,
      guest: 'no',
    });
    await world.as('U01ADA', { ...ASK, text: 'notify-prod-admin terraform apply <@U01CAT>' });
    await world.as('U01BEN', CONFIRM);
    expect(world.slack.ephemeralsFor('U01BEN').at(-1)?.text).toContain('two-eye does not know you');
  });

  it('after two open requests for one target', async () => {
    await using world = await slackWorld();
    for (const picked of ['U01BEN', 'U01CAT', 'U01BEN']) {
      await world.as('U01ADA', { ...ASK, text: `notify-prod-admin terraform apply <@${picked}>` });
    }
    expect(await readRequests(ADA)).toHaveLength(2);
    expect(world.slack.ephemeralsFor('U01ADA').at(-1)?.text).toContain('2 open requests or unused approvals');
  });
});

describe('a step of a workflow', () => {
  const inputs = { requester: 'U01ADA', target: 'notify-prod-admin', reason: 'terraform apply', approver: 'U01BEN' };

  it('makes one request however often it is told of, and the person can disown it', async () => {
    await using world = await slackWorld();
    const step = { act: 'run-step', inputs, execution: 'Fx1' } as const;
    await world.as('U01ADA', step);
    await world.as('U01ADA', step);
    expect(await readRequests(ADA)).toHaveLength(1);
    expect(world.slack.workspace.steps.get('Fx1')?.state).toBe('succeeded');
    await world.as('U01ADA', { act: 'click', channel: 'D01ADA', actionId: 'request.disown' });
    expect(await onlyRequest()).toMatchObject({ status: 'cancelled', disowned: 'yes' });
    expect(wordsOf(world.slack.messagesIn('C01CYBER')[0])).toContain('they did not');
  });

  it('is told why when its inputs make no request', async () => {
    await using world = await slackWorld();
    await world.as('U01ADA', { act: 'run-step', inputs: { ...inputs, approver: 'U01ADA' }, execution: 'Fx2' });
    expect(world.slack.workspace.steps.get('Fx2')).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('your own'),
    });
  });
});

describe('a pin', () => {
  const values = {
    people: ['U01ADA'],
    targets: ['notify-prod-admin'],
    minutes: '60',
    incident: 'INC-7',
    reason: 'site is down, all hands',
  };

  it('is made by cyber, ended early, and summed up when its records had time to come', async () => {
    await using world = await slackWorld();
    await world.as('U01CAT', { act: 'command', text: 'pin' });
    await world.as('U01CAT', { act: 'submit', values });
    expect((await readPins()).pins).toMatchObject([
      { people: ['ada@example.gov.uk'], incident: 'INC-7', by: 'cat@example.gov.uk' },
    ]);
    await world.clockAt(10);
    await world.as('U01CAT', { act: 'click', channel: 'C01CYBER', actionId: 'pin.end' });
    expect(wordsOf(world.slack.messagesIn('C01NOTIFY')[0])).toContain('Ended 14:10');
    await world.clockAt(26);
    expect(world.slack.messagesIn('C01CYBER').at(-1)?.text).toBe('The pin ended 14:10; it was never used.');
  });

  it('is refused to everybody else, and to cyber for themselves through a team', async () => {
    await using world = await slackWorld();
    await world.as('U01BEN', { act: 'command', text: 'pin' });
    await world.as('U01BEN', { act: 'submit', values });
    await world.as('U01CAT', { act: 'command', text: 'pin' });
    await world.as('U01CAT', { act: 'submit', values: { ...values, team: 'notify' } });
    expect((await readPins()).pins).toEqual([]);
    expect(world.slack.messagesIn('D01BEN').at(-1)?.text).toContain('Only cyber can pin');
    expect(world.slack.messagesIn('D01CAT').at(-1)?.text).toContain('You cannot pin yourself');
  });
});

describe('mine', () => {
  it('shows on the App Home what waits for me, and confirms from there', async () => {
    await using world = await slackWorld();
    await world.as('U01ADA', ASK);
    await world.as('U01BEN', { act: 'open-home' });
    await world.as('U01BEN', { act: 'click-home', actionId: 'request.approve' });
    expect((await onlyRequest())?.status).toBe('approved');
    expect(JSON.stringify(world.slack.homeOf('U01BEN'))).toContain('*Waiting for me* none');
    await world.as('U01ADA', { act: 'command', text: 'status' });
    expect(wordsOf(world.slack.messagesIn('D01ADA').at(-1))).toContain('use before 15:00');
    expect(await readWords(ADA)).toEqual([]);
  });
});
