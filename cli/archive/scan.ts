import type { Policy } from '../../lambdas/core/policy.ts';
import { addExtract, addIgnored, type Extract, emptyExtract } from './extract.ts';
import { hintsOf, versionOf } from './hints.ts';
import { type Keep, keepFor } from './keep.ts';
import { keptExtractOf } from './kept-extract.ts';
import type { Source } from './paths.ts';
import { extractOfFast } from './read-file.ts';
import { type ReadValue, valueReader } from './read-value.ts';
import { fileScanner, type Scanned } from './scan-files.ts';

/** How to go about it. */
export interface ScanOptions {
  readonly workers: number;
  /** Once aborted no further file is begun, and a large one is ended; what was read so far is returned. */
  readonly stop?: AbortSignal;
  /** Told of bytes that are done, or were before. */
  readonly progress?: (bytes: number) => void;
  /** Keep what was found for the next run: beside the archive, or in a folder. */
  readonly keep?: true | string;
  /** Reads values otherwise than the policy alone would; then on one thread. */
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
}

/** Below this, starting a thread takes longer than reading. */
const WORTH_A_WORKER_BYTES = 3_000_000;

/** Nobody waits longer for Ctrl-C to be heard than one file takes beyond this. */
const HEARING_MS = 50;

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
  const extract = emptyExtract();
  // What has an order is kept by file; of most files there is nothing but counts.
  const found: Extract[] = [];
  const add = (index: number, each: Extract): void => {
    addIgnored(extract.ignored, each.ignored);
    if (each.records.length > 0 || each.unreadable.length > 0) found[index] = { ...each, ignored: {} };
  };
  const left: Job[] = [];
  for (const [index, source] of sources.entries()) {
    const fast = keep?.of(source);
    if (fast === undefined) left.push({ source, index });
    else {
      add(index, extractOfFast(fast, source.path, readValue));
      options.progress?.(source.size);
    }
  }
  const kept = sources.length - left.length;
  let files = kept;
  await scanAll(left, policy, options, ({ source, index }, scanned, toldBytes) => {
    files += 1;
    add(index, scanned.extract);
    if (scanned.fast !== undefined) keep?.add(source, scanned.fast);
    options.progress?.(source.size - toldBytes);
  });
  found.forEach((each) => {
    addExtract(extract, each);
  });
  return { extract, files, kept };
}

interface Job {
  readonly source: Source;
  readonly index: number;
}

async function scanAll(
  jobs: readonly Job[],
  policy: Policy,
  options: ScanOptions,
  done: (job: Job, scanned: Scanned, toldBytes: number) => void,
): Promise<void> {
  const bytes = jobs.reduce((sum, { source }) => sum + source.size, 0);
  const workers = Math.min(options.workers, Math.floor(bytes / WORTH_A_WORKER_BYTES), jobs.length);
  if (workers >= 2 && options.readValue === undefined) {
    const { scanInWorkers } = await import('./workers.ts');
    return scanInWorkers(jobs, policy, workers, options.stop, (job, scanned) => done(job, scanned, 0));
  }
  let toldBytes = 0;
  const progress = (bytes: number): void => {
    toldBytes += bytes;
    options.progress?.(bytes);
  };
  const scan = fileScanner(policy, options.readValue, { progress, ...(options.stop && { stop: options.stop }) });
  let heardAt = Number.NEGATIVE_INFINITY;
  for (const job of jobs) {
    // A signal is only heard between turns of the event loop.
    if (performance.now() - heardAt > HEARING_MS) {
      await new Promise(setImmediate);
      heardAt = performance.now();
    }
    if (options.stop?.aborted) return;
    toldBytes = 0;
    const scanned = scan(job.source);
    done(job, scanned instanceof Promise ? await scanned : scanned, toldBytes);
  }
}
