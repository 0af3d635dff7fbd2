import type { Approval } from '../../lambdas/core/approval.ts';
import type { Finding } from '../../lambdas/core/finding.ts';
import { judge } from '../../lambdas/core/judge.ts';
import type { Ledger } from '../../lambdas/core/ledger-state.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';
import { keysOf } from '../../lambdas/core/verdict-lines.ts';
import { ledgerKey, toldKey } from '../../lambdas/edge/table-keys.ts';
import { testPolicy } from '../support/policies.ts';
import { LEDGER, type Outcome } from './world.ts';

const POLICY = testPolicy();
const ADA = ['ada@example.gov.uk', 'ada.lovelace', 'ada@digital.example.gov.uk'];

/** What is wrong with how a seed ended; nothing when all is well. Told by the table and by what people were shown alone. */
export function violations(outcome: Outcome): readonly string[] {
  const lines = actionLines(outcome);
  const findings = latestFindings(outcome);
  return [
    ...spentTwice(lines),
    ...coveredWrongly(lines, outcome.story.approvals),
    ...lost(outcome, lines),
    ...untold(outcome, lines, findings),
    ...closedByActor(outcome, findings),
    ...unheard(outcome, findings),
    ...unsaid(outcome.findingHistory),
    ...pages(outcome, findings),
    ...unlikeTheOracle(outcome, lines, findings),
    ...(outcome.dead > 0 ? [`${outcome.dead} messages stay dead`] : []),
  ];
}

function actionLines({ items }: Outcome): readonly VerdictLine[] {
  const actions = [...items.values()].filter(({ key }) => key.sk.startsWith('ACTION#'));
  return actions.flatMap(({ value }) => (value as { readonly line?: VerdictLine }).line ?? []);
}

function latestFindings({ items }: Outcome): readonly Finding[] {
  return [...items.values()].filter(({ key }) => key.sk.startsWith('FINDING#')).map(({ value }) => value as Finding);
}

function spentTwice(lines: readonly VerdictLine[]): readonly string[] {
  const spent = lines.flatMap(({ approval, target }) => (approval === undefined ? [] : [`${approval} on ${target}`]));
  return spent.filter((one, index) => spent.indexOf(one) !== index).map((one) => `${one} is spent twice`);
}

function coveredWrongly(lines: readonly VerdictLine[], approvals: readonly Approval[]): readonly string[] {
  return lines.flatMap((line) => {
    if (line.verdict !== 'approved') return [];
    const yes = approvals.find(({ id }) => id === line.approval);
    const at = Date.parse(line.occurredAt);
    const end = Math.min(yes?.validUntil ?? 0, yes?.revokedAt ?? Number.POSITIVE_INFINITY);
    const isGood =
      yes?.approvedAt !== undefined &&
      yes.status !== 'declined' &&
      yes.slots.includes(line.target) &&
      yes.approvedAt - 1_000 <= at &&
      at < end &&
      yes.approverEligible === true &&
      !ADA.includes(yes.approver ?? '');
    return isGood ? [] : [`${line.approval} covers ${line.action} and should not`];
  });
}

function lost({ story }: Outcome, lines: readonly VerdictLine[]): readonly string[] {
  return story.records.flatMap(({ key }) => {
    const count = lines.filter((line) => line.members?.some((member) => member.key === key)).length;
    return count === 1 ? [] : [`${key} is in ${count} actions`];
  });
}

function untold(
  { slack, verdictsTold }: Outcome,
  lines: readonly VerdictLine[],
  findings: readonly Finding[],
): readonly string[] {
  const silent = lines.filter(({ action, verdict }) => !verdictsTold.has(`${action} ${verdict}`));
  const without = lines.filter(
    ({ action, verdict }) => verdict === 'unapproved' && !findings.some((one) => one.action === action),
  );
  const unseen = findings.filter(
    ({ id, state }) => !slack.has(id) || (state === 'closed') !== (slack.get(id)?.state === 'closed'),
  );
  return [
    ...silent.map(({ action, verdict }) => `${action} is ${verdict} and nobody was told`),
    ...without.map(({ action }) => `${action} is unapproved and has no finding`),
    ...unseen.map(({ id, state }) => `${id} is ${state} and Slack does not show it`),
  ];
}

