import type { JudgedAction } from './action.ts';
import type { Approval } from './approval.ts';
import { type Instant, isoOf } from './time.ts';
import type { VerdictLine } from './verdict-line.ts';

/**
 * The emergency that the actor had declared for the action's target and that nobody had said yes to when it happened: the
 * latest declared, or undefined. It changes what the message says, never that it is told. `approvals` are the actor's.
 */
export function emergencyOf(action: JudgedAction, approvals: readonly Approval[]): VerdictLine['emergency'] {
  if (action.judgement.verdict !== 'unapproved') return undefined;
  const target = action.members[0]?.target ?? '';
  const declared = approvals.filter((each) => each.slots.includes(target) && isWaiting(each, action.occurredAt));
  const latest = declared.toSorted((one, other) => other.requestedAt - one.requestedAt)[0];
  if (latest?.emergency === undefined) return undefined;
  const { id, requestedAt, picked, emergency } = latest;
  return { approval: id, declaredAt: isoOf(requestedAt), ...emergency, ...(picked === undefined ? {} : { picked }) };
}

function isWaiting(approval: Approval, at: Instant): boolean {
  if (approval.emergency === undefined || approval.requestedAt > at) return false;
  const { approvedAt, declinedAt, cancelledAt, lapsedAt } = approval;
  return [approvedAt, declinedAt, cancelledAt, lapsedAt].every((end) => end === undefined || end > at);
}
