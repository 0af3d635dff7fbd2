import type { LedgerId } from './access-event.ts';
import type { Approval, RequestStatus } from './approval.ts';
import type { PersonId } from './policy.ts';
import type { Instant, Milliseconds } from './time.ts';

/** What people and time do to a request. `at` of a click is when it was received, not when it was worked on. */
export type RequestEvent =
  | { readonly event: 'approve'; readonly by: PersonId; readonly at: Instant; readonly validForMs: Milliseconds }
  | { readonly event: 'decline'; readonly by: PersonId; readonly at: Instant; readonly words?: string }
  | { readonly event: 'cancel'; readonly at: Instant }
  | { readonly event: 'disown'; readonly at: Instant }
  | { readonly event: 'lapse'; readonly at: Instant }
  | { readonly event: 'revoke'; readonly by: PersonId; readonly at: Instant };

export type RequestEventName = RequestEvent['event'];

/**
 * The allowed transitions; what is not here is refused. Declined, cancelled, lapsed and revoked are terminal: a fact is
 * never unsaid. Whether an approval is spent is no state of it: that is derived by judging.
 */
export const TRANSITIONS: Readonly<Record<RequestStatus, Partial<Readonly<Record<RequestEventName, RequestStatus>>>>> =
  {
    requested: {
      approve: 'approved',
      decline: 'declined',
      cancel: 'cancelled',
      disown: 'cancelled',
      lapse: 'lapsed',
    },
    approved: { revoke: 'revoked', disown: 'revoked' },
    declined: {},
    cancelled: {},
    lapsed: {},
    revoked: {},
  };

export type Transition =
  | { readonly outcome: 'ok'; readonly request: Approval }
  | { readonly outcome: 'refused'; readonly why: TransitionRefusal };

export type TransitionRefusal =
  /** The state does not allow it: somebody or the clock was first. */
  | 'already-over'
  /** The same yes once more: a double click, or the queue delivering again. */
  | 'already-so'
  /** The click came when the request had already lapsed, though nobody had written that down yet. */
  | 'too-late'
  /** A revocation after the approval's own end. */
  | 'expired';

/** What becomes of a request. Pure: the same request and event always give the same. Whether somebody *may* is `eligibility.ts`. */
export function transition(request: Approval, event: RequestEvent): Transition {
  const next = TRANSITIONS[request.status][event.event];
  if (!next) return refused(sameAgain(request, event) ? 'already-so' : 'already-over');
  if (event.event !== 'lapse' && request.status === 'requested' && hasLapsed(request, event.at)) {
    return refused('too-late');
  }
  if (event.event === 'lapse' && !hasLapsed(request, event.at)) return refused('already-over');
  if (next === 'revoked' && event.at >= (request.validUntil ?? 0)) return refused('expired');
  return { outcome: 'ok', request: { ...request, status: next, ...factsOf(request, event) } };
}

/** The partition in which a request is kept. */
export function ledgerOf(request: Approval): LedgerId {
  return `person:${request.actor}`;
}

/** Whether nobody answered in time. Half-open, like every end. */
export function hasLapsed(request: Approval, at: Instant): boolean {
  return request.lapsesAt !== undefined && at >= request.lapsesAt;
}

function refused(why: TransitionRefusal): Transition {
  return { outcome: 'refused', why };
}

function sameAgain(request: Approval, event: RequestEvent): boolean {
  if (event.event === 'approve') return request.status === 'approved' && request.approver === event.by;
  if (event.event === 'decline') return request.status === 'declined' && request.declinedBy === event.by;
  if (event.event === 'revoke') return request.status === 'revoked' && request.revokedBy === event.by;
  if (event.event === 'lapse') return request.status === 'lapsed';
  if (event.event === 'disown') return request.disowned === 'yes';
  return request.status === 'cancelled';
}

function factsOf(request: Approval, event: RequestEvent): Partial<Approval> {
  switch (event.event) {
    case 'approve':
      // The clock of the approval starts at the yes, not at the asking.
      return {
        approver: event.by,
        approvedAt: event.at,
        validUntil: event.at + event.validForMs,
        approverEligible: true,
      };
    case 'decline':
      return { declinedBy: event.by, declinedAt: event.at, ...(event.words && { declineWords: event.words }) };
    case 'cancel':
      return { cancelledAt: event.at };
    case 'disown':
      return request.status === 'approved'
        ? { revokedAt: event.at, revokedBy: request.actor, disowned: 'yes' }
        : { cancelledAt: event.at, disowned: 'yes' };
    case 'lapse':
      return { lapsedAt: event.at };
    case 'revoke':
      return { revokedBy: event.by, revokedAt: event.at };
  }
}
