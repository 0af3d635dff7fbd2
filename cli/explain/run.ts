import { localDateTime } from '../../lambdas/core/hours.ts';
import type { Policy } from '../../lambdas/core/policy.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';
import { findingFacts } from '../../lambdas/core/wording/finding-facts.ts';
import { accountName, targetTitle } from '../../lambdas/core/wording/names.ts';
import { loadPolicy } from '../../policy/load.ts';
import { whyUnread } from '../../policy/unread-file.ts';
import { peopleFrom } from '../approvals.ts';
import { withoutDuplicates } from '../archive/extract.ts';
import { bytesOf, extractOf } from '../archive/read-file.ts';
import { valueReader } from '../archive/read-value.ts';
import { EXIT } from '../exit-codes.ts';
import type { ExplainOptions } from '../explain.ts';
import { type JudgedLine, judgeLines } from '../replay/judge-records.ts';
import { shown } from '../visible.ts';

/** Prints what two-eye makes of the events in a file, as a person would say it. A file that cannot be read is named, exit 2. */
export async function explain(path: string, options: ExplainOptions): Promise<number> {
  const policy = await loadPolicy(options.policy);
  const people = await peopleFrom(options, policy);
  const bytes = await bytesOf(path).catch((error: unknown) => console.error(unreadWords(path, error)));
  if (bytes === undefined) return EXIT.unreadInput;
  const extract = withoutDuplicates(extractOf(bytes, path, valueReader(policy)));
  for (const judged of judgeLines(extract.records, people, policy))
    console.log(`${linesOf(judged, policy).map(shown).join('\n')}\n`);
  for (const [because, times] of Object.entries(extract.ignored))
    console.log(`${times === 1 ? 'One record' : `${times} records`} ignored: ${IGNORED[because] ?? because}.`);
  for (const { why, offset } of extract.unreadable)
    console.log(
      `Unreadable at byte ${offset}: ${shown(why)}. Two-eye would open a finding, since it cannot say that this was not a use.`,
    );
  return extract.unreadable.length > 0 || people.bad.length > 0 ? EXIT.unreadInput : EXIT.ok;
}

function unreadWords(path: string, error: unknown): string {
  return `${shown(path)}: ${whyUnread(error)}. Give a file with a record or an envelope, or - for standard input; of a folder, use replay.`;
}

const IGNORED: Readonly<Record<string, string>> = {
  'not-watched': 'no target of the policy was used',
  'aws-service': 'an AWS service made the call by itself',
  'other-event': 'this kind of event is never a use of a target',
  'digest-file': "it is CloudTrail's digest of its files",
  insight: 'it is a CloudTrail Insight, a statistic of calls',
  duplicate: 'the same record came before',
  'control-message': 'it is a message of the delivery itself',
};

/** Why it needs a human, in the words of the message that would be sent. */
function whyWords({ line, action, told }: JudgedLine, policy: Policy): string[] {
  if (told === undefined) return [];
  const { actor, target, account, kind } = line;
  const finding = {
    id: action.id,
    ledger: `person:${actor}`,
    action: action.id,
    ...{ ...told, actor, target, account, kind },
    occurredAt: action.occurredAt,
    openedAt: action.occurredAt,
    state: 'open',
    words: [],
    wakes: [],
    dedupKey: '',
  } as const;
  const { headline, why } = findingFacts({ finding, action: line, at: action.occurredAt }, policy);
  return [`A finding would open: ${headline}.`, ...why.map((sentence) => `  ${sentence}`)];
}

/** Who did what, where and when; the verdict; why; and who would be told. */
function linesOf(judged: JudgedLine, policy: Policy): string[] {
  const { line } = judged;
  const zone = (policy.teams[line.team]?.hours ?? policy.cyber.hours).timeZone;
  const who = line.actor === 'unknown' ? 'Somebody' : line.actor;
  const when = localDateTime(Date.parse(line.occurredAt), zone);
  return [
    `${who} ${line.verdict === 'attempted' ? 'tried to use' : 'used'} ${targetTitle(policy, line.target)} (${accountName(policy, line.account)}) on ${when}, from ${line.origin.ip || 'an unknown address'}.`,
    line.actor === 'unknown' ? `Nobody knows who it was: ${line.how}.` : `Known by: ${line.how}.`,
    verdictSentence(line),
    ...whyWords(judged, policy),
    ...toldSentence(line),
    `Records: ${line.keys.join(', ')}`,
  ];
}

function verdictSentence(line: VerdictLine): string {
  switch (line.verdict) {
    case 'approved':
      return `Approved: it spends approval ${line.approval}.`;
    case 'pinned':
      return `Covered by pin ${line.pin}, which is not spent by it.`;
    case 'suppressed':
      return `Silenced by suppression ${line.suppression} of the policy; it is recorded all the same.`;
    case 'attempted':
      return 'AWS refused the call: nothing was used, and no approval is spent.';
    default:
      return 'Not approved.';
  }
}

function toldSentence(line: VerdictLine): string[] {
  if (line.urgency === undefined) return [];
  return [
    line.urgency === 'page'
      ? 'It pages: PagerDuty wakes whoever the policy names.'
      : 'It pings: a message in the Slack channels.',
  ];
}
