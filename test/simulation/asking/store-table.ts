import type { LedgerTable } from '../../../lambdas/access/ledger-store.ts';
import { TwoEyeError } from '../../../lambdas/core/errors.ts';
import type { Stored, Table } from '../../../lambdas/edge/table.ts';
import type { Key } from '../../../lambdas/edge/table-keys.ts';

/** The rest of what the stores ask of a table, by what the simulated one has: each is one call that may fail or be the last. */
export function storeTable({ read, readMany, readPartition, transact }: LedgerTable): Table {
  const put = (key: Key, value: unknown, version?: number) =>
    transact([{ write: 'put', key, value, ...(version !== undefined && { version }) }]);
  return {
    read,
    readMany,
    readPartition,
    transact,
    async create<T>(key: Key, value: T) {
      if ((await put(key, value, 0)).outcome === 'committed') return { outcome: 'created' };
      const there = await read<T>(key);
      if (!there) throw new TwoEyeError('dependency_failed', 'it was there and is gone again');
      return { outcome: 'exists', there };
    },
    async replace<T>(key: Key, value: T, version: number) {
      if ((await put(key, value, version)).outcome === 'committed') return { outcome: 'replaced' };
      return { outcome: 'changed', there: (await read<T>(key)) as Stored<T> | undefined };
    },
    overwrite: async (key, value) => void (await put(key, value)),
    remove: async (key) => void (await transact([{ write: 'remove', key }])),
  };
}
