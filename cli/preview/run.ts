import { writeFile } from 'node:fs/promises';
import { TwoEyeError } from '../../lambdas/core/errors.ts';
import { loadPolicy } from '../../policy/load.ts';
import { givenPeople, notesOf, type PeopleOptions } from '../approvals.ts';
import { sourcesOf } from '../archive/paths.ts';
import { EXIT } from '../exit-codes.ts';
import { judgeRecords } from '../replay/judge-records.ts';
import { type CacheOption, keepOf } from '../replay/options.ts';
import { progressOn } from '../replay/progress.ts';
import { shown } from '../visible.ts';
import { accountWords, whyNothing } from './account.ts';
import { readOnce } from './read-once.ts';
import { previewText } from './text.ts';

export interface PreviewOptions extends PeopleOptions {
  readonly cache?: CacheOption;
  /** A file for the preview with every changed use: what goes to stdout has the first ones only. */
  readonly all?: string;
}

/**
 * Judges the archive under both policies and prints what differs, as Markdown. The exit code, for CI: 3 when something does, 2 when
 * some input could not be read, there was nothing to read, or `stop` was aborted.
 */
export async function preview(
  before: string,
  after: string,
  paths: readonly string[],
  options: PreviewOptions,
  stop: AbortSignal,
): Promise<number> {
  const [old, young] = [await loadPolicy(before), await loadPolicy(after)];
  const [oldPeople, youngPeople] = [await givenPeople(options, old), await givenPeople(options, young)];
  for (const note of new Set([...notesOf(oldPeople), ...notesOf(youngPeople)])) console.error(note);
  const { sources, missing, others } = sourcesOf(paths);
  const progress = await progressOn(process.stderr, sources);
  const seen = await readOnce(sources, old, young, {
    stop,
    progress: progress.update,
    ...keepOf(options.cache),
  });
  progress.stop();
  const { extract, files } = seen;
  for (const { path, why } of missing) extract.unreadable.push({ file: path, why, offset: 0 });
  const account = { extract, files, others };
  const unread = extract.unreadable;
  for (const each of unread.slice(0, MOST_NAMED)) console.error(shown(unreadableLine(each)));
  if (unread.length > MOST_NAMED) console.error(`… and ${unread.length - MOST_NAMED} more could not be read`);
  const nothing = whyNothing(account);
  if (nothing !== undefined) console.error(`warning: ${nothing}`);
  console.error(accountWords(account));
  const { text, whole, changed } = previewText(
    { policy: old, lines: judgeRecords(seen.before, oldPeople, old) },
    { policy: young, lines: judgeRecords(seen.after, youngPeople, young) },
    {
      account,
      // Of what was stopped nobody knows which files were read.
      sources: stop.aborted ? [] : sources,
      warnings: [
        ...(nothing === undefined ? [] : [nothing]),
        ...new Set([...oldPeople.warnings, ...youngPeople.warnings]),
        ...(unread.length === 0 ? [] : [`${unread.length} files or records could not be read`]),
        ...(stop.aborted ? ['stopped before the end: only the files read so far count'] : []),
      ],
    },
  );
  process.stdout.write(text);
  if (options.all !== undefined) await writeWhole(options.all, whole);
  const isUnread = unread.length + oldPeople.bad.length + youngPeople.bad.length > 0;
  if (isUnread || nothing !== undefined || stop.aborted) return EXIT.unreadInput;
  return changed > 0 ? EXIT.failOn : EXIT.ok;
}

async function writeWhole(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw new TwoEyeError('misconfigured', `--all ${path} cannot be written; give the path of a file`, { cause });
  }
}

const MOST_NAMED = 20;

function unreadableLine({ file, offset, why }: { file: string; offset: number; why: string }): string {
  return `unreadable: ${file} at byte ${offset}: ${why}`;
}
