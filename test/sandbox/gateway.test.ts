import { afterAll, beforeAll, expect, it } from 'vitest';
import { createActivity } from '../../sandbox/activity.ts';
import { ROUTES, serveGateway } from '../../sandbox/gateway.ts';
import type { LoopbackServer } from '../../sandbox/loopback.ts';

const invoked: string[] = [];
let gateway: LoopbackServer;
beforeAll(async () => {
  const invoke = async (name: string) => {
    invoked.push(name);
    return { statusCode: 401, body: 'not signed' };
  };
  gateway = await serveGateway(invoke, createActivity());
});
afterAll(() => gateway.close());

const ask = async (method: string, path: string) =>
  (await fetch(new URL(path, gateway.url), { method, ...(method === 'POST' ? { body: '{}' } : {}) })).status;

const DOORS = Object.keys(ROUTES).map((route) => route.split(' ')[1] ?? '');

it.each(DOORS)('every way but the one to %s is a 404, and reaches no function', async (door) => {
  invoked.length = 0;
  const others = ['', '/', '/x', '/../x', 's', '%2F', '//'].map((end) => `${door}${end}`).slice(1);
  for (const path of ['/', '/none', '/__proto__', '/constructor', `/api${door}`, door.toUpperCase(), ...others])
    expect(await ask('POST', path), path).toBe(404);
  for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS', 'HEAD']) expect(await ask(method, door), method).toBe(404);
  expect(invoked).toEqual([]);
  expect(await ask('POST', `${door}?x=1`)).toBe(401);
  expect(invoked).toEqual([ROUTES[`POST ${door}`]]);
});
