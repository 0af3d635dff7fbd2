import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { TwoEyeError } from '../core/errors.ts';
import type { DueWork, PingWork, QueueMessage } from '../core/messages.ts';
import type { SlackJob } from '../core/slack-job.ts';
import type { Milliseconds } from '../core/time.ts';
import { environmentVariable } from './environment.ts';

/** SQS delays a message by at most a quarter of an hour; who needs longer looks again then. */
const LONGEST_DELAY_S = 900;

let client: SQSClient | undefined;

/** Puts work on the access queue: for `on-access`, the one that judges; at once, or after a while. */
export function enqueueAccess(message: QueueMessage, delayMs: Milliseconds = 0): Promise<void> {
  return send('ACCESS_QUEUE_URL', message, delayMs);
}

/** Puts a session on the queue of the account that it was seen in, for `on-access`. */
export function enqueueDatabaseSession(message: QueueMessage): Promise<void> {
  return send('DATABASE_QUEUE_URL', message, 0);
}

/** Puts what somebody did in Slack, or a due timer of a request or pin, on the Slack queue, for `slack-work`. */
export function enqueueSlack(work: DueWork | SlackJob): Promise<void> {
  return send('SLACK_QUEUE_URL', work, 0);
}

/** Puts work on `ping`'s own queue, to come back after a while (rounded up to seconds). */
export function enqueuePing(work: PingWork, delayMs: Milliseconds): Promise<void> {
  return send('PING_QUEUE_URL', work, delayMs);
}

async function send(queue: string, body: unknown, delayMs: Milliseconds): Promise<void> {
  client ??= new SQSClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });
  const command = new SendMessageCommand({
    QueueUrl: environmentVariable(queue),
    MessageBody: JSON.stringify(body),
    DelaySeconds: Math.min(LONGEST_DELAY_S, Math.max(0, Math.ceil(delayMs / 1000))),
  });
  await client.send(command).catch((cause: unknown) => {
    throw new TwoEyeError('dependency_failed', `The queue of ${queue} did not take a message.`, { cause });
  });
}

/** Forgets the client, so that the next call reads the endpoint from the environment again. For tests. */
export function forgetQueues(): void {
  client?.destroy();
  client = undefined;
}
