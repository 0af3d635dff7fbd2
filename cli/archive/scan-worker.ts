import { parentPort } from 'node:worker_threads';
import { type FastScan, type FastScanner, fastScanner } from './fast-scan.ts';
import type { Source } from './paths.ts';
import type { Scanned } from './scan-files.ts';
import type { Task, Told } from './threads.ts';

// Loads the scanner alone: the reader of the Lambda is many modules, and takes a thread as long to load as the scan of 25 MB.
parentPort?.once('message', (task: Task) => {
  // Alive until it is not needed any more: its end is taken for a death.
  parentPort?.ref();
  void readAll(task);
});

async function readAll(task: Task): Promise<void> {
  const scanner = fastScanner(task.hints);
  const take = () => Atomics.add(task.next, 0, 1);
  for (let batch = take(); batch < task.batches.length; batch = take()) {
    const answers: Told['answers'][number][] = [];
    for (const source of task.batches[batch] ?? []) answers.push(await answerFor(source, scanner, task));
    parentPort?.postMessage({ batch, answers } satisfies Told);
  }
}

/** What the fast path found, for the main thread to read; where it has a doubt, the file is read here, or there. */
async function answerFor(source: Source, scanner: FastScanner, { parse }: Task): Promise<Scanned | undefined> {
  const fast = quick(source, scanner);
  if (fast !== undefined || parse === undefined) return fast && { fast };
  const { parsedFileUnder } = (await import(parse.module)) as typeof import('./parsed-file.ts');
  return { extract: await parsedFileUnder(parse.policy, source, scanner) };
}

/** A file that cannot be opened is named by whoever reads it next. */
function quick({ path, size }: Source, scanner: FastScanner): FastScan | undefined {
  try {
    return scanner.file(path, size);
  } catch {
    return undefined;
  }
}
