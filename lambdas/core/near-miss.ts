import type { MissReason, NearMiss } from './action.ts';
import type { Approval, Pin } from './approval.ts';
import { endOf, type Objection, objectionsTo, objectionsToPin, pinEndOf, type Use } from './coverage.ts';
import { compareText } from './group.ts';
import { HOUR_MS, type Instant, type Milliseconds } from './time.ts';

/** An approval whose life lies further than this from the use did not almost cover it. */
export const NEAR_MS = 24 * HOUR_MS;

/** More would not be read by anybody, and a ledger has to stay small. */
const MOST_MISSES = 12;

/** The nearest first. */
const REASONS: readonly MissReason[] = [
  'too-late',
  'already-used',
  'not-yet-approved',
  'expired',
  'revoked',
  'declined',
  'self-approved',
  'approver-not-eligible',
  'other-account',
  'other-target',
];

/** What a slot of an approval was spent on. */
export interface SpentOn {
  readonly action: string;
  readonly occurredAt: Instant;
}

interface Candidate {
  readonly misses: readonly NearMiss[];
  /** How far the use lies outside the approval's life. */
  readonly distanceMs: Milliseconds;
}

/**
 * Everything that almost covered the use, with every reason why it did not: those with the fewest reasons first, then
 * by reason, then the nearest in time, ties by id. `approvals` and `pins` are those of the use's actor.
 * `spentOn` tells what the slot of an approval for the use's target was already spent on.
 * With `tooLate` even what would have covered is a miss, for what it was spent on can no longer be told.
 */
export function nearMisses(
  use: Use,
  approvals: readonly Approval[],
  pins: readonly Pin[],
  spentOn: (approval: Approval) => SpentOn | undefined,
  tooLate = false,
): readonly NearMiss[] {
  const candidates = [
    ...approvals
      .filter((approval) => approval.lateFor === undefined)
      .map((approval) => ofApproval(approval, use, spentOn(approval), tooLate)),
    ...pins.map((pin) => ofPin(pin, use, tooLate)),
  ];
  const near = candidates.filter(({ misses, distanceMs }) => misses.length > 0 && distanceMs <= NEAR_MS);
  return near
    .sort(nearestFirst)
    .flatMap(({ misses }) => misses)
    .slice(0, MOST_MISSES);
}

function ofApproval(approval: Approval, use: Use, spent: SpentOn | undefined, tooLate: boolean): Candidate {
  const about = {
    approval: approval.id,
    target: approval.target,
    ...(approval.approver === undefined ? {} : { approver: approval.approver }),
  };
  const used: readonly NearMiss[] =
    spent === undefined ? [] : [{ ...about, because: 'already-used', at: spent.occurredAt, usedBy: spent.action }];
  const misses = [...used, ...objectionsTo(approval, use).map((objection) => ({ ...about, ...objection }))];
  return candidate(
    misses.length === 0 && tooLate ? [{ ...about, because: 'too-late' }] : misses,
    use,
    approval.requestedAt,
    lifeEndOf(approval),
  );
}

/** An emergency request that waits for its yes stays near for as long as it is open. */
export function lifeEndOf(approval: Approval): Instant {
  const waits = approval.status === 'requested' && approval.emergency !== undefined;
  return waits ? Number.POSITIVE_INFINITY : endOf(approval);
}

function ofPin(pin: Pin, use: Use, tooLate: boolean): Candidate {
  const about = { approval: pin.id, approver: pin.by };
  const objections: readonly Objection[] = objectionsToPin(pin, use);
  const misses: readonly NearMiss[] = objections.map((objection) => ({ ...about, ...objection }));
  return candidate(
    misses.length === 0 && tooLate ? [{ ...about, because: 'too-late' }] : misses,
    use,
    pin.from,
    pinEndOf(pin),
  );
}

function candidate(misses: readonly NearMiss[], use: Use, from: Instant, end: Instant): Candidate {
  const distanceMs = Math.max(0, from - use.at, use.at - Math.max(from, end));
  return { misses: misses.toSorted((one, other) => rank(one) - rank(other)), distanceMs };
}

function rank(miss: NearMiss | undefined): number {
  return miss === undefined ? REASONS.length : REASONS.indexOf(miss.because);
}

function nearestFirst(one: Candidate, other: Candidate): number {
  return (
    one.misses.length - other.misses.length ||
    rank(one.misses[0]) - rank(other.misses[0]) ||
    one.distanceMs - other.distanceMs ||
    compareText(one.misses[0]?.approval ?? '', other.misses[0]?.approval ?? '')
  );
}
