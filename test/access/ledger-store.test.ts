import { describe, expect, it } from 'vitest';
import { advanceLedger } from '../../lambdas/access/advance-ledger.ts';
import { ledgerStoreOn } from '../../lambdas/access/ledger-store.ts';
import type { Commit, LedgerView } from '../../lambdas/access/services.ts';
import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import type { LiveSession } from '../../lambdas/core/attribution.ts';
import type { VerdictMessage } from '../../lambdas/core/messages.ts';
import type { Write } from '../../lambdas/edge/table.ts';
import * as keys from '../../lambdas/edge/table-keys.ts';
import { simulatedTable, tableThrough } from '../simulation/table.ts';
import { approval, ledgerRecord, minute, pin } from '../support/ledger-records.ts';
import { testPolicy } from '../support/policies.ts';

const ADA = 'person:ada@example.gov.uk';
const policy = testPolicy();

/** A store over a table in memory, and every transaction that it committed. */
function world() {
  const transactions: (readonly Write[])[] = [];
  const table = simulatedTable(
    () => undefined,
    (writes) => transactions.push(writes),
  );
  const store = ledgerStoreOn(tableThrough(table, async (effect) => effect()));
  const put = (write: Omit<Extract<Write, { write: 'put' }>, 'write'>) => table.put(write.key, write.value);
  return { table, store, transactions, put };
}

const use = (key: string, at: number, over: Partial<LedgerRecord> = {}) =>
  ledgerRecord({ key, occurredAt: minute(at), ...over });

const nothing = { events: [], pairs: [], sessions: [], waiting: [], awaited: [], settled: [], timers: [] };

/** What is committed when these records arrive at a ledger as it was read. */
const arriving = (view: LedgerView, records: readonly LedgerRecord[], over: Partial<Commit> = {}): Commit => ({
  ...nothing,
  ledgers: [advanceLedger({ view, leaving: [], arriving: records }, policy, minute(30))],
  now: minute(30),
  ...over,
});

describe('a ledger', () => {
  it('that is not there is empty, and one that is comes with what people wrote and what is untold', async () => {
    const { store, put, table } = world();
    expect(await store.readLedger(ADA)).toMatchObject({
      ledger: { id: ADA, version: 0, records: [] },
      facts: { approvals: [], pins: [], words: [] },
      pinsVersion: 0,
      unsent: [],
    });
    const word = {
      id: 'w',
      finding: 'a',
      kind: 'acknowledged',
      by: 'ben@example.gov.uk',
      via: 'slack',
      at: 1,
    } as const;
    put({ key: keys.requestKey(ADA, 'r-1'), value: approval() });
    put({ key: keys.requestKey(ADA, 'r-1'), value: approval() });
    put({ key: keys.wordKey(ADA, word), value: word });
    put({ key: keys.pinsKey, value: [pin()] });
    table.transact([{ write: 'add', key: keys.unsentKey(ADA), members: ['0000000002', '0000000001'] }]);
    const view = await store.readLedger(ADA);
    expect(view).toMatchObject({
      ledger: { id: ADA, version: 0 },
      facts: { approvals: [approval()], pins: [pin()], words: [word] },
      pinsVersion: 1,
      unsent: ['0000000001', '0000000002'],
    });
    expect([...view.approvalVersions]).toEqual([['r-1', 2]]);
  });

  it('is written under the version that was read, with its findings, actions, pointers and what is to be told', async () => {
    const { store, table } = world();
    const view = await store.readLedger(ADA);
    const commit = arriving(view, [use('a', 5)]);
    expect(await store.commit(commit)).toBe('committed');
    expect(await store.commit(commit)).toBe('conflict');
    const after = await store.readLedger(ADA);
    expect(after.ledger).toMatchObject({ version: 1, records: [{ key: 'a' }], findings: [{ id: 'a', state: 'open' }] });
    expect(table.at(keys.ledgerKey(ADA))?.value).not.toHaveProperty('version');
    expect(after.unsent).toEqual(['0000000001']);
    const [message] = commit.ledgers[0]?.messages ?? [];
    expect(await store.readOutbox(ADA, after.unsent)).toEqual([message]);
    expect(table.at(keys.actionKey(ADA, 'a'))?.value).toEqual({ line: message?.actions[0] });
    expect(table.at(keys.findingKey(ADA, 'a'))?.value).toEqual(message?.finding);
    expect(table.at(keys.openKey('a'))?.value).toEqual({
      finding: 'a',
      ledger: ADA,
      openedAt: minute(30),
      state: 'open',
    });
    const timer = { what: 'unsent', about: ADA, id: `${ADA}#0000000001`, dueAt: minute(31) } as const;
    expect(table.at(keys.timerKey(timer))?.value).toEqual(timer);
    await store.markTold(ADA, after.unsent, timer);
    expect((await store.readLedger(ADA)).unsent).toEqual([]);
    expect(table.at(keys.timerKey(timer))).toBeUndefined();
  });

  it('with nothing to tell is written alone', async () => {
    const { store, transactions } = world();
    await store.commit(arriving(await store.readLedger(ADA), []));
    expect(transactions.flat()).toMatchObject([{ write: 'put', key: keys.ledgerKey(ADA), version: 0 }]);
    await store.markTold(ADA, ['0000000001']);
    expect(transactions).toHaveLength(1);
  });

  it('leans on the approvals and pins of changed verdicts as they were read, each checked once', async () => {
    const { store, put } = world();
    put({ key: keys.requestKey(ADA, 'r-1'), value: approval() });
    const view = await store.readLedger(ADA);
    put({ key: keys.requestKey(ADA, 'r-1'), value: approval({ status: 'revoked', revokedAt: minute(4) }) });
    expect(await store.commit(arriving(view, [use('a', 5)]))).toBe('conflict');
    const again = await store.readLedger(ADA);
    expect(await store.commit(arriving(again, [use('a', 5)]))).toBe('committed');
    put({ key: keys.pinsKey, value: [pin()] });
    const pinned = await store.readLedger(ADA);
    put({ key: keys.pinsKey, value: [] });
    expect(await store.commit(arriving(pinned, [use('b', 15)]))).toBe('conflict');
    // What leans on no pin does not mind what becomes of them.
    const unpinned = await store.readLedger(ADA);
    put({ key: keys.pinsKey, value: [pin({ targets: [] })] });
    expect(await store.commit(arriving(unpinned, [use('c', 25)]))).toBe('committed');
  });

  it('checks the pins once, where two ledgers lean on them', async () => {
    const { store, put, transactions } = world();
    put({ key: keys.pinsKey, value: [pin({ people: ['ada@example.gov.uk', 'ben@example.gov.uk'] })] });
    const [ada, ben] = [await store.readLedger(ADA), await store.readLedger('person:ben@example.gov.uk')];
    const bens = arriving(ben, [use('b', 5, { actor: 'ben@example.gov.uk' })]).ledgers;
    const adas = arriving(ada, [use('a', 5)]);
    expect(await store.commit({ ...adas, ledgers: [...adas.ledgers, ...bens] })).toBe('committed');
    expect(transactions.flat().filter(({ key }) => key === keys.pinsKey)).toHaveLength(1);
  });

  it('says of an action that joined another that it stands no longer, with what it was', async () => {
    const { store, table } = world();
    await store.commit(arriving(await store.readLedger(ADA), [use('a', 5), use('b', 8, { pairKey: 's' })]));
    await store.commit(arriving(await store.readLedger(ADA), [use('d', 5, { pairKey: 's' })]));
    expect(table.at(keys.actionKey(ADA, 'b'))?.value).toMatchObject({
      superseded: 'yes',
      line: { action: 'b', keys: ['b', 's'], verdict: 'unapproved' },
    });
    expect(table.at(keys.actionKey(ADA, 'a'))?.value).not.toHaveProperty('superseded');
    expect(table.at(keys.openKey('b'))?.value).toMatchObject({ state: 'closed' });
  });
});

