import { UNKNOWN } from '../access-event.ts';
import type { Finding } from '../finding.ts';
import { localDateTime } from '../hours.ts';
import type { Policy, Rota } from '../policy.ts';
import { type Instant, type Milliseconds, SECOND_MS } from '../time.ts';
import type { VerdictLine } from '../verdict-line.ts';
import { lengthOf } from './durations.ts';
import { plainText } from './escape.ts';
import { accountName, nameOf, targetTitle, teamTitle } from './names.ts';
import { nearMissWords } from './near-miss-words.ts';

/** What a message about a finding is made of. */
export interface FindingView {
  readonly finding: Finding;
  /** The finding's own action; absent for what has none (an unreadable record, an outage). */
  readonly action?: VerdictLine;
  /** What else this person or session did among watched events. */
  readonly others?: readonly VerdictLine[];
  /** When the message is made. */
  readonly at: Instant;
}

/** The policy as far as the words about findings need it. */
export type FindingPolicy = Pick<Policy, 'people' | 'accounts' | 'targets' | 'teams' | 'cyber' | 'home' | 'slack'>;

/** The same facts for Slack and for PagerDuty, in plain words that have yet to be escaped. */
export interface FindingFacts {
  readonly headline: string;
  readonly who: string;
  readonly how: string;
  readonly what: string;
  readonly when: string;
  readonly where: string;
  /** Why it needs a human; one sentence each. */
  readonly why: readonly string[];
  /** Each record of the action where it says more than the rest, and what else was seen; one line each. */
  readonly did: readonly string[];
  readonly also: readonly string[];
  readonly links: readonly { readonly text: string; readonly href: string }[];
  readonly timeZone: string;
}

/** Everything a human needs to know about a finding, whichever neighbour shows it. */
export function findingFacts({ finding, action, others = [], at }: FindingView, policy: FindingPolicy): FindingFacts {
  const timeZone = hoursOf(finding, policy).timeZone;
  const when = localDateTime(finding.occurredAt, timeZone);
  return {
    headline: headlineOf(finding, policy),
    who: nameOf(finding.actor),
    how: howWords(finding, action),
    what: whatWords(finding, action, policy),
    when: `${when} (${agoWords(at - finding.occurredAt)})`,
    where: whereWords(action),
    why: whyWords(finding, action, policy, timeZone),
    did: didWords(action, timeZone),
    also: others.map((line) => alsoWords(line, policy, timeZone)),
    links: linksOf(finding, action, policy),
    timeZone,
  };
}

function agoWords(ms: Milliseconds): string {
  return ms < SECOND_MS ? 'just now' : `${lengthOf(ms)} ago`;
}

/** An outage, or a record that nobody could read, is no act of a person: naming nobody would only puzzle. */
export function isDoneBySomebody({ cause, actor }: Finding): boolean {
  return actor !== UNKNOWN || (cause !== 'undecided' && cause !== 'unreadable');
}

/** `Unapproved use of Notify production admin`. */
export function headlineOf(finding: Finding, policy: Pick<Policy, 'targets'>): string {
  const target = plainText(targetTitle(policy, finding.target), 120);
  switch (finding.cause) {
    case 'unapproved':
      return `Unapproved use of ${target}`;
    case 'undecided': {
      const use = `use of ${finding.target ? target : 'privileged access'}`;
      return finding.state === 'closed' ? `Decided late: ${use}` : `Not decided yet: ${use}`;
    }
    case 'unreadable':
      return 'A record that cannot be read';
    case 'attempts':
      return `Refused attempts on ${target}`;
    case 'tampering':
      return `Something changed the watcher: ${target}`;
  }
}

/** Hours, channel and runbook of the finding's team, cyber's for what has no team. */
export function hoursOf(finding: Finding, policy: Pick<Policy, 'teams' | 'cyber'>) {
  return (policy.teams[finding.team] ?? policy.cyber).hours;
}

