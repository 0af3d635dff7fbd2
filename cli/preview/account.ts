import { type Extract, readCount } from '../archive/extract.ts';
import { accountOf } from '../replay/summary.ts';

/** How much of an archive was read. */
export interface Account {
  readonly extract: Extract;
  readonly files: number;
  /** Files of folders that are not called like a trail file. */
  readonly others: number;
}

/** `2 files; read 5 = watched 3 + ignored 2 (other-event 2) + unreadable 0` */
export function accountWords({ extract, files, others }: Account): string {
  const passed = others === 0 ? '' : `, ${count(others, 'other file')} in the folders passed over by name`;
  return `${count(files, 'file')}${passed}; ${accountOf(extract)}`;
}

/** Why nothing that was read says anything of a policy; undefined where something does. */
export function whyNothing({ extract, files }: Account): string | undefined {
  if (files === 0) return 'no file was read: there is none under these paths that is called like a trail file';
  const { 'digest-file': digests = 0, insight = 0 } = extract.ignored;
  const records = readCount(extract) - extract.unreadable.length - digests - insight;
  return records > 0 ? undefined : 'the files that were read have no record that could be judged';
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
