import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';
import { type Extract, readCount } from '../archive/extract.ts';
import { shown } from '../visible.ts';

/** What a run came to, for stderr. */
export interface Outcome {
  readonly extract: Extract;
  readonly lines: readonly VerdictLine[];
  /** Lines left out of the output by filters. */
  readonly hidden: number;
  readonly files: number;
  /** Of them, those that an earlier run had kept. */
  readonly kept: number;
  /** Files of a folder that are not called like a trail file. */
  readonly others: number;
  readonly seconds: number;
  readonly stopped?: 'interrupted';
}

/** The account of every record that was read, and what the actions came to. */
export function summaryOf(outcome: Outcome): string {
  const { extract, lines, hidden, files, kept, others, seconds, stopped } = outcome;
  return [
    ...(stopped === undefined ? [] : ['stopped before the end: what follows is of the files read so far']),
    `${count(files, 'file')}${kept === 0 ? '' : ` (${kept} kept from an earlier run)`}, ${seconds.toFixed(1)} s${others === 0 ? '' : `; ${count(others, 'other file')} in the folders passed over by name`}`,
    accountOf(extract),
    ...(readCount(extract) === 0 && stopped === undefined ? [nothingRead(others)] : []),
    `${count(lines.length, 'action')}${lines.length === 0 ? '' : ` = ${verdictCounts(lines)}`}${hidden === 0 ? '' : `; ${hidden} of them not shown (filters)`}`,
    ...extract.unreadable
      .slice(0, MOST_NAMED)
      .map(({ file, offset, why }) => shown(`unreadable: ${file} at byte ${offset}: ${why}`)),
    ...(extract.unreadable.length > MOST_NAMED
      ? [`unreadable: … and ${extract.unreadable.length - MOST_NAMED} more, each a line of the output`]
      : []),
  ].join('\n');
}

/** An archive in which nothing is found is more often a wrong path than a quiet year. */
function nothingRead(others: number): string {
  const named = others === 0 ? '' : '; a file that is called otherwise is read when it is named itself';
  return `warning: nothing was read, so nothing is proved: give trail files or JSON Lines (.json, .jsonl, .ndjson, also .gz), or folders of them${named}`;
}

const MOST_NAMED = 20;

/** `read = watched + ignored(by reason) + unreadable`, with the figures. */
export function accountOf(extract: Extract): string {
  const reasons = Object.entries(extract.ignored).sort(([one], [other]) => (one < other ? -1 : 1));
  const ignored = reasons.reduce((sum, [, times]) => sum + times, 0);
  const byReason =
    reasons.length === 0 ? '' : ` (${reasons.map(([because, times]) => `${because} ${times}`).join(', ')})`;
  return `read ${readCount(extract)} = watched ${extract.records.length} + ignored ${ignored}${byReason} + unreadable ${extract.unreadable.length}`;
}

function verdictCounts(lines: readonly VerdictLine[]): string {
  const counts = [...Map.groupBy(lines, (line) => line.verdict)].map(([verdict, all]) => `${verdict} ${all.length}`);
  return counts.sort().join(' + ');
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
