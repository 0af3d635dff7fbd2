import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { json, type LoopbackServer, serveLoopback } from '../../sandbox/loopback.ts';

let server: LoopbackServer;
let answered = 0;

beforeAll(async () => {
  server = await serveLoopback(async ({ path }) => {
    answered += 1;
    return json(200, { path });
  });
});

afterAll(() => server.close());

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

/** As a browser sends it: `fetch` lets nobody choose the host. */
function ask(method: string, headers: Record<string, string>, path = '/'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: server.port, method, path, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode, body }));
    });
    asked.on('error', reject).end();
  });
}

const own = (name = '127.0.0.1'): string => `${name}:${server.port}`;

test('answers to its own name under another port, for a tunnel has one of its own', async () => {
  const [host, origin] = ['localhost:8080', 'http://localhost:8080'];
  expect(await ask('POST', { host, origin })).toMatchObject({ status: 200 });
  expect(await ask('POST', { host, origin: 'http://localhost:8081' })).toMatchObject({ status: 403 });
});

test.each(['127.0.0.1', 'localhost', '[::1]', 'LocalHost'])('answers to its own name %s', async (name) => {
  expect(await ask('POST', { host: own(name) })).toMatchObject({ status: 200 });
  const origin = `http://${own(name).toLowerCase()}`;
  expect(await ask('POST', { host: own(name), origin })).toMatchObject({ status: 200 });
});

test.each(['GET', 'POST', 'PUT'])('refuses %s of a name that was made to resolve to this machine', async (method) => {
  answered = 0;
  for (const host of [own('evil.example'), own('127.0.0.1.evil.example'), own('localhost.')])
    expect(await ask(method, { host }), host).toMatchObject({ status: 403 });
  const host = own('evil.example');
  const { status, body } = await ask(method, { host, origin: `http://${host}` });
  expect(status).toBe(403);
  expect(body).toContain(`http://127.0.0.1:${server.port}/`);
  expect(answered).toBe(0);
});

test.each(['GET', 'POST'])(
  'refuses %s of a page from elsewhere, be its origin hidden or no address',
  async (method) => {
    answered = 0;
    for (const origin of [
      'https://example.com',
      'null',
      '',
      'http://localhost:1',
      `https://${own()}`,
      'http://localhost',
    ])
      expect(await ask(method, { host: own(), origin }), origin).toMatchObject({ status: 403 });
    expect(answered).toBe(0);
  },
);

test('a path that begins with two slashes is a path', async () => {
  expect(await ask('GET', { host: own() }, '//x')).toEqual({ status: 200, body: '{"path":"//x"}' });
});
