import type { BatchServices } from '../../lambdas/access/batch.ts';
import { ledgerStoreOn } from '../../lambdas/access/ledger-store.ts';
import { outageOf } from '../../lambdas/access/outage.ts';
import type { Commit, Services } from '../../lambdas/access/services.ts';
import { take } from '../../lambdas/access/take.ts';
import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import { TwoEyeError } from '../../lambdas/core/errors.ts';
import type { Finding } from '../../lambdas/core/finding.ts';
import type { Timer } from '../../lambdas/core/ledger-state.ts';
import type { VerdictMessage } from '../../lambdas/core/messages.ts';
import { simulatedTable, tableThrough } from '../simulation/table.ts';
import { minute } from './ledger-records.ts';
import { testPolicy } from './policies.ts';

/** What `on-access` is given, over a table in memory: what it told and noted, what it did in which order, and what fails at will. */
export function takingWorld() {
  const state = { at: minute(30), tableDown: false, topicDown: false, queueDown: false };
  const table = simulatedTable(
    () => undefined,
    () => undefined,
  );
  const through = tableThrough(table, async (effect) => {
    if (state.tableDown) throw new TwoEyeError('dependency_failed', 'The table could not be read.');
    return effect();
  });
  const store = ledgerStoreOn(through);
  const told: VerdictMessage[] = [];
  const notes: Finding[] = [];
  const commits: Commit[] = [];
  const pauses: number[] = [];
  const counts: Readonly<Record<string, number>>[] = [];
  const publish: Services['publish'] = async (message) => {
    if (state.topicDown) throw new Error('no topic');
    told.push(message);
  };
  const note = async (finding: Finding) => {
    if (state.queueDown) throw new Error('no queue');
    notes.push(finding);
  };
  const policy = testPolicy();
  const now = () => state.at;
  /** A process of its own, which remembers nothing of what others told. */
  const process = () => outageOf({ policy, now, publish, note });
  const services: BatchServices = {
    ...store,
    policy,
    now,
    publish,
    outage: process(),
    count: (all) => counts.push(all),
    commit: async (commit) => {
      commits.push(commit);
      return store.commit(commit);
    },
    pause: async (attempt) => {
      pauses.push(attempt);
    },
  };
  const takes = (records: readonly LedgerRecord[], over: Partial<Services> = {}) =>
    take({ records, ledgers: [] }, { ...services, ...over });
  const timers = () => table.items().flatMap(({ key, value }) => (key.pk.startsWith('TIMER#') ? [value as Timer] : []));
  return { state, table, store, services, process, takes, timers, told, notes, commits, pauses, counts };
}
