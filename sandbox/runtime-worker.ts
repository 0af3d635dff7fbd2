import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { FromRuntime, ToRuntime } from './runtime-messages.ts';

// The thread in which the functions live: it loads a bundle at its first call, as a cold start does.

type Handler = (event: unknown, context: object) => Promise<unknown>;

const { bundles } = workerData as { readonly bundles: string };
const loaded = new Map<string, Promise<Handler>>();
const TIMEOUT_MS = 30_000;

let clock = { now: Date.now(), realNow: performance.now(), speed: 1 };
const holder = globalThis as unknown as Record<symbol, () => number>;
holder[Symbol.for('two-eye.clock')] = () => Math.floor(clock.now + (performance.now() - clock.realNow) * clock.speed);

function load(name: string): Promise<Handler> {
  const url = pathToFileURL(join(bundles, name, 'index.mjs')).href;
  const loading = loaded.get(name) ?? import(url).then((module: { handler: Handler }) => module.handler);
  loaded.set(name, loading);
  return loading;
}

function contextOf(name: string, startedAt: number): object {
  return {
    functionName: name,
    awsRequestId: randomUUID(),
    getRemainingTimeInMillis: () => TIMEOUT_MS - (performance.now() - startedAt),
  };
}

async function call({ id, name, event, now, speed }: ToRuntime): Promise<FromRuntime> {
  clock = { now, realNow: performance.now(), speed };
  const startedAt = performance.now();
  const ms = (): number => performance.now() - startedAt;
  try {
    const handler = await load(name);
    return { id, answer: await handler(event, contextOf(name, startedAt)), ms: ms() };
  } catch (error) {
    return { id, error: error instanceof Error ? `${error.name}: ${error.message}` : String(error), ms: ms() };
  }
}

parentPort?.on('message', (message: ToRuntime) => {
  void call(message).then((answer) => parentPort?.postMessage(answer));
});
