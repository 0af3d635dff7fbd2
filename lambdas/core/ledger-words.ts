import { UNKNOWN } from './access-event.ts';
import type { Finding, Word } from './finding.ts';
import { compareText } from './group.ts';
import type { PeopleFacts } from './ledger-state.ts';
import type { Policy } from './policy.ts';
import type { Instant } from './time.ts';

export type Said = Pick<PeopleFacts, 'approvals' | 'words'>;

/** Ways of closing by which a human has spoken on the action; it then leaves the matching. */
const BY_A_HUMAN: readonly Finding['closedAs'][] = ['confirmed', 'approved-late', 'not-genuine'];

/** The findings after everything that people have said since the ledger was written. Words are never unsaid, so hearing one twice changes nothing. */
export function hearWords(findings: readonly Finding[], said: Said, policy: Policy, now: Instant): readonly Finding[] {
  const heard = new Set(findings.flatMap((finding) => finding.words.map((word) => word.id)));
  const fresh = said.words.filter((word) => !heard.has(word.id));
  const inOrder = fresh.toSorted((one, other) => one.at - other.at || compareText(one.id, other.id));
  return inOrder.reduce((all, word) => hear(all, word, said, policy, now), findings);
}

export function isClosedByHuman(finding: Finding): boolean {
  return BY_A_HUMAN.includes(finding.closedAs);
}

/** `key`, and for every later need of the same action `key#2`, `key#3` …; `stem` instead of the key where that is given. */
export function nextFindingId(action: string, findings: readonly Finding[], stem = action): string {
  const before = findings.filter((finding) => finding.action === action).length;
  return before === 0 ? stem : `${stem}#${before + 1}`;
}

function hear(all: readonly Finding[], word: Word, said: Said, policy: Policy, now: Instant): readonly Finding[] {
  const subject = all.find((finding) => finding.id === word.finding);
  if (subject === undefined) return all;
  if (word.kind === 'resolved-elsewhere') return pageAgain(all, subject, word, now);
  if (subject.state === 'closed')
    return word.kind === 'not-genuine' ? notGenuineAfterAll(all, subject, word, policy, now) : all;
  if (word.kind === 'acknowledged' && isSecondPerson(word, subject, policy)) return acknowledge(all, subject, word);
  if (word.kind === 'acknowledged' && word.via === 'pagerduty') return silence(all, subject, word, policy, now);
  return all.map((finding) => (finding === subject ? withWord(finding, word, said, policy, now) : finding));
}

/** An acknowledgement is of everything that was shown under the same incident so far. */
function acknowledge(all: readonly Finding[], subject: Finding, word: Word): readonly Finding[] {
  const isMeant = (finding: Finding) =>
    finding === subject || (finding.dedupKey === subject.dedupKey && finding.openedAt <= word.at);
  return all.map((finding) =>
    finding.state !== 'closed' && isMeant(finding) ? { ...listed(finding, word), state: 'acknowledged' } : finding,
  );
}

/**
 * PagerDuty rings nobody's phone about an incident that is acknowledged, whoever did it. By the actor, or by somebody whom the policy does
 * not know, it stops no clock here: what was paged under it is paged again, as long after as a ping would have to wait.
 */
function silence(
  all: readonly Finding[],
  subject: Finding,
  word: Word,
  policy: Policy,
  now: Instant,
): readonly Finding[] {
  const { pageAfterMs } = policy.teams[subject.team] ?? policy.cyber;
  return all.map((finding) => {
    if (finding.state === 'closed' || finding.dedupKey !== subject.dedupKey) return finding;
    const isPaged = finding.state === 'open' && finding.urgency === 'page' && finding.pageAt === undefined;
    return { ...listed(finding, word), ...(isPaged && { pageAt: now + pageAfterMs }) };
  });
}

/** Somebody resolved the incident in PagerDuty without a word here: whatever is open under it is paged again under the next key. */
function pageAgain(all: readonly Finding[], subject: Finding, word: Word, now: Instant): readonly Finding[] {
  return all.map((finding) =>
    finding.state !== 'closed' && finding.dedupKey === subject.dedupKey
      ? pagedUnderNextKey(listed(finding, word), now)
      : finding,
  );
}

