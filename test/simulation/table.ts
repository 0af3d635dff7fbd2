import type { LedgerTable } from '../../lambdas/access/ledger-store.ts';
import type { Range, Stored, TransactionOutcome, Write } from '../../lambdas/edge/table.ts';
import type { Key } from '../../lambdas/edge/table-keys.ts';

type Item = Stored<unknown> & { readonly members: readonly string[] };

interface Partition {
  readonly items: Map<string, Item>;
  /** Its sort keys in their order, until one comes or goes. */
  order?: readonly string[] | undefined;
}

/** The table in memory, with nothing copied: the core never changes a value that it was given. Every method is one instant. */
export function simulatedTable(
  onPut: (key: Key, value: unknown) => void,
  onCommit: (writes: readonly Write[]) => void,
  refuses: 'yes' | 'no' = 'yes',
) {
  const partitions = new Map<string, Partition>();
  const at = (key: Key): Item | undefined => partitions.get(key.pk)?.items.get(key.sk);
  const set = (key: Key, item: Item): void => {
    let partition = partitions.get(key.pk);
    if (partition === undefined) {
      partition = { items: new Map() };
      partitions.set(key.pk, partition);
    }
    if (!partition.items.has(key.sk)) partition.order = undefined;
    partition.items.set(key.sk, item);
  };
  const remove = (key: Key): void => {
    const partition = partitions.get(key.pk);
    if (partition?.items.delete(key.sk)) partition.order = undefined;
  };
  const put = (key: Key, value: unknown): void => {
    const there = at(key);
    onPut(key, value);
    set(key, { key, value, version: (there?.version ?? 0) + 1, members: there?.members ?? [] });
  };
  const members = (key: Key, change: (all: readonly string[]) => readonly string[]): void => {
    const there = at(key);
    set(key, { key, value: there?.value, version: there?.version ?? 0, members: change(there?.members ?? []) });
  };
  const holds = (write: Write): boolean => {
    if (write.write !== 'put' && write.write !== 'check') return true;
    return write.version === undefined || (at(write.key)?.version ?? 0) === write.version;
  };
  const apply = (write: Write): void => {
    if (write.write === 'put') put(write.key, write.value);
    if (write.write === 'remove') remove(write.key);
    if (write.write === 'add') members(write.key, (all) => [...new Set([...all, ...write.members])]);
  };
  return {
    at,
    put,
    partition(pk: string, { prefix = '', upTo, limit, newestFirst }: Range = {}): readonly Item[] {
      const partition = partitions.get(pk);
      if (partition === undefined) return [];
      partition.order ??= [...partition.items.keys()].sort();
      const all = partition.order.flatMap((sk) =>
        sk.startsWith(prefix) && (upTo === undefined || sk <= upTo) ? (partition.items.get(sk) ?? []) : [],
      );
      if (newestFirst) all.reverse();
      return limit === undefined ? all : all.slice(0, limit);
    },
    transact(writes: readonly Write[]): TransactionOutcome {
      refuseTwice(writes);
      const failed = writes.flatMap((write, index) => (holds(write) ? [] : [index]));
      if (failed.length > 0 && refuses === 'yes') return { outcome: 'conflict', failed };
      writes.forEach(apply);
      onCommit(writes);
      return { outcome: 'committed' };
    },
    takeOut: (key: Key, gone: readonly string[]): void =>
      members(key, (all) => all.filter((one) => !gone.includes(one))),
    items: (): readonly Item[] => [...partitions.values()].flatMap(({ items }) => [...items.values()]),
  };
}

export type SimulatedTable = ReturnType<typeof simulatedTable>;

/** DynamoDB refuses a transaction that names an item twice, or more than a hundred. */
function refuseTwice(writes: readonly Write[]): void {
  if (writes.length < 2) return;
  const names = new Set(writes.map(({ key }) => `${key.pk}\n${key.sk}`));
  if (names.size < writes.length) throw new Error('an item twice in a transaction');
  if (writes.length > 100) throw new Error('more than a hundred items in a transaction');
}

/** The table as a function is given it: each call goes through `call`, which may make it late, fail or be its last. */
export function tableThrough(
  table: SimulatedTable,
  call: <T>(effect: () => T, what: () => string) => Promise<T>,
): LedgerTable {
  return {
    read: <T>(key: Key) =>
      call(
        () => table.at(key) as Stored<T> | undefined,
        () => `reads ${nameOf(key)}`,
      ),
    readMany: async <T>(keys: readonly Key[]) =>
      keys.length === 0
        ? []
        : call(
            () => keys.flatMap((key) => (table.at(key) as Stored<T>) ?? []),
            () => `reads ${keys.map(nameOf).join(', ')}`,
          ),
    readPartition: <T>(pk: string, range?: Range) =>
      call(
        () => table.partition(pk, range) as readonly Stored<T>[],
        () => `reads ${pk} ${range?.prefix ?? ''}`,
      ),
    readPartitionWithSets: <T>(pk: string, range?: Range) =>
      call(
        () => table.partition(pk, range) as readonly (Stored<T | undefined> & { members: readonly string[] })[],
        () => `reads ${pk} ${range?.prefix ?? ''}`,
      ),
    takeOut: (key, gone) =>
      call(
        () => table.takeOut(key, gone),
        () => `takes ${gone.join(', ')} out of ${nameOf(key)}`,
      ),
    transact: (writes) =>
      call(
        () => table.transact(writes),
        () => writes.map(writeInWords).join(', '),
      ),
  };
}

function nameOf({ pk, sk }: Key): string {
  return `${pk} ${sk}`;
}

function writeInWords(write: Write): string {
  const version = 'version' in write && write.version !== undefined ? ` at version ${write.version}` : '';
  return `${write.write} ${nameOf(write.key)}${version}`;
}
