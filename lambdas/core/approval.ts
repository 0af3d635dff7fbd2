import type { LedgerId } from './access-event.ts';
import type { PersonId } from './policy.ts';
import type { Instant } from './time.ts';

/** People's states of a request. Facts with a time, never unsaid. Whether an approval is *spent* is not here: that is derived by judging. */
export type RequestStatus = 'requested' | 'approved' | 'declined' | 'cancelled' | 'lapsed' | 'revoked';

/** Why an emergency request goes ahead with nobody's yes. */
export type EmergencyWhy = 'planned-change' | 'live-incident' | 'nobody-around';

/** A request and, once a second person said yes, the approval: one fact sheet for one person and one target. */
export interface Approval {
  readonly id: string;
  readonly actor: PersonId;
  readonly target: string;
  /** Where it is good; absent means the target's own account. */
  readonly account?: string;
  /** Targets that one action each is covered of: the target itself and what it includes, resolved when the request was stored. */
  readonly slots: readonly string[];
  /** As written; shown escaped. */
  readonly reason: string;
  readonly requestedAt: Instant;
  readonly picked?: PersonId;
  readonly status: RequestStatus;
  readonly approver?: PersonId;
  /** When the click was received. Validity starts here. */
  readonly approvedAt?: Instant;
  /** Exclusive. */
  readonly validUntil?: Instant;
  /** Whether the approver was eligible at the click; resolved when the yes was stored. */
  readonly approverEligible?: boolean;
  readonly declinedAt?: Instant;
  readonly declinedBy?: PersonId;
  /** Why it was declined, as written. */
  readonly declineWords?: string;
  readonly cancelledAt?: Instant;
  readonly lapsedAt?: Instant;
  /** A revocation is an end: the approval covers what came before it. */
  readonly revokedAt?: Instant;
  readonly revokedBy?: PersonId;
  /** When a request that nobody answered lapses. Absent on requests that came from a file. */
  readonly lapsesAt?: Instant;
  /** How it was asked. A step's inputs can be forged by whoever edits the workflow, so the named person is told and can disown it. */
  readonly via?: 'modal' | 'command' | 'step';
  /** The person in whose name a step asked says that they did not. */
  readonly disowned?: 'yes';
  readonly emergency?: { readonly why: EmergencyWhy; readonly incident?: string };
  readonly ticket?: string;
  /** A late yes is bound to this one finding and good for nothing else. */
  readonly lateFor?: string;
  /** For a late request: the ledger of its finding (`principal:…` when the actor was unknown), where the word on it is said. */
  readonly lateForLedger?: LedgerId;
}

/** An approval for several actions during an incident. Covers without being spent. */
export interface Pin {
  readonly id: string;
  /** Everybody it covers, a team already spelt out, by canonical id. */
  readonly people: readonly PersonId[];
  readonly team?: string;
  readonly targets: readonly string[];
  readonly from: Instant;
  /** Exclusive. */
  readonly until: Instant;
  readonly endedAt?: Instant;
  readonly by: PersonId;
  readonly reason: string;
  readonly incident?: string;
}
