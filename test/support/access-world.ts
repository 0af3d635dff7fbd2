import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VerdictMessage } from '../../lambdas/core/messages.ts';
import { handler } from '../../lambdas/on-access.ts';
import { loopback } from './loopback.ts';
import { testPolicy } from './policies.ts';

/** The real `on-access` with a real table and a topic on loopback that remembers what it was told. */
export interface AccessWorld extends AsyncDisposable {
  readonly told: VerdictMessage[];
  /** What it put on the access queue, as bodies, with their delays in seconds. */
  readonly queued: { readonly body: string; readonly delay: number }[];
  /** While set, the topic refuses. */
  topicDown: boolean;
  /** Delivers bodies as one batch and gives the ids that are to be delivered again. */
  deliver(bodies: readonly unknown[], eventSourceARN?: string): Promise<readonly string[]>;
  at(instant: number): void;
}

const CLOCK = Symbol.for('two-eye.clock');

/** One a test file: the function keeps its clients. Which table it speaks to is for `useTable` to say. */
export async function accessWorld(): Promise<AccessWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'two-eye-access-'));
  const file = join(folder, 'policy.json');
  await writeFile(file, JSON.stringify(testPolicy()));
  const told: VerdictMessage[] = [];
  const topic = await loopback(({ body }, response) => {
    if (world.topicDown) response.writeHead(500).end();
    else {
      told.push(JSON.parse(new URLSearchParams(body).get('Message') ?? '{}') as VerdictMessage);
      response.writeHead(200, { 'content-type': 'text/xml' });
      response.end(
        `<PublishResponse><PublishResult><MessageId>${randomUUID()}</MessageId></PublishResult></PublishResponse>`,
      );
    }
  });
  const queued: { body: string; delay: number }[] = [];
  const queue = await loopback(({ body }, response) => {
    const sent = JSON.parse(body) as { readonly MessageBody: string; readonly DelaySeconds: number };
    queued.push({ body: sent.MessageBody, delay: sent.DelaySeconds });
    const MD5OfMessageBody = createHash('md5').update(sent.MessageBody).digest('hex');
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ MessageId: randomUUID(), MD5OfMessageBody }));
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SQS: queue.url,
    ACCESS_QUEUE_URL: `${queue.url}1/access`,
    AWS_ENDPOINT_URL_SNS: topic.url,
    VERDICTS_TOPIC_ARN: 'arn:aws:sns:eu-west-2:333333333333:verdicts',
    POLICY_FILE: file,
  });
  const world: AccessWorld = {
    told,
    queued,
    topicDown: false,
    async deliver(bodies, eventSourceARN) {
      const Records = bodies.map((body, index) => ({
        messageId: `m${index}`,
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...(eventSourceARN && { eventSourceARN }),
      }));
      const { batchItemFailures } = await handler({ Records });
      return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    },
    at(instant) {
      Object.assign(globalThis, { [CLOCK]: () => instant });
    },
    async [Symbol.asyncDispose]() {
      Reflect.deleteProperty(globalThis, CLOCK);
      await topic.close();
      await queue.close();
      await rm(folder, { recursive: true });
    },
  };
  return world;
}
