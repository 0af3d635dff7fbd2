import type { PingWork, QueueMessage, VerdictMessage } from '../../lambdas/core/messages.ts';
import type { Policy } from '../../lambdas/core/policy.ts';
import { MINUTE_MS, SECOND_MS } from '../../lambdas/core/time.ts';
import type { sendToPagerDuty } from '../../lambdas/edge/pagerduty.ts';
import type { read, readPartition, transact } from '../../lambdas/edge/table.ts';
import { findingKey, sortable, timerPartition } from '../../lambdas/edge/table-keys.ts';
import { onPagerDuty } from '../../lambdas/on-pagerduty.ts';
import { page } from '../../lambdas/page.ts';
import { ping } from '../../lambdas/ping.ts';
import { type SweepServices, sweep } from '../../lambdas/sweep.ts';
import { startPagerDuty } from '../../sandbox/stand-ins/pagerduty.ts';
import { secretOf } from './canaries.ts';
import { memoryTable } from './memory-table.ts';
import { testPolicy } from './policies.ts';
import { slackChannels } from './slack-channel.ts';

const keyOf = (service: string) => secretOf(`routing-key-${service}`);

/** The table's functions that telling needs: in memory by default, the real ones over a real database where a test wants them. */
export interface WorldTable {
  readonly read: typeof read;
  readonly readPartition: typeof readPartition;
  readonly transact: typeof transact;
}

interface Queued {
  readonly to: 'ping' | 'page';
  readonly body: PingWork;
  readonly dueAt: number;
  readonly receives: number;
}

const RECEIVES = 5;
/** SQS delays by no more. */
const LONGEST_DELAY_S = 900;
const MOST_TURNS = 200_000;
const VISIBILITY_MS = 60 * SECOND_MS;
export const WEBHOOK_SECRET = secretOf('webhook');

/**
 * The telling half of two-eye on a virtual clock: topic, queues with redelivery and dead letters, `ping`, `page`, `sweep` every
 * minute, `on-pagerduty`, a table in memory, Slack's channels in memory and the PagerDuty stand-in over loopback. Judging is the test's part.
 */
