import { describe, expect, it } from 'vitest';
import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import type { JudgedAction } from '../../lambdas/core/action.ts';
import type { Word } from '../../lambdas/core/finding.ts';
import { emptyLedger, moveOut } from '../../lambdas/core/ledger.ts';
import { admit } from '../../lambdas/core/ledger-admit.ts';
import { settledAction } from '../../lambdas/core/ledger-edge.ts';
import { identify } from '../../lambdas/core/ledger-identity.ts';
import type { Advance, Ledger, PeopleFacts, RecordedAction } from '../../lambdas/core/ledger-state.ts';
import { HOUR_MS, type Instant, MINUTE_MS } from '../../lambdas/core/time.ts';
import { approval, minute, pin, TEN } from '../support/ledger-records.ts';
import { facts, step, use } from '../support/ledger-steps.ts';
import { testPolicy } from '../support/policies.ts';

const policy = testPolicy();
const empty = emptyLedger('person:ada@example.gov.uk');
/** Four hours of an action and a quarter of an hour for a sign-in after it; then two days in the ledger. */
const REACH_MS = 4 * HOUR_MS + 15 * MINUTE_MS;
const LEDGER_MS = 48 * HOUR_MS;

const half = (key: string, pairKey: string, over: Partial<LedgerRecord> = {}) =>
  use(key, 1, { actor: 'unknown', half: 'role', pairKey, ...over });

const keysOf = (records: readonly LedgerRecord[]) => records.map(({ key }) => key);
const idsOf = (all: readonly { readonly id: string }[]) => all.map(({ id }) => id);
const verdictsOf = ({ changes }: Advance) =>
  changes.map(({ change, action }) => `${change} ${action?.id} ${action?.judgement.verdict}`);

describe('what leaves a ledger', () => {
  const covered = facts({ approvals: [approval({ validUntil: minute(90 * 60) })] });

  it('is a whole action, once nothing young enough to be matched could join it', () => {
    const { ledger } = step(empty, [use('a', 5), use('b', 6)], covered, minute(7));
    const edge = minute(6) + LEDGER_MS;
    expect(step(ledger, [], covered, edge).ledger.records).toHaveLength(2);
    // The younger of its two records is what counts.
    expect(step(ledger, [], covered, edge + REACH_MS).ledger.records).toHaveLength(2);
    const gone = step(ledger, [], covered, edge + REACH_MS + 1);
    expect(gone.ledger).toMatchObject({ records: [], actions: [], findings: [] });
    expect(gone.changes).toEqual([]);
  });

  it('takes its closed finding with it, and never goes while that is open', () => {
    const first = step(empty, [use('a', 5)], facts(), minute(6));
    const late = minute(5) + LEDGER_MS + REACH_MS + 1;
    expect(idsOf(step(first.ledger, [], facts(), late).ledger.actions)).toEqual(['a']);
    const words: Word[] = [
      { id: 'w', finding: 'a', kind: 'confirmed', by: 'ben@example.gov.uk', via: 'slack', at: minute(8) },
    ];
    const closed = step(first.ledger, [], facts({ words }), minute(9));
    const meanwhile = step(closed.ledger, [], facts({ words }), minute(9) + LEDGER_MS).ledger;
    expect([idsOf(meanwhile.actions), idsOf(meanwhile.findings)]).toEqual([['a'], ['a']]);
    expect(step(closed.ledger, [], facts({ words }), late).ledger).toMatchObject({ actions: [], findings: [] });
  });

  it('leaves what others closed, of an action that stays, where it is', () => {
    const words: Word[] = [
      { id: 'w', finding: 'b', kind: 'confirmed', by: 'ben@example.gov.uk', via: 'slack', at: minute(1_810) },
    ];
    const people = facts({ approvals: [approval()], words });
    const first = step(empty, [use('a', 5)], facts({ approvals: [approval()] }), minute(6));
    const second = step(first.ledger, [use('b', 1_800)], facts(), minute(1_801));
    const closed = step(second.ledger, [], people, minute(1_811));
    const later = step(closed.ledger, [], people, minute(6) + LEDGER_MS + REACH_MS).ledger;
    expect([idsOf(later.actions), idsOf(later.findings)]).toEqual([['b'], ['b']]);
  });

  it('stays spent until the approval’s end has left too, and thirty days where that is not known', () => {
    const { ledger } = step(empty, [use('a', 5)], covered, minute(6));
    const left = step(ledger, [], covered, minute(60 * 60)).ledger;
    expect(left.spends).toEqual([{ approval: 'r-1', slot: 'notify-prod-admin', action: 'a', occurredAt: minute(5) }]);
    const spends = (people: PeopleFacts, now: Instant) => step(left, [], people, now).ledger.spends.length;
    const end = minute(90 * 60);
    expect([spends(covered, end + LEDGER_MS - 1), spends(covered, end + LEDGER_MS)]).toEqual([1, 0]);
    const month = minute(5) + 30 * 24 * HOUR_MS;
    expect([spends(facts(), month), spends(facts(), month + 1)]).toEqual([1, 0]);
  });

  it('spends nothing where nothing was approved', () => {
    const pinned = facts({ pins: [pin()] });
    const { ledger } = step(empty, [use('a', 5)], pinned, minute(6));
    const left = step(ledger, [], pinned, minute(5) + LEDGER_MS + REACH_MS + 1).ledger;
    expect(left).toMatchObject({ actions: [], spends: [] });
  });
});

