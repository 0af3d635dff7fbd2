import { describe, expect, it } from 'vitest';
import { isOlder } from '../../lambdas/access/outage.ts';
import { takeUndecided } from '../../lambdas/access/undecided.ts';
import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import type { VerdictMessage } from '../../lambdas/core/messages.ts';
import { HOUR_MS, MINUTE_MS } from '../../lambdas/core/time.ts';
import { eventKey } from '../../lambdas/edge/table-keys.ts';
import { minute, ledgerRecord as record, TEN } from '../support/ledger-records.ts';
import { takingWorld } from '../support/taking-world.ts';

/** Findings of which the last that was told is that they are open. */
const openOf = (told: readonly VerdictMessage[]) => {
  const last = new Map(told.map(({ finding }) => [finding?.id, finding?.state]));
  return [...last].filter(([, one]) => one === 'open').map(([id]) => id);
};

describe('while the table is away, an outage', () => {
  it('is one finding a team for processes that begin within the same hour', async () => {
    const { state, process, told } = takingWorld();
    await process().undecided([record({ key: 'a' })], TEN);
    state.at = TEN + 20 * MINUTE_MS;
    await process().undecided([record({ key: 'b' }), record({ key: 'c', team: 'other' })], state.at);
    expect([...new Set(told.map(({ finding }) => finding?.id))]).toHaveLength(2);
  });

  it('is told with every key, and noted with those alone that are new', async () => {
    const { process, told, notes } = takingWorld();
    const one = process();
    await one.undecided([record({ key: 'a' })], TEN);
    await one.undecided([record({ key: 'a' }), record({ key: 'b' })], TEN);
    await one.undecided([record({ key: 'b' })], TEN);
    expect(told.map(({ finding }) => finding?.keys)).toEqual([['a'], ['a', 'b']]);
    expect(told.map(({ change }) => change)).toEqual(['opened', 'changed']);
    expect(notes.map(({ keys }) => keys)).toEqual([['a'], ['b']]);
  });

  it('is the older finding once the notes of two that differ have met', async () => {
    const { state, process, notes, told } = takingWorld();
    const [one, other] = [process(), process()];
    await one.undecided([record({ key: 'a' })], TEN);
    state.at = TEN + 3 * HOUR_MS;
    await other.undecided([record({ key: 'b' })], state.at);
    expect(openOf(told)).toHaveLength(2);
    for (const note of notes.toReversed()) await other.stillAway(note);
    expect(openOf(told)).toEqual([told[0]?.finding?.id]);
    expect(told.find(({ change }) => change === 'closed')?.finding?.closedAs).toBe('duplicate');
  });

  it('is not told before its note is on its way, for it could not be closed', async () => {
    const { state, process, notes, told } = takingWorld();
    const one = process();
    state.queueDown = true;
    await expect(one.undecided([record({ key: 'a' })], TEN)).rejects.toThrow('no queue');
    expect(told).toEqual([]);
    state.queueDown = false;
    await one.undecided([record({ key: 'a' })], TEN);
    expect([told, notes]).toMatchObject([[{ change: 'opened' }], [{ keys: ['a'] }]]);
  });

  it('is told by whoever has its note, where the topic failed the one that sent it', async () => {
    const { state, process, notes, told } = takingWorld();
    state.topicDown = true;
    await expect(process().undecided([record({ key: 'a' })], TEN)).rejects.toThrow('no topic');
    state.topicDown = false;
    const other = process();
    for (const note of [...notes, ...notes]) await other.stillAway(note);
    expect(told).toMatchObject([{ change: 'opened', finding: { keys: ['a'] } }]);
  });

  it('becomes a page once, when nobody has decided it in time', async () => {
    const { state, process, notes, told } = takingWorld();
    const one = process();
    await one.undecided([record({ key: 'a' })], TEN);
    state.at = TEN + HOUR_MS;
    for (const note of [...notes, ...notes]) await one.stillAway(note);
    expect(told.map(({ finding }) => finding?.urgency)).toEqual(['ping', 'page']);
  });
});

