import { type LedgerRecord, UNKNOWN } from '../../lambdas/core/access-event.ts';
import type { Approval } from '../../lambdas/core/approval.ts';
import type { Finding } from '../../lambdas/core/finding.ts';
import { ledgerIdOf } from '../../lambdas/core/halves.ts';
import { judge } from '../../lambdas/core/judge.ts';
import type { Ledger, Timer } from '../../lambdas/core/ledger-state.ts';
import {
  isNotGenuineAlarm,
  notGenuineAlarm,
  type ToldInSlack,
  type UnderIncident,
} from '../../lambdas/core/telling/told.ts';
import { MINUTE_MS } from '../../lambdas/core/time.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';
import { keysOf } from '../../lambdas/core/verdict-lines.ts';
import { sessionKey, toldKey } from '../../lambdas/edge/table-keys.ts';
import { brokenPromises } from './asking/promises.ts';
import type { Outcome } from './outcome.ts';
import { NAMES, POLICY, type Story } from './story.ts';
import { unlikeTheTable } from './whole-story.ts';

const BEN = 'ben@example.gov.uk';

/** Whether a name that somebody gave is one of the person's own. */
const isOwn = (person: string | undefined, name: string | undefined): boolean =>
  (NAMES[person ?? ''] ?? [person]).includes(name ?? '');

/** What is wrong with how a seed ended; nothing when all is well. Told by the table and by what people were shown alone. */
export function violations(outcome: Outcome): readonly string[] {
  const lines = actionLines(outcome);
  const findings = latestFindings(outcome);
  return [
    ...[...outcome.spentTwice].map((one) => `${one} was spent twice`),
    ...coveredWrongly(lines, outcome.approvals),
    ...lost(outcome, lines, findings),
    ...untold(outcome, lines, findings),
    ...closedByActor(outcome, findings),
    ...unheard(outcome, findings),
    ...unsaid(outcome.findingHistory),
    ...pages(outcome, findings),
    ...unlikeTheOracle(outcome, lines, findings),
    ...outages(outcome, findings),
    ...usesTold(outcome, lines),
    ...shownTwice(outcome),
    ...unlikeTheTable(outcome),
    ...outcome.toldUnrecorded.map((one) => `${one} was told before it was recorded`),
    ...unfinished(outcome),
    ...brokenPromises(outcome),
  ];
}

/** The actions that stand. */
function actionLines({ table }: Outcome): readonly VerdictLine[] {
  const actions = table.items().filter(({ key }) => key.sk.startsWith('ACTION#'));
  const values = actions.map(({ value }) => value as { readonly line?: VerdictLine; readonly superseded?: 'yes' });
  return values.flatMap(({ line, superseded }) => (line && superseded === undefined ? [line] : []));
}

function latestFindings({ table }: Outcome): readonly Finding[] {
  return table
    .items()
    .filter(({ key }) => key.sk.startsWith('FINDING#'))
    .map(({ value }) => value as Finding);
}

/** What an approval's own message says that it was used for is what it was spent on. */
function usesTold({ approvals: all, table, tellsByPing }: Outcome, lines: readonly VerdictLine[]): readonly string[] {
  if (!tellsByPing) return [];
  return all.flatMap(({ id }) => {
    const spent = lines.flatMap(({ approval, action }) => (approval === id ? [action] : [])).sort();
    const uses = table.at(toldKey(id, 'uses'))?.value as { readonly byAction: object } | undefined;
    const told = Object.keys(uses?.byAction ?? {}).sort();
    return spent.join() === told.join() ? [] : [`${id} is said to be used for ${told} and is for ${spent}`];
  });
}