describe('what comes when its day has left the ledger', () => {
  const now = minute(5) + LEDGER_MS;

  it('is what is older than two days to the millisecond', () => {
    const people = facts({ approvals: [approval()] });
    expect(verdictsOf(step(empty, [use('a', 5)], people, now))).toEqual(['judged a approved']);
    const late = step(empty, [use('a', 5)], people, now + 1);
    expect(verdictsOf(late)).toEqual(['opened a unapproved']);
    expect(late.ledger.actions).toMatchObject([{ settled: 'too-late', occurredAt: minute(5) }]);
  });

  it('names only approvals and pins of that person, with what they are known to be spent on', () => {
    const people = facts({
      approvals: [approval(), approval({ id: 'r-2', actor: 'ben@example.gov.uk' }), approval({ id: 'r-3' })],
      pins: [pin(), pin({ id: 'p-2', people: ['ben@example.gov.uk'] })],
    });
    const spent = { approval: 'r-1', slot: 'notify-prod-admin', action: 'z', occurredAt: minute(2) };
    const elsewhere = { ...spent, approval: 'r-3', slot: 'notify-prod-shell' };
    const { changes } = step({ ...empty, spends: [elsewhere, spent] }, [use('a', 5)], people, now + 1);
    const judgement = changes[0]?.action?.judgement;
    expect(
      judgement?.verdict === 'unapproved' && judgement.nearMisses.map((miss) => `${miss.approval} ${miss.because}`),
    ).toEqual(['p-1 too-late', 'r-3 too-late', 'r-1 already-used']);
  });

  it('is attempted where every call was refused, and joins what the ledger still has', () => {
    const refused = step(empty, [use('a', 5, { outcome: 'refused' })], facts(), now + 1);
    expect(verdictsOf(refused)).toEqual(['judged a attempted']);
    const known = step(empty, [use('b', 6)], facts({ approvals: [approval()] }), minute(7));
    const joined = step(known.ledger, [use('a', 5)], facts({ approvals: [approval()] }), now + 1);
    expect(verdictsOf(joined)).toEqual(['changed b approved']);
    expect(joined.ledger.actions).toMatchObject([{ members: ['a', 'b'] }]);
  });

  it('has the time of its first success', () => {
    const records = [use('a', 4, { outcome: 'refused' }), use('b', 5)];
    const late = { id: 'a', occurredAt: minute(5), settled: 'too-late' } as const;
    expect(step(empty, records, facts(), now + 1).ledger.actions).toMatchObject([late]);
    const both = step(empty, [...records, use('c', 60 * 40)], facts(), now + 1).ledger.actions;
    expect(both).toMatchObject([late, { id: 'c' }]);
    const people = facts({ pins: [pin({ people: ['ben@example.gov.uk', 'ada@example.gov.uk'] })] });
    expect(settledAction(records, 'full', [], people)).toMatchObject({
      occurredAt: minute(5),
      judgement: { nearMisses: [{ approval: 'p-1' }] },
    });
  });
});

