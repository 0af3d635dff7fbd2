import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { expect, onTestFinished, test } from 'vitest';
import { createActivity } from '../../sandbox/activity.ts';
import { createClock } from '../../sandbox/clock.ts';
import { attachEventSource } from '../../sandbox/event-source.ts';
import { createQueue, type QueueOptions } from '../../sandbox/queue.ts';
import { queueUrl, serveQueues } from '../../sandbox/queue-server.ts';

const NOON = Date.parse('2026-11-24T12:00:00Z');

function queueOf(options: Partial<QueueOptions> = {}) {
  const clock = createClock(NOON, () => 0);
  const deadLetters = createQueue({ name: 'access-dead', clock, visibilityMs: 30_000 });
  const queue = createQueue({
    name: 'access',
    clock,
    visibilityMs: 30_000,
    maxReceiveCount: 3,
    deadLetters,
    ...options,
  });
  return { clock, deadLetters, queue };
}

test('a message is out of sight once received, and comes back after the visibility time-out', () => {
  const { clock, queue } = queueOf();
  queue.send('one');
  expect(queue.receive(10).map((message) => message.body)).toEqual(['one']);
  expect(queue.receive(10)).toEqual([]);
  clock.set(clock.now() + 30_000);
  expect(queue.receive(10).map((message) => message.receiveCount)).toEqual([2]);
});

test('a delayed message is seen only after its delay', () => {
  const { clock, queue } = queueOf();
  queue.send('later', 900_000);
  expect(queue.receive(10)).toEqual([]);
  expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 1 });
  clock.set(clock.now() + 900_000);
  expect(queue.receive(10)).toHaveLength(1);
});

test('a message that nobody deletes ends among the dead letters', () => {
  const { clock, queue, deadLetters } = queueOf();
  queue.send('poison');
  for (let count = 0; count < 4; count += 1) {
    queue.receive(10);
    clock.set(clock.now() + 30_000);
  }
  expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  expect(deadLetters.bodies()).toEqual(['poison']);
});

test('the SDK sends single messages and batches, with delays', async () => {
  const { queue } = queueOf();
  const server = await serveQueues([queue]);
  const client = new SQSClient({
    endpoint: server.url,
    region: 'eu-west-2',
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
    maxAttempts: 1,
  });
  onTestFinished(async () => {
    client.destroy();
    await server.close();
  });
  const QueueUrl = queueUrl(server, queue);
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'one' }));
  const Entries = [
    { Id: 'a', MessageBody: 'two', DelaySeconds: 5 },
    { Id: 'b', MessageBody: 'three' },
  ];
  await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  expect(queue.bodies()).toEqual(['one', 'two', 'three']);
  expect(queue.counts()).toEqual({ visible: 2, inFlight: 0, delayed: 1 });
  await expect(
    client.send(new SendMessageCommand({ QueueUrl: `${server.url}/1/none`, MessageBody: 'x' })),
  ).rejects.toThrow('There is no queue');
});

test('the event source deletes what was handled and delivers again what was reported as failed', async () => {
  const { clock, queue } = queueOf();
  const activity = createActivity();
  const seen: string[] = [];
  const invoke = async (event: SQSEvent): Promise<unknown> => {
    seen.push(...event.Records.map((record) => `${record.body} ${record.attributes.ApproximateReceiveCount}`));
    const failed = event.Records.filter(({ body, attributes }) => {
      return body === 'bad' && attributes.ApproximateReceiveCount === '1';
    });
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
  attachEventSource({ queue, activity, batchSize: 10, concurrency: 2, invoke });
  queue.send('good');
  queue.send('bad');
  await activity.settle();
  expect(seen).toEqual(['good 1', 'bad 1']);
  expect(queue.counts().inFlight).toBe(1);
  await clock.advance(30_000, activity.settle);
  expect(seen).toEqual(['good 1', 'bad 1', 'bad 2']);
  expect(queue.bodies()).toEqual([]);
});

test('an error fails the whole batch, and settling waits for chains of queues', async () => {
  const { clock, queue } = queueOf();
  const next = createQueue({ name: 'next', clock, visibilityMs: 30_000 });
  const activity = createActivity();
  const seen: string[] = [];
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
  attachEventSource({
    queue,
    activity,
    batchSize: 1,
    concurrency: 1,
    invoke: async (event) => {
      await pause();
      if (event.Records[0]?.body === 'throws') throw new Error('no');
      next.send('forwarded');
    },
  });
  attachEventSource({
    queue: next,
    activity,
    batchSize: 1,
    concurrency: 1,
    invoke: async (event) => {
      await pause();
      seen.push(event.Records[0]?.body ?? '');
    },
  });
  queue.send('throws');
  queue.send('passes');
  await activity.settle();
  expect(seen).toEqual(['forwarded']);
  expect(queue.bodies()).toEqual(['throws']);
});
