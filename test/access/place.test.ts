import { describe, expect, it } from 'vitest';
import { type PlaceContext, place } from '../../lambdas/access/place.ts';
import type { Half, Pointers } from '../../lambdas/access/services.ts';
import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import type { LiveSession } from '../../lambdas/core/attribution.ts';
import { HOUR_MS, MINUTE_MS } from '../../lambdas/core/time.ts';
import { ledgerRecord, minute, TEN } from '../support/ledger-records.ts';
import { testPolicy } from '../support/policies.ts';

const ADA = 'ada@example.gov.uk';
const ADAS = `person:${ADA}`;

const nothing: Pointers = { events: new Map(), pairs: new Map(), sessions: new Map() };

const placed = (records: readonly LedgerRecord[], pointers: Partial<Pointers> = {}, over: Partial<PlaceContext> = {}) =>
  place(
    records,
    { ...nothing, ...pointers },
    { policy: testPolicy(), now: TEN, isSettled: () => false, live: () => [], ...over },
  );

const session = (over: Partial<LiveSession> = {}): LiveSession => ({
  ledger: ADAS,
  actor: ADA,
  target: 'notify-prod-admin',
  from: TEN - HOUR_MS / 2,
  until: TEN + HOUR_MS / 2,
  key: 'opened',
  accessKeyId: 'ASIAX',
  ...over,
});

const shell = ledgerRecord({
  key: 'shell',
  kind: 'shell',
  target: 'notify-prod-shell',
  actor: 'unknown',
  principal: 'AROAX',
  usedKeyId: 'ASIAX',
});
const database = ledgerRecord({
  key: 'db',
  kind: 'database',
  target: 'notify-prod-db-write',
  actor: 'unknown',
  principal: 'write',
});
const role = ledgerRecord({ key: 'r', half: 'role', pairKey: 'p', actor: 'unknown', principal: 'AIDACAT' });
const caller = ledgerRecord({ key: 'c', half: 'caller', pairKey: 'p' });

const known = (value: LiveSession) => ({ sessions: new Map([['ASIAX', { value, version: 4 }]]) });
const halves = (...value: readonly Half[]) => ({ pairs: new Map([['p', { value, version: 3 }]]) });

describe('a record', () => {
  it('that names somebody enters that ledger, and one that came before tells its owner to tell', () => {
    const events = new Map([['again', { value: { ledger: ADAS } as const, version: 1 }]]);
    const { arriving, owners, waiting, moves, pairs } = placed([caller, ledgerRecord({ key: 'again' })], { events });
    expect([...arriving]).toEqual([[ADAS, [caller]]]);
    expect(owners).toEqual([ADAS]);
    expect([waiting, moves]).toEqual([[], []]);
    expect(pairs).toEqual([{ pairKey: 'p', halves: [{ ledger: ADAS, record: caller }], version: 0 }]);
  });

  it('that an access key tells of waits by the key until its session is there, or its time is up', () => {
    const decideAt = TEN + 15 * MINUTE_MS;
    expect(placed([shell])).toMatchObject({ waiting: [{ on: 'ASIAX', record: shell, decideAt }] });
    expect([...placed([shell], known(session())).arriving.keys()]).toEqual([ADAS]);
    const late = placed([shell], {}, { now: decideAt });
    expect(late.waiting).toEqual([]);
    expect([...late.arriving]).toMatchObject([['principal:AROAX', [{ key: 'shell', actor: 'unknown' }]]]);
    expect(late.arriving.get('principal:AROAX')?.[0]?.hints).toBeUndefined();
    expect(placed([shell], {}, { now: decideAt - 1 }).waiting).toHaveLength(1);
    expect([...placed([shell], {}, { isSettled: ({ key }) => key === 'shell' }).arriving.keys()]).toEqual([
      'principal:AROAX',
    ]);
  });

  it('whose session is of nobody waits on, and then says so', () => {
    const nobodys = known(session({ actor: 'unknown', ledger: 'principal:AIDACAT' }));
    expect(placed([shell], nobodys).waiting).toHaveLength(1);
    const [[, [record] = []] = []] = placed([shell], nobodys, { isSettled: () => true }).arriving;
    expect(record).toMatchObject({ actor: 'unknown', hints: ['had a session open: unknown'] });
  });

  it('of a database waits by its target, and is then whose session was open', () => {
    expect(placed([database]).waiting).toMatchObject([{ on: 'notify-prod-db-write' }]);
    const asked: string[] = [];
    const live = (target: string) => {
      asked.push(target);
      return [session()];
    };
    expect(placed([database], {}, { live }).waiting).toHaveLength(1);
    const { arriving } = placed([database], {}, { isSettled: () => true, live });
    expect([...arriving]).toMatchObject([[ADAS, [{ key: 'db', actor: ADA }]]]);
    expect(asked).toEqual(['notify-prod-admin']);
  });

  it('of a database is not told by a session that is kept under an access key', () => {
    const used = { ...database, usedKeyId: 'ASIAX' };
    expect(placed([used], known(session())).waiting).toMatchObject([{ on: 'notify-prod-db-write' }]);
  });
});