describe('a finding of an outage', () => {
  const tellsOf = async (over: Partial<LedgerRecord>, since = TEN, at = minute(30)) => {
    const { state, process, told, notes } = takingWorld();
    state.at = at;
    await process().undecided([record({ key: 'a', ...over }), record({ key: 'b', account: '222222222222' })], since);
    return { finding: told[0]?.finding, told, notes };
  };

  it('says what it is of by the first record, and pages by the hours of the team', async () => {
    const { finding, told, notes } = await tellsOf({});
    expect(finding).toEqual({
      id: 'undecided-notify-2026-11-03T10:00:00Z',
      ledger: 'principal:undecided',
      action: 'undecided-notify-2026-11-03T10:00:00Z',
      cause: 'undecided',
      actor: 'unknown',
      target: 'notify-prod-admin',
      team: 'notify',
      account: '111111111111',
      kind: 'assume-role',
      occurredAt: TEN,
      openedAt: minute(30),
      state: 'open',
      words: [],
      dedupKey: 'two-eye/undecided-notify-2026-11-03T10:00:00Z',
      urgency: 'ping',
      wakes: ['team', 'cyber'],
      pageAt: minute(45),
      keys: ['a', 'b'],
      why: 'The table of approvals cannot be read, so it is not known whether these uses were approved. They are decided when it is back.',
    });
    expect(told).toEqual([{ version: 1, change: 'opened', finding, actions: [], policy: 'policy-of-the-tests' }]);
    expect(notes).toEqual([finding]);
  });

  it('says what kind of use it is of', async () => {
    expect((await tellsOf({ kind: 'shell' })).finding?.kind).toBe('shell');
  });

  it('is a page at once out of hours', async () => {
    const { finding } = await tellsOf({}, minute(480), minute(480));
    expect(finding).toMatchObject({ urgency: 'page', pagedAt: minute(480) });
    expect(finding?.pageAt).toBeUndefined();
  });

  it('is cyber’s where the policy does not know the team', async () => {
    const { process, told } = takingWorld();
    await process().undecided([record({ key: 'a', team: 'gone' })], TEN);
    expect(told[0]?.finding).toMatchObject({
      team: 'cyber',
      wakes: ['cyber'],
      id: 'undecided-gone-2026-11-03T10:00:00Z',
    });
  });

  it.for([
    [minute(-1), '2026-11-03T09:00:00Z'],
    [minute(-30), '2026-11-03T09:00:00Z'],
    [minute(-31), '2026-11-03T09:00:00Z'],
    [minute(-24 * 60), '2026-11-03T09:00:00Z'],
    [minute(90), '2026-11-03T10:00:00Z'],
    [minute(29), '2026-11-03T10:00:00Z'],
  ] as const)('is named by the hour in which it began, no more than an hour ago (%i: %s)', async ([since, hour]) => {
    const { finding } = await tellsOf({}, since);
    expect(finding?.id).toBe(`undecided-notify-${hour}`);
  });

  it('lists no more than five hundred records, and is then told no more', async () => {
    const { process, told, notes } = takingWorld();
    const one = process();
    const many = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => record({ key: `k${from + index}` }));
    await one.undecided(many(0, 499), TEN);
    await one.undecided(many(499, 501), TEN);
    await one.undecided(many(501, 502), TEN);
    expect(told.map(({ finding }) => finding?.keys?.length)).toEqual([499, 500]);
    expect(notes.map(({ keys }) => keys?.length)).toEqual([499, 2]);
  });

  it('begins anew once the table has answered', async () => {
    const { state, process, told } = takingWorld();
    const one = process();
    await one.undecided([record({ key: 'a' })], TEN);
    one.over();
    state.at = minute(90);
    await one.undecided([record({ key: 'a' })], state.at);
    expect(told.map(({ change }) => change)).toEqual(['opened', 'opened']);
  });
});

