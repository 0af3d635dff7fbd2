import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { Activity } from './activity.ts';
import type { VirtualClock } from './clock.ts';
import type { FromRuntime, ToRuntime } from './runtime-messages.ts';

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

interface Call {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly done: (ms: number, outcome: { answer?: unknown; error?: string }) => void;
}

/**
 * The functions live in a thread of their own with an environment of their own, so that they see nothing that Lambda
 * would not show them, and what they log can be told from what the sandbox prints.
 */
export function startRuntime({ bundles, environment, clock, activity }: RuntimeOptions): Runtime {
  const calls = new Map<string, Call>();
  const watchers: ((invocation: Invocation) => void)[] = [];
  let lines: string[] = [];
  let worker = hire();

  function hire(): Worker {
    const hired = new Worker(new URL('./runtime-worker.ts', import.meta.url), {
      env: { ...environment },
      workerData: { bundles },
      stdout: true,
      stderr: true,
    });
    hired.on('message', heard);
    hired.on('error', (error: Error) => failAll(error));
    for (const stream of [hired.stdout, hired.stderr]) stream.setEncoding('utf8').on('data', logged);
    return hired;
  }

  function logged(text: string): void {
    lines = [...lines, ...text.split('\n').filter((line) => line !== '')].slice(-KEPT_LOG_LINES);
  }

  function failAll(error: Error): void {
    for (const call of calls.values()) call.reject(error);
    calls.clear();
  }

  function heard(message: FromRuntime): void {
    const call = calls.get(message.id);
    if (call === undefined) return;
    calls.delete(message.id);
    if ('error' in message) call.reject(new Error(message.error));
    else call.resolve(message.answer);
    call.done(message.ms, message);
  }

  function call(name: string, event: unknown): Promise<unknown> {
    const id = randomUUID();
    return new Promise((resolve, reject) => {
      const done: Call['done'] = (ms, { answer, error }) => {
        const told = { id, name, event, ms, ...(error === undefined ? { answer } : { error }) };
        for (const see of watchers) see(told);
      };
      calls.set(id, { resolve, reject, done });
      worker.postMessage({ id, name, event, now: clock.now(), speed: clock.speed() } satisfies ToRuntime);
    });
  }

  async function retire(): Promise<void> {
    const old = worker;
    old.off('message', heard);
    await old.terminate();
    failAll(new Error('The functions were stopped.'));
  }

  return {
    invoke: (name, event) => activity.track(call(name, event)),
    onInvocation: (see) => watchers.push(see),
    log: () => lines,
    async restart() {
      await retire();
      worker = hire();
    },
    close: retire,
  };
}
