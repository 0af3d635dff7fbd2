import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Bad } from './hunt.ts';

/** Every `step`th seed, so that all threads go through the seeds together and the first bad one is met soon. */
export interface Share {
  readonly from: number;
  readonly step: number;
  /** Exclusive. */
  readonly until: number;
  readonly rate: number;
}

/** Plays seeds on every core; the smallest bad one that was met, or undefined. `progress` is told how many were played. */
export async function huntInThreads(
  from: number,
  count: number,
  rate: number,
  progress: (played: number) => void = () => undefined,
): Promise<Bad | undefined> {
  const step = Math.min(availableParallelism(), count);
  const shares = Array.from({ length: step }, (_, index) => ({ from: from + index, step, until: from + count, rate }));
  const bad = (await Promise.all(shares.map((share) => huntInThread(share, progress)))).flatMap((one) => one ?? []);
  return bad.toSorted((one, other) => one.seed - other.seed)[0];
}

function huntInThread(share: Share, progress: (played: number) => void): Promise<Bad | undefined> {
  const worker = new Worker(new URL('./hunt-worker.ts', import.meta.url), { workerData: share });
  let found: Bad | undefined;
  worker.on('message', ({ played, bad }: { readonly played: number; readonly bad?: Bad }) => {
    progress(played);
    found ??= bad;
  });
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', () => resolve(found));
  });
}
