import { dirname } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { serveControlApi } from '../../sandbox/control-api.ts';
import type { LoopbackServer } from '../../sandbox/loopback.ts';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { bundled } from '../support/bundles.ts';

let sandbox: Sandbox;
let server: LoopbackServer;

beforeAll(async () => {
  sandbox = await startSandbox({ bundles: dirname(dirname(bundled('on-access'))) });
  server = await serveControlApi(sandbox, 0);
});

afterAll(async () => {
  expect(await call('GET', '/api/refusals'), 'of the table, by functions without a right to it').toEqual([]);
  await server.close();
  await sandbox.close();
});

beforeEach(() => call('POST', '/api/start-again', {}));

async function call(method: string, path: string, body?: unknown): Promise<unknown> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(server.url + path, { method, ...(text !== undefined && { body: text }) });
  return answer.json();
}

const clock = (at: string) => call('PUT', '/api/clock', { at });
const settle = () => call('POST', '/api/settle', {});
const act = (by: string, doing = 'assume-role', target = 'notify-prod-admin') =>
  call('POST', '/api/act', { by, doing, target });
const verdicts = async () =>
  (await call('GET', '/api/verdicts')) as { verdict: string; actor: string; keys: string[] }[];
const approval = (over: object) => ({
  id: 'a1',
  actor: 'ada.lovelace',
  target: 'notify-prod-admin',
  reason: 'Rotate keys',
  requestedAt: '2026-12-01T13:55:00Z',
  status: 'approved',
  picked: 'ben@example.gov.uk',
  approver: 'ben@example.gov.uk',
  approvedAt: '2026-12-01T13:58:00Z',
  ...over,
});

test('an approved use disturbs nobody, and the same approval does not cover a second use', async () => {
  await clock('2026-12-01T14:00:00Z');
  await call('POST', '/api/approvals', approval({}));
  await act('ada@example.gov.uk');
  await settle();
  expect((await verdicts()).map(({ verdict }) => verdict)).toEqual(['approved']);
  await call('PUT', '/api/clock', { advance: '10m' });
  await act('ada@example.gov.uk');
  await settle();
  expect(await verdicts()).toMatchObject([
    { verdict: 'approved' },
    { verdict: 'unapproved', nearMisses: [{ approval: 'a1', because: 'already-used' }] },
  ]);
  expect(await call('GET', '/api/pagerduty')).toEqual([]);
});

test('an unapproved use in working hours is told in Slack, and becomes a page when nobody reacts', async () => {
  await clock('2026-12-01T14:00:00Z');
  await act('ada@example.gov.uk');
  await settle();
  expect(await call('GET', '/api/slack/notify')).not.toEqual([]);
  expect(await call('GET', '/api/pagerduty')).toEqual([]);
  await call('PUT', '/api/clock', { advance: '17m' });
  await settle();
  expect(await call('GET', '/api/pagerduty')).not.toEqual([]);
});

test('an unapproved use on Boxing Day pages', async () => {
  await clock('2026-12-26T11:00:00Z');
  await act('ben@example.gov.uk', 'switch-role');
  await settle();
  expect(await call('GET', '/api/pagerduty')).not.toEqual([]);
  expect((await verdicts()).map(({ actor }) => actor)).toEqual(['ben@example.gov.uk']);
});

test('what is no record is unreadable, and loud', async () => {
  await clock('2026-12-01T14:00:00Z');
  expect(await call('POST', '/api/events', 'this is no record')).toMatchObject({ read: 1, unreadable: 1 });
  await settle();
  expect((await verdicts()).map(({ verdict }) => verdict)).toEqual(['unreadable']);
});

test('records that come twice and out of order end in the same verdict', async () => {
  await clock('2026-12-01T14:00:00Z');
  await call('PUT', '/api/trouble', { delivery: ['duplicates', 'reorder'] });
  await act('cat@example.gov.uk', 'switch-role');
  await call('PUT', '/api/clock', { advance: '2m' });
  await settle();
  expect(await verdicts()).toMatchObject([{ verdict: 'unapproved', actor: 'cat@example.gov.uk' }]);
});

test('a request from another site is refused, and an unknown path says so', async () => {
  const foreign = await fetch(`${server.url}/api/events`, {
    method: 'POST',
    headers: { origin: 'https://example.com' },
    body: '{}',
  });
  expect(foreign.status).toBe(403);
  expect((await fetch(`${server.url}/api/stream`, { headers: { origin: 'https://example.com' } })).status).toBe(403);
  expect(await call('GET', '/api/none')).toMatchObject({ error: expect.stringContaining('nothing at') });
  expect(await call('GET', '/healthz')).toEqual({ status: 'ok' });
});
