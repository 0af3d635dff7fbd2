import { expect, it } from 'vitest';
import { INTENT_MS } from '../../lambdas/core/telling/attempt.ts';
import type { PostedMessage, SlackMessage, SlackResult } from '../../lambdas/edge/slack.ts';
import { slackWorkServices } from '../../lambdas/slack/services.ts';
import { show, words } from '../../lambdas/slack/tell.ts';
import { storeTable } from '../simulation/asking/store-table.ts';
import { simulatedTable, tableThrough } from '../simulation/table.ts';
import { TEN } from '../support/ledger-records.ts';
import { testPolicy } from '../support/policies.ts';

type Search = 'permitted' | 'refused' | 'away';
/** What becomes of the first message. */
type First = 'lost' | 'turned away';

/** Slack that says only from the second message on that it has taken it; the first it may not have taken. */
function forgetfulSlack(search: Search, first: First) {
  const messages: SlackMessage[] = [];
  let asked = 0;
  const at = (index: number): PostedMessage => ({ channel: messages[index]?.channel ?? '', ts: String(index) });
  const ok = <T>(value: T): SlackResult<T> => ({ outcome: 'ok', value });
  return {
    messages,
    postMessage: async (message: SlackMessage): Promise<SlackResult<PostedMessage>> => {
      asked += 1;
      if (asked === 1 && first === 'turned away') return { outcome: 'rate-limited', retryAfterMs: 1_000 };
      messages.push(message);
      if (asked > 1) return ok(at(messages.length - 1));
      return { outcome: 'unreachable', why: 'no answer in four seconds', mayHaveWorked: 'yes' };
    },
    updateMessage: async (posted: PostedMessage, message: Omit<SlackMessage, 'channel'>) => {
      messages[Number(posted.ts)] = { ...message, channel: posted.channel };
      return ok(posted);
    },
    findMessage: async ({ id }: SlackMessage): Promise<SlackResult<PostedMessage | undefined>> => {
      if (search === 'refused') return { outcome: 'refused', code: 'missing_scope' };
      if (search === 'away') return { outcome: 'unreachable', why: 'no answer to a search', mayHaveWorked: 'no' };
      const index = messages.findIndex((one) => one.id === id);
      return ok(index < 0 ? undefined : at(index));
    },
  };
}

function world(search: Search, first: First = 'lost') {
  const slack = forgetfulSlack(search, first);
  let now = TEN;
  const table = simulatedTable(
    () => undefined,
    () => undefined,
  );
  const unused = () => Promise.reject(new Error('not needed here'));
  const services = slackWorkServices(
    {
      ...slack,
      policy: testPolicy(),
      now: () => now,
      callSlack: unused,
      standingOf: unused,
      membersOf: unused,
      enqueueAccess: unused,
    },
    storeTable(tableThrough(table, async (effect) => effect())),
  );
  const tell = (text: string) => show('r1', 'slack', 'C01NOTIFY', words(text), services);
  const pass = (ms: number) => {
    now += ms;
  };
  return { slack, tell, pass, services };
}

it('a message of which the answer was lost is found again, and changed from then on', async () => {
  const { slack, tell } = world('permitted');
  await expect(tell('Waiting')).rejects.toThrow('no answer');
  await tell('Waiting');
  await tell('Confirmed');
  expect(slack.messages.map(({ text }) => text)).toEqual(['Confirmed']);
});

it('a message of which the answer was lost is posted once more where two-eye may not search, when no run can be about to', async () => {
  const { slack, tell, pass } = world('refused');
  await expect(tell('Waiting')).rejects.toThrow('no answer');
  await expect(tell('Waiting')).rejects.toThrow('in the middle of posting');
  expect(slack.messages).toHaveLength(1);
  pass(INTENT_MS);
  await tell('Waiting');
  await tell('Confirmed');
  expect(slack.messages.map(({ text }) => text)).toEqual(['Waiting', 'Confirmed']);
});

it('a message that Slack did not take is posted at the next try, without a search', async () => {
  const { slack, tell } = world('away', 'turned away');
  await expect(tell('Waiting')).rejects.toThrow('too many calls');
  await tell('Waiting');
  expect(slack.messages.map(({ text }) => text)).toEqual(['Waiting']);
});

it('of two runs that show a message at once only one posts it', async () => {
  const { slack, tell } = world('permitted', 'turned away');
  const both = await Promise.allSettled([tell('Waiting'), tell('Waiting')]);
  expect(both.filter(({ status }) => status === 'rejected')).not.toHaveLength(0);
  await tell('Waiting');
  expect(slack.messages.map(({ text }) => text)).toEqual(['Waiting']);
});

it('a message of a run that died before it could note where it is is found, and not posted again', async () => {
  const { slack, tell, services, pass } = world('permitted', 'turned away');
  await expect(tell('Waiting')).rejects.toThrow('too many calls');
  const dying = {
    ...services,
    writeTold: (async (about, where, value, version) => {
      if (JSON.stringify(value).includes('"ts"')) throw new Error('the process died');
      return services.writeTold(about, where, value, version);
    }) as typeof services.writeTold,
  };
  await expect(show('r1', 'slack', 'C01NOTIFY', words('Waiting'), dying)).rejects.toThrow('died');
  pass(INTENT_MS);
  await tell('Confirmed');
  expect(slack.messages.map(({ text }) => text)).toEqual(['Confirmed']);
});

it('a message of which the answer was lost is not posted again while Slack cannot be searched', async () => {
  const { slack, tell } = world('away');
  await expect(tell('Waiting')).rejects.toThrow('no answer in four seconds');
  await expect(tell('Waiting')).rejects.toThrow('no answer to a search');
  expect(slack.messages).toHaveLength(1);
});
