import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { giveEachItsEnvironment, runAs } from './function-identity.ts';
import type { FromRuntime, ToRuntime } from './runtime-messages.ts';

type Handler = (event: unknown, context: object) => Promise<unknown>;

const TIMEOUT_MS = 30_000;

/**
 * The functions of a folder of bundles, in this process or thread: each is loaded at its first call, as a cold start does, and
 * reads the time that came with the latest call. Each has an access key of its own, as it has a role of its own on AWS.
 */
export function functionsOf(bundles: string): (message: ToRuntime) => Promise<FromRuntime> {
  giveEachItsEnvironment();
  const loaded = new Map<string, Promise<Handler>>();
  let clock = { now: Date.now(), realNow: performance.now(), speed: 1 };
  const holder = globalThis as unknown as Record<symbol, () => number>;
  holder[Symbol.for('two-eye.clock')] = () => Math.floor(clock.now + (performance.now() - clock.realNow) * clock.speed);

  function load(name: string): Promise<Handler> {
    const url = pathToFileURL(join(bundles, name, 'index.mjs')).href;
    const loading = loaded.get(name) ?? import(url).then((module: { handler: Handler }) => module.handler);
    loaded.set(name, loading);
    return loading;
  }

  return async ({ id, name, event, now, speed }) => {
    clock = { now, realNow: performance.now(), speed };
    const startedAt = performance.now();
    const ms = (): number => performance.now() - startedAt;
    try {
      const handler = await load(name);
      const answer = await runAs(name, () => handler(event, contextOf(name, startedAt)));
      return { id, answer, ms: ms() };
    } catch (error) {
      return { id, error: error instanceof Error ? `${error.name}: ${error.message}` : String(error), ms: ms() };
    }
  };
}

function contextOf(name: string, startedAt: number): object {
  return {
    functionName: name,
    awsRequestId: randomUUID(),
    getRemainingTimeInMillis: () => TIMEOUT_MS - (performance.now() - startedAt),
  };
}
