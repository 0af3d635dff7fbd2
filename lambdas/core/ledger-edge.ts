import type { LedgerRecord } from './access-event.ts';
import type { Judgement } from './action.ts';
import type { Approval } from './approval.ts';
import { reachOf } from './belongs.ts';
import { endOf, useOf } from './coverage.ts';
import type { Finding } from './finding.ts';
import { groupRecords, type SealedAction } from './group.ts';
import { distinct } from './judge.ts';
import type { Ledger, PeopleFacts, RecordedAction, Spend } from './ledger-state.ts';
import { nearMisses } from './near-miss.ts';
import { HOUR_MS, type Instant } from './time.ts';

/** How much of a person's past a ledger holds. */
export const LEDGER_MS = 48 * HOUR_MS;

/** After this no approval that was spent can still be good, whatever is known of it. */
const SPEND_MS = 30 * 24 * HOUR_MS;

/**
 * What is too old for the ledger leaves it: whole actions, with what they spent as frozen facts. Only actions leave that
 * no record young enough to be matched could still join, and none that has an open finding; matching goes forward in
 * time, so nothing that is yet to come could have changed them.
 */
export function leave(ledger: Ledger, approvals: readonly Approval[], now: Instant): Ledger {
  const edge = now - LEDGER_MS;
  const open = new Set(ledger.findings.filter(({ state }) => state !== 'closed').map(({ action }) => action));
  const byKey = new Map(ledger.records.map((record) => [record.key, record]));
  const isPast = (action: RecordedAction) => !open.has(action.id) && endsBefore(action, byKey, edge);
  const past = ledger.actions.filter(isPast);
  const findings = withoutForgotten(ledger, edge);
  if (past.length === 0) return { ...ledger, findings, spends: lasting(ledger.spends, approvals, edge, now) };
  const gone = new Set(past.flatMap(({ members }) => members));
  const ids = new Set(past.map(({ id }) => id));
  return {
    ...ledger,
    records: ledger.records.filter(({ key }) => !gone.has(key)),
    actions: ledger.actions.filter((action) => !ids.has(action.id)),
    findings: findings.filter((finding) => finding.state !== 'closed' || !gone.has(finding.action)),
    spends: lasting([...ledger.spends, ...past.flatMap(spendsOf)], approvals, edge, now),
  };
}

/** What stands for no action of the ledger (unreadable, undecided, superseded) leaves it by itself, or it would be there for ever. */
function withoutForgotten({ findings, actions }: Ledger, edge: Instant): readonly Finding[] {
  const standing = new Set(actions.map(({ id }) => id));
  const isForgotten = ({ action, closedAt }: Finding) =>
    closedAt !== undefined && closedAt < edge && !standing.has(action);
  return findings.some(isForgotten) ? findings.filter((finding) => !isForgotten(finding)) : findings;
}

/**
 * Actions of records that came when their day had left the ledger. What the approvals of that day were spent on can no
 * longer be told, so they are unapproved, with those approvals as candidates, and do not take part in the matching.
 */
export function tooLateActions(
  records: readonly LedgerRecord[],
  ledger: Ledger,
  sealed: readonly SealedAction[],
  facts: PeopleFacts,
  now: Instant,
): readonly RecordedAction[] {
  const edge = now - LEDGER_MS;
  const known = new Set(ledger.records.map(({ key }) => key));
  const isTooLate = (record: LedgerRecord) => record.occurredAt < edge && !known.has(record.key);
  if (!records.some(isTooLate)) return [];
  const groups = groupRecords(distinct(records), sealed);
  return groups
    .filter(({ members }) => members.every(isTooLate) && members.some(({ outcome }) => outcome === 'success'))
    .map(({ members }) => settledAction(members, 'too-late', ledger.spends, facts));
}

/** An action that is unapproved without having been matched. */
export function settledAction(
  members: readonly LedgerRecord[],
  settled: NonNullable<RecordedAction['settled']>,
  spends: readonly Spend[],
  facts: PeopleFacts,
): RecordedAction & { readonly judgement: Judgement } {
  const first = members[0];
  const occurredAt = (members.find(({ outcome }) => outcome === 'success') ?? first)?.occurredAt ?? 0;
  const use = first && useOf(first, occurredAt);
  const approvals = facts.approvals.filter(({ actor }) => actor === first?.actor);
  const pins = facts.pins.filter(({ people }) => people.some((person) => person === first?.actor));
  const spentOn = ({ id }: Approval) => spends.find(({ approval, slot }) => approval === id && slot === first?.target);
  const misses = use === undefined ? [] : nearMisses(use, approvals, pins, spentOn, true);
  return {
    id: first?.key ?? '',
    members: members.map(({ key }) => key),
    occurredAt,
    judgement: { verdict: 'unapproved', nearMisses: misses },
    settled,
  };
}

function endsBefore(action: RecordedAction, byKey: ReadonlyMap<string, LedgerRecord>, edge: Instant): boolean {
  const members = action.members.flatMap((key) => byKey.get(key) ?? []);
  return members.every((member) => reachOf(member) < edge);
}

function spendsOf({ id, occurredAt, judgement }: RecordedAction): readonly Spend[] {
  if (judgement.verdict !== 'approved') return [];
  return [{ approval: judgement.approval, slot: judgement.slot, action: id, occurredAt }];
}

function lasting(
  spends: readonly Spend[],
  approvals: readonly Approval[],
  edge: Instant,
  now: Instant,
): readonly Spend[] {
  const ends = new Map(approvals.map((approval) => [approval.id, endOf(approval)]));
  const matters = ({ approval, occurredAt }: Spend) => {
    const end = ends.get(approval);
    return occurredAt >= now - SPEND_MS && (end === undefined || end > edge);
  };
  return spends.every(matters) ? spends : spends.filter(matters);
}