describe('what a ledger admits', () => {
  it('is what it does not have yet, once', () => {
    const ledger = step(empty, [use('a', 5), half('h', 'p')], facts(), minute(6)).ledger;
    const { records, held } = admit(ledger, [use('a', 5), half('h', 'p'), use('b', 8), use('b', 8)], minute(9));
    expect(keysOf(records)).toEqual(['a', 'b']);
    expect(held).toEqual([{ record: half('h', 'p'), decideAt: minute(11) }]);
  });

  it('waits five minutes for the other half of what names nobody, and not for what has none', () => {
    const { pairKey: _, ...unpaired } = half('u', 'p');
    const arriving = [
      half('role', 'p-1'),
      half('caller', 'p-2', { half: 'caller' }),
      half('whole', 'p-3', { half: 'whole' }),
      half('named', 'p-4', { actor: 'ada@example.gov.uk' }),
      unpaired,
    ];
    const { records, held } = admit(empty, arriving, TEN);
    expect(held.map(({ record, decideAt }) => [record.key, decideAt])).toEqual([
      ['caller', minute(5)],
      ['role', minute(5)],
    ]);
    expect(keysOf(records).sort()).toEqual(['named', 'u', 'whole']);
    const later = { ...empty, held };
    expect(admit(later, [], minute(5) - 1).held).toHaveLength(2);
    expect(keysOf(admit(later, [], minute(5)).records)).toEqual(['caller', 'role']);
  });

  it('lets both halves in as soon as the second is there, also where the first was in already', () => {
    const first = admit(empty, [half('r', 'p')], TEN);
    const second = admit({ ...empty, held: first.held }, [half('c', 'p', { half: 'caller' })], minute(1));
    expect(keysOf(second.records)).toEqual(['r', 'c']);
    expect(second.held).toEqual([]);
    const third = admit({ ...empty, records: [half('r', 'p')] }, [half('c', 'p', { half: 'caller' })], minute(9));
    expect(keysOf(third.records)).toEqual(['r', 'c']);
  });

  it('keeps ten refused attempts of the same target and ten minutes, whether they are there or come together', () => {
    const refused = (index: number, over: Partial<LedgerRecord> = {}) =>
      use(`k${String(index).padStart(2, '0')}`, 1, { outcome: 'refused', ...over });
    const ten = Array.from({ length: 10 }, (_, index) => refused(index));
    const kept = (...arriving: LedgerRecord[]) => {
      const { records, aside, refusedNotKept } = admit({ ...empty, records: ten }, arriving, minute(60));
      return [records.length - 10, aside.length, refusedNotKept];
    };
    expect(kept(refused(10))).toEqual([0, 1, 1]);
    expect(kept(refused(10, { target: 'notify-prod-shell' }))).toEqual([1, 0, 0]);
    expect(kept(refused(10, { occurredAt: minute(11) }))).toEqual([0, 1, 1]);
    expect(kept(refused(10, { occurredAt: minute(11) + 1 }))).toEqual([1, 0, 0]);
    expect(kept(refused(10, { occurredAt: minute(-9) }))).toEqual([0, 1, 1]);
    expect(kept(use('s', 1))).toEqual([1, 0, 0]);
    expect(admit(empty, [...ten, refused(10), refused(11)], minute(60)).aside).toHaveLength(2);
  });

  it('counts no success among the refused', () => {
    const successes = Array.from({ length: 10 }, (_, index) => use(`a${index}`, 1));
    const { records, aside } = admit(empty, [...successes, use('z', 1, { outcome: 'refused' })], minute(60));
    expect([records.length, aside]).toEqual([11, []]);
  });

  it('sets aside what is silenced, which is no refused attempt', () => {
    const { records, aside, refusedNotKept } = admit(empty, [use('a', 1, { suppression: 'ci' })], minute(2));
    expect([records, keysOf(aside), refusedNotKept]).toEqual([[], ['a'], 0]);
  });
});

