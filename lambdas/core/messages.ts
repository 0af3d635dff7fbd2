import type { LedgerId } from './access-event.ts';
import type { Finding } from './finding.ts';
import type { Timer } from './ledger-state.ts';
import type { VerdictLine } from './verdict-line.ts';

/** What is published to the verdicts topic (SNS body). Attributes: verdict, urgency, team, kind, account, change. */
export interface VerdictMessage {
  readonly version: 1;
  readonly change: 'judged' | 'opened' | 'changed' | 'closed';
  readonly finding?: Finding;
  /** The action that it is about, first; after it, beside a finding, what else its session did among watched events (in short). */
  readonly actions: readonly VerdictLine[];
  /** Hash of the policy. */
  readonly policy: string;
  /** Set when a channel failed, so that the other can say so. */
  readonly trouble?: { readonly channel: 'slack' | 'pagerduty'; readonly why: string };
  /** Set by `sweep` on a finding that was acknowledged a day ago (or several) and is not closed: say so again. */
  readonly reminder?: { readonly days: number };
}

/** What `ping` sends to its own queue, so that it comes back in its turn: the same message again, or one of these. */
export type PingWork =
  | VerdictMessage
  /** Make the summary of a channel's storm anew. */
  | { readonly twoEye: 'summary'; readonly channel: string; readonly storm: string }
  /** Something about two-eye itself, for a channel; `id` so that it is said once. */
  | { readonly twoEye: 'notice'; readonly channel: string; readonly id: string; readonly text: string };

/** What `sweep` sends to the Slack queue: a timer of a request or pin that is due (`remind`, `lapse`, `pin-over`). */
export interface DueWork {
  readonly twoEye: 'due';
  readonly timer: Timer;
}

/**
 * Bodies on the access queue other than EventBridge envelopes of CloudTrail records. A body that is neither is
 * unreadable, and loud.
 */
export type QueueMessage =
  /** Judge this ledger again: a word was said, a pin ended, a request changed, a timer came due. */
  | { readonly twoEye: 'rejudge'; readonly ledger: LedgerId; readonly because: string }
  /** A database session, parsed from the PostgreSQL log in the watched account; `late` when reconciliation found it. */
  | { readonly twoEye: 'database-session'; readonly session: DatabaseSession; readonly late?: 'reconcile' }
  /** While the table is away: an `undecided` finding that `on-access` told, to be closed once its records are decided. */
  | { readonly twoEye: 'outage'; readonly finding: Finding }
  /** A CloudTrail record that reconciliation found and the table had not. */
  | { readonly twoEye: 'late-record'; readonly source: string; readonly record: unknown }
  | WatcherNews;

/** Something that `self-check` saw of two-eye, or of what it watches, and that no record tells: cyber's, as tampering is. */
export interface WatcherNews {
  readonly twoEye: 'watcher';
  /** The same whenever the same thing is seen again, so that it is one finding. */
  readonly id: string;
  /** When it was seen. */
  readonly occurredAt: number;
  readonly account: string;
  readonly region: string;
  /** In a few words: `a rule is not as it was built`. */
  readonly what: string;
  /** Which, and how it should be. */
  readonly why: string;
}

/** One `connection authorized` line of the PostgreSQL log by a user that the policy names. */
export interface DatabaseSession {
  readonly key: string;
  readonly occurredAt: number;
  readonly account: string;
  readonly region: string;
  readonly logGroup: string;
  readonly user: string;
  readonly database: string;
  /** The tunnel's address, not the human's. */
  readonly ip: string;
  readonly applicationName: string;
  /** Class and command of what pgaudit saw (`WRITE,UPDATE`), never the SQL text. */
  readonly commands?: readonly string[];
  /** The line can be read in another way too (a failed login by a name that imitates one): loud, and nobody's. */
  readonly doubtful?: 'yes';
  /** Whom a doubtful line may name as well: it is of a target that watches any of them. */
  readonly otherUsers?: readonly string[];
}