describe('the two halves of a call', () => {
  it('that come together are the named one’s, whichever is first', () => {
    for (const records of [
      [role, caller],
      [caller, role],
    ]) {
      const { arriving, moves, pairs } = placed(records);
      expect([...arriving.keys()]).toEqual([ADAS]);
      expect(arriving.get(ADAS)?.map(({ key }) => key)).toEqual(['c', 'r']);
      expect(moves).toEqual([]);
      expect(pairs).toMatchObject([{ halves: [{ ledger: ADAS }, { ledger: ADAS, record: { actor: ADA } }] }]);
    }
  });

  it('are the person’s when the named one was there first, under the version that was read', () => {
    const { arriving, moves, pairs } = placed([role], halves({ ledger: ADAS, record: caller }));
    expect([...arriving]).toMatchObject([[ADAS, [{ key: 'r', actor: ADA }]]]);
    expect(moves).toEqual([]);
    expect(pairs).toMatchObject([{ version: 3, halves: [{ record: caller }, { ledger: ADAS, record: { key: 'r' } }] }]);
  });

  it('move to the person when the nameless one was there first', () => {
    const { arriving, moves, pairs } = placed([caller], halves({ ledger: 'principal:AIDACAT', record: role }));
    expect([...arriving]).toEqual([[ADAS, [caller]]]);
    expect(moves).toMatchObject([{ from: 'principal:AIDACAT', to: ADAS, record: { key: 'r', actor: ADA } }]);
    expect(pairs).toMatchObject([
      {
        halves: [
          { ledger: ADAS, record: { key: 'r', actor: ADA } },
          { ledger: ADAS, record: caller },
        ],
      },
    ]);
  });

  it('stay where they are when neither names anybody', () => {
    const other = { ...caller, actor: 'unknown', principal: 'AIDACAT' } as const;
    const { arriving, moves } = placed([other], halves({ ledger: 'principal:AIDACAT', record: role }));
    expect([...arriving.keys()]).toEqual(['principal:AIDACAT']);
    expect(moves).toEqual([]);
  });

  it('are none where the record is whole or has no partner', () => {
    const { pairKey: _, ...alone } = role;
    const { pairKey: __, ...calling } = caller;
    const whole = ledgerRecord({ key: 'w', half: 'whole', pairKey: 'q' });
    const nobodys = ledgerRecord({ key: 'n', half: 'whole', pairKey: 'q', actor: 'unknown', principal: 'AIDADOG' });
    const { arriving, pairs } = placed([alone, calling, whole, nobodys]);
    expect([...arriving.keys()].sort()).toEqual([ADAS, 'principal:AIDACAT', 'principal:AIDADOG']);
    expect(pairs).toEqual([]);
  });
});

it('has nothing to do with nothing', () => {
  expect(placed([], {}, { now: minute(1) })).toEqual({
    arriving: new Map(),
    moves: [],
    waiting: [],
    pairs: [],
    owners: [],
  });
});
