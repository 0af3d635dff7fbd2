import type { Source } from './paths.ts';
import type { Scanned } from './scan-files.ts';
import type { Task, Threads, Told } from './threads.ts';

/** What is to be done with every file, and by whom. */
export interface ScanAll<Job> {
  /** What the threads have to know beside the files. */
  readonly task: Pick<Task, 'hints' | 'parse'>;
  readonly threads: Threads | undefined;
  /** Scans a file on the calling thread. */
  readonly scanHere: (job: Job) => Promise<void>;
  /** Told of a file that another thread has scanned. */
  readonly scannedThere: (job: Job, scanned: Scanned) => void;
  /** Once aborted no further file is begun, and what another thread has begun is not waited for. */
  readonly stop: AbortSignal | undefined;
}

/** Large enough that telling costs nothing, small enough that all end together, memory stays small and Ctrl-C is heard soon. */
const BATCH_BYTES = 250_000;

/** Has every file scanned once, each by whichever thread. Rejects only when a thread dies of a bug. */
export async function scanAll<Job extends { readonly source: Source }>(
  jobs: readonly Job[],
  { task, threads, scanHere, scannedThere, stop }: ScanAll<Job>,
): Promise<void> {
  const batches = batchesOf(jobs);
  const next = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const take = () => batches[Atomics.add(next, 0, 1)];
  const others = batches.length > 1 ? threads : undefined;
  const told = toldBy(others, { ...task, batches: batches.map((batch) => batch.map(({ source }) => source)), next });
  const hear = async (theirs: Told | undefined): Promise<void> => {
    for (const [index, job] of (batches[theirs?.batch ?? -1] ?? []).entries()) {
      const answer = theirs?.answers[index];
      if (answer === undefined) await scanHere(job);
      else scannedThere(job, answer);
    }
  };
  const takeNoMore = (): void => {
    Atomics.store(next, 0, batches.length);
    told.waitNoLonger();
  };
  stop?.addEventListener('abort', takeNoMore);
  try {
    for (let left = batches.length; left > 0 && !stop?.aborted; left -= 1) {
      const theirs = told.next();
      const batch = theirs === undefined ? take() : undefined;
      if (batch !== undefined) for (const job of batch) await scanHere(job);
      else await hear(theirs ?? (await told.wait()));
      // The other threads' answers, and a signal, are only heard between turns of the event loop.
      await new Promise(setImmediate);
    }
  } finally {
    stop?.removeEventListener('abort', takeNoMore);
  }
}

/** What the threads have told and nobody has heard yet. One at a time: what they have found has to be read, which takes longer than finding it. */
function toldBy(threads: Threads | undefined, task: Task) {
  const unheard: Told[] = [];
  let death: Error | undefined;
  let waiting: (() => void) | undefined;
  threads?.help(
    task,
    (each) => {
      unheard.push(each);
      waiting?.();
    },
    (error) => {
      death ??= error;
      waiting?.();
    },
  );
  return {
    next: () => unheard.shift(),
    /** Nothing where `waitNoLonger` was called first. Rejects when a thread has died. */
    wait: async () => {
      if (unheard.length === 0 && death === undefined) await new Promise<void>((resolve) => (waiting = resolve));
      if (death !== undefined) throw death;
      return unheard.shift();
    },
    waitNoLonger: () => waiting?.(),
  };
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
