import type { Finding, Word } from '../finding.ts';
import { localTime } from '../hours.ts';
import type { Policy, Rota } from '../policy.ts';
import type { Instant } from '../time.ts';
import { lengthOf } from './durations.ts';
import { plainText } from './escape.ts';
import { hoursOf, rotaWords } from './finding-facts.ts';
import { nameOf } from './names.ts';

/** What became of the page to one rota, as `page` and PagerDuty's webhooks recorded it. */
export interface PageShown {
  readonly rota: Rota;
  readonly state: 'sent' | 'triggered' | 'acknowledged' | 'resolved' | 'failed';
  readonly at: Instant;
  /** For `failed`. */
  readonly why?: string;
}

/** How people are named: a live mention in Slack, plain words elsewhere. Text that is not a name goes through `text`. */
export interface Voice {
  readonly person: (id: string) => string;
  readonly text: (words: string, most?: number) => string;
}

export const PLAIN_VOICE: Voice = { person: nameOf, text: plainText };

type ProgressPolicy = Pick<Policy, 'teams' | 'cyber'>;

/** Where a finding stands and what happens next, one sentence a line. */
export function progressWords(
  finding: Finding,
  pages: readonly PageShown[],
  policy: ProgressPolicy,
  voice: Voice,
): readonly string[] {
  const zone = hoursOf(finding, policy).timeZone;
  return [
    ...pages.map((page) => pageWords(page, finding, policy, zone, voice)),
    ...nextWords(finding, pages, policy, zone, voice),
  ];
}

function pageWords(page: PageShown, finding: Finding, policy: ProgressPolicy, zone: string, voice: Voice): string {
  const whom = rotaWords([page.rota], finding, policy);
  const at = localTime(page.at, zone);
  switch (page.state) {
    case 'sent':
      return `Paging ${whom}: PagerDuty took it at ${at}.`;
    case 'triggered':
      return `Paged ${whom} at ${at}.`;
    case 'acknowledged':
      return `Acknowledged in PagerDuty by ${whom} at ${at}.`;
    case 'resolved':
      return `Resolved in PagerDuty (${whom}) at ${at}.`;
    case 'failed':
      return `The page to ${whom} could not be sent (${at}): ${voice.text(page.why ?? 'no reason was given', 300)}. Call them.`;
  }
}

function nextWords(
  finding: Finding,
  pages: readonly PageShown[],
  policy: ProgressPolicy,
  zone: string,
  voice: Voice,
): readonly string[] {
  const whom = rotaWords(finding.wakes, finding, policy);
  if (finding.state === 'closed') return [closingWords(finding, voice)];
  if (finding.cause === 'undecided') return ['It is decided as soon as the table can be read.'];
  const until = 'It stays open until another eligible person confirms it.';
  if (finding.state === 'acknowledged') return [until];
  const due = finding.pageAt === undefined ? undefined : localTime(finding.pageAt, zone);
  if (finding.urgency === 'page') {
    if (due !== undefined) return [`${SILENCED} Pages ${whom} again at ${due} unless somebody else takes it on.`];
    return pages.length > 0 ? [until] : [`Paging ${whom} now. ${until}`];
  }
  return [due === undefined ? until : `Pages ${whom} at ${due} unless somebody takes it on.`];
}

/** Why a page is due again: it was acknowledged by the actor, or by somebody without a `pagerDuty` id in the policy. */
const SILENCED = 'The acknowledgement in PagerDuty does not count: it is not known to be a second person’s.';

/** What each person said, in order of time: `Ben Bitdiddle is on it (14:05, Slack)`. */
export function wordsSaid(finding: Finding, policy: ProgressPolicy, voice: Voice): readonly string[] {
  const zone = hoursOf(finding, policy).timeZone;
  return finding.words.toSorted((one, other) => one.at - other.at).map((word) => wordSaid(word, zone, voice));
}

const SAID: Record<Word['kind'], string> = {
  acknowledged: 'is on it',
  'it-was-me': 'says: it was me',
  confirmed: 'confirms it',
  'approved-late': 'approved it late',
  'not-genuine': 'says that it is not genuine; cyber is paged',
  'resolved-elsewhere': 'resolved it in PagerDuty, which closes nothing here',
};

function wordSaid(word: Word, zone: string, voice: Voice): string {
  const who = word.by === 'unknown' ? 'Somebody whom the policy does not name' : voice.person(word.by);
  const via = word.via === 'slack' ? 'Slack' : 'PagerDuty';
  return `${who} ${SAID[word.kind]} (${localTime(word.at, zone)}, ${via})${word.text ? `: “${voice.text(word.text, 400)}”` : ''}`;
}

/** Who closed it, how, and how long it took. */
export function closingWords(finding: Finding, voice: Voice): string {
  const took =
    finding.closedAt === undefined ? '' : `, ${lengthOf(finding.closedAt - finding.openedAt)} after it was opened`;
  const last = finding.words.findLast((word) => word.kind === finding.closedAs);
  const by = last && last.by !== 'unknown' ? ` by ${voice.person(last.by)}` : '';
  switch (finding.closedAs) {
    case 'confirmed':
      return `Closed: confirmed${by}${took}.`;
    case 'approved-late':
      return `Closed: approved late${by}${took}.`;
    case 'not-genuine':
      return `Closed: not genuine, said${by || ' by a person'}${took}. Cyber is paged.`;
    case 'matched-later':
      if (finding.cause === 'undecided')
        return `Closed: the table can be read again, and what waited is decided${took}.`;
      return `Closed by itself${took}: what arrived later clears it.`;
    case 'duplicate':
      return `Closed by itself${took}: it is part of another finding now.`;
    default:
      return `Closed${took}.`;
  }
}
