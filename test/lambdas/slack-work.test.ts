import { expect, it } from 'vitest';
import type { PostedMessage, SlackMessage, SlackResult } from '../../lambdas/edge/slack.ts';
import { slackWorkServices } from '../../lambdas/slack/services.ts';
import { show, words } from '../../lambdas/slack/tell.ts';
import { storeTable } from '../simulation/asking/store-table.ts';
import { simulatedTable, tableThrough } from '../simulation/table.ts';
import { TEN } from '../support/ledger-records.ts';
import { testPolicy } from '../support/policies.ts';

type Search = 'permitted' | 'refused' | 'away';

/** Slack that takes every message and says so only from the second on. */
function forgetfulSlack(search: Search) {
  const messages: SlackMessage[] = [];
  const at = (index: number): PostedMessage => ({ channel: messages[index]?.channel ?? '', ts: String(index) });
  const ok = <T>(value: T): SlackResult<T> => ({ outcome: 'ok', value });
  return {
    messages,
    postMessage: async (message: SlackMessage): Promise<SlackResult<PostedMessage>> => {
      messages.push(message);
      if (messages.length > 1) return ok(at(messages.length - 1));
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

function world(search: Search) {
  const slack = forgetfulSlack(search);
  const table = simulatedTable(
    () => undefined,
    () => undefined,
  );
  const unused = () => Promise.reject(new Error('not needed here'));
  const services = slackWorkServices(
    {
      ...slack,
      policy: testPolicy(),
      now: () => TEN,
      callSlack: unused,
      standingOf: unused,
      membersOf: unused,
      enqueueAccess: unused,
    },
    storeTable(tableThrough(table, async (effect) => effect())),
  );
  const tell = (text: string) => show('r1', 'slack', 'C01NOTIFY', words(text), services);
  return { slack, tell };
}

it('a message of which the answer was lost is found again, and changed from then on', async () => {
  const { slack, tell } = world('permitted');
  await expect(tell('Waiting')).rejects.toThrow('no answer');
  await tell('Waiting');
  await tell('Confirmed');
  expect(slack.messages.map(({ text }) => text)).toEqual(['Confirmed']);
});

it('a message of which the answer was lost is posted once more where two-eye may not search', async () => {
  const { slack, tell } = world('refused');
  await expect(tell('Waiting')).rejects.toThrow('no answer');
  await tell('Waiting');
  await tell('Confirmed');
  expect(slack.messages.map(({ text }) => text)).toEqual(['Waiting', 'Confirmed']);
});

it('a message of which the answer was lost is not posted again while Slack cannot be searched', async () => {
  const { slack, tell } = world('away');
  await expect(tell('Waiting')).rejects.toThrow('no answer in four seconds');
  await expect(tell('Waiting')).rejects.toThrow('no answer to a search');
  expect(slack.messages).toHaveLength(1);
});
