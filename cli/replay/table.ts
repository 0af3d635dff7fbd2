import { stripVTControlCharacters } from 'node:util';
import pc from 'picocolors';
import type { Policy } from '../../lambdas/core/policy.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';
import { accountName, targetTitle } from '../../lambdas/core/wording/names.ts';
import type { Unreadable } from '../archive/extract.ts';
import { GAP, plainTable, widthsOf } from '../plain-table.ts';

/** Where the table goes. */
export interface Paper {
  /** Only where they are wanted: on a terminal, without NO_COLOR. */
  readonly coloured: boolean;
  /** Columns of the terminal; the last column of the table is cut to it. Unknown for a file, which is not cut. */
  readonly width?: number;
}

/** Narrower, a reason says nothing. */
const LEAST_REASON = 16;

/** The lines as a table for a person, piece by piece. */
export function tableOf(
  lines: readonly VerdictLine[],
  unreadable: readonly Unreadable[],
  policy: Policy,
  { coloured, width }: Paper,
): Iterable<string> {
  const colours = pc.createColors(coloured);
  const rows = [
    ['when (UTC)', 'verdict', 'who', 'what', 'where', 'why'].map((title) => colours.bold(title)),
    ...lines.map((line) => rowOf(line, policy, colours)),
    ...unreadable.map(({ file, offset, why }) => [
      '',
      colours.red('unreadable'),
      '',
      '',
      `${file} at byte ${offset}`,
      why,
    ]),
  ];
  const [head = [], ...body] = width === undefined ? rows : fitted(rows, width);
  return plainTable(head, body);
}

/** The same rows, the last cell of each cut to what the others leave of the width. */
function fitted(rows: readonly string[][], width: number): string[][] {
  const others = widthsOf(rows)
    .slice(0, -1)
    .reduce((sum, column) => sum + column + GAP.length, 0);
  const room = Math.max(LEAST_REASON, width - others);
  return rows.map((row) => [...row.slice(0, -1), cut(row.at(-1) ?? '', room)]);
}

function rowOf(line: VerdictLine, policy: Policy, colours: ReturnType<typeof pc.createColors>): string[] {
  const paint = {
    approved: colours.green,
    pinned: colours.green,
    suppressed: colours.dim,
    attempted: colours.yellow,
    undecided: colours.red,
    unapproved: colours.red,
    unreadable: colours.red,
  }[line.verdict];
  return [
    line.occurredAt.replace('T', ' ').replace('Z', ''),
    paint(line.urgency === undefined ? line.verdict : `${line.verdict} (${line.urgency})`),
    shown(line.actor),
    shown(targetTitle(policy, line.target)),
    shown(accountName(policy, line.account)),
    shown(reasonOf(line)),
  ];
}

/** Why the verdict is what it is, in a few words. */
export function reasonOf(line: VerdictLine): string {
  if (line.approval !== undefined) return `approval ${line.approval}`;
  if (line.pin !== undefined) return `pin ${line.pin}`;
  if (line.suppression !== undefined) return `suppression ${line.suppression}`;
  if (line.verdict === 'attempted') return 'AWS refused the call';
  const [nearest] = line.nearMisses;
  if (nearest === undefined) return line.actor === 'unknown' ? line.how : 'nobody was asked';
  return `${nearest.because}: approval ${nearest.approval}${nearest.usedBy === undefined ? '' : ` was used by ${nearest.usedBy}`}`;
}

/** Text from a record can hold anything; on a terminal control characters would be obeyed, and marks of direction would lie. */
function shown(text: string): string {
  const clean = text.replace(/\p{C}/gu, '·');
  return cut(clean, 60);
}

function cut(text: string, most: number): string {
  return stripVTControlCharacters(text).length > most ? `${text.slice(0, most - 1)}…` : text;
}
