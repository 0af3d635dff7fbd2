import type { JudgedAction, Judgement } from './action.ts';
import type { RecordedAction } from './ledger-state.ts';

/** A judged action under the id that it keeps, with what was recorded of it before. */
export interface Identified {
  readonly action: JudgedAction;
  readonly before?: RecordedAction;
}

/**
 * Gives judged actions their lasting ids. An id is the key of the record under which the action was first recorded and
 * stays with the part that holds this record; when a late record joins two actions the older id stays; what was never
 * recorded takes its earliest key. `recorded` is in order of recording.
 */
export function identify(
  judged: readonly JudgedAction[],
  recorded: readonly RecordedAction[],
): { readonly identified: readonly Identified[]; readonly superseded: readonly string[] } {
  const age = new Map(recorded.map((action, index) => [action.id, index]));
  const before = new Map(recorded.map((action) => [action.id, action]));
  const ids = new Map(judged.map((action) => [action.id, lastingId(action, age)]));
  const identified = judged.map((action) => {
    const id = ids.get(action.id) ?? action.id;
    const known = before.get(id);
    const renamed = { ...action, id, judgement: withLastingIds(action.judgement, ids) };
    return known === undefined ? { action: renamed } : { action: renamed, before: known };
  });
  const standing = new Set(ids.values());
  return { identified, superseded: recorded.map(({ id }) => id).filter((id) => !standing.has(id)) };
}

function lastingId(action: JudgedAction, age: ReadonlyMap<string, number>): string {
  const keys = action.members.map(({ key }) => key);
  const [oldest] = keys.filter((key) => age.has(key)).sort((one, other) => (age.get(one) ?? 0) - (age.get(other) ?? 0));
  return oldest ?? keys[0] ?? action.id;
}

function withLastingIds(judgement: Judgement, ids: ReadonlyMap<string, string>): Judgement {
  if (judgement.verdict !== 'unapproved') return judgement;
  const nearMisses = judgement.nearMisses.map((miss) =>
    miss.usedBy === undefined ? miss : { ...miss, usedBy: ids.get(miss.usedBy) ?? miss.usedBy },
  );
  return { ...judgement, nearMisses };
}