/** The finding as it is paged now. */
export function paged(finding: Finding, now: Instant): Finding {
  const { pageAt: _, ...rest } = finding;
  return { ...rest, urgency: 'page', pagedAt: now };
}

/** A trigger under a key of which the incident is acknowledged would ring no phone. */
export function pagedUnderNextKey(finding: Finding, now: Instant): Finding {
  return { ...paged(finding, now), dedupKey: nextKey(finding.dedupKey) };
}

function withWord(finding: Finding, word: Word, said: Said, policy: Policy, now: Instant): Finding {
  const listedOne = listed(finding, word);
  if (word.kind === 'not-genuine') {
    const paged = wakingCyber(listedOne, now);
    // The actor cannot close, but "that was not me" from the person in whose name it was done is the loudest word of all.
    return isSecondPerson(word, finding, policy) ? closed(paged, 'not-genuine', word.at) : paged;
  }
  if (word.kind === 'confirmed' && isSecondPerson(word, finding, policy))
    return closed(listedOne, 'confirmed', word.at);
  // The yes to an emergency can be older than the finding, whose record comes minutes late: then it closes as it is bound.
  if (word.kind === 'approved-late' && isLateYes(word, finding, said, policy))
    return closed(listedOne, 'approved-late', word.at < finding.openedAt ? now : word.at);
  return listedOne;
}

/** The finding had closed by itself (matched after all, or as a duplicate) and a person then says that it was not genuine. */
function notGenuineAfterAll(
  all: readonly Finding[],
  subject: Finding,
  word: Word,
  policy: Policy,
  now: Instant,
): readonly Finding[] {
  if (isClosedByHuman(subject) || !isSecondPerson(word, subject, policy)) return all;
  const id = nextFindingId(subject.action, all, subject.id.replace(/#\d+$/, ''));
  const { closedAs: _, closedAt: __, foldsInto: ___, ...rest } = subject;
  const reopened = wakingCyber({ ...rest, id, dedupKey: dedupKeyOf(id), openedAt: now, words: [word] }, now);
  return [...all, closed(reopened, 'not-genuine', word.at)];
}

export function dedupKeyOf(finding: string): string {
  return `two-eye/${finding}`;
}

export function closed(finding: Finding, closedAs: NonNullable<Finding['closedAs']>, closedAt: Instant): Finding {
  return { ...finding, state: 'closed', closedAs, closedAt };
}

function wakingCyber(finding: Finding, now: Instant): Finding {
  const wakes = finding.wakes.includes('cyber') ? finding.wakes : [...finding.wakes, 'cyber' as const];
  return { ...paged(finding, now), wakes };
}

function listed(finding: Finding, word: Word): Finding {
  return { ...finding, words: [...finding.words, word] };
}

/** Somebody whom the policy knows and who is not the actor under any name. PagerDuty can acknowledge, never close. */
function isSecondPerson(word: Word, finding: Finding, policy: Policy): boolean {
  if (word.via === 'pagerduty' && word.kind !== 'acknowledged') return false;
  const name = word.by.toLowerCase();
  const person = policy.people.find(({ id, aliases }) => id === name || aliases.includes(name));
  return person !== undefined && person.id !== finding.actor;
}

/** The late yes must be that person's, bound to this finding (or the yes to the emergency that came before it), and eligible. */
function isLateYes(word: Word, finding: Finding, { approvals }: Said, policy: Policy): boolean {
  const late = approvals.find(({ id }) => id === word.approval);
  if (late === undefined || late.approverEligible !== true || late.approver !== word.by) return false;
  const isEmergency = late.lateFor === undefined && late.emergency !== undefined;
  const isFor = late.lateFor === finding.id || (isEmergency && late.slots.includes(finding.target));
  // Of a finding that names nobody somebody may say that it was them, and a second person that this is so.
  const isTheirs = late.actor === finding.actor || (finding.actor === UNKNOWN && late.lateFor === finding.id);
  return isFor && isTheirs && late.actor !== word.by && isSecondPerson(word, finding, policy);
}

function nextKey(dedupKey: string): string {
  const [, base = dedupKey, count = '1'] = /^(two-eye\/.+?)(?:\/(\d+))?$/.exec(dedupKey) ?? [];
  return `${base}/${Number(count) + 1}`;
}
