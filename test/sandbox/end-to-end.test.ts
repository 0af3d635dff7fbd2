import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { serveControlApi } from '../../sandbox/control-api.ts';
import type { LoopbackServer } from '../../sandbox/loopback.ts';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { NO_TROUBLE } from '../../sandbox/trouble.ts';
import { bundled } from '../support/bundles.ts';
import { assumeRole } from '../support/records.ts';

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

test('a trail file is read plain, in gzip and behind a byte order mark, and of a damaged one what can be', async () => {
  const record = (key: string) => assumeRole({ key, at: '2026-12-01T14:00:00Z' });
  const trail = (key: string) =>
    JSON.stringify({ Records: [record(key), { ...record(`${key}-2`), eventName: 'ListUsers' }] });
  const put = async (body: string | Buffer): Promise<unknown> =>
    (await fetch(`${server.url}/api/events`, { method: 'POST', body })).json();
  const both = { read: 2, watched: 1, unreadable: 0 };
  expect(await put(trail('plain'))).toMatchObject(both);
  expect(await put(gzipSync(trail('packed')))).toMatchObject(both);
  expect(await put(`\uFEFF${trail('marked')}`)).toMatchObject(both);
  expect(await put(gzipSync(`\uFEFF${trail('marked-and-packed')}`))).toMatchObject(both);
  const lines = `${JSON.stringify(record('line'))}\nnot a record\n${JSON.stringify(record('last-line'))}\n`;
  expect(await put(lines)).toMatchObject({ read: 3, watched: 2, unreadable: 1 });
  expect(await put(gzipSync(lines).subarray(0, -4))).toMatchObject({ watched: 2, unreadable: 2 });
  expect(await put(trail('cut').slice(0, -20))).toMatchObject({ watched: 1, unreadable: 1 });
  expect(await put('')).toMatchObject({ read: 1, unreadable: 1 });
  await settle();
  const keys = (await verdicts()).flatMap((line) => line.keys ?? []);
  for (const key of ['plain', 'packed', 'marked', 'marked-and-packed', 'line', 'last-line', 'cut'])
    expect(keys).toContain(key);
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

test.each([
  [
    'POST',
    '/api/act',
    { by: 'ada@example.gov.uk', doing: 'foo' },
    /^doing cannot be "foo": give assume-role, .* or refused\.$/,
  ],
  [
    'POST',
    '/api/act',
    { by: 'ada@example.gov.uk', target: 'nope' },
    /^target cannot be "nope": give .*notify-prod-admin/,
  ],
  [
    'POST',
    '/api/act',
    { by: 'ada@example.gov.uk', targt: 'nope' },
    'The body has no field targt: give an object of by, doing',
  ],
  [
    'POST',
    '/api/act',
    { doing: 'shell' },
    'by is missing: give the id of a person in the policy, such as ada@example.gov.uk',
  ],
  ['POST', '/api/act', { by: 'eve', doing: 7 }, /^by cannot be "eve": .* doing cannot be 7: /],
  ['POST', '/api/act', [], 'The body cannot be []: give an object of by, doing or target.'],
  ['POST', '/api/act', 'no JSON', 'The body must be JSON.'],
  [
    'POST',
    '/api/slack/as/U01ADA',
    { act: 'foo' },
    /^act cannot be "foo": give command, shortcut, click, .* or run-step\.$/,
  ],
  ['POST', '/api/slack/as/U01ADA', {}, 'act is missing: give command'],
  ['POST', '/api/slack/as/U01ADA', { act: 'click', channel: 'C01NOTIFY' }, 'actionId is missing'],
  ['POST', '/api/slack/as/U01ADA', { act: 'submit' }, 'values is missing: give an object of texts by action id.'],
  [
    'POST',
    '/api/slack/as/U01ADA',
    { act: 'submit', values: { why: 7 } },
    'values.why cannot be 7: give a text or a list',
  ],
  [
    'POST',
    '/api/pagerduty',
    { action: 'close', dedupKey: 'x', by: 'ada' },
    'action cannot be "close": give acknowledge or resolve.',
  ],
  [
    'POST',
    '/api/pagerduty',
    { action: 'resolve' },
    'dedupKey is missing: give the dedupKey of an incident of GET /api/pagerduty.',
  ],
  ['PUT', '/api/clock', { speed: -1 }, 'speed cannot be -1: give a number from 0, which stands still, to 600.'],
  ['PUT', '/api/clock', { at: '2026-02-30T10:00:00Z' }, 'at cannot be "2026-02-30T10:00:00Z": give an instant'],
  ['PUT', '/api/clock', { at: '2026-02-28T10:00:00' }, 'at cannot be'],
  ['PUT', '/api/clock', { at: 1e17 }, 'at cannot be 100000000000000000: give an instant from 1970 to 2199'],
  ['PUT', '/api/clock', { advance: '31d' }, 'advance cannot be "31d": give a length of time of 30 days at most'],
  ['PUT', '/api/clock', { advance: 'soon' }, 'advance cannot be "soon"'],
  ['PUT', '/api/clock', { advance: -1 }, 'advance cannot be -1'],
  ['PUT', '/api/clock', {}, 'The body cannot be {}: give at, advance or speed.'],
  ['PUT', '/api/trouble', { slack: 'dwn' }, 'slack cannot be "dwn": give down or fine.'],
  ['PUT', '/api/trouble', { table: 'down' }, 'table cannot be "down": give throttled or fine.'],
  ['PUT', '/api/trouble', { delivery: ['twice'] }, 'delivery cannot be ["twice"]: give duplicates, delay or reorder'],
  [
    'PUT',
    '/api/trouble',
    { delivery: { duplicats: true } },
    'delivery has no field duplicats: give an object of duplicates,',
  ],
  [
    'PUT',
    '/api/trouble',
    { mail: 'down' },
    'The body has no field mail: give an object of slack, pagerduty, table or delivery.',
  ],
])('%s %s with %j is refused in words that name the field and what it may be', async (method, path, body, words) => {
  const before = [await call('GET', '/api/clock'), sandbox.trouble(), sandbox.terminal().length];
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(server.url + path, { method, body: text });
  expect(answer.status).toBe(400);
  const { error } = (await answer.json()) as { readonly error: string };
  if (typeof words === 'string') expect(error).toContain(words);
  else expect(error).toMatch(words);
  const [time, ...rest] = before;
  expect([sandbox.trouble(), sandbox.terminal().length]).toEqual(rest);
  expect(await call('GET', '/api/clock')).toMatchObject({ speed: (time as { speed: number }).speed });
});

test.each([
  [{ slack: 'down' }, { slack: 'down' }],
  [
    { slack: true, pagerduty: true, table: true },
    { slack: 'down', pagerduty: 'down', table: 'throttled' },
  ],
  [{ delivery: 'duplicates, delay' }, { delivery: { duplicates: true, delayMs: 300_000, reorder: false } }],
  [{ delivery: true }, { delivery: { duplicates: true, delayMs: 300_000, reorder: true } }],
  [{ delivery: { delaySeconds: 5 } }, { delivery: { duplicates: false, delayMs: 5_000, reorder: false } }],
])('trouble %j, and with "fine" it ends', async (wanted, trouble) => {
  expect(await call('PUT', '/api/trouble', wanted)).toEqual({ ...NO_TROUBLE, ...trouble });
  const over = Object.fromEntries(Object.keys(wanted).map((name) => [name, 'fine']));
  expect(await call('PUT', '/api/trouble', over)).toEqual(NO_TROUBLE);
});

test('a clock that lets a month pass is set elsewhere, or starts again, at once', async () => {
  const month = () =>
    fetch(`${server.url}/api/clock`, { method: 'PUT', body: JSON.stringify({ advance: '30d' }) }).then(
      ({ status }) => status,
    );
  await clock('2026-12-01T14:00:00Z');
  const first = month();
  await expect.poll(() => at(), { timeout: 20_000 }).toBeGreaterThan(Date.parse('2026-12-01T15:00:00Z'));
  await clock('2026-12-26T11:00:00Z');
  expect(await first).toBe(409);
  expect(await at()).toBeLessThan(Date.parse('2026-12-26T11:01:00Z'));
  const second = month();
  await expect.poll(() => at(), { timeout: 20_000 }).toBeGreaterThan(Date.parse('2026-12-26T12:00:00Z'));
  await call('POST', '/api/start-again', {});
  expect(await second).toBe(409);
  expect(Math.abs((await at()) - Date.now())).toBeLessThan(60_000);
});

async function at(): Promise<number> {
  return Date.parse(((await call('GET', '/api/clock')) as { readonly at: string }).at);
}

test('a path that cannot be read is one where nothing is', async () => {
  expect((await fetch(`${server.url}/api/slack/%E0%A4%A`)).status).toBe(404);
});
