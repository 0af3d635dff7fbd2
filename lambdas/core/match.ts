import { UNKNOWN } from './access-event.ts';
import type { Judgement } from './action.ts';
import type { Approval, Pin } from './approval.ts';
import { endOf, objectionsTo, objectionsToPin, pinEndOf, type Use, useOf } from './coverage.ts';
import { compareText, type Group } from './group.ts';
import { lifeEndOf, NEAR_MS, nearMisses, type SpentOn } from './near-miss.ts';
import type { Life, Nearby } from './nearby.ts';
import type { Instant } from './time.ts';

/** A group with what matching needs of it. */
export interface Draft {
  readonly id: string;
  readonly group: Group;
  /** The first success, or, when every call was refused, the first record. */
  readonly at: Instant;
  /** The smallest key of its records. */
  readonly smallest: string;
}

/** What each slot of each approval is spent on. Grows while actions are matched in order of time. */
export type Spending = Map<string, SpentOn>;

export function spendKey(approval: string, slot: string): string {
  return JSON.stringify([approval, slot]);
}

/** What people have said, by the person whose use it may cover. */
export interface FactsByPerson {
  readonly approvals: ReadonlyMap<string, Nearby<Approval>>;
  readonly pins: ReadonlyMap<string, readonly Pin[]>;
}

/**
 * The verdict of one action, and, when it takes an approval, the entry in `spending`. Precedence: suppressed, (refused),
 * pinned, approved, unapproved. Called for every action in order of time, ties by smallest key: each takes the covering
 * approval that ends first, which, with one target a slot, covers the largest possible number of actions.
 */
export function matchNext(draft: Draft, facts: FactsByPerson, spending: Spending): Judgement {
  const settled = withoutMatching(draft);
  if (settled !== undefined) return settled;
  const first = draft.group.members[0];
  if (first === undefined || first.actor === UNKNOWN) return { verdict: 'unapproved', nearMisses: [] };
  const use = useOf(first, draft.at);
  const pins = facts.pins.get(use.actor) ?? [];
  const pin = pins.filter((one) => objectionsToPin(one, use).length === 0).sort(endsFirst(pinEndOf))[0];
  if (pin !== undefined) return { verdict: 'pinned', pin: pin.id };
  const approvals = facts.approvals.get(use.actor)?.(use.at, NEAR_MS) ?? [];
  const approval = takeApproval(draft, use, approvals, spending);
  if (approval !== undefined) return { verdict: 'approved', approval: approval.id, slot: use.target };
  const spentOn = (one: Approval) => spending.get(spendKey(one.id, use.target));
  return { verdict: 'unapproved', nearMisses: nearMisses(use, approvals, pins, spentOn) };
}

/** While it may cover or almost cover: from the asking, or an earlier yes, to its end. Whatever covers a use lives at its instant. */
export function lifeOf(approval: Approval): Life {
  const { requestedAt, approvedAt = requestedAt } = approval;
  return {
    from: Math.min(requestedAt, approvedAt),
    until: Math.max(requestedAt, approvedAt, lifeEndOf(approval)),
  };
}

function withoutMatching({ group }: Draft): Judgement | undefined {
  if (group.sealed !== undefined) return group.sealed.judgement;
  const suppression = group.members[0]?.suppression;
  if (suppression !== undefined) return { verdict: 'suppressed', suppression };
  if (group.members.every((member) => member.outcome === 'refused')) return { verdict: 'attempted' };
  return undefined;
}

function takeApproval(
  draft: Draft,
  use: Use,
  approvals: readonly Approval[],
  spending: Spending,
): Approval | undefined {
  const covering = approvals.filter(
    (approval) => isGood(approval, use) && !spending.has(spendKey(approval.id, use.target)),
  );
  const taken = covering.sort(endsFirst(endOf))[0];
  if (taken !== undefined) spending.set(spendKey(taken.id, use.target), { action: draft.id, occurredAt: draft.at });
  return taken;
}

/** A late yes is bound to the finding that it closes and covers nothing. */
function isGood(approval: Approval, use: Use): boolean {
  return approval.lateFor === undefined && objectionsTo(approval, use).length === 0;
}

function endsFirst<T extends { readonly id: string }>(end: (one: T) => Instant): (one: T, other: T) => number {
  return (one, other) => end(one) - end(other) || compareText(one.id, other.id);
}
