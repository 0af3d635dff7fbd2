import { type LedgerId, type LedgerRecord, UNKNOWN } from './access-event.ts';
import type { PersonId, Policy, Target } from './policy.ts';
import { type Instant, MINUTE_MS } from './time.ts';

/** A role session that somebody has open, as kept beside its target (`LIVE#`) and under its key (`SESSION#`). */
export interface LiveSession {
  readonly ledger: LedgerId;
  readonly actor: PersonId | typeof UNKNOWN;
  readonly target: string;
  /** When it was opened. */
  readonly from: Instant;
  /** When its credentials end; exclusive. */
  readonly until: Instant;
  /** Key of the record that opened it. */
  readonly key: string;
  readonly accessKeyId?: string;
  /** Role id and session name (`AROA…:name`). */
  readonly session?: string;
}

/** What a record that names nobody has to wait for, up to its target's `settleMs`, before it is judged as unknown. */
export type Dependence = 'nothing' | 'live-session' | 'access-key';

/**
 * What tells whose a record is, when the record itself does not: a live session on another target (a database), the
 * live session that signs in, or the record that gave out the access key with which the call was made.
 */
export function dependsOn(record: LedgerRecord, policy: Policy): Dependence {
  if (record.actor !== UNKNOWN || record.suppression !== undefined) return 'nothing';
  // A refused call by a key is somebody's too, but tampering is told at once, whoever it was; what may be imitated is given to nobody.
  if (record.kind === 'tampering' || record.doubtful !== undefined) return 'nothing';
  if (record.usedKeyId?.startsWith('ASIA') && record.principal.startsWith('AROA')) return 'access-key';
  return liveTargetsOf(record, policy).length > 0 ? 'live-session' : 'nothing';
}

/** Ids of the targets whose live sessions can tell whose a record is; empty where none can. */
export function liveTargetsOf(record: LedgerRecord, policy: Policy): readonly string[] {
  if (record.kind === 'sign-in' && record.session !== undefined) return [record.target];
  const target = policy.targets.find((one) => one.id === record.target);
  return target?.door.kind === 'database' ? target.includes : [];
}

/** How long a record waits for what it depends on. */
export function settleMsOf(record: LedgerRecord, policy: Policy): number {
  return policy.targets.find((target: Target) => target.id === record.target)?.settleMs ?? 0;
}

/**
 * The live session that a record opens for others to be attributed by, or undefined: a success that gave out
 * credentials. Kept for unknown actors too, so that a database session by one of them is not taken for another's.
 */
export function liveSessionOf(record: LedgerRecord, ledger: LedgerId): LiveSession | undefined {
  if (record.outcome !== 'success' || record.credentialsEndAt === undefined || record.kind === 'sign-in')
    return undefined;
  return {
    ledger,
    actor: record.actor,
    target: record.target,
    from: record.occurredAt,
    until: record.credentialsEndAt,
    key: record.key,
    ...(record.issuedKeyId === undefined ? {} : { accessKeyId: record.issuedKeyId }),
    ...(record.session === undefined ? {} : { session: record.session }),
  };
}

/**
 * Gives a record the one person whose live session opened the way; `live` are the sessions of `liveTargetsOf(record)`,
 * or, for an access key, what is kept under that key. Exactly one person, and nobody unknown beside: that actor, with
 * the reason in `how`. None or several: unknown still, with the candidates in the hints.
 */
export function attribute(record: LedgerRecord, live: readonly LiveSession[]): LedgerRecord {
  if (record.actor !== UNKNOWN) return record;
  const open = live.filter((session) => isOpenFor(record, session));
  const lasting = record.kind === 'database' ? live.filter((session) => mayLastFor(record, session)) : [];
  const people = actorsOf(open);
  const others = actorsOf(lasting).filter((actor) => !people.includes(actor));
  const [person] = people;
  const ended = others.map((one) => `had a session that had just ended, which a tunnel outlives: ${one}`);
  if (person === undefined)
    return withHints({ ...record, how: `${record.how}; no session was open that could have led here` }, ended);
  if (people.length === 1 && others.length === 0 && person !== UNKNOWN)
    return { ...withoutHints(record), actor: person, how: whyThem(record, person, open) };
  const hints = [...people.map((one) => `had a session open: ${one}`), ...ended];
  return withHints({ ...record, how: `${record.how}; several people had a session open` }, hints);
}

function actorsOf(sessions: readonly LiveSession[]): readonly LiveSession['actor'][] {
  return [...new Set(sessions.map(({ actor }) => actor))].sort();
}

function withHints(record: LedgerRecord, hints: readonly string[]): LedgerRecord {
  return hints.length === 0 ? record : { ...record, hints: [...(record.hints ?? []), ...hints].slice(0, 20) };
}

/** One second of tolerance: CloudTrail writes whole seconds, a database log milliseconds. */
const TOLERANCE_MS = 1_000;

/** Session Manager ends a tunnel that nothing goes through after this, unless told otherwise; new logins go through it all the same. */
const TUNNEL_MS = 20 * MINUTE_MS;

/** A tunnel is not ended by the end of the credentials that opened it, so whoever had those may be the one who comes through it. */
function mayLastFor({ occurredAt }: LedgerRecord, { until }: LiveSession): boolean {
  return until <= occurredAt && occurredAt < until + TUNNEL_MS;
}

function isOpenFor(record: LedgerRecord, session: LiveSession): boolean {
  if (record.usedKeyId !== undefined && session.accessKeyId === record.usedKeyId) return true;
  if (record.kind !== 'database' && record.kind !== 'sign-in') return false;
  const isOpen = session.from <= record.occurredAt + TOLERANCE_MS && record.occurredAt < session.until;
  return isOpen && (record.kind === 'database' || session.session === record.session);
}

function whyThem(record: LedgerRecord, person: PersonId, open: readonly LiveSession[]): string {
  const [session] = open;
  if (record.usedKeyId !== undefined)
    return `the access key of the session that ${person} opened on ${session?.target}`;
  if (record.kind === 'sign-in') return `the session that ${person} opened on ${session?.target}`;
  return `only ${person} had a session open on ${session?.target}`;
}

function withoutHints(record: LedgerRecord): LedgerRecord {
  const { hints: _, ...rest } = record;
  return rest;
}
