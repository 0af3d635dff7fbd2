import { Readable } from 'node:stream';
import { HttpResponse } from '@smithy/core/protocols';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** One call that the SDK made, and in which round of calls: those that did not wait for each other share one. */
export interface Call {
  readonly operation: string;
  readonly round: number;
}

export interface StubbedNetwork extends Disposable {
  readonly calls: Call[];
  /** Answers a query of this partition with these bodies; everything else is found empty. */
  items: (partition: string) => readonly { readonly sk: string; readonly body: string }[];
}

/**
 * Takes the network from under the SDK: signing, serialising and parsing stay, no socket is opened. Answers every call of a round
 * at the same time, so that the number of rounds is the number of round trips that had to wait for another.
 */
export function stubNetwork(): StubbedNetwork {
  const real = NodeHttpHandler.prototype.handle;
  const calls: Call[] = [];
  let round = 0;
  let waiting: (() => void)[] = [];
  const flush = (): void => {
    round += 1;
    const all = waiting;
    waiting = [];
    for (const answer of all) answer();
  };
  const network: StubbedNetwork = {
    calls,
    items: () => [],
    [Symbol.dispose]() {
      NodeHttpHandler.prototype.handle = real;
    },
  };
  NodeHttpHandler.prototype.handle = (request) => {
    const target = String(request.headers['x-amz-target'] ?? 'Publish');
    const operation = target.split('.').at(-1) ?? target;
    calls.push({ operation, round });
    const body = answerTo(operation, Buffer.from(request.body ?? '').toString(), network);
    return new Promise((resolve) => {
      if (waiting.length === 0) setTimeout(flush, 0);
      waiting.push(() => resolve({ response: responseOf(operation, body) }));
    });
  };
  return network;
}

function answerTo(operation: string, asked: string, { items }: StubbedNetwork): string {
  if (operation === 'Publish')
    return '<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>';
  if (operation === 'BatchGetItem') return JSON.stringify({ Responses: {}, UnprocessedKeys: {} });
  if (operation !== 'Query') return '{}';
  const pk = (JSON.parse(asked) as Query).ExpressionAttributeValues[':pk'].S;
  const Items = items(pk).map(({ sk, body }) => ({
    ...{ pk: { S: pk }, sk: { S: sk }, version: { N: '1' } },
    body: { S: body },
  }));
  return JSON.stringify({ Items });
}

interface Query {
  readonly ExpressionAttributeValues: { readonly ':pk': { readonly S: string } };
}

function responseOf(operation: string, body: string): HttpResponse {
  const type = operation === 'Publish' ? 'text/xml' : 'application/x-amz-json-1.0';
  return new HttpResponse({ statusCode: 200, headers: { 'content-type': type }, body: streamOf(body) });
}

/** As a response comes from a socket. */
function streamOf(body: string): Readable {
  return Readable.from([Buffer.from(body)]);
}
