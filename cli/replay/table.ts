import Table from 'cli-table3';
import pc from 'picocolors';
import type { Policy } from '../../lambdas/core/policy.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';
import { accountName, targetTitle } from '../../lambdas/core/wording/names.ts';
import type { Unreadable } from '../archive/extract.ts';

const PLAIN = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** The lines as a table for a person. Colours only where they are wanted (a terminal). */
export function tableOf(
  lines: readonly VerdictLine[],
  unreadable: readonly Unreadable[],
  policy: Policy,
  coloured: boolean,
): string {
  const colours = pc.createColors(coloured);
  const table = new Table({
    head: ['when (UTC)', 'verdict', 'who', 'what', 'where', 'why'].map((title) => colours.bold(title)),
    chars: PLAIN,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const line of lines) table.push(rowOf(line, policy, colours));
  for (const { file, offset, why } of unreadable)
    table.push(['', colours.red('unreadable'), '', '', `${file} at byte ${offset}`, why]);
  return `${table.toString()}\n`;
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
  return clean.length > 60 ? `${clean.slice(0, 59)}…` : clean;
}
