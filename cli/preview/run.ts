import type { Policy } from '../../lambdas/core/policy.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';
import { loadPolicy } from '../../policy/load.ts';
import { withoutDuplicates } from '../archive/extract.ts';
import { sourcesOf } from '../archive/paths.ts';
import { scanArchive } from '../archive/scan.ts';
import { EXIT } from '../exit-codes.ts';
import { judgeRecords } from '../replay/judge-records.ts';
import { peopleFrom } from '../replay/run.ts';
import { previewText } from './text.ts';

export interface PreviewOptions {
  readonly approvals?: string;
  readonly members?: string;
}

/** Judges the archive under both policies and prints what differs. Exit 3 when something does, so that CI can tell. */
export async function preview(
  before: string,
  after: string,
  paths: readonly string[],
  options: PreviewOptions,
): Promise<number> {
  const [old, young] = [await loadPolicy(before), await loadPolicy(after)];
  const [was, willBe] = [await judged(paths, old, options), await judged(paths, young, options)];
  const { text, changed } = previewText(was.lines, willBe.lines);
  process.stdout.write(text);
  if (was.unread || willBe.unread) return EXIT.unreadInput;
  return changed > 0 ? EXIT.failOn : EXIT.ok;
}

async function judged(
  paths: readonly string[],
  policy: Policy,
  options: PreviewOptions,
): Promise<{ lines: VerdictLine[]; unread: boolean }> {
  const { sources, missing } = sourcesOf(paths);
  for (const { path, why } of missing) console.error(`${path}: ${why}`);
  const people = await peopleFrom(options, policy);
  const extract = withoutDuplicates((await scanArchive(sources, policy, { workers: 1 })).extract);
  for (const { file, offset, why } of extract.unreadable.slice(0, 20))
    console.error(`unreadable: ${file} at byte ${offset}: ${why}`);
  const unread = missing.length + extract.unreadable.length + people.bad.length > 0;
  return { lines: judgeRecords(extract.records, people, policy), unread };
}
