import { describe, expect, it } from 'vitest';
import { type SlackStandIn, startSlack } from '../../sandbox/stand-ins/slack.ts';
import { secretOf } from '../support/canaries.ts';
import { testPolicy } from '../support/policies.ts';

const BOT_TOKEN = secretOf('xoxb-bot-token');

const START = Date.UTC(2026, 10, 24, 14);

async function started() {
  const clock = { at: START };
  const slack = await startSlack({
    policy: testPolicy(),
    signingSecret: secretOf('signing-secret'),
    botToken: BOT_TOKEN,
    now: () => clock.at,
    deliverTo: async () => ({ status: 200, body: '' }),
    burst: 2,
  });
  return { slack, clock };
}

async function call(slack: SlackStandIn, method: string, args: Record<string, unknown>, token = BOT_TOKEN) {
  const form = new URLSearchParams(
    Object.entries(args).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]) as [
      string,
      string,
    ][],
  );
  const response = await fetch(`${slack.url}${method}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: form,
  });
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    ...((await response.json()) as { ok: boolean; error?: string }),
  };
}

const TEXT = { type: 'plain_text', text: 'x' };
const modal = (blocks: readonly object[]) => ({ type: 'modal', title: TEXT, submit: TEXT, blocks });

describe('the stand-in for Slack refuses as Slack does', () => {
  it.each([
    ['an unknown method', 'chat.shout', {}, 'unknown_method'],
    ['a channel that is not there', 'chat.postMessage', { channel: 'C99', text: 'x' }, 'channel_not_found'],
    ['a channel without the app', 'chat.postMessage', { channel: 'C00OTHER', text: 'x' }, 'not_in_channel'],
    ['no channel', 'chat.postMessage', { text: 'x' }, 'invalid_arguments'],
    ['no text', 'chat.postMessage', { channel: 'C01NOTIFY' }, 'no_text'],
    [
      'blocks that are not JSON',
      'chat.postMessage',
      { channel: 'C01NOTIFY', text: 'x', blocks: '{' },
      'invalid_blocks_format',
    ],
    [
      '51 blocks',
      'chat.postMessage',
      { channel: 'C01NOTIFY', text: 'x', blocks: Array.from({ length: 51 }, () => ({ type: 'divider' })) },
      'invalid_blocks',
    ],
    [
      'a section of 3,001 characters',
      'chat.postMessage',
      {
        channel: 'C01NOTIFY',
        text: 'x',
        blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(3001) } }],
      },
      'invalid_blocks',
    ],
    [
      'a button of 76 characters',
      'chat.postMessage',
      {
        channel: 'C01NOTIFY',
        text: 'x',
        blocks: [{ type: 'actions', elements: [{ type: 'button', text: { ...TEXT, text: 'x'.repeat(76) } }] }],
      },
      'invalid_blocks',
    ],
    [
      'a thread that is not there',
      'chat.postMessage',
      { channel: 'C01NOTIFY', text: 'x', thread_ts: '1.2' },
      'thread_not_found',
    ],
    ['a message that is not there', 'chat.update', { channel: 'C01NOTIFY', ts: '1.2', text: 'x' }, 'message_not_found'],
    [
      'a form for no click',
      'views.open',
      { trigger_id: 'none', view: modal([{ type: 'divider' }]) },
      'invalid_trigger_id',
    ],
    [
      'a title of 25 characters',
      'views.open',
      { trigger_id: 'none', view: { ...modal([]), title: { ...TEXT, text: 'x'.repeat(25) } } },
      'invalid_arguments',
    ],
    ['a user that is not there', 'users.info', { user: 'U99' }, 'user_not_found'],
    ['a user group that is not there', 'usergroups.users.list', { usergroup: 'S99' }, 'no_such_subteam'],
    [
      'a step that never ran',
      'functions.completeSuccess',
      { function_execution_id: 'Fx9', outputs: {} },
      'function_execution_not_found',
    ],
  ])('%s', async (_, method, args, error) => {
    await using slack = (await started()).slack;
    expect(await call(slack, method, args)).toMatchObject({ status: 200, ok: false, error });
  });

  it('a wrong token', async () => {
    await using slack = (await started()).slack;
    expect(await call(slack, 'auth.test', {}, 'xoxb-other')).toMatchObject({ ok: false, error: 'invalid_auth' });
  });

  it('a trigger that was used, or is older than three seconds', async () => {
    const { slack: started_, clock } = await started();
    await using slack = started_;
    await slack.actAs('U01ADA', { act: 'shortcut' });
    await slack.actAs('U01ADA', { act: 'shortcut' });
    const [first, second] = [...slack.workspace.triggers.keys()];
    const view = modal([{ type: 'divider' }]);
    expect(await call(slack, 'views.open', { trigger_id: first, view })).toMatchObject({ ok: true });
    expect(await call(slack, 'views.open', { trigger_id: first, view })).toMatchObject({
      error: 'exchanged_trigger_id',
    });
    clock.at += 3_001;
    expect(await call(slack, 'views.open', { trigger_id: second, view })).toMatchObject({
      error: 'expired_trigger_id',
    });
  });

  it('more posts to one channel than the burst, until a second went by', async () => {
    const { slack: started_, clock } = await started();
    await using slack = started_;
    const post = () => call(slack, 'chat.postMessage', { channel: 'C01NOTIFY', text: 'x' });
    await post();
    await post();
    expect(await post()).toMatchObject({ status: 429, retryAfter: '1' });
    clock.at += 1_000;
    expect(await post()).toMatchObject({ ok: true });
  });

  it('a person what Slack would not let them: fields that are empty or too short', async () => {
    await using slack = (await started()).slack;
    await slack.actAs('U01ADA', { act: 'shortcut' });
    const [trigger] = slack.workspace.triggers.keys();
    const block = {
      type: 'input',
      block_id: 'why',
      label: TEXT,
      element: { type: 'plain_text_input', action_id: 'why', min_length: 10 },
    };
    await call(slack, 'views.open', { trigger_id: trigger, view: modal([block]) });
    expect(await slack.actAs('U01ADA', { act: 'submit', values: {} })).toMatchObject({ outcome: 'impossible' });
    expect(await slack.actAs('U01ADA', { act: 'submit', values: { why: 'short' } })).toMatchObject({
      outcome: 'impossible',
    });
    expect(await slack.actAs('U01ADA', { act: 'submit', values: { why: 'long enough' } })).toMatchObject({
      outcome: 'answered',
    });
    expect(slack.modalOf('U01ADA')).toBeUndefined();
  });

  it('everything while there is trouble, each in its way', async () => {
    await using slack = (await started()).slack;
    const raw = () =>
      fetch(`${slack.url}auth.test`, { method: 'POST', headers: { authorization: `Bearer ${BOT_TOKEN}` } });
    slack.trouble('down');
    await expect(raw()).rejects.toThrow('fetch failed');
    slack.trouble('rate-limited');
    expect((await raw()).headers.get('retry-after')).toBe('30');
    slack.trouble('server-error');
    expect((await raw()).status).toBe(503);
    slack.trouble('html');
    expect(await (await raw()).text()).toContain('<html>');
    slack.trouble('invalid-token');
    expect(await (await raw()).json()).toEqual({ ok: false, error: 'invalid_auth' });
    slack.trouble('fine');
    expect(await (await raw()).json()).toMatchObject({ ok: true, team_id: 'T01GDS' });
  });
});

describe("the stand-in for Slack gives a message's time stamp", () => {
  async function posting() {
    const { slack, clock } = await started();
    const post = async (at: number): Promise<string> => {
      clock.at = at;
      await call(slack, 'chat.postMessage', { channel: 'C01NOTIFY', text: 'x' });
      return slack.messagesIn('C01NOTIFY').at(-1)?.ts ?? '';
    };
    return { slack, post };
  }

  const timeOf = (ts: string): number => Math.floor(Number(ts) * 1_000);

  it('of the clock, rising, with several in one millisecond', async () => {
    const { slack: started_, post } = await posting();
    await using _ = started_;
    const given = [await post(START), await post(START), await post(START + 60_000)];
    expect(given.map(timeOf)).toEqual([START, START, START + 60_000]);
    expect(given.toSorted()).toEqual(given);
    expect(new Set(given).size).toBe(3);
  });

  it('of the clock that was set back, and never one that it gave before', async () => {
    const { slack: started_, post } = await posting();
    await using _ = started_;
    const given = [await post(START), await post(START + 3_600_000), await post(START), await post(START + 1)];
    expect(given.map(timeOf)).toEqual([START, START + 3_600_000, START, START + 1]);
    expect(new Set(given).size).toBe(4);
  });
});
