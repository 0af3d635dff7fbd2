import { parentPort } from 'node:worker_threads';
import { type FastScan, type FastScanner, fastScanner } from './fast-scan.ts';
import type { Source } from './paths.ts';
import type { Scanned } from './scan-files.ts';
import { MOST_UNHEARD, NEXT, type Task, type Told, UNHEARD } from './task.ts';

// Loads the scanner alone: the reader of the Lambda is many modules, and takes a thread as long to load as the scan of 25 MB.
parentPort?.once('message', (task: Task) => {
  // Alive until it is told to end.
  parentPort?.ref();
  void readAll(task);
});

async function readAll(task: Task): Promise<void> {
  const { batches, shared } = task;
  const scanner = fastScanner(task.hints);
  const take = () => Atomics.add(shared, NEXT, 1);
  for (let batch = take(); batch < batches.length; batch = take()) {
    const answers: Told['answers'][number][] = [];
    for (const source of batches[batch] ?? []) answers.push(await answerFor(source, scanner, task));
    parentPort?.postMessage({ batch, answers } satisfies Told);
    let unheard = Atomics.add(shared, UNHEARD, 1) + 1;
    for (; unheard >= MOST_UNHEARD; unheard = Atomics.load(shared, UNHEARD)) Atomics.wait(shared, UNHEARD, unheard);
  }
}

/** What the fast path found, for the calling thread to read; where it has a doubt, the file is read here. Standard input is the calling thread's. */
async function answerFor(source: Source, scanner: FastScanner, { parser, policy }: Task): Promise<Scanned | undefined> {
  if (source.path === '-') return undefined;
  const fast = quick(source, scanner);
  if (fast !== undefined) return { fast };
  const { parsedFileUnder } = (await import(parser)) as typeof import('./parsed-file.ts');
  return { extract: await parsedFileUnder(policy, source, scanner) };
}

/** A file that cannot be opened is named by whoever reads it next. */
function quick({ path, size }: Source, scanner: FastScanner): FastScan | undefined {
  try {
    return scanner.file(path, size);
  } catch {
    return undefined;
  }
}
