import type { LedgerRecord } from './access-event.ts';
import type { JudgedAction } from './action.ts';
import type { Approval, Pin } from './approval.ts';
import { byTime, compareText, type Group, groupRecords, type SealedAction } from './group.ts';
import type { Spend } from './ledger-state.ts';
import { type Draft, type FactsByPerson, lifeOf, matchNext, type Spending, spendKey } from './match.ts';
import { nearbyOf } from './nearby.ts';

/** Everything that bears on the verdicts. Of one person in a ledger, of everybody in a replay. */
export interface JudgeInput {
  readonly records: readonly LedgerRecord[];
  readonly approvals: readonly Approval[];
  readonly pins: readonly Pin[];
  /** Actions that have left the matching. */
  readonly sealed?: readonly SealedAction[];
  /** What actions that have left the ledger spent stays spent. */
  readonly spends?: readonly Spend[];
}

/**
 * Judges everything at once: records → actions with verdicts, sorted by time, then id. Pure and total: no clock, no
 * policy, never throws. It sorts first and drops records that it has by key, so that neither the order, nor the
 * batching, nor the duplication of arrivals can matter. An action's id is the smallest key of its records (that of a
 * sealed action is its own).
 */
export function judge(input: JudgeInput): JudgedAction[] {
  const drafts = groupRecords(distinct(input.records), input.sealed).map(draftOf).sort(inOrder);
  const facts = byPerson(input.approvals, input.pins);
  const spending = spentBefore(drafts, input.spends ?? []);
  return drafts
    .map((draft) => ({
      id: draft.id,
      members: draft.group.members,
      occurredAt: draft.at,
      judgement: matchNext(draft, facts, spending),
    }))
    .sort((one, other) => one.occurredAt - other.occurredAt || compareText(one.id, other.id));
}

/** Sorted, and one record a key; of two that differ under one key the choice does not depend on which came first. */
export function distinct(records: readonly LedgerRecord[]): readonly LedgerRecord[] {
  const byKey = new Map<string, LedgerRecord>();
  for (const record of records) {
    const known = byKey.get(record.key);
    if (known === undefined || isBefore(record, known)) byKey.set(record.key, record);
  }
  return [...byKey.values()].sort(byTime);
}

function isBefore(one: LedgerRecord, other: LedgerRecord): boolean {
  if (one.occurredAt !== other.occurredAt) return one.occurredAt < other.occurredAt;
  return one !== other && JSON.stringify(one) < JSON.stringify(other);
}

function draftOf(group: Group): Draft {
  const keys = group.members.map((member) => member.key).sort(compareText);
  const first = group.members.find((member) => member.outcome === 'success') ?? group.members[0];
  return { id: group.sealed?.id ?? keys[0] ?? '', group, at: first?.occurredAt ?? 0, smallest: keys[0] ?? '' };
}

/** Ties go by smallest key and not by id, because the id of a sealed action depends on what arrived first. */
function inOrder(one: Draft, other: Draft): number {
  return one.at - other.at || compareText(one.smallest, other.smallest);
}

function byPerson(approvals: readonly Approval[], pins: readonly Pin[]): FactsByPerson {
  const named = pins.flatMap((pin) => pin.people.map((person) => ({ person, pin })));
  const byActor = Map.groupBy(approvals, (approval) => approval.actor);
  const pinsOf = Map.groupBy(named, ({ person }) => person);
  return {
    approvals: new Map([...byActor].map(([person, all]) => [person, nearbyOf(all, lifeOf)])),
    pins: new Map([...pinsOf].map(([person, all]) => [person, all.map(({ pin }) => pin)])),
  };
}

function spentBefore(drafts: readonly Draft[], spends: readonly Spend[]): Spending {
  const spending: Spending = new Map();
  for (const { approval, slot, action, occurredAt } of spends)
    spending.set(spendKey(approval, slot), { action, occurredAt });
  for (const { id, at, group } of drafts) {
    const judgement = group.sealed?.judgement;
    if (judgement?.verdict === 'approved')
      spending.set(spendKey(judgement.approval, judgement.slot), { action: id, occurredAt: at });
  }
  return spending;
}