describe('what is recorded beside the ledgers', () => {
  const session: LiveSession = {
    ledger: ADA,
    actor: 'ada@example.gov.uk',
    target: 'notify-prod-admin',
    from: minute(1),
    until: minute(61),
    key: 'a',
    accessKeyId: 'ASIA1',
  };
  const waiting = { on: 'ASIA2', record: use('w', 3), decideAt: minute(18) };

  it('is whose each record is, the halves, the sessions and what waits, and is found again', async () => {
    const { store, table } = world();
    const { accessKeyId: _, ...keyless } = session;
    const commit = arriving(await store.readLedger(ADA), [use('a', 1)], {
      events: [
        { key: 'a', ledger: ADA, version: 0 },
        { key: 'late', ledger: ADA, late: 'reconcile', version: 0 },
      ],
      pairs: [{ pairKey: 's', halves: [{ ledger: ADA, record: use('a', 1) }], version: 0 }],
      sessions: [session, { ...keyless, key: 'b', from: minute(2) }],
      waiting: [waiting],
      timers: [{ what: 'decide', about: ADA, id: 'x', dueAt: minute(9) }],
    });
    expect(await store.commit(commit)).toBe('committed');
    const wanted = { events: ['a', 'late', 'none'], pairs: ['s', 'none'], sessions: ['ASIA1', 'none'] };
    const { events, pairs, sessions } = await store.readPointers(wanted);
    expect([...events]).toEqual([
      ['a', { value: { ledger: ADA }, version: 1 }],
      ['late', { value: { ledger: ADA, late: 'reconcile' }, version: 1 }],
    ]);
    expect([...pairs]).toEqual([['s', { value: [{ ledger: ADA, record: use('a', 1) }], version: 1 }]]);
    expect([...sessions]).toEqual([['ASIA1', { value: session, version: 1 }]]);
    expect((await store.readLive('notify-prod-admin')).map(({ key }) => key)).toEqual(['b', 'a']);
    expect(await store.readWaiting('ASIA2')).toEqual([waiting]);
    expect(table.at(keys.timerKey({ what: 'decide', id: 'x', dueAt: minute(9) }))).toBeDefined();
    await store.commit(arriving(await store.readLedger(ADA), [], { settled: [waiting] }));
    expect(await store.readWaiting('ASIA2')).toEqual([]);
  });

  it('conflicts when a record, a pair or a session that was awaited is not as it was read', async () => {
    const { store, put } = world();
    put({ key: keys.eventKey('a'), value: { ledger: ADA } });
    put({ key: keys.pairKey('s'), value: [] });
    put({ key: keys.sessionKey('ASIA1'), value: session });
    const view = await store.readLedger(ADA);
    for (const over of [
      { events: [{ key: 'a', ledger: ADA, version: 0 }] },
      { pairs: [{ pairKey: 's', halves: [], version: 0 }] },
      { awaited: [{ accessKeyId: 'ASIA1', version: 0 }] },
    ] as const)
      expect(await store.commit(arriving(view, [], over))).toBe('conflict');
    // Below zero whatever is there is written over: a record may be of two ledgers at once while it moves.
    expect(await store.commit(arriving(view, [], { events: [{ key: 'a', ledger: ADA, version: -1 }] }))).toBe(
      'committed',
    );
  });

  it('reads the newest thousand sessions of a target', async () => {
    const { store, put } = world();
    for (let at = 0; at < 1_002; at += 1)
      put({ key: keys.liveKey('t', minute(at), 'k'), value: { ...session, from: minute(at) } });
    const live = await store.readLive('t');
    expect([live.length, live[0]?.from, live.at(-1)?.from]).toEqual([1_000, minute(1_001), minute(2)]);
  });
});

