import { type LedgerRecord, UNKNOWN } from './access-event.ts';
import type { Judgement } from './action.ts';
import { isInWindow, isRenewal, isSameAct, reachOf } from './belongs.ts';

/** An action whose verdict is settled (a human has spoken, or it came too late to be matched): others cannot change it. */
export interface SealedAction {
  readonly id: string;
  /** Keys of its records. */
  readonly members: readonly string[];
  readonly judgement: Judgement;
  /** `same-work`: stragglers and renewals still join it. `same-act`: only further records of the very same call do. */
  readonly takes: 'same-work' | 'same-act';
}

/** The records of one action, sorted by time, then key. */
export interface Group {
  readonly members: readonly LedgerRecord[];
  readonly sealed?: SealedAction;
}

/** By time, then key: the one order in which everything is judged, whatever order it arrived in. */
export function byTime(one: LedgerRecord, other: LedgerRecord): number {
  return one.occurredAt - other.occurredAt || compareText(one.key, other.key);
}

export function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/**
 * Puts records together that are one piece of work by one person on one target (design §5.3). `records` are sorted by
 * `byTime` and have distinct keys. One scan: a record joins the earliest action to which it has a link, else the
 * earliest whose window it falls in, else it opens one.
 */
export function groupRecords(records: readonly LedgerRecord[], sealed: readonly SealedAction[] = []): readonly Group[] {
  const sealedByKey = new Map(sealed.flatMap((action) => action.members.map((key) => [key, action] as const)));
  const partitions = Map.groupBy(records, partitionOf);
  return [...partitions.values()].flatMap((partition) => scan(partition, sealedByKey));
}

/** What can never be one action is never compared: other people, other targets, the silenced with the watched. */
function partitionOf(record: LedgerRecord): string {
  const who = record.actor === UNKNOWN ? ['unknown', record.principal] : ['person', record.actor];
  return JSON.stringify([...who, record.target, record.suppression ?? null]);
}

interface OpenGroup extends Group {
  readonly members: LedgerRecord[];
}

function scan(records: readonly LedgerRecord[], sealedByKey: ReadonlyMap<string, SealedAction>): readonly Group[] {
  const groups = sealedGroups(records, sealedByKey);
  const hasSealed = groups.length > 0;
  let past = 0;
  for (const record of records) {
    if (sealedByKey.has(record.key)) continue;
    while (isPast(groups[past], record)) past += 1;
    const home = homeOf(groups.slice(past), record);
    if (home === undefined) groups.push({ members: [record] });
    else home.members.push(record);
    // Only a settled action can begin, or have members, after the record that is being placed.
    if (hasSealed) home === undefined ? groups.sort(byFirst) : home.members.sort(byTime);
  }
  return groups;
}

function homeOf(groups: readonly OpenGroup[], record: LedgerRecord): OpenGroup | undefined {
  const takesWork = (group: OpenGroup) => group.sealed?.takes !== 'same-act';
  return (
    groups.find(
      (group) => isSameAct(group.members, record) || (takesWork(group) && isRenewal(group.members, record)),
    ) ?? groups.find((group) => takesWork(group) && isInWindow(group.members, record))
  );
}

function sealedGroups(records: readonly LedgerRecord[], sealedByKey: ReadonlyMap<string, SealedAction>): OpenGroup[] {
  const groups = new Map<string, OpenGroup>();
  for (const record of records) {
    const sealed = sealedByKey.get(record.key);
    if (sealed === undefined) continue;
    const group = groups.get(sealed.id);
    if (group === undefined) groups.set(sealed.id, { members: [record], sealed });
    else group.members.push(record);
  }
  return [...groups.values()];
}

function isPast(group: OpenGroup | undefined, record: LedgerRecord): boolean {
  const first = group?.members[0];
  return first !== undefined && reachOf(first) < record.occurredAt;
}

function byFirst(one: Group, other: Group): number {
  const [first, second] = [one.members[0], other.members[0]];
  return first === undefined || second === undefined ? 0 : byTime(first, second);
}
