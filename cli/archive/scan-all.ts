import type { Source } from './paths.ts';
import type { Scanned } from './scan-files.ts';
import { NEXT, type Task, type Told, UNHEARD } from './task.ts';
import type { Threads } from './threads.ts';

/** What is to be done with every file, and by whom. */
export interface ScanAll<Job> {
  /** What the threads have to know beside the files. */
  readonly task: Pick<Task, 'hints' | 'parser' | 'policy'>;
  readonly threads: Threads | undefined;
  /** Scans a file on the calling thread; at once where nothing has to be waited for, since an archive of small files has thousands. */
  readonly scanHere: (job: Job) => Promise<void> | undefined;
  /** Told of a file that another thread has scanned. */
  readonly scannedThere: (job: Job, scanned: Scanned) => void;
  /** Once aborted no further file is begun, and what another thread has begun is not waited for. */
  readonly stop: AbortSignal | undefined;
}

/** Large enough that telling costs nothing, small enough that all end together and memory stays small. */
const BATCH_BYTES = 250_000;

/** Neither Ctrl-C nor another thread waits longer to be heard than a batch takes beyond this. */
const HEARING_MS = 10;

/**
 * Has every file scanned once, each by whichever thread. Of a thread that dies what it had begun is scanned by the calling one; what it
 * died of is returned.
 */
export async function scanAll<Job extends { readonly source: Source }>(
  jobs: readonly Job[],
  { task, threads, scanHere, scannedThere, stop }: ScanAll<Job>,
): Promise<Error | undefined> {
  const batches = batchesOf(jobs);
  const shared = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  const sources = () => batches.map((batch) => batch.map(({ source }) => source));
  const others = batches.length < 2 ? undefined : threads;
  const heard = hear(others, () => ({ ...task, batches: sources(), shared }));
  const isDone = new Uint8Array(batches.length);
  const scanBatch = async (index: number, answers: Told['answers'] = []): Promise<void> => {
    for (const [at, job] of (batches[index] ?? []).entries()) {
      if (stop?.aborted) return;
      const answer = answers[at];
      if (answer !== undefined) scannedThere(job, answer);
      else {
        const pending = scanHere(job);
        if (pending !== undefined) await pending;
      }
    }
  };
  /** Index of a batch for the calling thread: one that nobody has taken, else one that a dead thread has; undefined where it has to wait. */
  const next = (): number | undefined => {
    const index = Atomics.add(shared, NEXT, 1);
    if (index < batches.length) return index;
    return heard.death() === undefined ? undefined : isDone.indexOf(0);
  };
  stop?.addEventListener('abort', heard.wakeUp);
  let heardAt = performance.now();
  try {
    for (let left = batches.length; left > 0 && !stop?.aborted; ) {
      const theirs = heard.shift();
      const index = theirs?.batch ?? next();
      if (index === undefined) {
        await heard.more();
        continue;
      }
      // Of a batch of a thread that was given up for another one's death.
      if (isDone[index] === 0) {
        await scanBatch(index, theirs?.answers);
        isDone[index] = 1;
        left -= 1;
      }
      if (theirs !== undefined) {
        Atomics.sub(shared, UNHEARD, 1);
        Atomics.notify(shared, UNHEARD);
      }
      if (performance.now() - heardAt < HEARING_MS) continue;
      // The other threads' answers, and a signal, are only heard between turns of the event loop.
      await new Promise(setImmediate);
      heardAt = performance.now();
    }
  } finally {
    stop?.removeEventListener('abort', heard.wakeUp);
    Atomics.store(shared, NEXT, batches.length);
  }
  return heard.death();
}

/** Has the threads do their part, and keeps what they tell until somebody has time for it. */
function hear(threads: Threads | undefined, task: () => Task) {
  const unheard: Told[] = [];
  let death: Error | undefined;
  let wakeUp = (): void => undefined;
  threads?.help(
    task(),
    (told) => {
      unheard.push(told);
      wakeUp();
    },
    (error) => {
      death ??= error;
      wakeUp();
    },
  );
  return {
    shift: () => unheard.shift(),
    death: () => death,
    /** Waits until there is something new, or `wakeUp` is called. */
    more: () =>
      new Promise<void>((resolve) => {
        wakeUp = resolve;
      }),
    wakeUp: () => wakeUp(),
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
