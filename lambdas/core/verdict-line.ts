import type { AccessKind } from './access-event.ts';
import type { VerdictName } from './action.ts';
import type { Urgency } from './finding.ts';

/** One action as tools see it: a line of `replay --format jsonl`, an element of an SNS message. Times are ISO 8601 UTC. */
export interface VerdictLine {
  readonly version: 1;
  readonly action: string;
  /** Record keys and pair keys of every member, sorted. */
  readonly keys: readonly string[];
  readonly occurredAt: string;
  readonly kind: AccessKind;
  readonly target: string;
  readonly team: string;
  readonly account: string;
  readonly region: string;
  readonly actor: string;
  readonly how: string;
  readonly principal: string;
  readonly verdict: VerdictName;
  readonly pin?: string;
  readonly approval?: string;
  readonly nearMisses: readonly {
    readonly approval: string;
    readonly because: string;
    readonly at?: string;
    readonly usedBy?: string;
    readonly target?: string;
    readonly approver?: string;
  }[];
  /** Only where a human is told: unapproved, undecided, unreadable. */
  readonly urgency?: Urgency;
  readonly suppression?: string;
  readonly origin: { readonly ip: string; readonly userAgent: string; readonly mfa?: boolean };
  /** For messages: each member in a few words. */
  readonly members?: readonly {
    readonly key: string;
    readonly occurredAt: string;
    readonly eventName: string;
    readonly outcome: 'success' | 'refused';
    readonly region: string;
    readonly ip: string;
    readonly resource: string;
    readonly commands?: readonly string[];
    /** Set when the bus had not brought it and reconciliation found it. */
    readonly late?: 'reconcile';
  }[];
  readonly hints?: readonly string[];
  /** For messages: an emergency that the actor had declared for this target and that nobody had said yes to yet. */
  readonly emergency?: {
    readonly approval: string;
    readonly declaredAt: string;
    readonly why: string;
    readonly incident?: string;
    readonly picked?: string;
  };
}

/** What a reader of an unreadable record is told instead (`why`, and where it was). */
export interface UnreadableLine {
  readonly version: 1;
  readonly verdict: 'unreadable';
  readonly why: string;
  readonly file?: string;
  readonly offset?: number;
  readonly key?: string;
}
