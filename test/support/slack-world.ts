import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Policy } from '../../lambdas/core/policy.ts';
import { type Instant, MINUTE_MS } from '../../lambdas/core/time.ts';
import { forgetQueues } from '../../lambdas/edge/queues.ts';
import { forgetSecrets } from '../../lambdas/edge/secrets.ts';
import { forgetMembers } from '../../lambdas/edge/slack-people.ts';
import { forgetTable } from '../../lambdas/edge/table.ts';
import { dueTimers, removeTimer } from '../../lambdas/edge/timer-store.ts';
import { handler as onSlack } from '../../lambdas/on-slack.ts';
import { handler as slackWork } from '../../lambdas/slack-work.ts';
import { startEmbeddedDynamo } from '../../sandbox/embedded-dynamodb/start.ts';
import { type HttpApiEvent, httpApiEvent } from '../../sandbox/stand-ins/http-api-event.ts';
import { type SlackStandIn, startSlack } from '../../sandbox/stand-ins/slack.ts';
import type { Act } from '../../sandbox/stand-ins/slack-acting.ts';
import { secretOf } from './canaries.ts';
import { useTable } from './databases.ts';
import { json, loopback, secretsExtension } from './loopback.ts';
import { testPolicy } from './policies.ts';

const BOT_TOKEN = `xoxb-${secretOf('bot-token')}`;
export const SIGNING_SECRET = secretOf('signing-secret');

export interface SlackWorld extends AsyncDisposable {
  readonly slack: SlackStandIn;
  readonly policy: Policy;
  /** Bodies on the access queue so far. */
  readonly access: readonly unknown[];
  /** Bodies on the Slack queue that were worked on, in order: to be delivered again. */
  readonly worked: readonly string[];
  at(): Instant;
  /** Minutes after 14:00 in London, 24 November 2026. Timers that come due on the way are handed on in their order. */
  clockAt(minutes: number): Promise<void>;
  /** Acts and works off the queue; the answer is what Slack got. Throws when Slack would not have let them. */
  as(
    user: string,
    act: Act,
  ): Promise<{
    readonly status: number;
    readonly body: string;
    readonly errors?: object;
    readonly options?: readonly string[];
  }>;
  /** Acts without working off the queue. */
  actOnly(user: string, act: Act): Promise<void>;
  /** Works off the queue; gives how many pieces of work failed. */
  settle(): Promise<number>;
  /** Works off the queue with one invocation for each piece of work, all at once. */
  settleAtOnce(): Promise<void>;
  deliverAgain(body: string): Promise<void>;
  send(event: HttpApiEvent): Promise<{ readonly statusCode: number; readonly body: string }>;
}

const START = Date.UTC(2026, 10, 24, 14, 0);
const CLOCK = Symbol.for('two-eye.clock');

/** The two functions with all their real parts over loopback: table, queues, secrets, Slack. */
export async function slackWorld(policy: Policy = testPolicy()): Promise<SlackWorld> {
  const state = { at: START };
  const clock = globalThis as { [CLOCK]?: () => Instant };
  clock[CLOCK] = () => state.at;
  const access: unknown[] = [];
  const work: string[] = [];
  const worked: string[] = [];
  const folder = await mkdtemp(join(tmpdir(), 'two-eye-'));
  await writeFile(join(folder, 'policy.json'), JSON.stringify(policy));
  const database = await startEmbeddedDynamo();
  await useTable(database.endpoint);
  const secrets = await secretsExtension({ 'two-eye/slack': { botToken: BOT_TOKEN, signingSecret: SIGNING_SECRET } });
  const queues = await loopback(({ body }, response) => {
    const { QueueUrl, MessageBody } = JSON.parse(body) as { QueueUrl: string; MessageBody: string };
    if (QueueUrl.endsWith('/slack')) work.push(MessageBody);
    else access.push(JSON.parse(MessageBody));
    const md5 = createHash('md5').update(MessageBody).digest('hex');
    json(response, 200, { MessageId: String(work.length + access.length), MD5OfMessageBody: md5 });
  });
  const send = (event: HttpApiEvent) => onSlack(event);
  const slack = await startSlack({
    policy,
    signingSecret: SIGNING_SECRET,
    botToken: BOT_TOKEN,
    now: () => state.at,
    userGroups: { S01CYBER: ['U01CAT'] },
    burst: 100,
    deliverTo: async (request) => {
      const { statusCode, body } = await send(httpApiEvent(request));
      return { status: statusCode, body };
    },
  });
  Object.assign(process.env, {
    POLICY_FILE: join(folder, 'policy.json'),
    SLACK_API_URL: slack.url,
    SLACK_QUEUE_URL: `${queues.url}1/slack`,
    ACCESS_QUEUE_URL: `${queues.url}1/access`,
    AWS_ENDPOINT_URL_SQS: queues.url,
    PARAMETERS_SECRETS_EXTENSION_HTTP_PORT: String(secrets.port),
  });
  forgetSecrets();
  forgetQueues();
  forgetMembers();

  async function settle(): Promise<number> {
    const batch = work.splice(0, work.length);
    const event = { Records: batch.map((body, index) => ({ messageId: String(index), body })) };
    const { batchItemFailures } = await slackWork(event);
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier)));
    worked.push(...batch.filter((_, index) => !failed.has(index)));
    work.push(...batch.filter((_, index) => failed.has(index)));
    return failed.size;
  }

  async function act(user: string, what: Act) {
    const outcome = await slack.actAs(user, what);
    if (outcome.outcome === 'impossible') throw new Error(outcome.why);
    return outcome;
  }

  return {
    slack,
    policy,
    access,
    worked,
    at: () => state.at,
    settle,
    send,
    clockAt: async (minutes) => {
      const until = START + minutes * MINUTE_MS;
      for (;;) {
        const next = (await dueTimers(until, 100))[0];
        if (!next) break;
        state.at = Math.max(state.at, next.dueAt);
        await removeTimer(next);
        work.push(JSON.stringify({ twoEye: 'due', timer: next }));
        await settle();
      }
      state.at = Math.max(state.at, until);
    },
    as: async (user, what) => {
      const outcome = await act(user, what);
      if ((await settle()) > 0) throw new Error('Work failed; see the log.');
      return outcome;
    },
    actOnly: async (user, what) => {
      await act(user, what);
    },
    settleAtOnce: async () => {
      const batch = work.splice(0, work.length);
      await Promise.all(batch.map((body, index) => slackWork({ Records: [{ messageId: String(index), body }] })));
    },
    deliverAgain: async (body) => {
      work.push(body);
      await settle();
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([slack.close(), queues.close(), secrets.close(), database.close()]);
      await rm(folder, { recursive: true, force: true });
      delete clock[CLOCK];
      delete process.env.SLACK_API_URL;
      forgetTable();
    },
  };
}

/** Everything a person can read of a message: its text and the texts of its blocks. */
export function wordsOf(message: { readonly text: string; readonly blocks: readonly object[] } | undefined): string {
  return message ? `${message.text}\n${JSON.stringify(message.blocks)}` : '';
}
