import { Worker } from 'node:worker_threads';
import type { Policy } from '../../lambdas/core/policy.ts';
import type { Extract } from './extract.ts';
import type { FastScan } from './fast-scan.ts';
import { type Hints, hintsOf } from './hints.ts';
import type { Source } from './paths.ts';
import { extractOfFast } from './read-file.ts';
import { type ReadValue, valueReader } from './read-value.ts';
import { fileScanner, type Scanned } from './scan-files.ts';
import { WORKER_BASE64 } from './worker-code.ts';

/** What a worker is told. Hints are worked out here: that takes modules that the worker does without. */
export interface WorkerData {
  readonly hints: Hints;
  readonly policy: Policy;
  /** Where the module is that parses files: the worker's own code has no place of its own. */
  readonly reader: string;
  /** All that is to be read, by whichever thread. */
  readonly batches: readonly (readonly Source[])[];
  /** Index of the next batch that nobody has taken, in memory that all threads share: none waits until another answers. */
  readonly next: Int32Array;
}

/** What a worker says of a file: what has to be read here, or, where it had a doubt and parsed the file, what that came to. */
export type Answer = { readonly fast: FastScan } | { readonly extract: Extract };

/** What a worker says of a batch, file by file. */
export interface Told {
  readonly batch: number;
  readonly answers: readonly Answer[];
}

const READER = new URL('./parsed-file.ts', import.meta.url).href;

/** Large enough that telling costs nothing, small enough that all end together and memory stays small. */
const BATCH_BYTES = 250_000;

/**
 * Reads files on `count` threads, the calling one among them: a thread takes as long to start as the scan of 30 MB, and its own
 * memory. Nobody waits for one that has nothing left to do. Rejects only when a thread dies of a bug.
 */
export async function scanInWorkers<Job extends { readonly source: Source }>(
  jobs: readonly Job[],
  policy: Policy,
  count: number,
  stop: AbortSignal | undefined,
  done: (job: Job, scanned: Scanned) => void,
): Promise<void> {
  if (stop?.aborted) return;
  const batches = batchesOf(jobs);
  const next = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const sources = batches.map((batch) => batch.map(({ source }) => source));
  const data = { hints: hintsOf(policy), policy, reader: READER, batches: sources, next } satisfies WorkerData;
  const workers = Array.from({ length: count - 1 }, () => startWorker(data));
  const take = () => batches[Atomics.add(next, 0, 1)];
  const takeNoMore = () => void Atomics.store(next, 0, batches.length);
  stop?.addEventListener('abort', takeNoMore);
  try {
    await new Promise<void>((resolve, reject) => {
      let left = batches.length;
      const doneBatch = (): void => {
        left -= 1;
        if (left === 0) resolve();
      };
      const readValue = valueReader(policy);
      const told = ({ batch, answers }: Told): void => {
        for (const [index, job] of (batches[batch] ?? []).entries()) {
          const answer = answers[index];
          if (answer !== undefined) done(job, scannedOf(answer, job.source, readValue));
        }
        doneBatch();
      };
      for (const worker of workers) {
        worker.on('message', told);
        worker.on('error', reject);
        worker.on('exit', () => reject(new Error('a thread ended before everything was read')));
      }
      const here = readHere(take, fileScanner(policy, undefined, stop && { stop }), done, doneBatch);
      here.then(() => stop?.aborted && resolve(), reject);
      // What another thread has begun is not waited for.
      stop?.addEventListener('abort', () => here.then(resolve));
    });
  } finally {
    stop?.removeEventListener('abort', takeNoMore);
    for (const worker of workers) void worker.terminate();
  }
}

function startWorker(workerData: WorkerData): Worker {
  return new Worker(Buffer.from(WORKER_BASE64, 'base64').toString(), {
    eval: true,
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 8 },
  });
}

function scannedOf(answer: Answer, { path }: Source, readValue: ReadValue): Scanned {
  return 'fast' in answer ? { extract: extractOfFast(answer.fast, path, readValue), fast: answer.fast } : answer;
}

async function readHere<Job extends { readonly source: Source }>(
  take: () => readonly Job[] | undefined,
  scan: (source: Source) => Scanned | Promise<Scanned>,
  done: (job: Job, scanned: Scanned) => void,
  doneBatch: () => void,
): Promise<void> {
  for (let batch = take(); batch !== undefined; batch = take()) {
    for (const job of batch) done(job, await scan(job.source));
    doneBatch();
    // The other threads' answers, and a signal, are only heard between turns of the event loop.
    await new Promise(setImmediate);
  }
}

function batchesOf<Job extends { readonly source: Source }>(jobs: readonly Job[]): readonly (readonly Job[])[] {
  const batches: Job[][] = [];
  let room = 0;
  for (const job of jobs) {
    if (room <= 0) {
      batches.push([]);
      room = BATCH_BYTES;
    }
    batches.at(-1)?.push(job);
    room -= job.source.size;
  }
  return batches;
}