/** What `on-access` believes to have told of an outage was told, is in the table by now, and is over: every record is decided. */
function outages({ undecided }: Outcome, findings: readonly Finding[]): readonly string[] {
  const entered = findings.filter(({ cause }) => cause === 'undecided');
  const known = new Set(entered.flatMap(({ keys = [] }) => keys));
  return [
    ...[...undecided.untold].map((key) => `nobody was told that ${key} waits`),
    ...[...undecided.notYet].map((key) => `${key} was said to be decided and was not`),
    ...[...undecided.told].filter((key) => !known.has(key)).map((key) => `the table does not know that ${key} waited`),
    ...entered.filter(({ state }) => state !== 'closed').map(({ id }) => `${id} is still open`),
  ];
}

/** Nothing is left to be told, no timer is long due, no message is dead. */
function unfinished({ table, dead, endedAt }: Outcome): readonly string[] {
  const items = table.items();
  const unsent = items.filter(({ key, members }) => key.sk === 'LEDGER#UNSENT' && members.length > 0);
  const due = items.filter(
    ({ key, value }) => key.pk.startsWith('TIMER#') && (value as Timer).dueAt < endedAt - 20 * MINUTE_MS,
  );
  return [
    ...unsent.map(({ key }) => `${key.pk} has something that it has not told`),
    ...due.map(({ key }) => `${key.sk} is long due`),
    ...(dead > 0 ? [`${dead} messages stay dead`] : []),
  ];
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
      yes.actor === line.actor &&
      !isOwn(yes.actor, yes.approver);
    return isGood ? [] : [`${line.approval} covers ${line.action} and should not`];
  });
}

function lost(
  { story, table }: Outcome,
  lines: readonly VerdictLine[],
  findings: readonly Finding[],
): readonly string[] {
  const illegible = story.events.filter(({ record }) => record === undefined).length;
  const said = findings.filter(({ cause }) => cause === 'unreadable').length;
  const counts = story.events.flatMap(({ record }) => {
    if (record === undefined) return [];
    const count = lines.filter((line) => line.members?.some((member) => member.key === record.key)).length;
    return count === 1 ? [] : [`${record.key} is in ${count} actions`];
  });
  const opened = story.events.flatMap(({ record }) =>
    record?.usedKeyId?.startsWith('ASIA') ? [record.usedKeyId] : [],
  );
  const known = new Set(story.events.map(({ record }) => record?.issuedKeyId));
  const sessions = opened.filter((key) => known.has(key) && table.at(sessionKey(key)) === undefined);
  return [
    ...counts,
    ...sessions.map((key) => `the session of ${key} is not kept`),
    ...(said === illegible ? [] : [`${illegible} cannot be read and ${said} are said to be so`]),
  ];
}

function untold(
  { table, slack, verdictsTold }: Outcome,
  lines: readonly VerdictLine[],
  findings: readonly Finding[],
): readonly string[] {
  const silent = lines.filter(({ action, verdict }) => !verdictsTold.has(`${action} ${verdict}`));
  const without = lines.filter(
    ({ action, verdict }) => verdict === 'unapproved' && !findings.some((one) => one.action === action),
  );
  const isSeen = ({ id, state, cause }: Finding): boolean => {
    if (cause === 'undecided') return showsThatItIsOver(`outage/${id}`, slack);
    const told = table.at(toldKey(id, 'slack'))?.value as ToldInSlack | undefined;
    const isPosted = told?.moot === 'yes' ? state === 'closed' : told?.ts !== undefined && slack.has(told.ts);
    return isPosted && (told?.message.finding?.state === 'closed') === (state === 'closed');
  };
  return [
    ...silent.map(({ action, verdict }) => `${action} is ${verdict} and nobody was told`),
    ...without.map(({ action }) => `${action} is unapproved and has no finding`),
    ...findings.filter((one) => !isSeen(one)).map(({ id, state }) => `${id} is ${state} and Slack does not show it`),
  ];
}

/**
 * In every channel that was told. Nothing is noted of what was told of an outage, so two that post at the same moment do not know of each
 * other, and one of the two messages stays as it was.
 */
