import { type LedgerRecord, UNKNOWN } from '../../lambdas/core/access-event.ts';
import type { JudgedAction } from '../../lambdas/core/action.ts';
import type { Urgency } from '../../lambdas/core/finding.ts';
import { urgencyAt } from '../../lambdas/core/hours.ts';
import { judge } from '../../lambdas/core/judge.ts';
import type { Policy } from '../../lambdas/core/policy.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';
import { verdictLine } from '../../lambdas/core/verdict-lines.ts';
import type { ApprovalsFile } from '../approvals-file.ts';
import { joinRecords } from './join.ts';

type People = Pick<ApprovalsFile, 'approvals' | 'pins'>;

/** Judges an archive with the function the Lambda judges a ledger with. Lines are sorted by time, then action. */
export function judgeRecords(
  records: readonly LedgerRecord[],
  { approvals, pins }: People,
  policy: Policy,
): VerdictLine[] {
  const actions = judge({ records: joinRecords(records, policy), approvals, pins });
  return actions.map((action) => lineOf(action, policy)).sort(byTimeThenAction);
}

function lineOf(action: JudgedAction, policy: Policy): VerdictLine {
  if (action.judgement.verdict !== 'unapproved') return verdictLine(action);
  return verdictLine(action, { urgency: urgencyOf(action, policy) });
}

/**
 * In a replay nobody is told, so the event's own time routes: the hours of the target's team, or cyber's. A use by
 * nobody known, and tampering, page whatever the hour (design §4, §5.8).
 */
function urgencyOf(action: JudgedAction, policy: Policy): Urgency {
  const [first] = action.members;
  if (first === undefined || first.actor === UNKNOWN || first.kind === 'tampering') return 'page';
  const hours = policy.teams[first.team]?.hours ?? policy.cyber.hours;
  return urgencyAt(action.occurredAt, hours);
}

function byTimeThenAction(one: VerdictLine, other: VerdictLine): number {
  if (one.occurredAt !== other.occurredAt)
    return Date.parse(one.occurredAt) - Date.parse(other.occurredAt) || compare(one.occurredAt, other.occurredAt);
  return compare(one.action, other.action);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
