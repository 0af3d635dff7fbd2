import type { Timer } from '../core/ledger-state.ts';
import type { Instant } from '../core/time.ts';
import type { Table } from './table.ts';
import * as dynamo from './table.ts';
import { SHARDS, sortable, timerKey, timerPartition } from './table-keys.ts';

/** The store of timers, over a table. */
export function timerStoreOn({ overwrite, readPartition, remove }: Table) {
  /** Things to look at again at an instant. Planning the same timer twice is one timer. */
  async function putTimer(timer: Timer): Promise<void> {
    await overwrite(timerKey(timer), timer);
  }

  /** Timers that are due, the oldest first, at most `limit` of each of the eight partitions. */
  async function dueTimers(now: Instant, limit: number): Promise<readonly Timer[]> {
    const range = { upTo: `${sortable(now)}#\uffff`, limit };
    const shards = Array.from({ length: SHARDS }, (_, shard) => readPartition<Timer>(timerPartition(shard), range));
    const due = (await Promise.all(shards)).flat().map(({ value }) => value);
    return due.toSorted((one, other) => one.dueAt - other.dueAt);
  }

  /** Removes a timer, once what it stands for was handed on. */
  async function removeTimer(timer: Timer): Promise<void> {
    await remove(timerKey(timer));
  }

  return { putTimer, dueTimers, removeTimer };
}

export const { putTimer, dueTimers, removeTimer } = timerStoreOn(dynamo);