describe('a ledger that is full', () => {
  const padding = 'x'.repeat(9_000);
  const large = (key: string, at: number, over: Partial<LedgerRecord> = {}) =>
    use(key, at, { userAgent: padding, ...over });
  const full: Ledger = {
    ...empty,
    records: Array.from({ length: 10 }, (_, index) => large(`k${index}`, index * 10)),
  };

  it('has room for further records of an action that it has, and for no further action', () => {
    const joining = large('j', 91);
    const further = large('f', 200);
    const { records, overflow } = admit(full, [joining, further], minute(300));
    expect(keysOf(records).slice(10)).toEqual(['j']);
    expect(keysOf(overflow)).toEqual(['f']);
  });

  it('is so beyond a hundred thousand bytes, and beyond a quarter of a million for what joins, to the byte', () => {
    const sized = (key: string, at: number, bytes: number) => {
      const bare = use(key, at, { userAgent: '' });
      return { ...bare, userAgent: 'x'.repeat(bytes - JSON.stringify(bare).length) };
    };
    const room = (first: number, second: LedgerRecord) => {
      // Two bytes are the brackets of the list.
      const ledger = { ...empty, records: [sized('a', 0, first - JSON.stringify(second).length - 2)] };
      return admit(ledger, [second], minute(300)).overflow.length === 0;
    };
    expect([room(100_000, sized('f', 200, 5_000)), room(100_001, sized('f', 200, 5_000))]).toEqual([true, false]);
    expect([room(250_000, sized('j', 1, 5_000)), room(250_001, sized('j', 1, 5_000))]).toEqual([true, false]);
  });

  it('has no room for any that would make it more than a quarter of a megabyte', () => {
    const burst = Array.from({ length: 30 }, (_, index) => large(`m${String(index).padStart(2, '0')}`, 90.5));
    const { records, overflow } = admit(full, burst, minute(300));
    expect(overflow.length).toBeGreaterThan(0);
    expect(records.length + overflow.length).toBe(40);
    expect(JSON.stringify(records).length).toBeLessThanOrEqual(251_000);
    expect(JSON.stringify(records).length).toBeGreaterThan(235_000);
  });

  it('tells refused attempts that it has no room for by themselves, and counts them', () => {
    const { overflow, aside, refusedNotKept } = admit(full, [large('r', 200, { outcome: 'refused' })], minute(300));
    expect([overflow, keysOf(aside), refusedNotKept]).toEqual([[], ['r'], 1]);
    const twice = step(full, [large('r', 200, { outcome: 'refused' })], facts({ pins: [pin()] }), minute(300));
    expect(twice.ledger.refusedNotKept).toBe(1);
    const again = step(twice.ledger, [large('q', 201, { outcome: 'refused' })], facts({ pins: [pin()] }), minute(301));
    expect(again.ledger.refusedNotKept).toBe(2);
    expect(again.changes.find(({ action }) => action?.id === 'q')?.action?.judgement).toEqual({ verdict: 'attempted' });
  });

  it('opens one finding for all it has no room for, and another once a human has closed that', () => {
    const people = facts({ pins: [pin({ until: minute(900) })] });
    const first = step(full, [large('f', 200), large('g', 210)], people, minute(211));
    expect(first.ledger.actions.find(({ id }) => id === 'f')).toMatchObject({
      settled: 'full',
      judgement: { verdict: 'unapproved', nearMisses: [{ approval: 'p-1', because: 'too-late' }] },
      finding: 'f',
    });
    expect(first.ledger.actions.find(({ id }) => id === 'g')).toBeUndefined();
    expect(first.changes.find(({ action }) => action?.id === 'g')).toMatchObject({
      change: 'judged',
      action: { judgement: { nearMisses: [{ approval: 'p-1', because: 'too-late' }] } },
      finding: { id: 'f', state: 'open' },
    });
    const more = step(first.ledger, [large('h', 220)], people, minute(221));
    expect(more.ledger.findings).toHaveLength(1);
    // What came by itself stands for a flood: not even what would be of its work joins it.
    expect(step(first.ledger, [use('j', 200.5)], people, minute(221)).ledger.actions).not.toContainEqual(
      expect.objectContaining({ id: 'f', members: ['f', 'j'] }),
    );
    const words: Word[] = [
      { id: 'w', finding: 'f', kind: 'confirmed', by: 'ben@example.gov.uk', via: 'slack', at: minute(222) },
    ];
    const closed = step(first.ledger, [large('i', 230)], { ...people, words }, minute(231));
    expect(closed.ledger.findings.map(({ id, state }) => `${id} ${state}`)).toEqual(['f closed', 'i open']);
  });
});

