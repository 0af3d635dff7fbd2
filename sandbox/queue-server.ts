import { json, type LoopbackAnswer, type LoopbackRequest, type LoopbackServer, serveLoopback } from './loopback.ts';
import type { Queue, ReceivedMessage } from './queue.ts';

/** Serves queues in SQS's JSON protocol, as the SDK speaks it. The URL of a queue is `<url>/<account>/<name>`. */
export async function serveQueues(queues: readonly Queue[]): Promise<LoopbackServer> {
  const byName = new Map(queues.map((queue) => [queue.name, queue]));
  return serveLoopback(async (request) => answer(byName, request));
}

export const queueUrl = (server: LoopbackServer, queue: Queue): string => `${server.url}/333333333333/${queue.name}`;

interface Entry {
  readonly Id: string;
  readonly MessageBody: string;
  readonly DelaySeconds?: number;
}

interface Parameters extends Entry {
  readonly QueueUrl: string;
  readonly Entries: readonly Entry[];
  readonly MaxNumberOfMessages?: number;
  readonly ReceiptHandle: string;
  readonly VisibilityTimeout: number;
}

type Operation = (queue: Queue, parameters: Parameters) => unknown;

/** What a queue of the sandbox understands; a message longer than this is refused, as by SQS. */
const MOST_BYTES = 1024 * 1024;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  SendMessage: (queue, parameters) => send(queue, parameters),
  SendMessageBatch: (queue, { Entries }) => ({
    Successful: Entries.map((entry) => ({ Id: entry.Id, ...send(queue, entry) })),
    Failed: [],
  }),
  ReceiveMessage: (queue, { MaxNumberOfMessages = 1 }) => ({
    Messages: queue.receive(MaxNumberOfMessages).map(received),
  }),
  DeleteMessage: (queue, { ReceiptHandle }) => {
    queue.remove(ReceiptHandle);
    return {};
  },
  ChangeMessageVisibility: (queue, { ReceiptHandle, VisibilityTimeout }) => {
    queue.changeVisibility(ReceiptHandle, VisibilityTimeout * 1000);
    return {};
  },
  GetQueueAttributes: (queue) => ({ Attributes: attributes(queue) }),
};

function answer(queues: ReadonlyMap<string, Queue>, request: LoopbackRequest): LoopbackAnswer {
  const operation = String(request.headers['x-amz-target'] ?? '').replace('AmazonSQS.', '');
  const act = OPERATIONS[operation];
  if (act === undefined) return refusal('UnsupportedOperation', `The sandbox's queues do not know ${operation}.`);
  const parameters = JSON.parse(request.body) as Parameters;
  const queue = queues.get(parameters.QueueUrl.split('/').at(-1) ?? '');
  if (queue === undefined) return refusal('QueueDoesNotExist', `There is no queue ${parameters.QueueUrl}.`);
  if (request.body.length > MOST_BYTES) return refusal('InvalidParameterValue', 'The message is longer than 1 MB.');
  return { ...json(200, act(queue, parameters)), type: 'application/x-amz-json-1.0' };
}

function refusal(code: string, message: string): LoopbackAnswer {
  return {
    ...json(400, { __type: `com.amazonaws.sqs#${code}`, message }),
    type: 'application/x-amz-json-1.0',
  };
}

function send(queue: Queue, entry: Entry): { MessageId: string; MD5OfMessageBody: string } {
  const { messageId, md5OfBody } = queue.send(entry.MessageBody, (entry.DelaySeconds ?? 0) * 1000);
  return { MessageId: messageId, MD5OfMessageBody: md5OfBody };
}

function received(message: ReceivedMessage): object {
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: message.md5OfBody,
    Attributes: { ApproximateReceiveCount: String(message.receiveCount), SentTimestamp: String(message.sentAt) },
  };
}

function attributes(queue: Queue): Record<string, string> {
  const { visible, inFlight, delayed } = queue.counts();
  return {
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
  };
}