function closedByActor({ words }: Outcome, findings: readonly Finding[]): readonly string[] {
  return findings.flatMap(({ id, closedAs }) => {
    if (closedAs !== 'confirmed' && closedAs !== 'not-genuine') return [];
    const by = words.filter(
      (word) => word.finding === id && word.kind === closedAs && !ADA.includes(word.by) && word.by !== 'unknown',
    );
    const action = id.replace(/#\d+$/, '');
    const byOthers = words.filter(
      (word) => word.finding.startsWith(action) && word.kind === closedAs && !ADA.includes(word.by),
    );
    return by.length + byOthers.length > 0 ? [] : [`${id} was closed as ${closedAs} by nobody who may`];
  });
}

/** What a second person said has its effect: a closing word closes, an acknowledgement stops the clock. */
function unheard({ words }: Outcome, findings: readonly Finding[]): readonly string[] {
  const said = words.filter(
    ({ by, kind }) => by === 'ben@example.gov.uk' && kind !== 'it-was-me' && kind !== 'resolved-elsewhere',
  );
  return said.flatMap(({ finding: id, kind }) => {
    const state = findings.find((finding) => finding.id === id)?.state;
    const isHeard = kind === 'acknowledged' ? state !== 'open' : state === 'closed';
    return isHeard ? [] : [`${id} is ${state} although Ben said ${kind}`];
  });
}

function unsaid(history: readonly Finding[]): readonly string[] {
  const last = new Map<string, Finding>();
  return history.flatMap((finding) => {
    const before = last.get(finding.id);
    last.set(finding.id, finding);
    const isUnsaid = before?.state === 'closed' && (finding.state !== 'closed' || finding.closedAs !== before.closedAs);
    const isLost = before?.words.some(({ id }) => !finding.words.some((word) => word.id === id)) === true;
    return [
      ...(isUnsaid ? [`${finding.id} left a terminal state`] : []),
      ...(isLost ? [`${finding.id} lost a word`] : []),
    ];
  });
}

/** In a storm a finding is under the storm's incident; `page` notes where. */
function incidentKeyOf({ items }: Outcome, finding: Finding): string {
  const key = toldKey(finding.id, 'page');
  const pointer = items.get(`${key.pk}\n${key.sk}`)?.value as
    | { readonly incident: string; readonly dedupKey: string }
    | undefined;
  return pointer?.dedupKey === finding.dedupKey ? `two-eye/${pointer.incident}` : finding.dedupKey;
}

function pages(outcome: Outcome, findings: readonly Finding[]): readonly string[] {
  const { incidents } = outcome;
  const keys = new Map(findings.map((finding) => [finding.id, incidentKeyOf(outcome, finding)]));
  // Findings that fold share a key; one that PagerDuty hears of only after the others were resolved opens it once more.
  const twice = [...incidents].flatMap(([name, { triggered }]) => {
    const under = findings.filter(({ id }) => name.endsWith(` ${keys.get(id)}`)).length;
    return triggered > Math.max(1, under) ? [`${name} was triggered ${triggered} times for ${under} findings`] : [];
  });
  const stale = [...incidents].flatMap(([name, { state }]) => {
    const key = name.slice(name.indexOf(' ') + 1);
    const under = findings.filter(({ id, dedupKey }) => keys.get(id) === key || dedupKey === key);
    const isOver = under.length > 0 && under.every((one) => one.state === 'closed');
    return state === 'open' && isOver ? [`${name} is open and what it is about is closed`] : [];
  });
  const missing = findings.flatMap(({ id, state, urgency }) => {
    if (state !== 'open' || urgency !== 'page') return [];
    const known = [...incidents].some(
      ([name, incident]) => name.endsWith(` ${keys.get(id)}`) && incident.state === 'open',
    );
    return known ? [] : [`${id} pages and PagerDuty does not know`];
  });
  const overdue = findings.filter(({ state, urgency }) => state === 'open' && urgency === 'ping');
  return [...twice, ...stale, ...missing, ...overdue.map(({ id }) => `${id} is still a ping long after its time`)];
}

/** One judging of everything at once; what humans have sealed is taken from the ledger, for it depends on when they spoke. */
function unlikeTheOracle(
  { story, items }: Outcome,
  lines: readonly VerdictLine[],
  findings: readonly Finding[],
): readonly string[] {
  const ledger = items.get(`${ledgerKey(LEDGER).pk}\n${ledgerKey(LEDGER).sk}`)?.value as Ledger | undefined;
  const notGenuine = new Set(findings.filter(({ closedAs }) => closedAs === 'not-genuine').map(({ action }) => action));
  const sealed = (ledger?.actions ?? [])
    .filter((action) => action.sealed === true)
    .map((action) => ({
      ...action,
      takes: notGenuine.has(action.id) ? ('same-act' as const) : ('same-work' as const),
    }));
  const judged = judge({ records: story.records, approvals: story.approvals, pins: [], sealed });
  const expected = judged.map(({ members, judgement }) => `${keysOf(members).join('+')} ${judgement.verdict}`).sort();
  const actual = lines.map(({ keys, verdict }) => `${keys.join('+')} ${verdict}`).sort();
  const same = expected.length === actual.length && expected.every((one, index) => one === actual[index]);
  return same ? [] : [`judged ${actual.join(', ')} where the oracle says ${expected.join(', ')} (${POLICY.hash})`];
}
