import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { whyForeign } from './foreign.ts';

/** A request with its body read, and an answer to give. */
export interface LoopbackRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** The body as it came, which need not be text. */
  readonly bytes: Buffer;
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

/** An answer to a request; `answered` when it has written to the response itself. */
type Answering = (request: LoopbackRequest, response: ServerResponse) => Promise<LoopbackAnswer | 'answered'>;

/** Far above what any honest caller sends; a trail file on the page may be some megabytes. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Serves on 127.0.0.1 alone, and no page of another site. What `answer` throws is a 500 with its message. `port` 0 takes any that is free. */
export async function serveLoopback(answer: Answering, port = 0): Promise<LoopbackServer> {
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

async function respond(request: IncomingMessage, response: ServerResponse, answer: Answering): Promise<void> {
  const outcome = await outcomeOf(request, response, answer).catch((error: unknown) => failure(error));
  if (outcome === 'answered') return;
  response.writeHead(outcome.status, { 'content-type': outcome.type ?? 'application/json', ...outcome.headers });
  response.end(outcome.body);
}

async function outcomeOf(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answering,
): Promise<LoopbackAnswer | 'answered'> {
  const foreign = whyForeign(request.headers, request.socket.localPort ?? 0);
  if (foreign) return json(403, { error: foreign });
  const url = urlOf(request);
  if (url === undefined) return json(400, { error: `"${request.url}" is no address.` });
  const { method = 'GET', headers } = request;
  const bytes = await bytesOf(request);
  const body = bytes.toString('utf8');
  return answer({ method, path: url.pathname, query: url.searchParams, headers, body, bytes }, response);
}

function urlOf({ url = '/' }: IncomingMessage): URL | undefined {
  const whole = url.startsWith('/') ? `http://127.0.0.1${url}` : url;
  return URL.canParse(whole) ? new URL(whole) : undefined;
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += (part as Buffer).length;
    if (bytes > MOST_BYTES) throw new Error(`The body is larger than ${MOST_BYTES / 1024 / 1024} MB.`);
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
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