describe('a full ledger of which other findings are open', () => {
  it('opens one for what it has no room for all the same', () => {
    const large = (key: string, at: number) => use(key, at, { userAgent: 'x'.repeat(11_000) });
    const many = Array.from({ length: 9 }, (_, index) => large(`k${index}`, index * 10));
    const open = step({ ...empty, records: many }, [], facts(), minute(100)).ledger;
    expect(open.findings).toHaveLength(9);
    const after = step(open, [large('f', 200)], facts(), minute(201));
    expect(after.ledger.actions.at(-1)).toMatchObject({ id: 'f', settled: 'full', finding: 'f' });
    expect(after.ledger.actions[0]).toMatchObject({ id: 'k0', finding: 'k0' });
  });
});

describe('a ledger of which nothing is stored', () => {
  it('has nothing, and counts no refusals until there are some', () => {
    expect(emptyLedger('person:ada@example.gov.uk')).toStrictEqual({
      id: 'person:ada@example.gov.uk',
      version: 0,
      records: [],
      actions: [],
      findings: [],
      spends: [],
      held: [],
    });
    expect(step(empty, [use('a', 5)], facts(), minute(6)).ledger).not.toHaveProperty('refusedNotKept');
  });
});

describe('records that turn out to be somebody else’s', () => {
  it('are taken out of what waits as well', () => {
    const { ledger } = step(empty, [half('h', 'p'), half('i', 'q')], facts(), TEN);
    const moved = moveOut(ledger, ['h'], facts(), { now: minute(1), policy });
    expect(moved.ledger.held.map(({ record }) => record.key)).toEqual(['i']);
    expect(moved.changes).toEqual([]);
    expect(moved.timers).toEqual([]);
  });
});

describe('the id of an action', () => {
  const judged = (id: string, keys: readonly string[], usedBy?: string): JudgedAction => ({
    id,
    members: keys.map((key) => use(key, 1)),
    occurredAt: minute(1),
    judgement: {
      verdict: 'unapproved',
      nearMisses: usedBy === undefined ? [] : [{ approval: 'r-1', because: 'already-used', usedBy }],
    },
  });
  const recorded = (id: string): RecordedAction => ({
    id,
    members: [id],
    occurredAt: minute(1),
    judgement: { verdict: 'attempted' },
  });

  it('is that of the oldest of those that it holds, else its earliest record’s', () => {
    const { identified, superseded } = identify(
      [judged('a', ['a', 'c', 'b', 'g']), judged('d', ['e', 'd'])],
      [recorded('b'), recorded('g'), recorded('c')],
    );
    expect(identified.map(({ action }) => action.id)).toEqual(['b', 'e']);
    expect(identified[0]?.before).toEqual(recorded('b'));
    expect(identified[1]).not.toHaveProperty('before');
    expect(superseded).toEqual(['g', 'c']);
    const later = identify([judged('g', ['g', 'c'])], [recorded('b'), recorded('g'), recorded('c')]);
    expect(later.identified.map(({ action }) => action.id)).toEqual(['g']);
  });

  it('is what near misses name, and what they name that is not here they keep', () => {
    const { identified } = identify(
      [judged('a', ['a', 'b']), judged('d', ['d'], 'a'), judged('f', ['f'], 'z')],
      [recorded('b')],
    );
    expect(identified.map(({ action }) => action.judgement)).toMatchObject([
      { nearMisses: [] },
      { nearMisses: [{ usedBy: 'b' }] },
      { nearMisses: [{ usedBy: 'z' }] },
    ]);
    const expired = { approval: 'r-1', because: 'expired' } as const;
    const judgement = { verdict: 'unapproved', nearMisses: [expired] } as const;
    const [plain] = identify([{ ...judged('a', ['a']), judgement }], []).identified;
    expect(plain?.action.judgement).toStrictEqual(judgement);
  });

  it('stays in the order in which actions were first recorded', () => {
    const first = step(empty, [use('b', 20)], facts({ pins: [pin()] }), minute(21));
    const second = step(first.ledger, [use('c', 40), use('a', 5)], facts({ pins: [pin()] }), minute(41));
    expect(idsOf(second.ledger.actions)).toEqual(['b', 'a', 'c']);
  });
});
