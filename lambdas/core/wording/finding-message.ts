import { UNKNOWN } from '../access-event.ts';
import type { Finding } from '../finding.ts';
import { localTime } from '../hours.ts';
import { actions, type Block, button, context, fields, type Message, section } from './blocks.ts';
import { bounded, escaped, escapedWithArns, plainText } from './escape.ts';
import {
  type FindingFacts,
  type FindingPolicy,
  type FindingView,
  findingFacts,
  headlineOf,
  hoursOf,
  isDoneBySomebody,
} from './finding-facts.ts';
import { closingWords, type PageShown, progressWords, type Voice, wordsSaid } from './finding-progress.ts';
import { mention } from './names.ts';

/** A finding as a channel shows it: its facts, what people and PagerDuty did, what is folded into it. */
export interface FindingShown extends FindingView {
  readonly pages?: readonly PageShown[];
  /** How many further findings are shown in this one's thread. */
  readonly folded?: number;
  /** Sent again because nobody knows whether the first one arrived. */
  readonly resent?: 'yes';
}

const MOST_LINES = 8;
const MOST_MARKUP = 2_900;

const WHY_TITLES: Record<Finding['cause'], string> = {
  unapproved: '*Why no approval covers it*',
  attempts: '*Why it is told*',
  undecided: '*What happened*',
  unreadable: '*Why it cannot be read*',
  tampering: '*What was changed*',
};

/** The message about a finding, made anew from the facts at every change. */
export function findingMessage(shown: FindingShown, policy: FindingPolicy): Message {
  const facts = findingFacts(shown, policy);
  const { finding } = shown;
  return {
    text: textOf(shown, facts, policy),
    blocks: [
      section(headingWords(shown, facts)),
      fields(...columns(finding, facts, policy)),
      ...lines(WHY_TITLES[finding.cause], facts.why),
      ...lines('*What was done*', facts.did),
      ...lines('*Also seen*', facts.also),
      section(bounded(standing(shown, policy), MOST_MARKUP)),
      ...linkBlocks(facts),
      ...actions(...findingButtons(finding)),
    ],
  };
}

/** The short message about a finding in the thread of the one it is folded into. */
export function foldedMessage(shown: FindingShown, policy: FindingPolicy): Message {
  const facts = findingFacts(shown, policy);
  const summary = [
    headingWords(shown, facts),
    `${escaped(facts.when)} · ${escaped(facts.where)}`,
    ...facts.why.slice(0, 1).map((why) => escaped(why, 400)),
  ];
  return {
    text: textOf(shown, facts, policy),
    blocks: [
      section(bounded([...summary, standing(shown, policy)].join('\n'), MOST_MARKUP)),
      ...linkBlocks(facts),
      ...actions(...findingButtons(shown.finding)),
    ],
  };
}

/** What is said in the thread when a finding closes: who closed it, how, how long it took, and their words. */
export function closingMessage(finding: Finding, policy: FindingPolicy): Message {
  const said = wordsSaid(finding, policy, slackVoice(policy));
  // The thread may be that of another finding, or of a summary, so it says which one it is about.
  const which = `${escaped(headlineOf(finding, policy), 160)}, ${localTime(finding.occurredAt, hoursOf(finding, policy).timeZone)}`;
  const words = [`${closingWords(finding, slackVoice(policy))} (${which})`, ...said].join('\n');
  return { text: bounded(words, 1_500), blocks: [section(bounded(words, MOST_MARKUP))] };
}

/** Names that are live in Slack, everything else escaped. */
export function slackVoice(policy: Pick<FindingPolicy, 'people'>): Voice {
  return { person: (id) => mention(policy, id), text: escaped };
}

const MARKS: Record<Finding['state'], string> = {
  open: ':rotating_light:',
  acknowledged: ':eyes:',
  closed: ':white_check_mark:',
};

