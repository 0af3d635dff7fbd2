import type { LedgerRecord } from './access-event.ts';
import type { MissReason } from './action.ts';
import type { Approval, Pin } from './approval.ts';
import type { PersonId } from './policy.ts';
import { type Instant, SECOND_MS } from './time.ts';

/** CloudTrail cuts times to whole seconds, so a use may seem up to a second older than the yes that it followed. */
export const TOLERANCE_MS = SECOND_MS;

/** What an approval has to cover. */
export interface Use {
  readonly actor: PersonId;
  readonly target: string;
  readonly account: string;
  /** The action's first success. */
  readonly at: Instant;
}

/** One reason why an approval does not cover a use, with the instant that explains it. */
export interface Objection {
  readonly because: MissReason;
  readonly at?: Instant;
}

export function useOf(first: LedgerRecord, at: Instant): Use {
  return { actor: first.actor, target: first.target, account: first.account, at };
}

/**
 * Every reason why `approval`, which is one of the use's actor, does not cover the use, apart from being spent.
 * None means that it covers: this is the only place where that is decided.
 */
export function objectionsTo(approval: Approval, use: Use): readonly Objection[] {
  const objections: Objection[] = [];
  if (!approval.slots.includes(use.target)) objections.push({ because: 'other-target' });
  if (approval.account !== undefined && approval.account !== use.account) objections.push({ because: 'other-account' });
  return [...objections, ...(isYes(approval) ? objectionsToYes(approval, approval.approvedAt, use) : noYes(approval))];
}

/** Every reason why a pin that names the use's actor does not cover it. */
export function objectionsToPin(pin: Pin, use: Use): readonly Objection[] {
  const objections: Objection[] = [];
  if (!pin.targets.includes(use.target)) objections.push({ because: 'other-target' });
  if (pin.by === use.actor) objections.push({ because: 'self-approved', at: pin.from });
  if (pin.from > use.at + TOLERANCE_MS) objections.push({ because: 'not-yet-approved', at: pin.from });
  if (use.at >= pinEndOf(pin)) objections.push({ because: 'expired', at: pinEndOf(pin) });
  return objections;
}

/** Exclusive end of an approval: a revocation is an end. One without an end has none of its life left, so that it covers nothing. */
export function endOf(approval: Approval): Instant {
  const validUntil = approval.validUntil ?? approval.approvedAt ?? approval.requestedAt;
  return Math.min(validUntil, revocationOf(approval) ?? validUntil);
}

export function pinEndOf(pin: Pin): Instant {
  return Math.min(pin.until, pin.endedAt ?? pin.until);
}

type Yes = Approval & { readonly approvedAt: Instant };

function isYes(approval: Approval): approval is Yes {
  return (approval.status === 'approved' || approval.status === 'revoked') && approval.approvedAt !== undefined;
}

function noYes(approval: Approval): readonly Objection[] {
  if (approval.status !== 'declined') return [{ because: 'not-yet-approved' }];
  return [{ because: 'declined', ...(approval.declinedAt === undefined ? {} : { at: approval.declinedAt }) }];
}

function objectionsToYes(approval: Approval, approvedAt: Instant, use: Use): readonly Objection[] {
  const objections: Objection[] = [];
  if (approvedAt > use.at + TOLERANCE_MS) objections.push({ because: 'not-yet-approved', at: approvedAt });
  const end = endOf(approval);
  if (use.at >= end) objections.push({ because: end === revocationOf(approval) ? 'revoked' : 'expired', at: end });
  if (approval.approver === use.actor) objections.push({ because: 'self-approved', at: approvedAt });
  else if (approval.approver === undefined || approval.approverEligible !== true)
    objections.push({ because: 'approver-not-eligible', at: approvedAt });
  return objections;
}

/** A revocation whose instant was lost counts from the yes: the approval then covers nothing. */
function revocationOf(approval: Approval): Instant | undefined {
  return approval.revokedAt ?? (approval.status === 'revoked' ? approval.approvedAt : undefined);
}