describe('a note that comes round while the table is away', () => {
  const noteOf = async (at: number, key: string) => {
    const { state, process, notes } = takingWorld();
    state.at = at;
    await process().undecided([record({ key })], at);
    const [note] = notes;
    if (note === undefined) throw new Error('nothing was noted');
    return note;
  };

  it('adds its records to what this process told, in the words of what it told', async () => {
    const { process, told } = takingWorld();
    const one = process();
    const note = await noteOf(minute(30), 'b');
    await one.undecided([record({ key: 'c' })], TEN);
    await one.stillAway(note);
    await one.stillAway({ ...note, target: 'another' });
    expect(told.map(({ change, finding }) => `${change} ${finding?.keys} ${finding?.target}`)).toEqual([
      'opened c notify-prod-admin',
      'changed b,c notify-prod-admin',
    ]);
  });

  it('of a younger finding closes that one, and what this process told stays', async () => {
    const { state, process, told } = takingWorld();
    const one = process();
    state.at = minute(5);
    await one.undecided([record({ key: 'c' })], TEN);
    state.at = minute(7);
    await one.stillAway(await noteOf(minute(70), 'b'));
    expect(told.map(({ change, finding }) => [change, finding?.id, finding?.keys, finding?.closedAs])).toEqual([
      ['opened', 'undecided-notify-2026-11-03T10:00:00Z', ['c'], undefined],
      ['changed', 'undecided-notify-2026-11-03T10:00:00Z', ['b', 'c'], undefined],
      ['closed', 'undecided-notify-2026-11-03T11:00:00Z', ['b'], 'duplicate'],
    ]);
    expect(told[2]?.finding).toMatchObject({ state: 'closed', closedAt: minute(7) });
  });

  it('of an older finding takes the place of what this process told, which closes', async () => {
    const { state, process, told } = takingWorld();
    const one = process();
    const older = await noteOf(minute(5), 'b');
    state.at = minute(70);
    await one.undecided([record({ key: 'c' })], minute(70));
    state.at = minute(15);
    await one.stillAway(older);
    await one.stillAway(older);
    expect(told.map(({ change, finding }) => [change, finding?.id, finding?.keys])).toEqual([
      ['opened', 'undecided-notify-2026-11-03T11:00:00Z', ['c']],
      ['opened', 'undecided-notify-2026-11-03T10:00:00Z', ['b', 'c']],
      ['closed', 'undecided-notify-2026-11-03T11:00:00Z', ['c']],
    ]);
  });

  it('becomes a page at its time and not a millisecond before', async () => {
    const { state, process, told } = takingWorld();
    const one = process();
    const note = await noteOf(minute(30), 'b');
    state.at = minute(45) - 1;
    await one.stillAway(note);
    state.at = minute(45);
    await one.stillAway(note);
    expect(told.map(({ finding }) => [finding?.urgency, finding?.pageAt, finding?.pagedAt])).toEqual([
      ['ping', minute(45), undefined],
      ['page', undefined, minute(45)],
    ]);
  });

  it('of what was a page all along is told once', async () => {
    const { state, process, told } = takingWorld();
    const note = await noteOf(minute(480), 'b');
    const other = process();
    for (const at of [minute(480), minute(490)]) {
      state.at = at;
      await other.stillAway(note);
    }
    expect(told).toMatchObject([{ change: 'opened', finding: { urgency: 'page', pagedAt: minute(480) } }]);
  });

  it('is of the older one, and of two of one instant of that whose id comes first', async () => {
    const [one, later] = [await noteOf(TEN, 'a'), await noteOf(minute(70), 'b')];
    expect([isOlder(one, later), isOlder(later, one), isOlder(one, one)]).toEqual([true, false, false]);
    const [first, second] = [
      { ...one, id: 'a' },
      { ...one, id: 'b' },
    ];
    expect([isOlder(first, second), isOlder(second, first)]).toEqual([true, false]);
    expect(isOlder({ ...later, id: 'a' }, { ...one, id: 'b' })).toBe(false);
    expect(isOlder({ ...one, id: 'a' }, { ...later, id: 'a' })).toBe(false);
  });
});

describe('when the table is back, the end of an outage', () => {
  it('is told once more ten minutes after it could be told, however long the topic was away', async () => {
    const { state, table, told, notes, process, services, timers } = takingWorld();
    await process().undecided([record({ key: 'a' })], TEN);
    table.put(eventKey('a'), { ledger: 'person:ada@example.gov.uk' });
    told.length = 0;
    state.topicDown = true;
    await expect(takeUndecided(notes, services)).rejects.toThrow('no topic');
    state.at = TEN + HOUR_MS;
    state.topicDown = false;
    await takeUndecided([], services);
    expect(told.map(({ finding }) => finding?.state)).toEqual(['closed']);
    const again = timers().filter(({ what, dueAt }) => what === 'delivered' && dueAt >= state.at + 10 * MINUTE_MS);
    expect(again).toHaveLength(1);
  });
});
