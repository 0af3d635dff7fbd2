import { Worker } from 'node:worker_threads';
import type { Policy } from '../../lambdas/core/policy.ts';
import type { Extract } from './extract.ts';
import type { FastScan } from './fast-scan.ts';
import { type Hints, hintsOf } from './hints.ts';
import type { Source } from './paths.ts';
import { extractOfFast } from './read-file.ts';
import { valueReader } from './read-value.ts';
import { fileScanner, type Scanned } from './scan-files.ts';
import { WORKER_BASE64 } from './worker-code.ts';

/** What a worker is told once. Hints are worked out here: that takes modules that the worker does without. */
export interface WorkerData {
  readonly hints: Hints;
  readonly policy: Policy;
  /** Where the module is that parses files: the worker's own code has no place of its own. */
  readonly reader: string;
}

/** What a worker says of a file: what has to be read here, or, where it had a doubt and parsed the file, what that came to. */
export type Answer = { readonly fast: FastScan } | { readonly extract: Extract };

/** What is asked of a worker at once, and answered in the same order. */
export interface Batch {
  readonly sources: readonly Source[];
}

const READER = new URL('./parsed-file.ts', import.meta.url).href;

/** Large enough that asking costs nothing, small enough that all end together and memory stays small. */
const BATCH_BYTES = 1_000_000;

/**
 * Reads files on `count` threads, the calling one among them: a thread costs a tenth of a second and its own memory. Each
 * takes the next batch when it is done with one. Rejects only when a thread dies of a bug.
 */
export async function scanInWorkers<Job extends { readonly source: Source }>(
  jobs: readonly Job[],
  policy: Policy,
  count: number,
  stop: AbortSignal | undefined,
  done: (job: Job, scanned: Scanned) => void,
): Promise<void> {
  const batches = batchesOf(jobs);
  const next = () => (stop?.aborted ? undefined : batches.shift());
  const threads = Array.from({ length: count - 1 }, () => runWorker(policy, next, done));
  await Promise.all([...threads, runHere(policy, next, done)]);
}

async function runHere<Job extends { readonly source: Source }>(
  policy: Policy,
  next: () => Job[] | undefined,
  done: (job: Job, scanned: Scanned) => void,
): Promise<void> {
  const scan = fileScanner(policy);
  for (let batch = next(); batch !== undefined; batch = next()) {
    for (const job of batch) done(job, await scan(job.source));
    // The other threads' answers, and a signal, are only heard between turns of the event loop.
    await new Promise(setImmediate);
  }
}

function batchesOf<Job extends { readonly source: Source }>(jobs: readonly Job[]): Job[][] {
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

function runWorker<Job extends { readonly source: Source }>(
  policy: Policy,
  next: () => Job[] | undefined,
  done: (job: Job, scanned: Scanned) => void,
): Promise<void> {
  const worker = new Worker(new URL(`data:text/javascript;base64,${WORKER_BASE64}`), {
    workerData: { hints: hintsOf(policy), policy, reader: READER } satisfies WorkerData,
    resourceLimits: { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 8 },
  });
  const readValue = valueReader(policy);
  const scannedOf = (answer: Answer, { path }: Source): Scanned =>
    'fast' in answer ? { extract: extractOfFast(answer.fast, path, readValue), fast: answer.fast } : answer;
  return new Promise((resolve, reject) => {
    let batch: Job[] | undefined;
    const ask = (): void => {
      batch = next();
      if (batch === undefined) worker.terminate().then(() => resolve(), reject);
      else worker.postMessage({ sources: batch.map(({ source }) => source) } satisfies Batch);
    };
    worker.on('error', reject);
    worker.on('message', (answers: readonly Answer[]) => {
      for (const [index, answer] of answers.entries()) {
        const job = batch?.[index];
        if (job !== undefined) done(job, scannedOf(answer, job.source));
      }
      ask();
    });
    ask();
  });
}
