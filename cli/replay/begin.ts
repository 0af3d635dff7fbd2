import { hasKept } from '../archive/kept-file.ts';
import { type Source, sourcesOf } from '../archive/paths.ts';
import { threadsFor } from '../archive/threads.ts';
import { keepOf, type ReplayOptions } from './options.ts';

/**
 * Finds the files and starts the threads that will help to read them, which takes a thread a tenth of a second; meanwhile the rest of
 * the command is loaded, and the policy. Returns the exit code.
 */
export async function begin(paths: readonly string[], options: ReplayOptions, stop: AbortSignal): Promise<number> {
  const found = sourcesOf(paths);
  const threads = threadsFor(found.sources, options.workers);
  if (!mayBeKept(found.sources, options.cache)) threads?.start();
  try {
    const { replay } = await import('./run.ts');
    return await replay(found, options, threads, stop);
  } finally {
    threads?.end();
  }
}

/** Where an earlier run may have kept what it found, threads start only when it turns out that there is something to read. */
function mayBeKept([first]: readonly Source[], cache: ReplayOptions['cache']): boolean {
  const { keep } = keepOf(cache);
  return keep !== undefined && first !== undefined && hasKept(first.root, keep === true ? undefined : keep);
}
