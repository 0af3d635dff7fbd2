import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import { serveLoopback } from '../loopback.ts';
import { writeOne } from './condition-values.ts';
import { idempotently } from './idempotency.ts';
import type { Ask, Attributes, Operation, Reply } from './protocol.ts';
import { transactWrite } from './transaction.ts';

export interface EmbeddedDynamo {
  /** For `AWS_ENDPOINT_URL_DYNAMODB`. */
  readonly endpoint: string;
  close(): Promise<void>;
}

/**
 * A DynamoDB in this process and in memory, on loopback, for the sandbox and the tests: dynalite, and before it what dynalite
 * lacks and the project uses: `TransactWriteItems` with cancellation reasons and `ClientRequestToken`, and
 * `ReturnValuesOnConditionCheckFailure`. One request after another, so that a transaction is seen whole or not at all. It has no streams
 * and no TTL. The conformance suite holds it to Amazon's own DynamoDB Local.
 */
export async function startEmbeddedDynamo({ port = 0 }: { port?: number } = {}): Promise<EmbeddedDynamo> {
  const store = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve));
  const agent = new Agent({ keepAlive: true });
  const send = sender((store.address() as AddressInfo).port, agent);
  const answer = answerer(send);
  const front = await serveLoopback(async ({ headers, body }) => {
    const reply = await answer(headers, body);
    return { status: reply.status, type: 'application/x-amz-json-1.0', body: JSON.stringify(reply.body) };
  }, port);
  const close = async (): Promise<void> => {
    await front.close();
    agent.destroy();
    store.closeAllConnections();
    await new Promise<void>((resolve) => store.close(() => resolve()));
  };
  return { endpoint: front.url, close };
}

type Send = (headers: IncomingHttpHeaders, action: string, body: string) => Promise<Reply>;

function answerer(send: Send): (headers: IncomingHttpHeaders, body: string) => Promise<Reply> {
  const inTurn = oneAfterAnother();
  const once = idempotently();
  const known = new Map<string, readonly string[]>();
  return (headers, body) =>
    inTurn(async () => {
      const action =
        String(headers['x-amz-target'] ?? '')
          .split('.')
          .at(-1) ?? '';
      const ask: Ask = (name, operation) => send(headers, name, JSON.stringify(operation));
      const keyNames = async (table: string) => {
        const names = known.get(table) ?? (await keyNamesOf(ask, table));
        if (names.length > 0) known.set(table, names);
        return names;
      };
      switch (action) {
        case 'TransactWriteItems': {
          const request = JSON.parse(body) as Operation;
          return once(request, () => transactWrite(ask, keyNames, request));
        }
        case 'PutItem':
        case 'UpdateItem':
        case 'DeleteItem':
          return single(ask, keyNames, action, JSON.parse(body) as Operation);
        case 'DeleteTable':
          known.clear();
          return send(headers, action, body);
        default:
          return send(headers, action, body);
      }
    });
}

async function single(
  ask: Ask,
  keyNames: (table: string) => Promise<readonly string[]>,
  action: string,
  operation: Operation,
) {
  if (operation.ReturnValuesOnConditionCheckFailure !== 'ALL_OLD') return ask(action, operation);
  const names = await keyNames(operation.TableName ?? '');
  const from = operation.Key ?? operation.Item ?? {};
  const key: Attributes = Object.fromEntries(names.flatMap((name) => (from[name] ? [[name, from[name]]] : [])));
  return writeOne(ask, action, operation, key);
}

async function keyNamesOf(ask: Ask, TableName: string): Promise<readonly string[]> {
  const { body } = await ask('DescribeTable', { TableName });
  const table = body.Table as { KeySchema?: readonly { AttributeName: string }[] } | undefined;
  return table?.KeySchema?.map(({ AttributeName }) => AttributeName) ?? [];
}

/** Runs what it is given in turn. One that fails does not hold up the next. */
function oneAfterAnother(): <T>(act: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const next = last.then(act, act);
    last = next;
    return next;
  };
}

function sender(port: number, agent: Agent): Send {
  return (headers, action, body) =>
    new Promise((resolve, reject) => {
      const passedOn = {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${action}`,
        'x-amz-date': headers['x-amz-date'] ?? '',
        authorization: headers.authorization ?? '',
        'content-length': Buffer.byteLength(body),
      };
      const request = httpRequest({ host: '127.0.0.1', port, agent, method: 'POST', headers: passedOn }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => resolve(replyOf(response.statusCode ?? 500, Buffer.concat(parts).toString())));
      });
      request.on('error', reject);
      request.end(body);
    });
}

function replyOf(status: number, text: string): Reply {
  try {
    return { status, body: JSON.parse(text) as Reply['body'] };
  } catch {
    return { status, body: { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message: text } };
  }
}
