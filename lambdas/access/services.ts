import type { LedgerId, LedgerRecord } from '../core/access-event.ts';
import type { LiveSession } from '../core/attribution.ts';
import type { Advance, Ledger, PeopleFacts, Timer } from '../core/ledger-state.ts';
import type { VerdictMessage } from '../core/messages.ts';
import type { Policy } from '../core/policy.ts';
import type { Instant } from '../core/time.ts';

/** A ledger with what people wrote beside it, read consistently, and what the transaction has to find unchanged. */
export interface LedgerView {
  readonly ledger: Ledger;
  readonly facts: PeopleFacts;
  /** Versions of the items read: of each approval by its id, and of the pins. */
  readonly approvalVersions: ReadonlyMap<string, number>;
  readonly pinsVersion: number;
  /** Outbox entries that were recorded and are not known to have been told, oldest first. */
  readonly unsent: readonly string[];
}

/** An item and the version to write it under; 0 when it is not there. */
export interface Versioned<T> {
  readonly value: T;
  readonly version: number;
}

/** One half of a cross-account call, and where it is kept. */
export interface Half {
  readonly ledger: LedgerId;
  readonly record: LedgerRecord;
}

/**
 * Whether a record came as it should: absent when the bus brought it, `reconcile` when only reconciliation did so far, `seen` when the
 * bus brought it after all.
 */
export type Late = 'reconcile' | 'seen';

/** The ledger that owns a record: what `EVENT#<key>` holds. */
export interface Owner {
  readonly ledger: LedgerId;
  readonly late?: Late;
}

/** What is known of single records, sessions and pairs before any ledger is read. */
export interface Pointers {
  /** Record key → whose record it is. */
  readonly events: ReadonlyMap<string, Versioned<Owner>>;
  /** `sharedEventID` → the halves that have come. */
  readonly pairs: ReadonlyMap<string, Versioned<readonly Half[]>>;
  /** Access key id → the session it belongs to. */
  readonly sessions: ReadonlyMap<string, Versioned<LiveSession>>;
}

export interface Wanted {
  readonly events: readonly string[];
  readonly pairs: readonly string[];
  readonly sessions: readonly string[];
}

/** A record that waits for the session that tells whose it was. */
export interface WaitingRecord {
  /** Where it is found again: the access key or the target on whose session it waits. */
  readonly on: string;
  readonly record: LedgerRecord;
  readonly decideAt: Instant;
}

/** The outcome for one ledger. */
export interface LedgerCommit {
  readonly view: LedgerView;
  readonly advance: Advance;
  readonly messages: readonly VerdictMessage[];
}

/** Everything that is recorded together: all of it or nothing. */
export interface Commit {
  readonly ledgers: readonly LedgerCommit[];
  readonly events: readonly (Owner & { readonly key: string; readonly version: number })[];
  readonly pairs: readonly { readonly pairKey: string; readonly halves: readonly Half[]; readonly version: number }[];
  readonly sessions: readonly LiveSession[];
  readonly waiting: readonly WaitingRecord[];
  /** Sessions by whose absence records wait, as they were read: one that comes meanwhile makes a conflict of this. */
  readonly awaited: readonly { readonly accessKeyId: string; readonly version: number }[];
  /** Waiting records that are judged now. */
  readonly settled: readonly WaitingRecord[];
  readonly timers: readonly Timer[];
  readonly now: Instant;
}

/** What taking arrivals needs of the world; an object literal is the fake. */
export interface Services {
  readonly policy: Policy;
  readonly now: () => Instant;
  readonly readLedger: (ledger: LedgerId) => Promise<LedgerView>;
  readonly readPointers: (wanted: Wanted) => Promise<Pointers>;
  readonly readLive: (target: string) => Promise<readonly LiveSession[]>;
  readonly readWaiting: (on: string) => Promise<readonly WaitingRecord[]>;
  readonly commit: (commit: Commit) => Promise<'committed' | 'conflict'>;
  /** What the entries of the outbox have to tell, in their order. */
  readonly readOutbox: (ledger: LedgerId, entries: readonly string[]) => Promise<readonly VerdictMessage[]>;
  readonly publish: (message: VerdictMessage) => Promise<void>;
  /** What was told need not be told again; `timer` is not needed any more. */
  readonly markTold: (ledger: LedgerId, entries: readonly string[], timer?: Timer) => Promise<void>;
  /** A pause before trying again after a conflict, the longer the more often. */
  readonly pause: (attempt: number) => Promise<void>;
}
