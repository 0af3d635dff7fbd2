import { describe, expect, it } from 'vitest';
import { outageOf } from '../../lambdas/access/outage.ts';
import type { Finding } from '../../lambdas/core/finding.ts';
import type { VerdictMessage } from '../../lambdas/core/messages.ts';
import { HOUR_MS, MINUTE_MS } from '../../lambdas/core/time.ts';
import { ledgerRecord as record, TEN } from '../support/ledger-records.ts';
import { testPolicy } from '../support/policies.ts';

/** Processes that share nothing but the topic and the notes on the queue. */
function world() {
  const state = { at: TEN, away: true, decided: new Set<string>(), notesFail: false };
  const told: VerdictMessage[] = [];
  const notes: Finding[] = [];
  const process = () =>
    outageOf({
      policy: testPolicy(),
      now: () => state.at,
      publish: async (message) => void told.push(message),
      note: async (finding) => {
        if (state.notesFail) throw new Error('no queue');
        notes.push(finding);
      },
      areDecided: async (keys) => {
        if (state.away) throw new Error('no table');
        return keys.every((key) => state.decided.has(key));
      },
    });
  const open = () => {
    const last = new Map(told.map(({ finding }) => [finding?.id, finding?.state]));
    return [...last].filter(([, one]) => one === 'open').map(([id]) => id);
  };
  return { state, told, notes, process, open };
}

describe('an outage of the table', () => {
  it('is one finding a team for processes that begin within the same hour', async () => {
    const { state, process, told } = world();
    await process().undecided([record({ key: 'a' })], TEN);
    state.at = TEN + 20 * MINUTE_MS;
    await process().undecided([record({ key: 'b' }), record({ key: 'c', team: 'other' })], state.at);
    expect([...new Set(told.map(({ finding }) => finding?.id))]).toHaveLength(2);
  });

  it('is the older finding once the notes of two that differ have met', async () => {
    const { state, process, notes, open, told } = world();
    const [one, other] = [process(), process()];
    await one.undecided([record({ key: 'a' })], TEN);
    state.at = TEN + 3 * HOUR_MS;
    await other.undecided([record({ key: 'b' })], state.at);
    expect(open()).toHaveLength(2);
    for (const note of notes.splice(0)) await other.noted(note);
    expect(open()).toEqual([told[0]?.finding?.id]);
    expect(told.find(({ change }) => change === 'closed')?.finding?.closedAs).toBe('duplicate');
  });

  it('is closed by any process, and only when every record is decided', async () => {
    const { state, process, notes, open } = world();
    await process().undecided([record({ key: 'a' }), record({ key: 'b' })], TEN);
    Object.assign(state, { away: false, decided: new Set(['a']) });
    for (const note of notes.splice(0)) await process().noted(note);
    expect(open()).toHaveLength(1);
    state.decided.add('b');
    for (const note of notes.splice(0)) await process().noted(note);
    expect(open()).toEqual([]);
    expect(notes).toEqual([]);
  });

  it('is told even when no note can be sent, and noted with the next delivery', async () => {
    const { state, process, notes, told } = world();
    const one = process();
    state.notesFail = true;
    await one.undecided([record({ key: 'a' })], TEN);
    state.notesFail = false;
    await one.undecided([record({ key: 'a' })], TEN);
    expect(told).toHaveLength(2);
    expect(notes).toHaveLength(1);
  });
});
