import type { Approval } from '../core/approval.ts';
import { ledgerOf } from '../core/request.ts';
import type { ApprovalUse } from '../core/wording/approval-message.ts';
import { code, escaped } from '../core/wording/escape.ts';
import { mention, targetTitle } from '../core/wording/names.ts';
import { clockTime, zoneOf } from '../core/wording/times.ts';
import type { SlackWorkServices } from './services.ts';
import { tellOnce, words } from './tell.ts';

/**
 * An approval for a database has a slot for the role that leads there. Where the role was used and no session on the database
 * followed, its approver is told: they said yes to something else than what was done. Looked at when the approval has ended
 * and its target's records had time to settle.
 */
export async function tellUnfollowed(
  approval: Approval,
  uses: readonly ApprovalUse[],
  services: SlackWorkServices,
): Promise<void> {
  const { target, approver, validUntil } = approval;
  const [first] = uses;
  if (approval.slots.length < 2 || validUntil === undefined || approver === undefined) return;
  if (first === undefined || uses.some((use) => use.target === target)) return;
  const settledAt = validUntil + (services.policy.targets.find(({ id }) => id === target)?.settleMs ?? 0);
  if (services.now() < settledAt)
    return services.putTimer({ what: 'lapse', about: ledgerOf(approval), id: approval.id, dueAt: settledAt });
  const at = clockTime(first.usedAt, zoneOf(services.policy, target));
  const what = escaped(targetTitle(services.policy, target), 120);
  const text = `${mention(services.policy, approval.actor)} used ${code(first.target, 80)} at ${at} under your approval for ${what}, and no session there followed. Ask them what it was for.`;
  await tellOnce(approval.id, 'unfollowed', approver, words(text), services);
}