export async function findingsWorld(startAt: number, policy: Policy = testPolicy(), given?: WorldTable) {
  const memory = memoryTable();
  const table = given ?? memory;
  let clock = startAt;
  const now = () => clock;
  const slack = slackChannels(now);
  let queue: Queued[] = [];
  const dead: Queued[] = [];
  const emails: string[] = [];
  const rejudged: QueueMessage[] = [];
  const toSlackQueue: unknown[] = [];

  const enqueue = (to: Queued['to'], body: PingWork, delayMs = 0) => {
    queue.push({
      to,
      body: structuredClone(body),
      dueAt: clock + Math.min(LONGEST_DELAY_S, Math.ceil(delayMs / 1000)) * 1000,
      receives: 0,
    });
  };
  const publish = async (message: VerdictMessage) => {
    if (message.trouble) emails.push(`${message.trouble.channel}: ${message.trouble.why}`);
    enqueue('ping', message);
    enqueue('page', message);
  };
  const pagerDuty = await startPagerDuty({
    now,
    services: { [keyOf('notify')]: 'notify', [keyOf('cyber')]: 'cyber' },
    webhookSecrets: [WEBHOOK_SECRET],
    onWebhook: async (webhook) => {
      if (webhooks.delivered === 'yes') await deliver(webhook);
    },
  });
  const webhooks = { delivered: 'yes' as 'yes' | 'no' };
  const onPagerDutyServices = {
    policy,
    now,
    secrets: async () => [WEBHOOK_SECRET],
    ...table,
    enqueue: async (message: QueueMessage) => {
      rejudged.push(message);
    },
    showAgain: async (message: VerdictMessage) => enqueue('ping', message),
  };
  const deliver = (webhook: { readonly headers: Readonly<Record<string, string>>; readonly body: string }) =>
    onPagerDuty({ headers: { ...webhook.headers }, body: webhook.body, isBase64Encoded: false }, onPagerDutyServices);

  const send: typeof sendToPagerDuty = async ({ service, event }) => {
    const body = JSON.stringify({ ...event, routing_key: keyOf(service) });
    try {
      const { status } = await fetch(`http://${pagerDuty.server}/v2/enqueue`, { method: 'POST', body });
      if (status === 202) return { outcome: 'accepted' };
      if (status === 429) return { outcome: 'busy', retryAfterMs: 30_000 };
      return status < 500
        ? { outcome: 'refused', why: `PagerDuty refused the event (${status})` }
        : { outcome: 'unreachable', why: `PagerDuty answered ${status}` };
    } catch {
      return { outcome: 'unreachable', why: 'PagerDuty could not be reached' };
    }
  };
  const trouble = (channel: 'slack' | 'pagerduty') => (message: VerdictMessage, why: string) =>
    publish({ ...message, change: 'changed', trouble: { channel, why } });
  const pingServices = {
    policy,
    now,
    ...table,
    ...slack,
    later: async (work: PingWork, ms: number) => enqueue('ping', work, ms),
    trouble: trouble('slack'),
    metric: () => undefined,
  };
  const pageServices = {
    policy,
    now,
    ...table,
    send,
    trouble: trouble('pagerduty'),
    showAgain: async (message: VerdictMessage) => enqueue('ping', message),
  };
  const sweepServices: SweepServices = {
    policy,
    now,
    ...table,
    dueTimers: async (at, limit) => {
      const shards = Array.from({ length: 8 }, (_, shard) =>
        table.readPartition(timerPartition(shard), { upTo: `${sortable(at)}#\uffff`, limit }),
      );
      return (await Promise.all(shards)).flat().map(({ value }) => value as never);
    },
    readFinding: async (ledger, id) => (await table.read<never>(findingKey(ledger, id)))?.value,
    readActionLine: async () => undefined,
    rejudge: async (message) => {
      rejudged.push(message);
    },
    toSlack: async (work) => {
      toSlackQueue.push(work);
    },
    toPing: async (work) => enqueue('ping', work),
    publish,
    metric: () => undefined,
  };

  async function receive(message: Queued): Promise<void> {
    try {
      if (message.to === 'ping') await ping(message.body, pingServices);
      else await page(message.body as VerdictMessage, pageServices);
    } catch {
      const again = { ...message, receives: message.receives + 1, dueAt: clock + VISIBILITY_MS };
      if (again.receives >= RECEIVES) dead.push(again);
      else queue.push(again);
    }
  }

  /** Lets time pass: everything that falls due happens at its own instant, `sweep` on every full minute. */
  async function advance(ms: number): Promise<void> {
    const until = clock + ms;
    for (let turn = 0; ; turn += 1) {
      if (turn > MOST_TURNS)
        throw new Error(`It goes round in circles at ${new Date(clock).toISOString()}: ${JSON.stringify(queue[0])}`);
      const nextSweep = (Math.floor(clock / MINUTE_MS) + 1) * MINUTE_MS;
      const next =
        queue.length === 0
          ? until
          : queue.reduce((least, { dueAt }) => Math.min(least, dueAt), Number.POSITIVE_INFINITY);
      const to = Math.min(until, nextSweep, Math.max(clock, next));
      clock = to;
      const due = queue.filter(({ dueAt }) => dueAt <= clock);
      queue = queue.filter(({ dueAt }) => dueAt > clock);
      for (const message of due) await receive(message);
      if (clock % MINUTE_MS === 0 && to === nextSweep) await sweep(sweepServices);
      if (clock >= until && !queue.some(({ dueAt }) => dueAt <= clock)) return;
    }
  }

  return {
    now,
    waiting: () => queue.map(({ body }) => ('twoEye' in body ? undefined : body.finding?.id)),
    table,
    /** What is in the table, where it is the one in memory. */
    items: memory.items,
    slack,
    pagerDuty,
    webhooks,
    deliver,
    dead,
    emails,
    rejudged,
    toSlackQueue,
    publish,
    advance,
    /** Messages of a channel that stand by themselves. */
    top: (channel = 'C01NOTIFY') =>
      slack.messages.filter((message) => message.channel === channel && message.threadTs === undefined),
    thread: (ts: string | undefined) => slack.messages.filter((message) => message.threadTs === ts),
    close: () => pagerDuty.close(),
  };
}

export type FindingsWorld = Awaited<ReturnType<typeof findingsWorld>>;
