import { type LedgerId, type LedgerRecord, UNKNOWN } from './access-event.ts';
import type { JudgedAction } from './action.ts';
import { stopsTheTelling } from './doors/tampering.ts';
import type { Finding, FindingCause, Urgency } from './finding.ts';
import { waitsForOtherHalf } from './halves.ts';
import { urgencyAt } from './hours.ts';
import type { Identified } from './ledger-identity.ts';
import { closed, dedupKeyOf, nextFindingId, paged, pagedUnderNextKey } from './ledger-words.ts';
import type { Hours, Policy, Rota } from './policy.ts';
import { type Instant, MINUTE_MS } from './time.ts';

/** Five refused attempts within ten minutes are worth a look; one of an unknown actor is. */
const ATTEMPTS = 5;
const ATTEMPTS_WITHIN_MS = 10 * MINUTE_MS;

export interface FindingContext {
  readonly ledger: LedgerId;
  readonly now: Instant;
  readonly policy: Policy;
}

/**
 * The findings that the actions need: what is needed and not open opens, what is open and no longer needed closes as
 * `matched-later`, what stood for an action that is no more closes as `duplicate`. A sealed action is done with.
 */
export function reviewFindings(
  findings: readonly Finding[],
  identified: readonly Identified[],
  superseded: readonly string[],
  context: FindingContext,
): readonly Finding[] {
  const all = identified.map(({ action }) => action);
  const reviewed = identified.reduce<readonly Finding[]>(
    (current, one) => review(current, one, causeOf(one.action, all), all, context),
    findings,
  );
  // Closed last, so that what opens in its stead folds into its messages instead of paging again.
  return reviewed.map((finding) =>
    finding.state !== 'closed' && superseded.includes(finding.action)
      ? closed(finding, 'duplicate', context.now)
      : finding,
  );
}

/**
 * What a human would be told of an action at an instant, given the other actions of its ledger; undefined where nobody is. The
 * same for a ledger as it grows and for a replay of years.
 */
export function toldOf(
  action: JudgedAction,
  all: readonly JudgedAction[],
  at: Instant,
  policy: Policy,
): { readonly cause: FindingCause; readonly urgency: Urgency; readonly team: string } | undefined {
  const cause = causeOf(action, all);
  if (cause === undefined) return undefined;
  const { team, hours } = ownerOf(action, cause, policy);
  return { cause, team, urgency: urgencyOf(action, cause, all, at, hours) };
}

/** A ping that nobody has taken in hand becomes a page when it is due, and a page that was silenced is sent again. */
export function pageWhatIsDue(findings: readonly Finding[], now: Instant): readonly Finding[] {
  const isDue = ({ state, pageAt }: Finding) => state === 'open' && pageAt !== undefined && pageAt <= now;
  return findings.map((finding) => {
    if (!isDue(finding)) return finding;
    return isSilenced(finding) ? pagedUnderNextKey(finding, now) : paged(finding, now);
  });
}

/** Whether it was paged, and somebody who does not count has acknowledged it in PagerDuty since. */
function isSilenced({ state, urgency, pageAt }: Finding): boolean {
  return state === 'open' && urgency === 'page' && pageAt !== undefined;
}

function review(
  findings: readonly Finding[],
  { action, before }: Identified,
  cause: FindingCause | undefined,
  all: readonly JudgedAction[],
  context: FindingContext,
): readonly Finding[] {
  const ofAction = findings.filter((finding) => finding.action === action.id);
  const open = ofAction.find(({ state }) => state !== 'closed');
  const isSettled = before?.sealed !== undefined || (before?.settled !== undefined && ofAction.length > 0);
  if (isSettled) return findings;
  if (open === undefined)
    return cause === undefined ? findings : [...findings, opened(action, cause, findings, all, context)];
  const next = stillOpen(open, action, cause, all, context.now);
  return findings.map((finding) => (finding === open ? next : finding));
}

function stillOpen(
  open: Finding,
  action: JudgedAction,
  cause: FindingCause | undefined,
  all: readonly JudgedAction[],
  now: Instant,
): Finding {
  // Attempts stay worth a look when the older ones among them leave the ledger.
  const stays =
    cause ?? (open.cause === 'attempts' && action.judgement.verdict === 'attempted' ? 'attempts' : undefined);
  if (stays === undefined) return closed(open, 'matched-later', now);
  const next = { ...open, cause: stays, occurredAt: action.occurredAt };
  const isUncovered = stays === 'tampering' && open.urgency === 'ping' && !isLowered(action, all);
  return isUncovered ? paged(next, now) : next;
}

function causeOf(action: JudgedAction, all: readonly JudgedAction[]): FindingCause | undefined {
  if (action.members.some(({ kind }) => kind === 'tampering')) return 'tampering';
  if (action.judgement.verdict === 'unapproved') return 'unapproved';
  return action.judgement.verdict === 'attempted' && isWorthALook(action, all) ? 'attempts' : undefined;
}

function isWorthALook(action: JudgedAction, all: readonly JudgedAction[]): boolean {
  if (action.members.some(({ actor }) => actor === UNKNOWN)) return true;
  const refused = all.filter(({ judgement }) => judgement.verdict === 'attempted').flatMap(({ members }) => members);
  return action.members.some(({ occurredAt }) => {
    const recent = refused.filter(
      (one) => one.occurredAt <= occurredAt && occurredAt - one.occurredAt <= ATTEMPTS_WITHIN_MS,
    );
    return recent.length >= ATTEMPTS;
  });
}

