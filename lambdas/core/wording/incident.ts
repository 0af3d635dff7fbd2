import type { Finding } from '../finding.ts';
import type { Policy, Rota } from '../policy.ts';
import { isoOf } from '../time.ts';
import { plainText } from './escape.ts';
import { type FindingPolicy, type FindingView, findingFacts, isDoneBySomebody, rotaWords } from './finding-facts.ts';
import { closingWords, PLAIN_VOICE, progressWords, wordsSaid } from './finding-progress.ts';
import { accountName } from './names.ts';

/**
 * An event as PagerDuty's Events API v2 takes it, without the routing key.
 * Source of shape and limits: https://developer.pagerduty.com/docs/send-alert-event
 */
export interface IncidentEvent {
  readonly event_action: 'trigger' | 'acknowledge' | 'resolve';
  /** At most 255 characters. */
  readonly dedup_key: string;
  readonly payload: IncidentPayload;
  readonly links?: readonly IncidentLink[];
  readonly client?: string;
}

interface IncidentLink {
  readonly href: string;
  readonly text: string;
}

export interface IncidentPayload {
  /** At most 1024 characters. */
  readonly summary: string;
  readonly source: string;
  readonly severity: 'critical' | 'error' | 'warning' | 'info';
  /** ISO 8601. */
  readonly timestamp?: string;
  readonly component?: string;
  readonly group?: string;
  readonly class?: string;
  readonly custom_details?: Readonly<Record<string, unknown>>;
}

/** What an incident says beside the finding's own facts. */
export interface IncidentShown extends FindingView {
  readonly rota: Rota;
  /** What else the reader must know, first: that Slack could not be reached, that somebody said it was not genuine. */
  readonly note?: string;
}

/** The event that pages a rota: who, what, where, why not approved, what to do, on one screen. */
export function triggerEvent(shown: IncidentShown, dedupKey: string, policy: FindingPolicy): IncidentEvent {
  const { finding } = shown;
  const facts = findingFacts(shown, policy);
  return {
    event_action: 'trigger',
    dedup_key: dedupKey,
    client: 'two-eye',
    links: [channelLink(finding, policy), ...facts.links.map(({ text, href }) => ({ href, text }))],
    payload: {
      ...payloadOf(finding, policy),
      summary: plainText(
        `${shown.note ? `${shown.note}: ` : ''}${facts.headline}${isDoneBySomebody(finding) ? ` by ${facts.who}` : ''} in ${accountName(policy, finding.account)}`,
        1_000,
      ),
      custom_details: {
        ...(shown.note && { note: plainText(shown.note, 500) }),
        who: facts.how ? `${facts.who}, ${facts.how}` : facts.who,
        what: plainText(facts.what, 600),
        when: facts.when,
        from: facts.where,
        'why it is not approved': facts.why.map((why) => plainText(why, 500)),
        ...(facts.did.length > 0 && { 'what was done': facts.did.slice(0, 20) }),
        ...(facts.also.length > 0 && { 'also seen': facts.also.slice(0, 20) }),
        'said so far': wordsSaid(finding, policy, PLAIN_VOICE),
        'what to do': whatToDo(finding, policy),
        finding: finding.id,
        paged: rotaWords([shown.rota], finding, policy),
      },
    },
  };
}

/** The event that acknowledges or resolves an incident. The client wants a payload for these too. */
export function followUpEvent(
  action: 'acknowledge' | 'resolve',
  finding: Finding,
  dedupKey: string,
  policy: FindingPolicy,
): IncidentEvent {
  const words =
    finding.state === 'closed' ? [closingWords(finding, PLAIN_VOICE)] : progressWords(finding, [], policy, PLAIN_VOICE);
  return {
    event_action: action,
    dedup_key: dedupKey,
    payload: {
      ...payloadOf(finding, policy),
      summary: plainText(words.join(' '), 1_000),
      custom_details: { 'said so far': wordsSaid(finding, policy, PLAIN_VOICE), finding: finding.id },
    },
  };
}

/** One incident for many findings that come faster than anybody can be paged for. */
export function stormEvent(finding: Finding, dedupKey: string, policy: FindingPolicy): IncidentEvent {
  const summary = `Many unapproved uses at once: more findings than can be paged one by one, the first of them on ${accountName(policy, finding.account)}`;
  return {
    event_action: 'trigger',
    dedup_key: dedupKey,
    client: 'two-eye',
    links: [channelLink(finding, policy)],
    payload: {
      ...payloadOf(finding, policy),
      summary: plainText(summary, 1_000),
      custom_details: {
        'what to do':
          "Open the summary in the team's Slack channel (see the link): the first findings are in its thread, every open one in the Home tab of two-eye, each with its buttons. Acknowledging here is a word on all of them. Treat it as an attack until shown otherwise.",
        first: finding.id,
      },
    },
  };
}

function payloadOf(finding: Finding, policy: Pick<Policy, 'teams'>): Omit<IncidentPayload, 'summary'> {
  return {
    source: plainText(finding.target || finding.account || 'two-eye', 200),
    severity: 'critical',
    timestamp: isoOf(finding.occurredAt),
    component: plainText(finding.account, 100) || 'unknown',
    group: plainText(policy.teams[finding.team]?.title ?? finding.team, 100),
    class: finding.cause,
  };
}

function whatToDo(finding: Finding, policy: Pick<Policy, 'teams'>): string {
  const look = isDoneBySomebody(finding)
    ? `Ask ${finding.actor === 'unknown' ? 'the team' : finding.actor} what this was.`
    : 'Look for what it was about.';
  return plainText(
    `${look} Genuine: a second eligible person presses "I confirm" in Slack, in ${channelName(finding, policy)} (see the link). Not genuine: press "Not genuine". Acknowledging here stops the clock; resolving here closes nothing.`,
    1_000,
  );
}

/** The policy knows a channel by its id alone, which means nothing to whoever is woken. */
function channelName({ team }: Finding, policy: Pick<Policy, 'teams'>): string {
  return policy.teams[team] === undefined ? "cyber's channel" : `the channel of ${policy.teams[team].title}`;
}

/** Opens the channel in Slack, in the browser or the app (https://docs.slack.dev/interactivity/deep-linking). */
function channelLink(finding: Finding, policy: Pick<Policy, 'teams' | 'cyber' | 'slack'>): IncidentLink {
  const channel = policy.teams[finding.team]?.channel ?? policy.cyber.channel;
  const query = new URLSearchParams({ team: policy.slack.workspace, channel });
  return {
    text: `Open ${plainText(channelName(finding, policy), 200)} in Slack`,
    href: `https://slack.com/app_redirect?${query}`,
  };
}
