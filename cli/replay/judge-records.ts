import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import type { JudgedAction } from '../../lambdas/core/action.ts';
import { ledgerIdOf } from '../../lambdas/core/halves.ts';
import { judge } from '../../lambdas/core/judge.ts';
import { toldOf } from '../../lambdas/core/ledger-findings.ts';
import type { Policy } from '../../lambdas/core/policy.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';
import { verdictLine } from '../../lambdas/core/verdict-lines.ts';
import type { ApprovalsFile } from '../approvals-file.ts';
import { joinRecords } from './join.ts';

type People = Pick<ApprovalsFile, 'approvals' | 'pins'>;

/** An action as a line, with what a human would be told of it. */
export interface JudgedLine {
  readonly line: VerdictLine;
  readonly action: JudgedAction;
  readonly told: ReturnType<typeof toldOf>;
}

/** Judges an archive with the function the Lambda judges a ledger with. Lines are sorted by time, then action. */
export function judgeRecords(records: readonly LedgerRecord[], people: People, policy: Policy): VerdictLine[] {
  return judgeLines(records, people, policy).map(({ line }) => line);
}

/**
 * The same, with what is told. In a replay nobody is, so the event's own time routes; what stands in one ledger is seen
 * together, as there.
 */
export function judgeLines(
  records: readonly LedgerRecord[],
  { approvals, pins }: People,
  policy: Policy,
): JudgedLine[] {
  const actions = judge({ records: joinRecords(records, policy), approvals, pins });
  const ledgers = Map.groupBy(actions, ledgerOf);
  return actions
    .map((action) => {
      const told = toldOf(action, ledgers.get(ledgerOf(action)) ?? [], action.occurredAt, policy);
      return { action, told, line: verdictLine(action, told === undefined ? {} : { urgency: told.urgency }) };
    })
    .sort((one, other) => byTimeThenAction(one.line, other.line));
}

function ledgerOf({ members: [first] }: JudgedAction): string {
  return first === undefined ? '' : ledgerIdOf(first);
}

function byTimeThenAction(one: VerdictLine, other: VerdictLine): number {
  if (one.occurredAt !== other.occurredAt)
    return Date.parse(one.occurredAt) - Date.parse(other.occurredAt) || compare(one.occurredAt, other.occurredAt);
  return compare(one.action, other.action);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
