import { AsyncLocalStorage } from 'node:async_hooks';
import type { LedgerTable } from '../../../lambdas/access/ledger-store.ts';
import type { DueWork, QueueMessage } from '../../../lambdas/core/messages.ts';
import type { SlackJob } from '../../../lambdas/core/slack-job.ts';
import type { Instant } from '../../../lambdas/core/time.ts';
import type { callSlack } from '../../../lambdas/edge/slack.ts';
import type { Stored } from '../../../lambdas/edge/table.ts';
import type { Key } from '../../../lambdas/edge/table-keys.ts';
import type { simulatedSlack } from '../slack.ts';

/** What one run of `slack-work` reaches of the world; each of its calls may fail or be the last. */
export interface Edges {
  readonly table: LedgerTable;
  readonly slack: ReturnType<ReturnType<typeof simulatedSlack>['through']> & { readonly call: typeof callSlack };
  readonly toAccess: (message: QueueMessage) => Promise<void>;
  readonly now: () => Instant;
}

/** Work of the Slack queue, done with the edges of one run. */
export type SlackWork = (work: SlackJob | DueWork, edges: Edges) => Promise<void>;

const running = new AsyncLocalStorage<Edges>();

/**
 * `slack-work` reaches its neighbours through modules and not through services. A test puts these in the place of those modules, and every
 * call goes to the world of the run that makes it.
 */
export function within<T>(edges: Edges, act: () => Promise<T>): Promise<T> {
  return running.run(edges, act);
}

function edges(): Edges {
  const current = running.getStore();
  if (current === undefined) throw new Error('no run of slack-work is going on here');
  return current;
}

const there = async <T>(key: Key): Promise<Stored<T> | undefined> => edges().table.read<T>(key);
const putAt = (key: Key, value: unknown, version?: number) =>
  edges().table.transact([{ write: 'put', key, value, ...(version !== undefined && { version }) }]);

/** In the place of `lambdas/edge/table.ts`. */
export const table = {
  read: there,
  readMany: <T>(keys: readonly Key[]) => edges().table.readMany<T>(keys),
  readPartition: (...args: Parameters<LedgerTable['readPartition']>) => edges().table.readPartition(...args),
  transact: (...args: Parameters<LedgerTable['transact']>) => edges().table.transact(...args),
  async create<T>(key: Key, value: T) {
    if ((await putAt(key, value, 0)).outcome === 'committed') return { outcome: 'created' };
    return { outcome: 'exists', there: await there<T>(key) };
  },
  async replace<T>(key: Key, value: T, version: number) {
    if ((await putAt(key, value, version)).outcome === 'committed') return { outcome: 'replaced' };
    return { outcome: 'changed', there: await there<T>(key) };
  },
  overwrite: async (key: Key, value: unknown) => void (await putAt(key, value)),
};

/** In the place of `lambdas/edge/slack.ts`. */
export const slack = {
  callSlack: (method: string, args: Readonly<Record<string, unknown>>) => edges().slack.call(method, args),
  postMessage: (...args: Parameters<Edges['slack']['post']>) => edges().slack.post(...args),
  updateMessage: (...args: Parameters<Edges['slack']['update']>) => edges().slack.update(...args),
  findMessage: (...args: Parameters<Edges['slack']['find']>) => edges().slack.find(...args),
};

/** In the place of `lambdas/edge/clock.ts`. */
export const clock = { now: () => edges().now() };

/** In the place of `lambdas/edge/queues.ts`. */
export const queues = { enqueueAccess: (message: QueueMessage) => edges().toAccess(message) };
