import { type JudgedAction, keptJudgement } from './action.ts';
import type { Finding } from './finding.ts';
import { byTime } from './group.ts';
import type { Identified } from './ledger-identity.ts';
import type { Ledger, LedgerChange, RecordedAction, Timer } from './ledger-state.ts';
import { isSame } from './same.ts';
import { MINUTE_MS } from './time.ts';

/** So long may it take until a finding is told. */
const DELIVERED_WITHIN_MS = 5 * MINUTE_MS;

/**
 * Every difference between what was recorded and what is judged now, in order of time. A finding that changed is told
 * with its action; an action that changed without its finding is told by itself.
 */
export function changesOf(before: Ledger, after: Ledger, identified: readonly Identified[]): readonly LedgerChange[] {
  const known = new Map(before.findings.map((finding) => [finding.id, finding]));
  const ofFindings = after.findings
    .filter((finding) => !isSame(known.get(finding.id), finding))
    .map((finding) => findingChange(finding, known.get(finding.id), actionOf(finding, before, identified)));
  const told = new Set(ofFindings.map(({ finding }) => finding?.action));
  const ofActions = changedActions(before, identified)
    .filter(({ id }) => !told.has(id))
    .map((action) => actionChange(action, before, after));
  return [...ofFindings, ...ofActions].sort((one, other) => timeOf(one) - timeOf(other));
}

/** Actions that are new, or of which the records or the verdict are not as recorded. */
export function changedActions(before: Ledger, identified: readonly Identified[]): readonly JudgedAction[] {
  const recorded = new Map(before.actions.map((action) => [action.id, action]));
  return identified.map(({ action }) => action).filter((action) => !isAsRecorded(action, recorded.get(action.id)));
}

/** What changed verdicts lean on: an approval or a pin that was revoked meanwhile must not go unnoticed. */
export function leansOnOf(changed: readonly JudgedAction[]): { approvals: readonly string[]; pins: readonly string[] } {
  const judgements = changed.map(({ judgement }) => judgement);
  const approvals = judgements.flatMap((one) => (one.verdict === 'approved' ? [one.approval] : []));
  const pins = judgements.flatMap((one) => (one.verdict === 'pinned' ? [one.pin] : []));
  return { approvals: [...new Set(approvals)], pins: [...new Set(pins)] };
}

/** When to look again: at what may have to be paged, at halves that wait for their other half. */
export function timersOf(before: Ledger, after: Ledger): readonly Timer[] {
  const knownFindings = new Map(before.findings.map((finding) => [finding.id, finding]));
  const knownHeld = new Set(before.held.map(({ record }) => record.key));
  const opened = after.findings.filter(({ id, state }) => !knownFindings.has(id) && state === 'open');
  const pages = after.findings.flatMap(({ id, state, pageAt }) =>
    state !== 'open' || pageAt === undefined || pageAt === knownFindings.get(id)?.pageAt
      ? []
      : [timer('page', pageAt, after, id)],
  );
  // Planned with the finding itself: even if every message about it is lost, `sweep` finds that nobody was told.
  const told = opened.map(({ id, openedAt }) => timer('delivered', openedAt + DELIVERED_WITHIN_MS, after, id));
  const halves = after.held
    .filter(({ record }) => !knownHeld.has(record.key))
    .map(({ record, decideAt }) => timer('decide', decideAt, after, record.key));
  return [...pages, ...told, ...halves];
}

function timer(what: Timer['what'], dueAt: number, ledger: Ledger, id: string): Timer {
  return { what, dueAt, about: ledger.id, id };
}

function isAsRecorded(action: JudgedAction, recorded: RecordedAction | undefined): boolean {
  if (recorded === undefined) return false;
  const members = action.members.map(({ key }) => key);
  return isSame(members, recorded.members) && isSame(keptJudgement(action.judgement), recorded.judgement);
}

function findingChange(finding: Finding, known: Finding | undefined, action: JudgedAction | undefined): LedgerChange {
  const justClosed = finding.state === 'closed' && known?.state !== 'closed';
  const change = justClosed ? 'closed' : known === undefined ? 'opened' : 'changed';
  return action === undefined ? { change, finding } : { change, finding, action };
}

function actionChange(action: JudgedAction, before: Ledger, after: Ledger): LedgerChange {
  const change = before.actions.some(({ id }) => id === action.id) ? 'changed' : 'judged';
  const finding = after.findings.findLast((one) => one.action === action.id);
  return finding === undefined ? { change, action } : { change, action, finding };
}

/** The action that a finding stands for; of one that is no more, the action that has its first record now, else what it was. */
function actionOf(finding: Finding, before: Ledger, identified: readonly Identified[]): JudgedAction | undefined {
  const actions = identified.map(({ action }) => action);
  return (
    actions.find(({ id }) => id === finding.action) ??
    actions.find(({ members }) => members.some(({ key }) => key === finding.action)) ??
    asItWas(finding.action, before)
  );
}

function asItWas(id: string, before: Ledger): JudgedAction | undefined {
  const recorded = before.actions.find((action) => action.id === id);
  if (recorded === undefined) return undefined;
  const members = before.records.filter(({ key }) => recorded.members.includes(key)).sort(byTime);
  return { id, members, occurredAt: recorded.occurredAt, judgement: recorded.judgement };
}

function timeOf({ action, finding }: LedgerChange): number {
  return action?.occurredAt ?? finding?.occurredAt ?? 0;
}
