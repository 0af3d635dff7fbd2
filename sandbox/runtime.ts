import { Worker } from 'node:worker_threads';
import type { Activity } from './activity.ts';
import { createCalls } from './calls.ts';
import type { VirtualClock } from './clock.ts';

/** One call of a function, once it is over. */
export interface Invocation {
  readonly id: string;
  readonly name: string;
  readonly event: unknown;
  readonly ms: number;
  readonly answer?: unknown;
  /** What the function threw, as `Name: message`. */
  readonly error?: string;
}

/** Runs the very bundles that are deployed, each by name. */
export interface Runtime {
  /** Resolves with the function's answer; rejects with what it threw. */
  invoke(name: string, event: unknown): Promise<unknown>;
  /** Sees every call when it is over. */
  onInvocation(see: (invocation: Invocation) => void): void;
  /** The lines that functions logged, latest last. */
  log(): readonly string[];
  /** Starts all functions anew, cold. Calls under way fail. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface RuntimeOptions {
  /** Folder of `<name>/index.mjs`. */
  readonly bundles: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: VirtualClock;
  readonly activity: Activity;
}

const KEPT_LOG_LINES = 1_000;

/**
 * The functions live in a thread of their own with an environment of their own, so that they see nothing that Lambda
 * would not show them, and what they log can be told from what the sandbox prints.
 */
export function startRuntime({ bundles, environment, clock, activity }: RuntimeOptions): Runtime {
  const calls = createCalls<Worker>(clock);
  let lines: string[] = [];
  let worker = hire();

  function hire(): Worker {
    const hired = new Worker(new URL('./runtime-worker.ts', import.meta.url), {
      env: { ...environment },
      workerData: { bundles },
      stdout: true,
      stderr: true,
    });
    hired.on('message', calls.heard);
    hired.on('error', (error: Error) => calls.fail(hired, error));
    for (const stream of [hired.stdout, hired.stderr]) stream.setEncoding('utf8').on('data', logged);
    return hired;
  }

  function logged(text: string): void {
    lines = [...lines, ...text.split('\n').filter((line) => line !== '')].slice(-KEPT_LOG_LINES);
  }

  async function retire(): Promise<void> {
    const old = worker;
    old.off('message', calls.heard);
    await old.terminate();
    calls.fail(old, new Error('The functions were stopped.'));
  }

  return {
    invoke: (name, event) => activity.track(calls.begin(name, event, worker, (message) => worker.postMessage(message))),
    onInvocation: calls.onInvocation,
    log: () => lines,
    async restart() {
      await retire();
      worker = hire();
    },
    close: retire,
  };
}
