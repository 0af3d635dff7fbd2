import type { LedgerId, LedgerRecord } from './access-event.ts';
import type { JudgedAction, Judgement } from './action.ts';
import type { Approval, Pin } from './approval.ts';
import type { Finding, Word } from './finding.ts';
import type { Instant } from './time.ts';

/**
 * One person's (or unknown principal's) recent past, as stored: the consistency boundary of every decision.
 * Written by `on-access` alone, as one item under its version.
 */
export interface Ledger {
  readonly id: LedgerId;
  /** 0 for a ledger that does not exist yet. */
  readonly version: number;
  readonly records: readonly LedgerRecord[];
  readonly actions: readonly RecordedAction[];
  /** Every finding that is not closed, and the closed ones whose action is still in the ledger. */
  readonly findings: readonly Finding[];
  /** Frozen facts of actions that have left the ledger: what they spent stays spent. */
  readonly spends: readonly Spend[];
  /** Records that name nobody yet and wait for their other half, with the instant at which they are judged anyway. */
  readonly held: readonly HeldRecord[];
  /** Refused attempts that were told but are not kept here, because many are within the same ten minutes. */
  readonly refusedNotKept?: number;
}

export interface HeldRecord {
  readonly record: LedgerRecord;
  readonly decideAt: Instant;
}

/** What was last recorded (and is being told) of an action. */
export interface RecordedAction {
  readonly id: string;
  /** Keys of its member records. */
  readonly members: readonly string[];
  readonly occurredAt: Instant;
  readonly judgement: Judgement;
  /** Set once a human has spoken, or what covered it is kept no more: the action and what it spent leave the matching. */
  readonly sealed?: true;
  /** It was never matched and is unapproved: it came when its day had left the ledger, or did not fit into a full one. */
  readonly settled?: 'too-late' | 'full';
  readonly finding?: string;
}

export interface Spend {
  readonly approval: string;
  readonly slot: string;
  readonly action: string;
  readonly occurredAt: Instant;
}

/** What lies beside the ledger and is written by people's clicks. Read consistently together with the ledger. */
export interface PeopleFacts {
  readonly approvals: readonly Approval[];
  readonly pins: readonly Pin[];
  readonly words: readonly Word[];
}

/** One difference between what was recorded and what is now judged: recorded first, then told. */
export interface LedgerChange {
  readonly change: 'judged' | 'opened' | 'changed' | 'closed';
  /** Absent only for a finding that stands for no action (undecided, unreadable). */
  readonly action?: JudgedAction;
  readonly finding?: Finding;
}

/** Something to look at again at an instant; `sweep` sees to it. */
export interface Timer {
  readonly dueAt: Instant;
  readonly what:
    | 'decide'
    | 'settle'
    | 'page'
    | 'delivered'
    | 'unsent'
    | 'triggered'
    | 'remind'
    | 'lapse'
    | 'pin-over'
    | 'still-acknowledged'
    /** A word on a storm's incident that is still to be said on its further findings. */
    | 'storm-word';
  /** The ledger to judge again, or the request or pin it is about. */
  readonly about: string;
  readonly id: string;
}

/** The whole outcome of taking arrivals and words into account. `advance` in `ledger.ts` makes it; the store commits it in one transaction. */
export interface Advance {
  readonly ledger: Ledger;
  readonly changes: readonly LedgerChange[];
  readonly timers: readonly Timer[];
  /**
   * Ids of actions that were recorded and stand no longer: their records belong to another action now, of this ledger or
   * of the one that a record moved to. What is stored of them must say so.
   */
  readonly superseded?: readonly string[];
  /** Ids of approvals and pins on which a *changed* verdict leans: the transaction checks that each is as it was read. */
  readonly leansOn: { readonly approvals: readonly string[]; readonly pins: readonly string[] };
}
