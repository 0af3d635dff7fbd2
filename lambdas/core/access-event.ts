import type { PersonId } from './policy.ts';
import type { Instant, Milliseconds } from './time.ts';

/** The kinds of use that two-eye tells apart (verdict line, design contract). */
export type AccessKind =
  | 'assume-role'
  | 'switch-role'
  | 'sign-in'
  | 'federation'
  | 'shell'
  | 'database'
  | 'secret'
  | 'root'
  | 'tampering';

/** The name of an actor nobody could be found for. A value like any other, never a reason to drop a record. */
export const UNKNOWN = 'unknown';

/** Where a ledger is kept: a person's, or, when the actor is unknown, the principal's (its unique id before any `:`). */
export type LedgerId = `person:${string}` | `principal:${string}`;

/**
 * One record that a target was used, with everything that judging needs already resolved onto it from the policy of
 * its day: a later policy does not rewrite old verdicts. This is what a ledger stores; it holds no secret.
 */
export interface LedgerRecord {
  /** The record key: CloudTrail's `eventID`, or the id of a database log event. */
  readonly key: string;
  /** `sharedEventID`, which the two halves of a cross-account call have in common. */
  readonly pairKey?: string;
  readonly occurredAt: Instant;
  readonly kind: AccessKind;
  /** CloudTrail's `eventName`, or `connection authorized` for a database. For messages. */
  readonly eventName: string;
  readonly outcome: 'success' | 'refused';
  readonly target: string;
  readonly team: string;
  /** The account of the target, not of the caller. */
  readonly account: string;
  /** Where the record was written: CloudTrail's `awsRegion`. */
  readonly region: string;
  readonly actor: PersonId | typeof UNKNOWN;
  /** How the actor is known, in words for a person: `IAM user arn:…:user/ada`, or why nobody is known. */
  readonly how: string;
  /** For an unknown actor: names that the record mentions but that prove nothing (session name, user agent, tags). */
  readonly hints?: readonly string[];
  /** The caller's unique id before any `:` (`AIDA…`, `AROA…`), else its ARN, else account and type. */
  readonly principal: string;
  /** What was used, exactly: role ARN with its path, `user@database`, cluster ARN, instance id, secret ARN, account. */
  readonly resource: string;
  readonly ip: string;
  readonly userAgent: string;
  /** Whether the record says that a second factor was used; absent when it does not say. */
  readonly mfa?: boolean;
  /** Identity of the role session that this record opened or signed in with (`AROA…:name` or assumed-role ARN without path). */
  readonly session?: string;
  /** Equal on a console SwitchRole and the AssumeRole records it caused (account, role and session name, without path). */
  readonly consoleLink?: string;
  /** Access key id of the session that the call opened. Not a secret. */
  readonly issuedKeyId?: string;
  /** Access key id with which the call was made. Not a secret. */
  readonly usedKeyId?: string;
  /** When the credentials that the call gave out end: `occurredAt` plus the duration, for recognising renewals. */
  readonly credentialsEndAt?: Instant;
  /** `caller` and `role` are the halves of a cross-account call; `whole` is a record that stands alone. */
  readonly half: 'caller' | 'role' | 'whole';
  /** Resolved from the target. */
  readonly groupingMs: Milliseconds;
  readonly maxActionMs: Milliseconds;
  /** Id of the suppression of the policy that silences this record. */
  readonly suppression?: string;
  /** Set when the record came by reconciliation rather than by the bus. */
  readonly late?: 'reconcile';
  /** A line of a log that may be imitated: whoever had a session open, it is nobody's. */
  readonly doubtful?: 'yes';
  /** What a database session did, by class and command only (`WRITE,UPDATE`), never the SQL. */
  readonly commands?: readonly string[];
  /** Hash of the policy that resolved this record. */
  readonly policy: string;
}

/** Why a record needs no verdict. Every reason is counted; the list is closed so that summaries add up. */
export type IgnoredReason =
  | 'not-watched'
  | 'aws-service'
  | 'other-event'
  | 'digest-file'
  | 'insight'
  | 'duplicate'
  | 'control-message';

/** The outcome of reading one input: exactly one of three, so that nothing can be dropped. */
export type Reading =
  | { readonly outcome: 'access'; readonly record: LedgerRecord }
  | { readonly outcome: 'ignored'; readonly because: IgnoredReason }
  | {
      readonly outcome: 'unreadable';
      readonly why: string;
      readonly key?: string;
      readonly account?: string;
      readonly occurredAt?: Instant;
    };
