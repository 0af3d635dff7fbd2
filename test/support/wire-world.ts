import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Policy } from '../../lambdas/core/policy.ts';
import type { Instant } from '../../lambdas/core/time.ts';
import { forgetQueues } from '../../lambdas/edge/queues.ts';
import { forgetSecrets } from '../../lambdas/edge/secrets.ts';
import { handler as onAccess } from '../../lambdas/on-access.ts';
import { handler as ping } from '../../lambdas/ping.ts';
import { startEmbeddedDynamo } from '../../sandbox/embedded-dynamodb/start.ts';
import { bundled } from './bundled.ts';
import { useTable } from './databases.ts';
import { json, type Loopback, loopback, secretsExtension } from './loopback.ts';
import { testPolicy } from './policies.ts';

const CLOCK = Symbol.for('two-eye.clock');
const MOST_TURNS = 2_000;

type Answer = (body: string, response: ServerResponse) => void;

/** How Slack and PagerDuty answer; well by default. */
export interface Answers {
  slack?: Answer;
  pagerDuty?: Answer;
}

/**
 * From the access queue to the bytes that leave: the real `on-access`, `ping` and `page` with table, topic, queues, secrets, Slack and
 * PagerDuty on loopback, each of which remembers what it was sent. One a test file: the functions keep their clients.
 */
export interface WireWorld extends AsyncDisposable {
  readonly answers: Answers;
  readonly slack: Loopback;
  readonly pagerDuty: Loopback;
  /** Bodies as SNS and SQS were sent them. */
  readonly topic: readonly string[];
  readonly queued: readonly string[];
  at(instant: Instant): void;
  /** Delivers bodies on the access queue as one batch, and lets everything that follows happen, each in its time. */
  deliver(bodies: readonly unknown[]): Promise<readonly string[]>;
  /** Every item of the table, as DynamoDB keeps it. */
  items(): Promise<readonly unknown[]>;
}

interface Work {
  readonly to: 'ping' | 'page' | 'access';
  readonly body: string;
  readonly dueAt: Instant;
}

interface Sent {
  readonly QueueUrl: string;
  readonly MessageBody: string;
  readonly DelaySeconds?: number;
}

export async function wireWorld(
  secrets: Record<string, object>,
  environment: Readonly<Record<string, string>> = {},
  policy: Policy = testPolicy(),
): Promise<WireWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'two-eye-wire-'));
  await writeFile(join(folder, 'policy.json'), JSON.stringify(policy));
  const { handler: page } = await bundled<typeof import('../../lambdas/page.ts')>('lambdas/page.ts');
  const state = { at: Date.UTC(2026, 10, 24, 14) };
  Object.assign(globalThis, { [CLOCK]: () => state.at });
  const answers: Answers = {};
  const topicBodies: string[] = [];
  const queued: string[] = [];
  const work: Work[] = [];
  const database = await startEmbeddedDynamo();
  const extension = await secretsExtension(secrets);
  const topic = await loopback(({ body }, response) => {
    topicBodies.push(body);
    const message = machineBody(body);
    work.push({ to: 'ping', body: message, dueAt: state.at }, { to: 'page', body: message, dueAt: state.at });
    response.writeHead(200, { 'content-type': 'text/xml' });
    response.end(
      `<PublishResponse><PublishResult><MessageId>${randomUUID()}</MessageId></PublishResult></PublishResponse>`,
    );
  });
  const queues = await loopback(({ body }, response) => {
    queued.push(body);
    const { QueueUrl, MessageBody, DelaySeconds = 0 } = JSON.parse(body) as Sent;
    const dueAt = state.at + DelaySeconds * 1_000;
    work.push({ to: QueueUrl.endsWith('/ping') ? 'ping' : 'access', body: MessageBody, dueAt });
    json(response, 200, { MessageId: randomUUID(), MD5OfMessageBody: md5(MessageBody) });
  });
  const slack = await loopback(({ body }, response) => {
    if (answers.slack) answers.slack(body, response);
    else json(response, 200, { ok: true, channel: 'C01NOTIFY', ts: `${slack.asked.length}.000100`, messages: [] });
  });
  const pagerDuty = await loopback(({ body }, response) => {
    if (answers.pagerDuty) answers.pagerDuty(body, response);
    else json(response, 202, { status: 'success', message: 'Event processed', dedup_key: 'x' });
  });
  const table = await useTable(database.endpoint);
  Object.assign(process.env, {
    POLICY_FILE: join(folder, 'policy.json'),
    AWS_ENDPOINT_URL_SNS: topic.url,
    AWS_ENDPOINT_URL_SQS: queues.url,
    VERDICTS_TOPIC_ARN: 'arn:aws:sns:eu-west-2:333333333333:verdicts',
    ACCESS_QUEUE_URL: `${queues.url}1/access`,
    PING_QUEUE_URL: `${queues.url}1/ping`,
    SLACK_API_URL: slack.url,
    PAGERDUTY_EVENTS_SERVER: `127.0.0.1:${pagerDuty.port}`,
    PARAMETERS_SECRETS_EXTENSION_HTTP_PORT: String(extension.port),
    ...environment,
  });
  forgetSecrets();
  forgetQueues();

  async function drain(): Promise<void> {
    for (let turn = 0; turn < MOST_TURNS && work.length > 0; turn += 1) {
      work.sort((one, other) => one.dueAt - other.dueAt);
      const next = work.shift();
      if (!next) return;
      state.at = Math.max(state.at, next.dueAt);
      const handler = next.to === 'ping' ? ping : next.to === 'page' ? page : onAccess;
      await handler({ Records: [{ messageId: 'm', body: next.body }] });
    }
  }

  return {
    answers,
    slack,
    pagerDuty,
    topic: topicBodies,
    queued,
    at: (instant) => {
      state.at = instant;
    },
    async deliver(bodies) {
      const Records = bodies.map((body, index) => ({
        messageId: `m${index}`,
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }));
      const { batchItemFailures } = await onAccess({ Records });
      await drain();
      return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    },
    async items() {
      const client = new DynamoDBClient({});
      const { Items = [] } = await client.send(new ScanCommand({ TableName: table }));
      client.destroy();
      return Items;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([topic, queues, slack, pagerDuty, extension, database].map((each) => each.close()));
      await rm(folder, { recursive: true });
      Reflect.deleteProperty(globalThis, CLOCK);
      delete process.env.SLACK_API_URL;
    },
  };
}

/** What a queue behind the topic gets: where people get a sentence by e-mail, the part that is for machines. */
function machineBody(form: string): string {
  const fields = new URLSearchParams(form);
  const message = fields.get('Message') ?? '{}';
  return fields.get('MessageStructure') === 'json' ? (JSON.parse(message) as { default: string }).default : message;
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
