import type { Stored, Write } from '../../lambdas/edge/table.ts';
import type { Key } from '../../lambdas/edge/table-keys.ts';

/** The table's reads, transactions and conditions in memory, for scenarios on a virtual clock. */
export function memoryTable() {
  const items = new Map<string, Stored<unknown>>();
  const nameOf = ({ pk, sk }: Key): string => `${pk}\n${sk}`;
  const at = (key: Key) => items.get(nameOf(key));
  const holds = (write: Write): boolean => {
    if (write.write !== 'put' && write.write !== 'check') return true;
    return write.version === undefined || (at(write.key)?.version ?? 0) === write.version;
  };
  const apply = (write: Write): void => {
    if (write.write === 'remove') items.delete(nameOf(write.key));
    if (write.write !== 'put') return;
    const value: unknown = structuredClone(write.value);
    items.set(nameOf(write.key), { key: write.key, value, version: (at(write.key)?.version ?? 0) + 1 });
  };
  return {
    items,
    async read<T>(key: Key): Promise<Stored<T> | undefined> {
      return at(key) as Stored<T> | undefined;
    },
    async readPartition<T>(
      pk: string,
      range: { readonly prefix?: string; readonly upTo?: string; readonly limit?: number } = {},
    ): Promise<readonly Stored<T>[]> {
      const found = [...items.values()].filter(
        ({ key }) =>
          key.pk === pk && key.sk.startsWith(range.prefix ?? '') && (range.upTo === undefined || key.sk <= range.upTo),
      );
      const sorted = found.toSorted((one, other) => (one.key.sk < other.key.sk ? -1 : 1));
      return sorted.slice(0, range.limit ?? sorted.length) as Stored<T>[];
    },
    async transact(writes: readonly Write[]) {
      // DynamoDB refuses a transaction that names an item twice.
      if (new Set(writes.map(({ key }) => nameOf(key))).size < writes.length)
        throw new Error('an item twice in a transaction');
      const failed = writes.flatMap((write, index) => (holds(write) ? [] : [index]));
      if (failed.length > 0) return { outcome: 'conflict', failed } as const;
      writes.forEach(apply);
      return { outcome: 'committed' } as const;
    },
  };
}
