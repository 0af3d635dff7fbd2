import pc from 'picocolors';
import type { Policy } from '../../lambdas/core/policy.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';
import { accountName, targetTitle } from '../../lambdas/core/wording/names.ts';
import type { Unreadable } from '../archive/extract.ts';
import { cut, plainTable } from '../plain-table.ts';
import { shown } from '../visible.ts';
import { type Cells, fitted } from './layout.ts';

/** Where the table goes. */
export interface Paper {
  /** Only where they are wanted: on a terminal, without NO_COLOR. */
  readonly coloured: boolean;
  /** Columns of the terminal; the table leaves out and cuts what it has no room for. Unknown for a file, which is not cut. */
  readonly width?: number;
}

type Colours = ReturnType<typeof pc.createColors>;

/** The lines as a table for a person, piece by piece. */
export function tableOf(
  lines: readonly VerdictLine[],
  unreadable: readonly Unreadable[],
  policy: Policy,
  { coloured, width }: Paper,
): Iterable<string> {
  const colours = pc.createColors(coloured);
  const rows = [
    headOf(colours),
    ...lines.map((line) => cellsOf(line, policy, colours)),
    ...unreadable.map((each) => unreadableCells(each, colours)),
  ];
  const [head = [], ...body] = fitted(rows, width);
  return plainTable(head, body);
}

function headOf({ bold }: Colours): Cells {
  const [when, what, where] = [bold('when (UTC)'), bold('what'), bold('where')];
  return {
    ...{ when, minute: when, verdict: bold('verdict'), who: bold('who') },
    ...{ what, subject: what, where, account: where, why: bold('why') },
  };
}

function cellsOf(line: VerdictLine, policy: Policy, colours: Colours): Cells {
  const paint = {
    approved: colours.green,
    pinned: colours.green,
    suppressed: colours.dim,
    attempted: colours.yellow,
    undecided: colours.red,
    unapproved: colours.red,
    unreadable: colours.red,
  }[line.verdict];
  const what = cell(targetTitle(policy, line.target));
  return {
    when: line.occurredAt.replace('T', ' ').replace('Z', ''),
    minute: line.occurredAt.slice(0, 16).replace('T', ' '),
    verdict: paint(line.urgency === undefined ? line.verdict : `${line.verdict} (${line.urgency})`),
    who: cell(line.actor),
    what,
    subject: what,
    where: cell(accountName(policy, line.account)),
    account: cell(policy.accounts[line.account] || accountName(policy, line.account)),
    why: cell(reasonOf(line)),
  };
}

/** Not cut unless the terminal is too narrow: it is where somebody has to look. */
function unreadableCells({ file, offset, why }: Unreadable, { red }: Colours): Cells {
  const where = shown(`${file} at byte ${offset}`);
  return {
    ...{ when: '', minute: '', verdict: red('unreadable'), who: '', what: '' },
    ...{ subject: where, where, account: where, why: shown(why) },
  };
}

/** Why the verdict is what it is, in a few words. */
export function reasonOf(line: VerdictLine): string {
  if (line.approval !== undefined) return `approval ${line.approval}`;
  if (line.pin !== undefined) return `pin ${line.pin}`;
  if (line.suppression !== undefined) return `suppression ${line.suppression}`;
  if (line.verdict === 'attempted') return 'AWS refused the call';
  const [nearest] = line.nearMisses;
  if (nearest === undefined) return line.actor === 'unknown' ? line.how : 'nobody was asked';
  // Only an approval has a target: a pin is for several.
  const what = nearest.target === undefined ? 'pin' : 'approval';
  return `${nearest.because}: ${what} ${nearest.approval}${nearest.usedBy === undefined ? '' : ` was used by ${nearest.usedBy}`}`;
}

/** What is longer would be read by nobody. */
function cell(text: string): string {
  return cut(shown(text), 60);
}
