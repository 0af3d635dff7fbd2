import type { LedgerRecord } from './access-event.ts';
import type { Instant } from './time.ts';

export type VerdictName =
  | 'approved'
  | 'pinned'
  | 'unapproved'
  | 'suppressed'
  | 'attempted'
  | 'undecided'
  | 'unreadable';

/** Why an approval that almost covered an action did not. Order: the nearest first. */
export type MissReason =
  | 'already-used'
  | 'not-yet-approved'
  | 'expired'
  | 'revoked'
  | 'declined'
  | 'self-approved'
  | 'approver-not-eligible'
  | 'other-account'
  | 'other-target'
  /** It would have covered, but the record came when its day had left the ledger (or did not fit into a full one). */
  | 'too-late';

export interface NearMiss {
  readonly approval: string;
  readonly because: MissReason;
  /** The instant that explains the reason: when it was approved, ended, was declined or was used. */
  readonly at?: Instant;
  /** For `already-used`: id of the action that has it. */
  readonly usedBy?: string;
  /** For the words of the message: what the approval was for and who gave it. */
  readonly target?: string;
  readonly approver?: string;
}

/** What judging says of one action. A union, so that an `approved` cannot carry misses nor an `unapproved` an approval. */
export type Judgement =
  | { readonly verdict: 'approved'; readonly approval: string; readonly slot: string }
  | { readonly verdict: 'pinned'; readonly pin: string }
  | { readonly verdict: 'unapproved'; readonly nearMisses: readonly NearMiss[] }
  | { readonly verdict: 'suppressed'; readonly suppression: string }
  | { readonly verdict: 'attempted' };

/** So many near misses of each action stand in a ledger, which has to stay small; the action's own item has all. */
const MISSES_KEPT = 3;

/** The judgement as a ledger keeps it. */
export function keptJudgement(judgement: Judgement): Judgement {
  if (judgement.verdict !== 'unapproved' || judgement.nearMisses.length <= MISSES_KEPT) return judgement;
  return { ...judgement, nearMisses: judgement.nearMisses.slice(0, MISSES_KEPT) };
}

/** One piece of work by one person on one target, with its verdict. */
export interface JudgedAction {
  /** In a replay the smallest key; in a ledger the id under which it was first recorded. */
  readonly id: string;
  /** Sorted by time, then key. Never empty; `members[0]` is its first record. */
  readonly members: readonly LedgerRecord[];
  /** The first success, or, when every call was refused, the first record. */
  readonly occurredAt: Instant;
  readonly judgement: Judgement;
}
