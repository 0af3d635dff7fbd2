import type { Policy } from '../../lambdas/core/policy.ts';
import { addExtract, type Extract, emptyExtract } from './extract.ts';
import { hintsOf, versionOf } from './hints.ts';
import { type Keep, keepFor } from './keep.ts';
import { keptExtractOf } from './kept-extract.ts';
import type { Source } from './paths.ts';
import { countRuledOut, extractOfFound } from './read-file.ts';
import { type ReadValue, valueReader } from './read-value.ts';
import { scanAll } from './scan-all.ts';
import { fileScanner, type Scanned } from './scan-files.ts';
import { isWorthThreads, type Threads } from './threads.ts';

/** How to go about it. */
export interface ScanOptions {
  /** Threads that help, where the policy alone says how values are read; without any the calling one does it alone. */
  readonly threads?: Threads | undefined;
  /** Once aborted no further file is begun, and a large one is ended; what was read so far is returned. */
  readonly stop?: AbortSignal;
  /** Told of bytes that are done, or were before. */
  readonly progress?: (bytes: number) => void;
  /** Keep what was found for the next run: beside the archive, or in a folder. */
  readonly keep?: true | string;
  /** Reads values otherwise than the policy alone would. */
  readonly readValue?: ReadValue;
}

/** What an archive came to. */
export interface Archive {
  readonly extract: Extract;
  readonly files: number;
  /** Files of which an earlier run had kept what it found. */
  readonly kept: number;
  /** Set when what was found could not be kept. */
  readonly notKept?: true;
  /** What a thread died of; the others have read what it had begun. */
  readonly threadDied?: Error;
}

/** What a thread has to load only where the scanner has a doubt. */
const PARSER = new URL('./parsed-file.ts', import.meta.url).href;

/** Reads every file; the outcome is in the order of the files, however many threads read them. A file that cannot be read is unreadable, and the rest is finished first. */
export async function scanArchive(sources: readonly Source[], policy: Policy, options: ScanOptions): Promise<Archive> {
  if (options.keep === undefined) return scanFiles(sources, policy, options, undefined);
  const folder = options.keep === true ? undefined : options.keep;
  const whole = options.readValue === undefined ? keptExtractOf(sources, policy, folder) : undefined;
  if (whole?.extract !== undefined) {
    options.progress?.(sources.reduce((sum, { size }) => sum + size, 0));
    return { extract: whole.extract, files: sources.length, kept: sources.length };
  }
  const keep = keepFor(sources, versionOf(hintsOf(policy)), folder);
  const archive = await scanFiles(sources, policy, options, keep);
  // What could not be read may be readable the next time, although the file is the same.
  const isWhole = archive.files === sources.length && archive.extract.unreadable.length === 0;
  const isKept = [keep.save(), !isWhole || (whole?.keep(archive.extract) ?? true)].every(Boolean);
  return isKept ? archive : { ...archive, notKept: true };
}

async function scanFiles(
  sources: readonly Source[],
  policy: Policy,
  options: ScanOptions,
  keep: Keep | undefined,
): Promise<Archive> {
  const readValue = options.readValue ?? valueReader(policy);
  const ruledOut = { otherEvents: 0, notWatched: 0 };
  // What has an order is kept by file; of most files there is nothing but counts.
  const found: Extract[] = [];
  const add = (scanned: Scanned, { source, index }: Job): void => {
    if ('extract' in scanned) {
      found[index] = scanned.extract;
      return;
    }
    const { fast } = scanned;
    ruledOut.otherEvents += fast.otherEvents;
    ruledOut.notWatched += fast.notWatched;
    if (fast.records.length > 0) found[index] = extractOfFound(fast, source.path, readValue);
  };
  const left: Job[] = [];
  for (const [index, source] of sources.entries()) {
    const fast = keep?.of(source);
    if (fast === undefined) left.push({ source, index });
    else {
      add({ fast }, { source, index });
      options.progress?.(source.size);
    }
  }
  const kept = sources.length - left.length;
  let files = kept;
  const done = (job: Job, scanned: Scanned, toldBytes = 0): void => {
    files += 1;
    add(scanned, job);
    if ('fast' in scanned) keep?.add(job.source, scanned.fast);
    options.progress?.(job.source.size - toldBytes);
  };
  const { stop, threads } = options;
  let toldBytes = 0;
  const progress = (bytes: number): void => {
    toldBytes += bytes;
    options.progress?.(bytes);
  };
  const scan = fileScanner(policy, readValue, { progress, ...(stop && { stop }) });
  const threadDied = await scanAll(left, {
    task: { hints: hintsOf(policy), parser: PARSER, policy },
    threads: options.readValue === undefined && isWorthThreads(left.map(({ source }) => source)) ? threads : undefined,
    scanHere: (job) => {
      toldBytes = 0;
      const scanned = scan(job.source);
      if (scanned instanceof Promise) return scanned.then((each) => done(job, each, toldBytes));
      done(job, scanned, toldBytes);
      return undefined;
    },
    scannedThere: done,
    stop,
  });
  const extract = emptyExtract();
  countRuledOut(extract.ignored, ruledOut);
  found.forEach((each) => {
    addExtract(extract, each);
  });
  return { extract, files, kept, ...(threadDied && { threadDied }) };
}

/** A file to be read, and its place among all of them. */
interface Job {
  readonly source: Source;
  readonly index: number;
}