/** `Notify's on-call and cyber's on-call`. */
export function rotaWords(wakes: readonly Rota[], finding: Finding, policy: Pick<Policy, 'teams'>): string {
  const names = wakes.map((rota) =>
    rota === 'cyber' || !policy.teams[finding.team]
      ? "cyber's on-call"
      : `${teamTitle(policy, finding.team)}'s on-call`,
  );
  return [...new Set(names)].join(' and ') || "cyber's on-call";
}

function howWords(finding: Finding, action: VerdictLine | undefined): string {
  const how = plainText(action?.how ?? '', 200);
  if (finding.actor !== UNKNOWN) return how ? `known by ${how}` : '';
  const hints = (action?.hints ?? []).map((hint) => plainText(hint, 80)).slice(0, 5);
  return [how, hints.length > 0 && `it mentions, which proves nothing: ${hints.join('; ')}`].filter(Boolean).join('; ');
}

function whatWords(finding: Finding, action: VerdictLine | undefined, policy: FindingPolicy): string {
  const where = accountName(policy, finding.account);
  if (finding.cause === 'unreadable' || !finding.target) return where;
  const resource = action?.members?.[0]?.resource;
  return `${targetTitle(policy, finding.target)}, ${KINDS[finding.kind] ?? finding.kind}, in ${where}${resource ? `: ${plainText(resource, 200)}` : ''}`;
}

const KINDS: Partial<Record<Finding['kind'], string>> = {
  'assume-role': 'role assumed',
  'switch-role': 'role switched to in the console',
  'sign-in': 'console sign-in',
  federation: 'federated session',
  shell: 'shell opened',
  database: 'database session',
  secret: 'secret read',
  root: 'root user',
  tampering: 'change to the watcher',
};

function whereWords(action: VerdictLine | undefined): string {
  if (!action) return '';
  const { ip, userAgent, mfa } = action.origin;
  const factor = mfa === undefined ? '' : mfa ? ', with MFA' : ', without MFA';
  return `${plainText(ip, 60) || 'no address'}, ${action.region || 'no Region'}${factor}, ${plainText(userAgent, 160) || 'no user agent'}`;
}

function whyWords(
  finding: Finding,
  action: VerdictLine | undefined,
  policy: FindingPolicy,
  timeZone: string,
): readonly string[] {
  const own = [
    ...(action?.members?.some(({ late }) => late !== undefined) ? [FOUND_LATE] : []),
    ...(finding.again ? [AGAIN[finding.again.because]] : []),
    ...(finding.why ? [`${plainText(finding.why, 400)}.`.replace(/\.\.$/, '.')] : []),
  ];
  if (finding.cause === 'undecided') return [...own, undecidedWords(finding)];
  if (finding.cause === 'unreadable') return own.length > 0 ? own : ['The record could not be understood.'];
  if (!action || finding.cause === 'tampering') return own;
  const use = { target: finding.target, account: finding.account, occurredAt: finding.occurredAt, timeZone };
  const misses = nearMissWords(action.nearMisses, use, policy);
  const emergency = emergencyWords(action, timeZone);
  const reasons = [...emergency, ...misses];
  return [...own, ...(reasons.length > 0 ? reasons : noApproval(finding))];
}

const FOUND_LATE =
  'The bus did not bring its record within half an hour: reconciliation found it, so this is told late.';

const AGAIN: Record<NonNullable<Finding['again']>['because'], string> = {
  'new-address': 'Another finding for this person and target is open; this one comes from a new address.',
  'new-principal': 'Another finding for this person and target is open; this one comes from another AWS identity.',
  acknowledged: 'Another finding for this person and target is in hand already; this one came after that.',
  silenced:
    'Another finding for this person and target is open, whose page was acknowledged in PagerDuty by the person themself or by somebody whom the policy does not know.',
};

function noApproval(finding: Finding): readonly string[] {
  if (finding.cause === 'attempts') return ['AWS refused the calls; nobody had approved them.'];
  if (finding.actor === UNKNOWN) return ['Nobody can be named for it, so no approval can cover it.'];
  return [`There is no request or approval of ${nameOf(finding.actor)} near that time.`];
}

