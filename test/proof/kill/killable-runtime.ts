import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { createCalls } from '../../../sandbox/calls.ts';
import type { Runtime, RuntimeOptions } from '../../../sandbox/runtime.ts';
import type { FromRuntime } from '../../../sandbox/runtime-messages.ts';

/** Functions in processes of their own, which `SIGKILL` ends wherever they are. */
export interface KillableRuntime extends Runtime {
  /** Kills one process, the one that was given work last; what it had under way fails, and another takes its place. */
  kill(): void;
  readonly kills: number;
}

/** Two at a time: while one dies the other goes on with what both may touch. */
const PROCESSES = 2;

/** Starts the processes. Each call goes to the next of them. */
export function startKillableRuntime({ bundles, environment, clock, activity }: RuntimeOptions): KillableRuntime {
  const calls = createCalls<ChildProcess>(clock);
  const lines: string[] = [];
  let processes = Array.from({ length: PROCESSES }, hire);
  let latest = processes[0];
  let kills = 0;

  function hire(): ChildProcess {
    const file = join(import.meta.dirname, 'functions-process.ts');
    const hired = fork(file, [bundles], { env: environment, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] });
    hired.on('message', (message) => calls.heard(message as FromRuntime));
    hired.on('exit', () => calls.fail(hired, new Error('The process was killed.')));
    for (const stream of [hired.stdout, hired.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => lines.push(text));
    return hired;
  }

  function call(name: string, event: unknown): Promise<unknown> {
    const [next = hire(), ...others] = processes;
    processes = [...others, next];
    latest = next;
    return calls.begin(name, event, next, (message) => next.send(message));
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
    onInvocation: calls.onInvocation,
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
