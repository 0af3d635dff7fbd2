import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Activity } from './activity.ts';
import type { Queue, ReceivedMessage } from './queue.ts';

export interface EventSourceOptions {
  readonly queue: Queue;
  readonly activity: Activity;
  readonly batchSize: number;
  /** Batches that are handled at the same time. */
  readonly concurrency: number;
  /** Calls the function; what it throws fails the whole batch, as on Lambda. */
  readonly invoke: (event: SQSEvent) => Promise<unknown>;
}

/**
 * What Lambda's event source mapping does: hands batches of the queue to the function, deletes what it did not report
 * as failed, and leaves the rest to the visibility time-out.
 */
export function attachEventSource(options: EventSourceOptions): void {
  const { queue, activity, batchSize, concurrency } = options;
  let running = 0;
  let planned = false;

  function poll(): void {
    if (planned || running >= concurrency) return;
    planned = true;
    const end = activity.begin();
    // A turn later, so that messages sent together come as one batch.
    setImmediate(() => {
      planned = false;
      start();
      end();
    });
  }

  function start(): void {
    const batch = queue.receive(batchSize);
    if (batch.length === 0) return;
    running += 1;
    const handled = activity.track(handle(options, batch)).finally(() => {
      running -= 1;
      poll();
    });
    void handled;
    if (queue.counts().visible > 0) poll();
  }

  queue.onVisible(poll);
}

async function handle({ queue, invoke }: EventSourceOptions, batch: ReceivedMessage[]): Promise<void> {
  const failed = await invoke({ Records: batch.map((message) => recordOf(queue, message)) }).then(
    failuresOf,
    () => 'all' as const,
  );
  if (failed === 'all') return;
  for (const message of batch) if (!failed.has(message.messageId)) queue.remove(message.receiptHandle);
}

function failuresOf(answer: unknown): ReadonlySet<string> {
  const failures = (answer as SQSBatchResponse | undefined | null)?.batchItemFailures ?? [];
  return new Set(failures.map((failure) => failure.itemIdentifier));
}

function recordOf(queue: Queue, message: ReceivedMessage): SQSRecord {
  return {
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: {
      ApproximateReceiveCount: String(message.receiveCount),
      SentTimestamp: String(message.sentAt),
      SenderId: 'AIDASANDBOX',
      ApproximateFirstReceiveTimestamp: String(message.sentAt),
    },
    messageAttributes: {},
    md5OfBody: message.md5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:eu-west-2:333333333333:${queue.name}`,
    awsRegion: 'eu-west-2',
  };
}
