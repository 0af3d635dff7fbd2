import { sourcesOf } from '../archive/paths.ts';
import type { ReplayOptions } from './options.ts';
import { startedThreadsFor } from './started-threads.ts';

/** Finds the files and starts the threads that will help to read them; meanwhile the rest of the command is loaded, and the policy. Returns the exit code. */
export async function begin(paths: readonly string[], options: ReplayOptions, stop: AbortSignal): Promise<number> {
  const found = sourcesOf(paths);
  const threads = startedThreadsFor(found.sources, options.cache, options.workers);
  try {
    const { replay } = await import('./run.ts');
    return await replay(found, options, threads, stop);
  } finally {
    threads?.end();
  }
}
