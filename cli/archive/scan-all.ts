import type { Source } from './paths.ts';
import type { Scanned } from './scan-files.ts';
import type { Task, Threads, Told } from './threads.ts';

/** What is to be done with every file, and by whom. */
export interface ScanAll<Job> {
  /** What the threads have to know beside the files. */
  readonly task: Pick<Task, 'hints' | 'parse'>;
  readonly threads?: Threads | undefined;
  /** Scans a file on the calling thread. */
  readonly scanHere: (job: Job) => Promise<void>;
  /** Told of a file that another thread has scanned. */
  readonly scannedThere: (job: Job, scanned: Scanned) => void;
  /** Once aborted no further file is begun. */
  readonly stop?: AbortSignal | undefined;
}

/** Large enough that telling costs nothing, small enough that all end together, memory stays small and Ctrl-C is heard soon. */
const BATCH_BYTES = 250_000;

/** Has every file scanned once, each by whichever thread. Nobody waits for one that has nothing left to do. Rejects only when a thread dies of a bug. */
export async function scanAll<Job extends { readonly source: Source }>(
  jobs: readonly Job[],
  { task, threads, scanHere, scannedThere, stop }: ScanAll<Job>,
): Promise<void> {
  if (stop?.aborted || jobs.length === 0) return;
  const batches = batchesOf(jobs);
  const next = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const take = () => batches[Atomics.add(next, 0, 1)];
  const leftToUs: Job[] = [];
  let left = batches.length;
  let isOursDone = false;
  const { promise: allDone, resolve, reject } = Promise.withResolvers<void>();
  const doneBatch = (): void => {
    left -= 1;
    if (left === 0) resolve();
  };
  const told = ({ batch, answers }: Told): void => {
    for (const [index, job] of (batches[batch] ?? []).entries()) {
      const answer = answers[index];
      if (answer === undefined) leftToUs.push(job);
      else scannedThere(job, answer);
    }
    doneBatch();
  };
  const scanOurs = async (): Promise<void> => {
    for (let batch = take(); batch !== undefined; batch = take()) {
      for (const job of batch) await scanHere(job);
      doneBatch();
      // The other threads' answers, and a signal, are only heard between turns of the event loop.
      await new Promise(setImmediate);
    }
    isOursDone = true;
    if (stop?.aborted) resolve();
  };
  const takeNoMore = (): void => {
    Atomics.store(next, 0, batches.length);
    // What another thread has begun is not waited for.
    if (isOursDone) resolve();
  };
  stop?.addEventListener('abort', takeNoMore);
  try {
    if (batches.length > 1) {
      const sources = batches.map((batch) => batch.map(({ source }) => source));
      threads?.help({ ...task, batches: sources, next }, told, reject);
    }
    await Promise.all([scanOurs(), allDone]);
    for (const job of leftToUs) if (!stop?.aborted) await scanHere(job);
  } finally {
    stop?.removeEventListener('abort', takeNoMore);
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