/** An approved deployment lowers tampering to a ping; a call that stops the telling belongs to no deployment, and pages. */
function isLowered(action: JudgedAction, all: readonly JudgedAction[]): boolean {
  return isDeployment(action, all) && !action.members.some(stopsTheTelling);
}

/**
 * Whether tampering was part of an approved deployment: it is approved itself, or was done in a session that an approved
 * or pinned action of the same person opened. The access key id says which, beyond doubt.
 */
function isDeployment(action: JudgedAction, all: readonly JudgedAction[]): boolean {
  if (isCovered(action)) return true;
  const opened = new Set(all.filter(isCovered).flatMap(({ members }) => members.map(({ issuedKeyId }) => issuedKeyId)));
  return action.members.every(({ usedKeyId }) => usedKeyId !== undefined && opened.has(usedKeyId));
}

function isCovered({ judgement }: JudgedAction): boolean {
  return judgement.verdict === 'approved' || judgement.verdict === 'pinned';
}

function opened(
  action: JudgedAction,
  cause: FindingCause,
  findings: readonly Finding[],
  all: readonly JudgedAction[],
  context: FindingContext,
): Finding {
  const first = action.members.find(({ outcome }) => outcome === 'success') ?? action.members[0];
  const id = nextFindingId(action.id, findings, stemOf(action));
  const { actor = UNKNOWN, target = '', account = '', kind = 'assume-role' } = first ?? {};
  return {
    id,
    ledger: context.ledger,
    action: action.id,
    cause,
    ...{ actor, target, account, kind },
    occurredAt: action.occurredAt,
    openedAt: context.now,
    state: 'open',
    words: [],
    ...placeOf(id, action, findings, all),
    ...routeOf(action, cause, all, context),
  };
}

/**
 * A half that names nobody may move to a person, whose action can then be named by the same record. What was told under the one
 * finding must not pass for what is told under the other, so that nobody's has a name of its own.
 */
function stemOf({ id, members }: JudgedAction): string {
  return members.some(waitsForOtherHalf) ? `${id}#nobody` : id;
}

/** Whose it is, whether it pings or pages now, and until when a ping has time. The time of telling routes. */
function routeOf(
  action: JudgedAction,
  cause: FindingCause,
  all: readonly JudgedAction[],
  { now, policy }: FindingContext,
) {
  const { team, hours, pageAfterMs, wakes } = ownerOf(action, cause, policy);
  const urgency = urgencyOf(action, cause, all, now, hours);
  if (urgency === 'page') return { team, wakes, urgency, pagedAt: now };
  // A deployment tampers with the watcher by its nature: told, but nobody is woken for want of an answer.
  return cause === 'tampering' ? { team, wakes, urgency } : { team, wakes, urgency, pageAt: now + pageAfterMs };
}

function urgencyOf(
  action: JudgedAction,
  cause: FindingCause,
  all: readonly JudgedAction[],
  now: Instant,
  hours: Hours,
): Urgency {
  if (cause === 'tampering') return isLowered(action, all) ? 'ping' : 'page';
  return action.members.some(({ actor }) => actor === UNKNOWN) ? 'page' : urgencyAt(now, hours);
}

function ownerOf(action: JudgedAction, cause: FindingCause, policy: Policy) {
  const team = cause === 'tampering' ? undefined : policy.teams[action.members[0]?.team ?? ''];
  const { hours, pageAfterMs } = team ?? policy.cyber;
  const wakes: readonly Rota[] = team?.page ?? ['cyber'];
  return { team: team?.id ?? 'cyber', hours, pageAfterMs, wakes };
}

/**
 * Where it is shown. While a finding for the same actor and target is open, further ones fold into its thread and its
 * incident; but a new address or principal, or one after an acknowledgement, even one that does not count, is news.
 */
function placeOf(
  id: string,
  action: JudgedAction,
  findings: readonly Finding[],
  all: readonly JudgedAction[],
): Pick<Finding, 'dedupKey' | 'foldsInto' | 'again'> {
  const { actor, target } = action.members[0] ?? {};
  const open = findings.filter(
    (finding) => finding.state !== 'closed' && finding.actor === actor && finding.target === target,
  );
  const into = open.at(-1);
  if (into === undefined) return { dedupKey: dedupKeyOf(id) };
  const beside = into.foldsInto ?? into.id;
  const because = isSilenced(into) ? 'silenced' : newsOf(action, open, all);
  return because === undefined
    ? { dedupKey: into.dedupKey, foldsInto: beside }
    : { dedupKey: dedupKeyOf(id), again: { because, beside } };
}

function newsOf(
  action: JudgedAction,
  open: readonly Finding[],
  all: readonly JudgedAction[],
): NonNullable<Finding['again']>['because'] | undefined {
  if (open.some(({ state }) => state === 'acknowledged')) return 'acknowledged';
  const told = new Set(open.map((finding) => finding.action));
  const seen = all.filter(({ id }) => told.has(id)).flatMap(({ members }) => members);
  const isNew = (of: (record: LedgerRecord) => string) => {
    const values = new Set(seen.map(of));
    return action.members.some((member) => !values.has(of(member)));
  };
  if (isNew(({ principal }) => principal)) return 'new-principal';
  return isNew(({ ip }) => ip) ? 'new-address' : undefined;
}
