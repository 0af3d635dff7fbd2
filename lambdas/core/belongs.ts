import type { LedgerRecord } from './access-event.ts';
import { type Instant, MINUTE_MS } from './time.ts';

/** A console SwitchRole and the AssumeRole records it causes are written within seconds; their link has no id, so time bounds it. */
const CONSOLE_LINK_MS = MINUTE_MS;

/** A console link made from a role session is good for 15 minutes (AWS federation endpoint, `getSigninToken`). */
const SIGN_IN_MS = 15 * MINUTE_MS;

/** SDKs renew a session up to 15 minutes before its credentials end; a process that slept renews soon after. */
const RENEWAL_MS = 15 * MINUTE_MS;

/**
 * Whether `record` is certainly part of the same act as `members`, which are sorted by time: the other half of a
 * call, a console switch with the assumptions it caused, or a sign-in with the session it was made from.
 */
export function isSameAct(members: readonly LedgerRecord[], record: LedgerRecord): boolean {
  // Of switches a minute apart each is linked with the one before, so that without an end they would be one action for ever.
  const mayBeSwitch = isWithinMaxAction(members, record, CONSOLE_LINK_MS);
  return members.some(
    (member) =>
      isPair(member, record) ||
      (mayBeSwitch && isConsoleSwitch(member, record)) ||
      isSignIn(member, record) ||
      isSignIn(record, member),
  );
}

/**
 * Whether `record` renews the credentials that the action last got: the same caller, role, address and user agent,
 * within 15 minutes of their end (a quarter of their life where that is less, or one of a quarter of an hour would chain work that
 * somebody does by hand), and no later than `maxActionMs` after the action's first record.
 */
export function isRenewal(members: readonly LedgerRecord[], record: LedgerRecord): boolean {
  const first = members[0];
  const before = members.findLast(
    (member) =>
      member.credentialsEndAt !== undefined && member.occurredAt <= record.occurredAt && isSameClient(member, record),
  );
  if (first === undefined || before?.credentialsEndAt === undefined || record.outcome === 'refused') return false;
  const life = before.credentialsEndAt - before.occurredAt;
  const inTime = Math.abs(record.occurredAt - before.credentialsEndAt) <= Math.min(RENEWAL_MS, life / 4);
  return inTime && isWithinMaxAction(members, record);
}

function isWithinMaxAction([first]: readonly LedgerRecord[], record: LedgerRecord, atLeastMs = 0): boolean {
  return first !== undefined && record.occurredAt - first.occurredAt <= Math.max(first.maxActionMs, atLeastMs);
}

/** Whether `record` comes from the same caller, role and address within `groupingMs` of the action's first record. */
export function isInWindow(members: readonly LedgerRecord[], record: LedgerRecord): boolean {
  const first = members[0];
  if (first === undefined || first.groupingMs <= 0) return false;
  const since = record.occurredAt - first.occurredAt;
  return since >= 0 && since <= first.groupingMs && members.some((member) => isSameSource(member, record));
}

/** The instant after which nothing can belong to an action that began with `first`. */
export function reachOf(first: LedgerRecord): Instant {
  return first.occurredAt + Math.max(first.maxActionMs, first.groupingMs) + SIGN_IN_MS;
}

function isPair(one: LedgerRecord, other: LedgerRecord): boolean {
  return one.pairKey !== undefined && one.pairKey === other.pairKey;
}

function isConsoleSwitch(one: LedgerRecord, other: LedgerRecord): boolean {
  if (one.consoleLink === undefined || one.consoleLink !== other.consoleLink) return false;
  return Math.abs(one.occurredAt - other.occurredAt) <= CONSOLE_LINK_MS;
}

/** Session names repeat (SAML and Identity Center always give the same), hence the bound in time, and one sign-in to one opening. */
function isSignIn(opening: LedgerRecord, signIn: LedgerRecord): boolean {
  if (signIn.kind !== 'sign-in' || opening.kind === 'sign-in') return false;
  if (signIn.session === undefined || signIn.session !== opening.session) return false;
  const since = signIn.occurredAt - opening.occurredAt;
  return since >= 0 && since <= SIGN_IN_MS;
}

function isSameClient(one: LedgerRecord, other: LedgerRecord): boolean {
  return isSameSource(one, other) && one.userAgent === other.userAgent;
}

function isSameSource(one: LedgerRecord, other: LedgerRecord): boolean {
  if (one.ip !== other.ip) return false;
  if (one.kind === 'database' && other.kind === 'database') return databaseUser(one) === databaseUser(other);
  return one.principal === other.principal && one.resource === other.resource;
}

/** `user@database`: one piece of work may enter several databases of a target. */
function databaseUser(record: LedgerRecord): string {
  return record.resource.slice(0, record.resource.lastIndexOf('@'));
}
