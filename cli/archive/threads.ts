import { Worker } from 'node:worker_threads';
import type { Policy } from '../../lambdas/core/policy.ts';
import type { Hints } from './hints.ts';
import type { Source } from './paths.ts';
import type { Scanned } from './scan-files.ts';
import { WORKER_BASE64 } from './worker-code.ts';

/** What the threads are told once it is known what is to be read. Hints are worked out before: that takes modules that a thread does without. */
export interface Task {
  readonly hints: Hints;
  /** How to parse a file where the scanner has a doubt. Without it such a file is left to the calling thread. */
  readonly parse?: {
    readonly policy: Policy;
    /** Where the module is that does it: a thread's own code has no place of its own. */
    readonly module: string;
  };
  /** All that is to be read, by whichever thread. */
  readonly batches: readonly (readonly Source[])[];
  /** Index of the next batch that nobody has taken, in memory that all threads share: none waits until another answers. */
  readonly next: Int32Array;
}

/** What a thread says of a batch, file by file; nothing of a file that it leaves to the calling thread. */
export interface Told {
  readonly batch: number;
  readonly answers: readonly (Scanned | undefined)[];
}

/** Threads that help the calling one. */
export interface Threads {
  /** Starts them: that takes a thread as long as the scan of 60 MB, which passes while the rest of a command is loaded. */
  start(): void;
  /** Has them do a task, once; starts them if nobody has. `died` hears of one that dies of a bug. */
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
  const start = (): readonly Worker[] => {
    workers ??= Array.from({ length: count - 1 }, startWorker);
    return workers;
  };
  return {
    start,
    help: (task, told, died) => {
      for (const worker of start()) {
        worker.on('message', told);
        worker.on('error', died);
        worker.on('exit', () => died(new Error('a thread ended before everything was read')));
        worker.postMessage(task);
        worker.ref();
      }
    },
    end: () => {
      for (const worker of workers ?? []) void worker.removeAllListeners().terminate();
    },
  };
}

function startWorker(): Worker {
  const worker = new Worker(Buffer.from(WORKER_BASE64, 'base64').toString(), {
    eval: true,
    resourceLimits: { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 8 },
  });
  worker.unref();
  return worker;
}
