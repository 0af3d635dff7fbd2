import { parentPort, workerData } from 'node:worker_threads';
import { type FastScan, fastScanner } from './fast-scan.ts';
import type { Source } from './paths.ts';
import type { Answer, Told, WorkerData } from './workers.ts';

// Loads the scanner alone: the reader of the Lambda is many modules, and takes a thread as long to load as the scan of 25 MB.
const { hints, policy, reader, batches, next } = workerData as WorkerData;
const scanner = fastScanner(hints);
const take = () => Atomics.add(next, 0, 1);

async function readAll(): Promise<void> {
  for (let batch = take(); batch < batches.length; batch = take()) {
    const answers: Answer[] = [];
    for (const source of batches[batch] ?? []) answers.push(await answerFor(source));
    parentPort?.postMessage({ batch, answers } satisfies Told);
  }
}

// Alive until it is not needed any more: its end is taken for a death.
parentPort?.ref();
void readAll();

/** What the fast path found, for the main thread to read; where it has a doubt, the file is read here. */
async function answerFor(source: Source): Promise<Answer> {
  const fast = quick(source);
  if (fast !== undefined) return { fast };
  const { parsedFileUnder } = (await import(reader)) as typeof import('./parsed-file.ts');
  return { extract: await parsedFileUnder(policy, source, scanner) };
}

/** A file that cannot be opened is named by whoever reads it next. */
function quick({ path, size }: Source): FastScan | undefined {
  try {
    return scanner.file(path, size);
  } catch {
    return undefined;
  }
}