function headingWords({ finding, resent, folded }: FindingShown, facts: FindingFacts): string {
  const mark = finding.closedAs === 'not-genuine' ? ':rotating_light:' : MARKS[finding.state];
  const more = folded ? ` · and ${folded} more in the thread` : '';
  const again = resent ? ' · re-sent: the first may not have arrived' : '';
  return `${mark} *${escaped(facts.headline, 160)}* · ${finding.state}${more}${again}`;
}

function columns(finding: Finding, facts: FindingFacts, policy: FindingPolicy): readonly string[] {
  const who = finding.actor === UNKNOWN ? '*nobody we can name*' : mention(policy, finding.actor);
  const cells = [
    ['Who', !isDoneBySomebody(finding) ? '' : facts.how ? `${who}, ${escapedWithArns(facts.how, 600)}` : who],
    ['What', escapedWithArns(facts.what, 600)],
    ['When', escaped(facts.when)],
    ['From', escaped(facts.where, 400)],
  ] as const;
  return cells.filter(([, words]) => words !== '').map(([title, words]) => bounded(`*${title}*\n${words}`, 1_900));
}

/** A titled list, cut with the number of what is left out. */
function lines(title: string, all: readonly string[]): readonly Block[] {
  if (all.length === 0) return [];
  const shown = all.slice(0, MOST_LINES).map((line) => `• ${escapedWithArns(line, 500)}`);
  const rest = all.length > MOST_LINES ? [`• and ${all.length - MOST_LINES} more`] : [];
  return [section(bounded([title, ...shown, ...rest].join('\n'), MOST_MARKUP))];
}

function standing({ finding, pages = [] }: FindingShown, policy: FindingPolicy): string {
  const voice = slackVoice(policy);
  return [...wordsSaid(finding, policy, voice), ...progressWords(finding, pages, policy, voice)].join('\n');
}

function linkBlocks(facts: FindingFacts): readonly Block[] {
  return facts.links.length === 0
    ? []
    : [context(facts.links.map(({ text, href }) => `<${href}|${escaped(text)}>`).join(' · '))];
}

/** What notifications and screen readers get. */
function textOf({ finding, pages = [], resent }: FindingShown, facts: FindingFacts, policy: FindingPolicy): string {
  const voice: Voice = { person: (id) => escaped(id), text: escaped };
  const again = resent ? 'Re-sent. ' : '';
  const next = progressWords(finding, pages, policy, voice).join(' ');
  const by = isDoneBySomebody(finding) ? ` by ${escaped(facts.who, 80)}` : '';
  const why = facts.why[0] ? ` ${escaped(facts.why[0], 400)}` : '';
  return bounded(`${again}${escaped(facts.headline, 160)}${by}, ${escaped(facts.when)}.${why} ${next}`, 1_500);
}

/** The buttons that can still do something. Who may press which is checked at the click, not by hiding it. */
export function findingButtons(finding: Finding): readonly Block[] {
  // What cannot be decided cannot be acknowledged either: the same table would have to say so.
  if (finding.state === 'closed' || finding.cause === 'undecided') return [];
  const value = { ledger: finding.ledger, finding: finding.id };
  const take =
    finding.state === 'open' ? [button("I'm on it", 'finding.acknowledge', value, { style: 'primary' })] : [];
  // A record that nobody can read is no act that somebody could own to.
  const own = finding.cause === 'unreadable' ? [] : [button('It was me', 'finding.it-was-me', value)];
  return [
    ...take,
    ...own,
    button(finding.cause === 'unreadable' ? 'I know what it was' : 'I confirm', 'finding.confirm', value),
    button('Not genuine', 'finding.not-genuine', value, {
      style: 'danger',
      confirm: plainText('This pages cyber at once, whatever the hour.'),
    }),
    ...(finding.cause === 'unapproved' && finding.actor !== UNKNOWN
      ? [button('Ask for approval', 'finding.ask', value)]
      : []),
  ];
}
