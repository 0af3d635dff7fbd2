import { type LedgerRecord, UNKNOWN } from '../../lambdas/core/access-event.ts';

/**
 * Records whose own half names nobody take the person that the other half names: offline both halves are at hand, so
 * nothing has to wait. Halves that name different people, and other records, stay as they are.
 */
export function joinHalves(records: readonly LedgerRecord[]): LedgerRecord[] {
  const named = new Map<string, LedgerRecord>();
  for (const record of records) {
    if (record.pairKey !== undefined && record.actor !== UNKNOWN) named.set(record.pairKey, record);
  }
  return records.map((record) => {
    const other = record.pairKey === undefined ? undefined : named.get(record.pairKey);
    if (record.actor !== UNKNOWN || other === undefined) return record;
    const { hints: _, ...rest } = record;
    return { ...rest, actor: other.actor, how: `the caller's half of the call: ${other.how}` };
  });
}
