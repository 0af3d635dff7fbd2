import type { Source } from './paths.ts';
import type { Scanned } from './scan-files.ts';
import type { Task, Threads, Told } from './threads.ts';

/** What is to be done with every file, and by whom. */
export interface ScanAll<Job> {
  /** What the threads have to know beside the files. */
  readonly task: Pick<Task, 'hints' | 'parse'>;
  readonly threads: Threads | undefined;
  /** Scans a file on the calling thread; at once where nothing has to be waited for, since an archive of small files has thousands. */
  readonly scanHere: (job: Job) => Promise<void> | undefined;
  /** Told of a file that another thread has scanned. */
  readonly scannedThere: (job: Job, scanned: Scanned) => undefined;
  /** Once aborted no further file is begun, and what another thread has begun is not waited for. */
  readonly stop: AbortSignal | undefined;
}

/** Large enough that telling costs nothing, small enough that all end together and memory stays small. */
const BATCH_BYTES = 250_000;

/** Neither Ctrl-C nor another thread waits longer to be heard than a batch takes beyond this. */
const HEARING_MS = 10;

/** Has every file scanned once, each by whichever thread. Rejects only when a thread dies of a bug. */
export async function scanAll<Job extends { readonly source: Source }>(
  jobs: readonly Job[],
  { task, threads, scanHere, scannedThere, stop }: ScanAll<Job>,
): Promise<void> {
  const batches = batchesOf(jobs);
  const next = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const take = () => batches[Atomics.add(next, 0, 1)];
  const told =
    threads === undefined || batches.length < 2
      ? NOBODY
      : toldBy(threads, { ...task, batches: batches.map((batch) => batch.map(({ source }) => source)), next });
  const scanBatch = async (batch: readonly Job[], answers: Told['answers'] = []): Promise<void> => {
    for (const [index, job] of batch.entries()) {
      const answer = answers[index];
      const pending = answer === undefined ? scanHere(job) : scannedThere(job, answer);
      if (pending !== undefined) await pending;
    }
  };
  const takeNoMore = (): void => {
    Atomics.store(next, 0, batches.length);
    told.waitNoLonger();
  };
  stop?.addEventListener('abort', takeNoMore);
  let heardAt = performance.now();
  try {
    for (let left = batches.length; left > 0 && !stop?.aborted; left -= 1) {
      const ours = told.isAny() ? undefined : take();
      const theirs = ours === undefined ? await told.next() : undefined;
      await scanBatch(ours ?? batches[theirs?.batch ?? -1] ?? [], theirs?.answers);
      if (performance.now() - heardAt < HEARING_MS) continue;
      // The other threads' answers, and a signal, are only heard between turns of the event loop.
      await new Promise(setImmediate);
      heardAt = performance.now();
    }
  } finally {
    stop?.removeEventListener('abort', takeNoMore);
  }
}

/** The other threads' answers, one at a time: what they have found has to be read, which takes longer than finding it. */
interface Hearing {
  readonly isAny: () => boolean;
  /** The next, once there is one; nothing where `waitNoLonger` was called first. Rejects when a thread has died. */
  readonly next: () => Promise<Told | undefined>;
  readonly waitNoLonger: () => void;
}

const NOBODY: Hearing = { isAny: () => false, next: async () => undefined, waitNoLonger: () => undefined };

function toldBy(threads: Threads, task: Task): Hearing {
  const unheard: Told[] = [];
  let death: Error | undefined;
  let waiting: (() => void) | undefined;
  threads.help(
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
    isAny: () => unheard.length > 0,
    next: async () => {
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
