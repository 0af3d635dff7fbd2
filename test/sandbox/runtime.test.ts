import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createActivity } from '../../sandbox/activity.ts';
import { createClock } from '../../sandbox/clock.ts';
import { type Invocation, startRuntime } from '../../sandbox/runtime.ts';
import { serveSecrets } from '../../sandbox/secrets-extension.ts';
import { secretOf } from '../support/canaries.ts';

const BOXING_DAY = Date.parse('2026-12-26T03:00:00Z');

/** A folder with one bundle, `probe`, of this source. */
function bundleOf(source: string): string {
  const bundles = mkdtempSync(join(tmpdir(), 'two-eye-runtime-'));
  onTestFinished(() => rmSync(bundles, { recursive: true }));
  mkdirSync(join(bundles, 'probe'));
  writeFileSync(join(bundles, 'probe', 'index.mjs'), source);
  return bundles;
}

function runtimeOf(source: string) {
  const activity = createActivity();
  const clock = createClock(BOXING_DAY, () => 0);
  const runtime = startRuntime({ bundles: bundleOf(source), environment: { TABLE_NAME: 'two-eye' }, clock, activity });
  onTestFinished(() => runtime.close());
  return { runtime, activity, clock };
}

test('a function sees its own environment and the virtual clock, and is known by what it answered', async () => {
  const { runtime, clock } = runtimeOf(`export const handler = async (event, context) => ({
    event,
    name: context.functionName,
    table: process.env.TABLE_NAME,
    path: process.env.PATH,
    year: new Date(globalThis[Symbol.for('two-eye.clock')]()).getUTCFullYear(),
    left: context.getRemainingTimeInMillis() > 1000,
  })`);
  const seen: Invocation[] = [];
  runtime.onInvocation((invocation) => seen.push(invocation));
  clock.setSpeed(0);
  const answer = await runtime.invoke('probe', { a: 1 });
  expect(answer).toEqual({ event: { a: 1 }, name: 'probe', table: 'two-eye', year: 2026, left: true });
  expect(seen.map(({ name, event }) => ({ name, event }))).toEqual([{ name: 'probe', event: { a: 1 } }]);
});

test('what a function throws reaches the caller, and what it logs is kept', async () => {
  const { runtime } = runtimeOf(
    `export const handler = async () => { console.log('{"level":"ERROR"}'); throw new TypeError('no'); }`,
  );
  await expect(runtime.invoke('probe', {})).rejects.toThrow('TypeError: no');
  await expect.poll(() => runtime.log()).toEqual(['{"level":"ERROR"}']);
});

test('a restart starts functions cold', async () => {
  const { runtime } = runtimeOf('let calls = 0; export const handler = async () => ++calls;');
  await runtime.invoke('probe', {});
  expect(await runtime.invoke('probe', {})).toBe(2);
  await runtime.restart();
  expect(await runtime.invoke('probe', {})).toBe(1);
});

test('the secrets extension gives a secret to who has the token, and to nobody else', async () => {
  const server = await serveSecrets({ 'two-eye/slack': { botToken: secretOf('xoxb') } }, 'session');
  onTestFinished(() => server.close());
  const get = (id: string, token: string) =>
    fetch(`${server.url}/secretsmanager/get?secretId=${encodeURIComponent(id)}`, {
      headers: { 'X-Aws-Parameters-Secrets-Token': token },
    });
  const good = (await (await get('two-eye/slack', 'session')).json()) as { SecretString: string };
  expect(JSON.parse(good.SecretString)).toEqual({ botToken: secretOf('xoxb') });
  expect((await get('two-eye/slack', 'other')).status).toBe(401);
  expect((await get('two-eye/none', 'session')).status).toBe(400);
});
