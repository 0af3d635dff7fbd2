import { request as ask, createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LosingProxy {
  readonly endpoint: string;
  /** How many more writes are applied, and their answers dropped. */
  lose: number;
  /** While set, nothing is answered and nothing applied. */
  down: boolean;
  close(): Promise<void>;
}

const WRITES = new Set(['TransactWriteItems', 'PutItem', 'UpdateItem']);

/** Stands between a client and a DynamoDB: applies a write and loses the answer, or does not answer at all. */
export async function losingProxy(endpoint: string): Promise<LosingProxy> {
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const action = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    if (proxy.down) return void request.socket.destroy();
    const { host, ...headers } = request.headers;
    const onward = ask(endpoint, { method: 'POST', headers }, (answer) => {
      if (WRITES.has(action) && proxy.lose > 0) {
        proxy.lose -= 1;
        answer.resume().once('end', () => request.socket.destroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => request.socket.destroy());
    onward.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const { port } = server.address() as AddressInfo;
  const proxy: LosingProxy = { endpoint: `http://127.0.0.1:${port}`, lose: 0, down: false, close };
  return proxy;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
