import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request with its body read, and an answer to give. */
export interface LoopbackRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface LoopbackAnswer {
  readonly status: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export interface LoopbackServer {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

/** Far above what any honest caller sends; a trail file on the page may be some megabytes. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Serves on 127.0.0.1 alone. What `answer` throws is a 500 with its message. `port` 0 takes any that is free. */
export async function serveLoopback(
  answer: (request: LoopbackRequest, response: ServerResponse) => Promise<LoopbackAnswer | 'answered'>,
  port = 0,
): Promise<LoopbackServer> {
  const server = createServer((request, response) => {
    void respond(request, response, answer);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return { port: bound, url: `http://127.0.0.1:${bound}`, close: () => closeServer(server) };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (request: LoopbackRequest, response: ServerResponse) => Promise<LoopbackAnswer | 'answered'>,
): Promise<void> {
  const outcome = await read(request)
    .then((read) => answer(read, response))
    .catch((error: unknown) => failure(error));
  if (outcome === 'answered') return;
  response.writeHead(outcome.status, { 'content-type': outcome.type ?? 'application/json', ...outcome.headers });
  response.end(outcome.body);
}

async function read(request: IncomingMessage): Promise<LoopbackRequest> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += (part as Buffer).length;
    if (bytes > MOST_BYTES) throw new Error(`The body is larger than ${MOST_BYTES / 1024 / 1024} MB.`);
    parts.push(part as Buffer);
  }
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: Buffer.concat(parts).toString('utf8'),
  };
}

function failure(error: unknown): LoopbackAnswer {
  return json(500, { error: error instanceof Error ? error.message : String(error) });
}

/** A JSON answer. */
export function json(status: number, value: unknown): LoopbackAnswer {
  return { status, body: JSON.stringify(value) };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