describe('what does not fit into one transaction', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => use(`k${index}`, index * 3));

  it('is written before, while the ledger is as it was read, and the ledger with what guards it last', async () => {
    const { store, transactions } = world();
    const commit = arriving(await store.readLedger(ADA), many(50));
    expect(await store.commit(commit)).toBe('committed');
    expect(transactions.length).toBeGreaterThan(2);
    for (const writes of transactions) expect(writes.length).toBeLessThanOrEqual(100);
    const last = transactions.at(-1) ?? [];
    expect(last.map(({ key }) => key)).toContainEqual(keys.ledgerKey(ADA));
    const guard = { write: 'check', key: keys.ledgerKey(ADA), version: 0 };
    for (const [first] of transactions.slice(0, -1)) expect(first).toEqual(guard);
    const before = transactions.slice(0, -1).flatMap(([, ...writes]) => writes);
    expect(before.some(({ key }) => key.sk.startsWith('LEDGER'))).toBe(false);
    expect(before.length).toBeGreaterThan(100);
    expect(new Set(before.map(({ key }) => `${key.pk} ${key.sk}`)).size).toBe(before.length);
  });

  it('fits up to a hundred parts', async () => {
    const { store, transactions } = world();
    const view = await store.readLedger(ADA);
    const timers = (count: number) =>
      Array.from({ length: count }, (_, id) => ({ what: 'decide', about: ADA, id: String(id), dueAt: 1 }) as const);
    await store.commit(arriving(view, [], { timers: timers(99) }));
    expect(transactions.map((writes) => writes.length)).toEqual([100]);
    await store.commit(arriving(await store.readLedger(ADA), [], { timers: timers(100) }));
    expect(transactions.map((writes) => writes.length)).toEqual([100, 100, 2, 1]);
  });

  it('stops at the first part that is in conflict', async () => {
    const table = simulatedTable(
      () => undefined,
      () => undefined,
    );
    const outcomes: ('committed' | 'conflict')[] = ['committed', 'conflict', 'committed'];
    const asked: number[] = [];
    const through = tableThrough(table, async (effect) => effect());
    const store = ledgerStoreOn({
      ...through,
      transact: async (writes) => {
        asked.push(writes.length);
        return outcomes.shift() === 'conflict' ? { outcome: 'conflict', failed: [0] } : { outcome: 'committed' };
      },
    });
    expect(await store.commit(arriving(await store.readLedger(ADA), many(80)))).toBe('conflict');
    expect(asked).toHaveLength(2);
  });

  it('tells as many messages an item as one holds, all of them, in their order', async () => {
    const { store, transactions } = world();
    const [first] = arriving(await store.readLedger(ADA), [use('a', 5)]).ledgers;
    const [message] = first?.messages ?? [];
    if (first === undefined || message === undefined) throw new Error('nothing is told');
    const large = (why: string, size: number): VerdictMessage => ({
      ...message,
      trouble: { channel: 'slack', why: why + 'x'.repeat(size) },
    });
    const messages = [large('1', 150_000), large('2', 40_000), large('3', 40_000), large('4', 300_000), large('5', 1)];
    const commit = { ...nothing, ledgers: [{ ...first, messages }], now: minute(30) };
    expect(await store.commit(commit)).toBe('committed');
    const parts = transactions.flat().filter(({ key }) => key.sk.startsWith('OUTBOX#'));
    expect(parts.map(({ key }) => key.sk)).toEqual([0, 1, 2, 3].map((part) => `OUTBOX#0000000001#${part}`));
    expect(await store.readOutbox(ADA, ['0000000001'])).toEqual(messages);
  });
});
