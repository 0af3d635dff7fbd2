import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Invocation, Runtime, RuntimeOptions } from '../../../sandbox/runtime.ts';
import type { FromRuntime, ToRuntime } from '../../../sandbox/runtime-messages.ts';

/** Functions in processes of their own, which `SIGKILL` ends wherever they are. */
export interface KillableRuntime extends Runtime {
  /** Kills one process, the one that was given work last; what it had under way fails, and another takes its place. */
  kill(): void;
  readonly kills: number;
}

interface Call {
  readonly process: ChildProcess;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly done: (ms: number, outcome: { readonly answer?: unknown; readonly error?: string }) => void;
}

/** Two at a time: while one dies the other goes on with what both may touch. */
const PROCESSES = 2;

/** Starts the processes. Each call goes to the next of them. */
export function startKillableRuntime({ bundles, environment, clock, activity }: RuntimeOptions): KillableRuntime {
  const calls = new Map<string, Call>();
  const watchers: ((invocation: Invocation) => void)[] = [];
  const lines: string[] = [];
  let processes = Array.from({ length: PROCESSES }, hire);
  let latest = processes[0];
  let kills = 0;

  function hire(): ChildProcess {
    const file = join(import.meta.dirname, 'functions-process.ts');
    const hired = fork(file, [bundles], { env: environment, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] });
    hired.on('message', (message) => heard(message as FromRuntime));
    hired.on('exit', () => failCallsOf(hired));
    for (const stream of [hired.stdout, hired.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => lines.push(text));
    return hired;
  }

  function heard(message: FromRuntime): void {
    const call = calls.get(message.id);
    if (call === undefined) return;
    calls.delete(message.id);
    if ('error' in message) call.reject(new Error(message.error));
    else call.resolve(message.answer);
    call.done(message.ms, message);
  }

  function failCallsOf(dead: ChildProcess): void {
    for (const [id, call] of calls) {
      if (call.process !== dead) continue;
      calls.delete(id);
      call.reject(new Error('The process was killed.'));
    }
  }

  function call(name: string, event: unknown): Promise<unknown> {
    const id = randomUUID();
    const [next = hire(), ...others] = processes;
    processes = [...others, next];
    latest = next;
    return new Promise((resolve, reject) => {
      const done: Call['done'] = (ms, { answer, error }) => {
        const told = { id, name, event, ms, ...(error === undefined ? { answer } : { error }) };
        for (const see of watchers) see(told);
      };
      calls.set(id, { process: next, resolve, reject, done });
      next.send({ id, name, event, now: clock.now(), speed: clock.speed() } satisfies ToRuntime);
    });
  }

  function replace(dead: ChildProcess): void {
    processes = [...processes.filter((each) => each !== dead), hire()];
    dead.kill('SIGKILL');
  }

  const ended = (child: ChildProcess): Promise<void> =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once('exit', () => resolve());
      child.kill('SIGKILL');
    });

  return {
    invoke: (name, event) => activity.track(call(name, event)),
    onInvocation: (see) => watchers.push(see),
    log: () => lines,
    async restart() {
      for (const each of [...processes]) replace(each);
    },
    async close() {
      await Promise.all(processes.map(ended));
    },
    kill() {
      if (latest === undefined || !processes.includes(latest)) return;
      kills += 1;
      replace(latest);
    },
    get kills() {
      return kills;
    },
  };
}