function showsThatItIsOver(id: string, slack: Outcome['slack']): boolean {
  const messages = [...slack.values()].filter((one) => one.id === id);
  const byChannel = Map.groupBy(messages, ({ channel }) => channel);
  return [...byChannel.values()].every((all) =>
    all.some(({ blocks }) => JSON.stringify(blocks).includes(':white_check_mark:')),
  );
}

/** What has an id of ours stands in a channel once; of an outage see above, and where only one person reads nobody may look for it. */
function shownTwice({ slack }: Outcome): readonly string[] {
  const inChannels = [...slack.values()].filter(
    ({ id = '', channel }) => /^[CG]/.test(channel) && id !== '' && !id.startsWith('outage/'),
  );
  const byPlace = Map.groupBy(inChannels, ({ id, channel, threadTs }) =>
    `${id} in ${channel} ${threadTs ?? ''}`.trim(),
  );
  return [...byPlace]
    .filter(([, all]) => all.length > 1)
    .map(([place, all]) => `${place} stands there ${all.length} times`);
}

function closedByActor({ words }: Outcome, findings: readonly Finding[]): readonly string[] {
  return findings.flatMap(({ id, closedAs, actor }) => {
    if (closedAs !== 'confirmed' && closedAs !== 'not-genuine') return [];
    const action = id.replace(/(#nobody)?(#\d+)?$/, '');
    const byOthers = words.filter(
      (word) =>
        word.finding.startsWith(action) && word.kind === closedAs && !isOwn(actor, word.by) && word.by !== 'unknown',
    );
    return byOthers.length > 0 ? [] : [`${id} was closed as ${closedAs} by nobody who may`];
  });
}

/** What a second person said has its effect: a closing word closes, an acknowledgement stops the clock. */
function unheard({ words }: Outcome, findings: readonly Finding[]): readonly string[] {
  const said = words.filter(({ by, kind }) => by === BEN && kind !== 'it-was-me' && kind !== 'resolved-elsewhere');
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
function incidentKeyOf(outcome: Outcome, finding: Finding): string {
  const pointer = pointerOf(outcome, finding);
  return pointer?.dedupKey === finding.dedupKey ? `two-eye/${pointer.incident}` : finding.dedupKey;
}

/** Whether a finding is under an incident, or was before a storm took it. */
function wasUnder(outcome: Outcome, finding: Finding, name: string): boolean {
  const { before = [] } = pointerOf(outcome, finding) ?? {};
  return [incidentKeyOf(outcome, finding), ...before.map((one) => `two-eye/${one}`)].some((key) =>
    name.endsWith(` ${key}`),
  );
}

function pointerOf({ table }: Outcome, { id }: Finding): UnderIncident | undefined {
  return table.at(toldKey(id, 'page'))?.value as UnderIncident | undefined;
}

function pages(outcome: Outcome, findings: readonly Finding[]): readonly string[] {
  const { incidents } = outcome;
  const keys = new Map(findings.map((finding) => [finding.id, incidentKeyOf(outcome, finding)]));
  // Findings that fold share a key; one that PagerDuty hears of only after the others were resolved opens it once more.
  // So does one that a person resolved there, until their word has come: then it moves on to the next key.
  const twice = [...incidents].flatMap(([name, { triggered, byHand }]) => {
    const under = findings.filter((finding) => wasUnder(outcome, finding, name)).length;
    // While the table is away nobody knows what others have told.
    if (name.includes('two-eye/undecided-')) return [];
    return triggered > Math.max(1, under) + byHand
      ? [`${name} was triggered ${triggered} times for ${under} findings`]
      : [];
  });
  const stale = [...incidents].flatMap(([name, { state }]) => {
    const key = name.slice(name.indexOf(' ') + 1);
    const under = findings.filter(({ id, dedupKey }) => keys.get(id) === key || dedupKey === key);
    // That somebody said "not genuine" wakes cyber by itself, and stays until cyber is done with it.
    const isOver = !isNotGenuineAlarm(key) && under.every((one) => one.state === 'closed');
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
  const asleep = findings.filter(
    ({ id, closedAs }) => closedAs === 'not-genuine' && !incidents.has(`cyber two-eye/${notGenuineAlarm(id)}`),
  );
  return [
    ...twice,
    ...stale,
    ...missing,
    ...asleep.map(({ id }) => `${id} is not genuine and cyber was not woken`),
    ...overdue.map(({ id }) => `${id} is still a ping long after its time`),
  ];
}

/**
 * One judging of everything at once. What humans have sealed is taken from the ledgers, for it depends on when they spoke; so is the
 * actor of a record that waited for a session in vain.
 */
function unlikeTheOracle(
  { story, table, approvals: all, pins }: Outcome,
  lines: readonly VerdictLine[],
  findings: readonly Finding[],
): readonly string[] {
  const ledgers = table
    .items()
    .filter(({ key }) => key.sk === 'LEDGER')
    .map(({ value }) => value as Ledger);
  const notGenuine = new Set(findings.filter(({ closedAs }) => closedAs === 'not-genuine').map(({ action }) => action));
  const byLedger = Map.groupBy(expectedRecords(story, ledgers), ledgerIdOf);
  const judged = [...byLedger].flatMap(([id, records]) => {
    const sealed = (ledgers.find((ledger) => ledger.id === id)?.actions ?? [])
      .filter((action) => action.sealed === true)
      .map((action) => ({
        ...action,
        takes: notGenuine.has(action.id) ? ('same-act' as const) : ('same-work' as const),
      }));
    const approvals = all.filter(({ actor }) => id === `person:${actor}`);
    return judge({ records, approvals, pins, sealed });
  });
  const expected = judged.flatMap(({ members, judgement }) => said(keysOf(members), judgement.verdict)).sort();
  const actual = lines.flatMap(({ keys, verdict }) => said(keys, verdict)).sort();
  const same = expected.length === actual.length && expected.every((one, index) => one === actual[index]);
  return same ? [] : [`judged ${actual.join(', ')} where the oracle says ${expected.join(', ')} (${POLICY.hash})`];
}

/** What is suppressed leaves its ledger early, so that a later one of the same work is told by itself: each counts alone. */
function said(keys: readonly string[], verdict: string): readonly string[] {
  return verdict === 'suppressed' ? keys.map((key) => `${key} suppressed`) : [`${keys.join('+')} ${verdict}`];
}

/** The records of the story with the actors that they must have in the end. */
function expectedRecords({ events }: Story, ledgers: readonly Ledger[]): readonly LedgerRecord[] {
  const records = events.flatMap(({ record }) => record ?? []);
  const kept = new Map(ledgers.flatMap((ledger) => ledger.records).map((record) => [record.key, record]));
  return records.map((record) => {
    if (record.actor !== UNKNOWN) return record;
    const half = records.find((one) => one.key !== record.key && record.pairKey && one.pairKey === record.pairKey);
    const opener = records.find((one) => record.usedKeyId && one.issuedKeyId === record.usedKeyId);
    if (half !== undefined) return { ...record, actor: half.actor };
    if (record.kind === 'database') return { ...record, actor: whoLedThere(record, records, kept.get(record.key)) };
    return opener !== undefined && kept.get(record.key)?.actor === opener.actor
      ? { ...record, actor: opener.actor }
      : record;
  });
}

/** Of those who had a session open that leads there, the one who was known to when its time to wait was over; anybody else is a lie. */
function whoLedThere(
  { occurredAt }: LedgerRecord,
  records: readonly LedgerRecord[],
  kept: LedgerRecord | undefined,
): LedgerRecord['actor'] {
  const open = records.filter(
    ({ target, occurredAt: from, outcome }) =>
      target === 'notify-prod-admin' && outcome === 'success' && from <= occurredAt + 1_000,
  );
  return open.some(({ actor }) => actor === kept?.actor) && kept ? kept.actor : UNKNOWN;
}
