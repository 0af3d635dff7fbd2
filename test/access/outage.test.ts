import { describe, expect, it } from 'vitest';
import { ledgerStoreOn } from '../../lambdas/access/ledger-store.ts';
import { outageOf } from '../../lambdas/access/outage.ts';
import { takeUndecided } from '../../lambdas/access/undecided.ts';
import type { Finding } from '../../lambdas/core/finding.ts';
import type { Timer } from '../../lambdas/core/ledger-state.ts';
import type { VerdictMessage } from '../../lambdas/core/messages.ts';
import { HOUR_MS, MINUTE_MS } from '../../lambdas/core/time.ts';
import { eventKey } from '../../lambdas/edge/table-keys.ts';
import { simulatedTable, tableThrough } from '../simulation/table.ts';
import { ledgerRecord as record, TEN } from '../support/ledger-records.ts';
import { testPolicy } from '../support/policies.ts';

/** Processes that share nothing but the topic and the notes on the queue. */
function world() {
  const state = { at: TEN, notesFail: false, topicFails: false };
  const told: VerdictMessage[] = [];
  const notes: Finding[] = [];
  const process = () =>
    outageOf({
      policy: testPolicy(),
      now: () => state.at,
      publish: async (message) => {
        if (state.topicFails) throw new Error('no topic');
        told.push(message);
      },
      note: async (finding) => {
        if (state.notesFail) throw new Error('no queue');
        notes.push(finding);
      },
    });
  const open = () => {
    const last = new Map(told.map(({ finding }) => [finding?.id, finding?.state]));
    return [...last].filter(([, one]) => one === 'open').map(([id]) => id);
  };
  return { state, told, notes, process, open };
}

describe('while the table is away, an outage', () => {
  it('is one finding a team for processes that begin within the same hour', async () => {
    const { state, process, told } = world();
    await process().undecided([record({ key: 'a' })], TEN);
    state.at = TEN + 20 * MINUTE_MS;
    await process().undecided([record({ key: 'b' }), record({ key: 'c', team: 'other' })], state.at);
    expect([...new Set(told.map(({ finding }) => finding?.id))]).toHaveLength(2);
  });

  it('is told with every key, and noted with those alone that are new', async () => {
    const { process, told, notes } = world();
    const one = process();
    await one.undecided([record({ key: 'a' })], TEN);
    await one.undecided([record({ key: 'a' }), record({ key: 'b' })], TEN);
    await one.undecided([record({ key: 'b' })], TEN);
    expect(told.map(({ finding }) => finding?.keys)).toEqual([['a'], ['a', 'b']]);
    expect(notes.map(({ keys }) => keys)).toEqual([['a'], ['b']]);
  });

  it('is the older finding once the notes of two that differ have met', async () => {
    const { state, process, notes, open, told } = world();
    const [one, other] = [process(), process()];
    await one.undecided([record({ key: 'a' })], TEN);
    state.at = TEN + 3 * HOUR_MS;
    await other.undecided([record({ key: 'b' })], state.at);
    expect(open()).toHaveLength(2);
    for (const note of notes.toReversed()) await other.stillAway(note);
    expect(open()).toEqual([told[0]?.finding?.id]);
    expect(told.find(({ change }) => change === 'closed')?.finding?.closedAs).toBe('duplicate');
  });

  it('is not told before its note is on its way, for it could not be closed', async () => {
    const { state, process, notes, told } = world();
    const one = process();
    state.notesFail = true;
    await expect(one.undecided([record({ key: 'a' })], TEN)).rejects.toThrow('no queue');
    expect(told).toEqual([]);
    state.notesFail = false;
    await one.undecided([record({ key: 'a' })], TEN);
    expect([told, notes]).toMatchObject([[{ change: 'opened' }], [{ keys: ['a'] }]]);
  });

  it('is told by whoever has its note, where the topic failed the one that sent it', async () => {
    const { state, process, notes, told } = world();
    state.topicFails = true;
    await expect(process().undecided([record({ key: 'a' })], TEN)).rejects.toThrow('no topic');
    state.topicFails = false;
    const other = process();
    for (const note of [...notes, ...notes]) await other.stillAway(note);
    expect(told).toMatchObject([{ change: 'opened', finding: { keys: ['a'] } }]);
  });

  it('becomes a page once, when nobody has decided it in time', async () => {
    const { state, process, notes, told } = world();
    const one = process();
    await one.undecided([record({ key: 'a' })], TEN);
    state.at = TEN + HOUR_MS;
    for (const note of [...notes, ...notes]) await one.stillAway(note);
    expect(told.map(({ finding }) => finding?.urgency)).toEqual(['ping', 'page']);
  });
});

describe('when the table is back, the end of an outage', () => {
  it('is told once more ten minutes after it could be told, however long the topic was away', async () => {
    const table = simulatedTable(
      () => undefined,
      () => undefined,
    );
    const { state, told, notes, process } = world();
    const publish = async (message: VerdictMessage) => {
      if (state.topicFails) throw new Error('no topic');
      told.push(message);
    };
    const services = {
      ...ledgerStoreOn(tableThrough(table, async (effect) => effect())),
      policy: testPolicy(),
      now: () => state.at,
      publish,
      pause: async () => undefined,
    };
    await process().undecided([record({ key: 'a' })], TEN);
    table.put(eventKey('a'), { ledger: 'person:ada@example.gov.uk' });
    told.length = 0;
    state.topicFails = true;
    await expect(takeUndecided(notes, services)).rejects.toThrow('no topic');
    state.at = TEN + HOUR_MS;
    state.topicFails = false;
    await takeUndecided([], services);
    expect(told.map(({ finding }) => finding?.state)).toEqual(['closed']);
    const again = table
      .items()
      .flatMap(({ key, value }) => (key.pk.startsWith('TIMER#') ? [value as Timer] : []))
      .filter(({ what, dueAt }) => what === 'delivered' && dueAt >= state.at + 10 * MINUTE_MS);
    expect(again).toHaveLength(1);
  });
});
