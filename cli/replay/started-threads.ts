import { hasKept } from '../archive/kept-file.ts';
import type { Source } from '../archive/paths.ts';
import { type Threads, threadsFor } from '../archive/threads.ts';
import { type CacheOption, keepOf, USUAL_THREADS } from './options.ts';

/**
 * Threads for files, started while there is something else to do: that takes a thread a tenth of a second. Where an earlier run may
 * have kept what it found, they start only when it turns out that there is something to read.
 */
export function startedThreadsFor(
  sources: readonly Source[],
  cache: CacheOption | undefined,
  most = USUAL_THREADS,
): Threads | undefined {
  const threads = threadsFor(sources, most);
  const { keep } = keepOf(cache);
  const [first] = sources;
  const mayBeKept = keep !== undefined && first !== undefined && hasKept(first.root, keep === true ? undefined : keep);
  if (!mayBeKept) threads?.start();
  return threads;
}
