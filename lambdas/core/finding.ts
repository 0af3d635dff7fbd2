import type { AccessKind, LedgerId } from './access-event.ts';
import type { PersonId, Rota } from './policy.ts';
import type { Instant } from './time.ts';

export type FindingState = 'open' | 'acknowledged' | 'closed';
export type ClosedAs = 'confirmed' | 'approved-late' | 'not-genuine' | 'matched-later' | 'duplicate';
export type Urgency = 'ping' | 'page';

/** Why the finding exists. */
export type FindingCause = 'unapproved' | 'undecided' | 'unreadable' | 'attempts' | 'tampering';

/**
 * What a human said about a finding. Written by `on-slack` and `on-pagerduty` beside the approvals of the ledger
 * (never into the ledger itself) and taken into account when the ledger is judged next.
 */
export interface Word {
  readonly id: string;
  readonly finding: string;
  readonly kind: 'acknowledged' | 'it-was-me' | 'confirmed' | 'approved-late' | 'not-genuine' | 'resolved-elsewhere';
  /** `unknown` for somebody whom PagerDuty names and the policy does not. */
  readonly by: PersonId | 'unknown';
  readonly via: 'slack' | 'pagerduty';
  readonly at: Instant;
  readonly text?: string;
  /** For `approved-late`: the late approval. */
  readonly approval?: string;
}

/** The durable record of an action that needs a human. */
export interface Finding {
  /** Its first action's id (`key#2` for a later need of the same action), so that a retry is the same finding. */
  readonly id: string;
  readonly ledger: LedgerId;
  readonly action: string;
  readonly cause: FindingCause;
  readonly actor: PersonId | 'unknown';
  readonly target: string;
  /** Team id, or `cyber` for what has no team. */
  readonly team: string;
  readonly account: string;
  readonly kind: AccessKind;
  readonly occurredAt: Instant;
  /** When it was recorded; `pageAfter` counts from here. */
  readonly openedAt: Instant;
  readonly state: FindingState;
  readonly closedAs?: ClosedAs;
  readonly closedAt?: Instant;
  readonly words: readonly Word[];
  /** The finding in whose thread and under whose PagerDuty incident this one is shown, while that one is open. */
  readonly foldsInto?: string;
  /**
   * Set when a finding for the same actor and target is open (`beside`) but this one does not fold into it: a new address
   * or principal, or one after an acknowledgement, even one that does not count, notifies again, in a message and an incident of its own.
   */
  readonly again?: {
    readonly because: 'new-address' | 'new-principal' | 'acknowledged' | 'silenced';
    readonly beside: string;
  };
  /** `two-eye/` + the id of the finding it folds into, or its own. Paged again under the next key, it has `/2`, `/3` … behind it. */
  readonly dedupKey: string;
  /** What has been decided so far. */
  readonly urgency: Urgency;
  /** Whom the page wakes. */
  readonly wakes: readonly Rota[];
  /** A ping becomes a page then, and a page that was silenced in PagerDuty by somebody who does not count is sent again, unless somebody who does acknowledges. */
  readonly pageAt?: Instant;
  readonly pagedAt?: Instant;
  /** For `undecided`: the keys that wait to be decided. For `unreadable`: none; `why` says it. */
  readonly keys?: readonly string[];
  readonly why?: string;
}
