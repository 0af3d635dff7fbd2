import { performance } from 'node:perf_hooks';
import type { Policy } from '../../lambdas/core/policy.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';
import { loadPolicy } from '../../policy/load.ts';
import { peopleFrom } from '../approvals.ts';
import type { LineNote } from '../approvals-file.ts';
import { type Extract, readCount, withoutDuplicates } from '../archive/extract.ts';
import { everyRoleBecause } from '../archive/hints.ts';
import type { Found, Source } from '../archive/paths.ts';
import { scanArchive } from '../archive/scan.ts';
import type { Threads } from '../archive/threads.ts';
import { EXIT } from '../exit-codes.ts';
import { filterOf } from './filters.ts';
import { judgeRecords } from './judge-records.ts';
import type { Limits } from './limits.ts';
import { keepOf, type ReplayOptions } from './options.ts';
import { progressOn } from './progress.ts';
import { summaryOf } from './summary.ts';

/** Runs a replay of what was found and returns its exit code. Output goes to stdout, everything about the run to stderr. */
export async function replay(
  { sources, missing, others }: Found,
  options: ReplayOptions,
  threads: Threads | undefined,
  stop: AbortSignal,
): Promise<number> {
  const startedAt = performance.now();
  const policy = await loadPolicy(options.policy);
  const isShown = filterOf(options, policy);
  const people = await peopleFrom(options, policy);
  const progress = await progressOn(process.stderr, sources);
  const scanned = await scanArchive(sources, policy, {
    threads,
    stop,
    progress: progress.update,
    ...keepOf(options.cache),
  });
  // What follows needs the memory more.
  threads?.end();
  progress.stop();
  if (scanned.threadDied !== undefined)
    console.error(`a thread ended (${scanned.threadDied.message}); what it had begun was read without it`);
  for (const { path, why } of missing) scanned.extract.unreadable.push({ file: path, why, offset: 0 });
  if (options.databaseLog !== undefined) await addDatabaseLogs(options.databaseLog, policy, scanned.extract);
  const extract = withoutDuplicates(scanned.extract);
  const slow = everyRoleBecause(policy);
  if (slow !== undefined) console.error(`every assumed role is parsed: ${slow}`);
  if (scanned.notKept) console.error(notKeptWords(options.cache));
  const all = judgeRecords(extract.records, people, policy);
  const lines = all.filter(isShown);
  const hidden = all.length - lines.length;
  const limits = { filters: options, hidden, isStopped: stop.aborted, others };
  await write(options.format, { lines, extract, policy, warnings: people.warnings, limits });
  const seconds = (performance.now() - startedAt) / 1_000;
  const stopped = stop.aborted ? { stopped: 'interrupted' as const } : {};
  console.error(
    summaryOf({ extract, lines: all, hidden, files: scanned.files, kept: scanned.kept, others, seconds, ...stopped }),
  );
  const isUntrue = options.verifyDigests === true && !(await digestsHold(sources));
  return isUntrue || stop.aborted ? EXIT.unreadInput : exitCode(extract, lines, people.bad, options);
}

function notKeptWords(cache: ReplayOptions['cache']): string {
  return typeof cache === 'string'
    ? `what was found could not be kept in ${cache}; give --cache a folder that can be written, or --no-cache`
    : 'what was found could not be kept beside the archive; --cache FOLDER keeps it elsewhere';
}

async function addDatabaseLogs(named: readonly string[], policy: Policy, extract: Extract): Promise<void> {
  const { addDatabaseLog } = await import('./database-log.ts');
  for (const each of named) await addDatabaseLog(each, policy, extract);
}

/** Prints what the digests among the files say of the others. */
async function digestsHold(sources: readonly Source[]): Promise<boolean> {
  const { verifyDigests, digestReport, isVouchedFor } = await import('../archive/digests.ts');
  const checked = await verifyDigests(sources);
  console.error(digestReport(checked));
  return isVouchedFor(checked);
}

/** What is shown of a run, whatever the format. */
export interface Shown {
  readonly lines: readonly VerdictLine[];
  readonly extract: Extract;
  readonly policy: Policy;
  /** What the reader has to know to take the verdicts for what they are. */
  readonly warnings: readonly string[];
  /** Said on the page, which is read later and elsewhere; at the terminal the summary says it. */
  readonly limits: Limits;
}

async function write(format: ReplayOptions['format'], shown: Shown): Promise<void> {
  const { lines, extract, policy } = shown;
  if (format === 'jsonl') {
    const { jsonlOf } = await import('./jsonl.ts');
    return writeOut(jsonlOf(lines, extract.unreadable));
  }
  if (format === 'html') {
    const { htmlOf } = await import('../report/html.ts');
    return writeOut(await htmlOf(shown));
  }
  const { tableOf } = await import('./table.ts');
  const { isTTY, columns } = process.stdout;
  const coloured = isTTY === true && (process.env.NO_COLOR ?? '') === '';
  const paper = { coloured, ...(isTTY && columns > 0 ? { width: columns } : {}) };
  return writeOut(tableOf(lines, extract.unreadable, policy, paper));
}

/** Written at a time. */
const PIECE = 65_536;

/** Waits for each piece to be taken, so that a slow reader does not make us hold everything, and a closed pipe ends quietly. */
async function writeOut(lines: Iterable<string>): Promise<void> {
  let piece = '';
  const flush = async () => {
    if (!process.stdout.write(piece)) await new Promise((resolve) => process.stdout.once('drain', resolve));
    piece = '';
  };
  for (const line of lines) {
    piece += line;
    if (piece.length >= PIECE) await flush();
  }
  await flush();
}

function exitCode(
  extract: Extract,
  lines: readonly VerdictLine[],
  bad: readonly LineNote[],
  options: ReplayOptions,
): number {
  if (extract.unreadable.length > 0 || bad.length > 0 || readCount(extract) === 0) return EXIT.unreadInput;
  return lines.some((line) => options.failOn?.includes(line.verdict)) ? EXIT.failOn : EXIT.ok;
}