function undecidedWords(finding: Finding): string {
  const count = finding.keys?.length ?? 0;
  return `The table could not be read, so ${count === 1 ? 'one record waits' : `${count} records wait`} to be decided; this closes by itself when it can.`;
}

function emergencyWords({ emergency }: VerdictLine, timeZone: string): readonly string[] {
  if (!emergency) return [];
  const asked = emergency.picked ? `, ${nameOf(emergency.picked)} was asked` : ', nobody was asked';
  const incident = emergency.incident ? `, ${plainText(emergency.incident, 80)}` : '';
  const why = plainText(emergency.why, 60).replaceAll('-', ' ');
  return [
    `Emergency (${why}${incident}), declared ${localDateTime(Date.parse(emergency.declaredAt), timeZone)}${asked}; nobody had said yes.`,
  ];
}

/** One record alone says nothing that is not said above, but for what a database was told to do. */
function didWords(action: VerdictLine | undefined, timeZone: string): readonly string[] {
  const members = (action?.members ?? []).map((member) => memberWords(member, timeZone));
  if (action?.kind === 'database') return [...members, MORE_IN_THE_LOG];
  return members.length > 1 ? members : [];
}

/** The log's lines come in batches, and a session is told with the first. */
const MORE_IN_THE_LOG =
  'Commands are those that came with the login. For what the session did after that, read the log of the database.';

function memberWords(member: NonNullable<VerdictLine['members']>[number], timeZone: string): string {
  const commands = member.commands?.length ? `, ${member.commands.map((each) => plainText(each, 40)).join(' ')}` : '';
  const refused = member.outcome === 'refused' ? ', refused' : '';
  const at = localDateTime(Date.parse(member.occurredAt), timeZone);
  return `${at}: ${plainText(member.eventName, 60)}${refused}, ${member.region}, ${plainText(member.ip, 60)}${commands} [${plainText(member.key, 60)}]`;
}

function alsoWords(line: VerdictLine, policy: Pick<Policy, 'targets'>, timeZone: string): string {
  const at = localDateTime(Date.parse(line.occurredAt), timeZone);
  return `${at}: ${plainText(targetTitle(policy, line.target), 100)}, ${line.verdict}`;
}

/** A Region stands in the link's host, so it may be nothing but a Region. */
function isLinkable({ key, region }: NonNullable<VerdictLine['members']>[number]): boolean {
  return /^[0-9a-f-]{36}$/i.test(key) && /^[a-z]{2,4}(-[a-z0-9]{1,12}){1,4}$/.test(region);
}

/** Runbook first: it is what somebody who was just woken needs. Keys of database logs are not CloudTrail events and have no link. */
function linksOf(finding: Finding, action: VerdictLine | undefined, policy: FindingPolicy): FindingFacts['links'] {
  const runbook = policy.teams[finding.team]?.runbook ?? policy.cyber.runbook;
  const events = (action?.members ?? []).filter(isLinkable).slice(0, 3);
  return [
    ...(runbook ? [{ text: 'Runbook', href: runbook }] : []),
    ...logLinks(finding, policy),
    ...events.map(({ key, region, eventName }) => ({
      text: `CloudTrail: ${plainText(eventName, 40)}`,
      href: `https://${region}.console.aws.amazon.com/cloudtrailv2/home?region=${region}#/events/${key}`,
    })),
  ].filter(({ href }) => /^https:\/\/[\w.-]+\/[\w./?=#&%~:$-]*$/.test(href));
}

/** The log of a database where the policy knows it. CloudWatch's console wants the name encoded twice, with `$` for `%`. */
function logLinks({ target }: Finding, { targets }: FindingPolicy): FindingFacts['links'] {
  const door = targets.find(({ id }) => id === target)?.door;
  if (door?.kind !== 'database') return [];
  const group = encodeURIComponent(encodeURIComponent(door.logGroup)).replaceAll('%', '$');
  const href = `https://${door.region}.console.aws.amazon.com/cloudwatch/home?region=${door.region}#logsV2:log-groups/log-group/${group}`;
  return [{ text: 'Log of the database', href }];
}
