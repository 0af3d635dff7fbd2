import { Worker } from 'node:worker_threads';
import type { Source } from './paths.ts';
import type { Task, Told } from './task.ts';
import { WORKER_BASE64 } from './worker-code.ts';

/** Threads that help the calling one. */
export interface Threads {
  /** Starts them: that takes a thread as long as the scan of 80 MB, which passes while the rest of a command is loaded. */
  start(): void;
  /** Has them do a task, once; starts them if nobody has. `died` hears of each that ends before it is told to, then or before. */
  help(task: Task, told: (told: Told) => void, died: (error: Error) => void): void;
  end(): void;
}

/** Below this, telling a thread what to do, and its start, take longer than reading. */
const WORTH_A_THREAD_BYTES = 3_000_000;

export function isWorthThreads(sources: readonly Source[]): boolean {
  return countFor(sources, 2) === 2;
}

/** Threads for files, `most` at most; undefined where they are not worth it. */
export function threadsFor(sources: readonly Source[], most: number): Threads | undefined {
  const count = countFor(sources, most);
  return count < 2 ? undefined : threadsOf(count);
}

function countFor(sources: readonly Source[], most: number): number {
  const bytes = sources.reduce((sum, { size }) => sum + size, 0);
  return Math.min(most, Math.floor(bytes / WORTH_A_THREAD_BYTES), sources.length);
}

/** `count` threads, the calling one among them. A thread that nobody has given a task keeps no process alive. */
function threadsOf(count: number): Threads {
  let workers: readonly Worker[] | undefined;
  const deaths: Error[] = [];
  let hear = (error: Error): void => {
    deaths.push(error);
  };
  const start = (): readonly Worker[] => {
    workers ??= Array.from({ length: count - 1 }, () => startWorker((error) => hear(error)));
    return workers;
  };
  return {
    start: () => void start(),
    help: (task, told, died) => {
      hear = died;
      deaths.splice(0).forEach(died);
      for (const worker of start()) {
        worker.on('message', told);
        worker.postMessage(task);
        worker.ref();
      }
    },
    end: () => {
      // Nobody has to know what becomes of a thread that is not needed any more.
      hear = () => undefined;
      for (const worker of workers ?? []) void worker.terminate();
    },
  };
}

function startWorker(died: (error: Error) => void): Worker {
  const worker = new Worker(Buffer.from(WORKER_BASE64, 'base64').toString(), {
    eval: true,
    resourceLimits: { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 8 },
  });
  worker.on('error', died);
  worker.unref();
  return worker;
}
