import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a server was asked. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Loopback extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly asked: Asked[];
  close(): Promise<void>;
}

/** A real HTTP server on loopback that answers, or misbehaves, as told. Closing it ends every connection it has left hanging. */
export async function loopback(answer: (asked: Asked, response: ServerResponse) => void): Promise<Loopback> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (part: string) => {
      body += part;
    });
    request.on('end', () => {
      const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
      asked.push(one);
      answer(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port, url: `http://127.0.0.1:${port}/`, asked, close, [Symbol.asyncDispose]: close };
}

/** Answers with JSON. */
export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** The Parameters and Secrets extension: `secrets` maps a secret's id to its object; asked with `refreshNow` it looks again. */
export function secretsExtension(secrets: Record<string, object>): Promise<Loopback> {
  return loopback(({ path }, response) => {
    const id = new URL(path, 'http://extension').searchParams.get('secretId') ?? '';
    const found = secrets[id];
    if (!found) return json(response, 400, { message: `ResourceNotFoundException: ${id}` });
    json(response, 200, { Name: id, SecretString: JSON.stringify(found) });
  });
}
