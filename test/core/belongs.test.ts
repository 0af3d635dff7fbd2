import { describe, expect, it } from 'vitest';
import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import { isInWindow, isRenewal, isSameAct, reachOf } from '../../lambdas/core/belongs.ts';
import { byTime, groupRecords, type SealedAction } from '../../lambdas/core/group.ts';
import { HOUR_MS, MINUTE_MS } from '../../lambdas/core/time.ts';
import { ledgerRecord, minute, TEN } from '../support/ledger-records.ts';
import { use } from '../support/ledger-steps.ts';

/** A record so many milliseconds after ten. */
const since = (ms: number, over: Partial<LedgerRecord> = {}) =>
  ledgerRecord({ key: 'z', occurredAt: TEN + ms, ...over });

const first = use('a', 0);

describe('the same act', () => {
  it('is the other half of a call, however far apart they are written', () => {
    const half = use('a', 0, { pairKey: 's' });
    expect(isSameAct([first, half], since(HOUR_MS, { pairKey: 's' }))).toBe(true);
    expect(isSameAct([half], since(0, { pairKey: 't' }))).toBe(false);
    expect(isSameAct([first], since(0))).toBe(false);
  });

  it('is no chain of console switches that is longer than the action may be', () => {
    const last = (ms: number) => [use('a', 0, { consoleLink: 'l' }), use('b', ms / MINUTE_MS, { consoleLink: 'l' })];
    const { maxActionMs } = use('a', 0);
    const joins = (ms: number) => isSameAct(last(ms - 50_000), since(ms, { consoleLink: 'l' }));
    expect([joins(maxActionMs), joins(maxActionMs + 1)]).toEqual([true, false]);
  });

  it('is a console switch with what it caused, within a minute on either side', () => {
    const switched = use('a', 0, { consoleLink: 'l' });
    const caused = (ms: number) => isSameAct([switched], since(ms, { consoleLink: 'l' }));
    expect([-MINUTE_MS - 1, -MINUTE_MS, MINUTE_MS, MINUTE_MS + 1].map(caused)).toEqual([false, true, true, false]);
    expect(isSameAct([switched], since(0, { consoleLink: 'm' }))).toBe(false);
    expect(isSameAct([first], since(0))).toBe(false);
  });

  it('is a sign-in with the session it was made from, within a quarter of an hour after it, whichever came first', () => {
    const opening = use('a', 0, { session: 'AROAX:ada' });
    const signIn = (ms: number) => since(ms, { kind: 'sign-in', session: 'AROAX:ada' });
    const within = (ms: number) => [isSameAct([opening], signIn(ms)), isSameAct([signIn(ms)], opening)];
    expect(within(0)).toEqual([true, true]);
    expect(within(15 * MINUTE_MS)).toEqual([true, true]);
    expect(within(15 * MINUTE_MS + 1)).toEqual([false, false]);
    expect(within(-1)).toEqual([false, false]);
    expect(isSameAct([opening], since(1, { kind: 'sign-in', session: 'AROAX:ben' }))).toBe(false);
    expect(isSameAct([first], since(1, { kind: 'sign-in' }))).toBe(false);
    expect(isSameAct([opening], since(1, { session: 'AROAX:ada' }))).toBe(false);
    expect(isSameAct([signIn(0)], signIn(1))).toBe(false);
  });
});

describe('a renewal', () => {
  const hourly = use('a', 0, { credentialsEndAt: minute(60) });

  it('comes within a quarter of an hour of the end of the credentials, on either side', () => {
    const renews = (at: number) => isRenewal([hourly], since(at * MINUTE_MS));
    expect([44.99, 45, 75, 75.01].map(renews)).toEqual([false, true, true, false]);
  });

  it('of short credentials comes within a quarter of their life', () => {
    const short = use('a', 0, { credentialsEndAt: minute(20) });
    const renews = (at: number) => isRenewal([short], since(at * MINUTE_MS));
    expect([14.99, 15, 25, 25.01].map(renews)).toEqual([false, true, true, false]);
  });

  it.each<[string, Partial<LedgerRecord>]>([
    ['principal', { principal: 'AIDABEN' }],
    ['role', { resource: 'arn:aws:iam::111111111111:role/other' }],
    ['address', { ip: '203.0.113.9' }],
    ['user agent', { userAgent: 'curl/8' }],
    ['outcome', { outcome: 'refused' }],
  ])('is by the same client: not with another %s', (_, over) => {
    expect(isRenewal([hourly], since(60 * MINUTE_MS, over))).toBe(false);
  });

  it('is of the credentials that were got last before it, by the same client', () => {
    const second = use('b', 58, { credentialsEndAt: minute(118) });
    expect(isRenewal([hourly, second], since(60 * MINUTE_MS))).toBe(false);
    expect(isRenewal([hourly, second], since(118 * MINUTE_MS))).toBe(true);
    const others = use('b', 58, { credentialsEndAt: minute(118), userAgent: 'curl/8' });
    expect(isRenewal([hourly, others], since(60 * MINUTE_MS))).toBe(true);
    const keyless = use('b', 58);
    expect(isRenewal([hourly, keyless], since(60 * MINUTE_MS))).toBe(true);
    const later = use('b', 70, { credentialsEndAt: minute(130) });
    expect(isRenewal([hourly, later], since(60 * MINUTE_MS))).toBe(true);
    expect(isRenewal([keyless], since(60 * MINUTE_MS))).toBe(false);
  });

  it('ends with the longest that an action may take', () => {
    const brief = { ...hourly, maxActionMs: HOUR_MS };
    expect(isRenewal([brief], since(HOUR_MS))).toBe(true);
    expect(isRenewal([brief], since(HOUR_MS + 1))).toBe(false);
  });
});

describe('the window of an action', () => {
  it('is from its first record for as long as the target says, both ends in', () => {
    const within = (ms: number) => isInWindow([first], since(ms));
    expect([-1, 0, 2 * MINUTE_MS, 2 * MINUTE_MS + 1].map(within)).toEqual([false, true, true, false]);
    expect(isInWindow([{ ...first, groupingMs: 0 }], since(0))).toBe(false);
    expect(isInWindow([], since(0))).toBe(false);
  });

  it('is for the source of any of its records, whatever the user agent', () => {
    const elsewhere = use('b', 1, { ip: '203.0.113.9', pairKey: 's' });
    expect(isInWindow([first, elsewhere], since(90_000, { ip: '203.0.113.9', userAgent: 'curl/8' }))).toBe(true);
    expect(isInWindow([first, elsewhere], since(90_000, { ip: '203.0.113.10' }))).toBe(false);
    expect(isInWindow([first], since(0, { principal: 'AIDABEN' }))).toBe(false);
    expect(isInWindow([first], since(0, { resource: 'other' }))).toBe(false);
  });

  it('is for the user of a database, whichever database of the target is entered', () => {
    const entered = (resource: string, over: Partial<LedgerRecord> = {}) =>
      since(0, { kind: 'database', principal: 'p', resource, ...over });
    expect(isInWindow([entered('write@notify')], entered('write@other', { principal: 'q' }))).toBe(true);
    expect(isInWindow([entered('write@notify')], entered('admin@notify'))).toBe(false);
    expect(isInWindow([entered('a@b@notify')], entered('a@c@notify'))).toBe(false);
    expect(isInWindow([entered('write@notify')], entered('write@notify', { ip: '203.0.113.9' }))).toBe(false);
    expect(isInWindow([entered('write@notify')], entered('write@other', { kind: 'shell' }))).toBe(false);
    expect(isInWindow([since(0, { resource: 'write@other' })], entered('write@notify'))).toBe(false);
  });
});

it('nothing belongs to an action after the longest it may take, or its window, and a sign-in', () => {
  expect(reachOf(first)).toBe(TEN + 4 * HOUR_MS + 15 * MINUTE_MS);
  expect(reachOf({ ...first, groupingMs: 5 * HOUR_MS })).toBe(TEN + 5 * HOUR_MS + 15 * MINUTE_MS);
});

describe('grouping', () => {
  const keys = (records: readonly LedgerRecord[], sealed: readonly SealedAction[] = []) =>
    groupRecords(records, sealed).map(({ members }) => members.map(({ key }) => key).join('+'));

  it('keeps apart other people, other targets, the silenced, and principals that nobody knows', () => {
    const at = (key: string, over: Partial<LedgerRecord>) => use(key, 0, { pairKey: 's', ...over });
    const records = [
      at('a', {}),
      at('b', { actor: 'ben@example.gov.uk' }),
      at('c', { target: 'notify-prod-shell' }),
      at('d', { suppression: 'ci' }),
      at('e', { actor: 'unknown' }),
      at('f', { actor: 'unknown', principal: 'AROAX' }),
    ];
    expect(keys(records)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(keys([at('e', { actor: 'unknown' }), at('f', { actor: 'unknown' })])).toEqual(['e+f']);
  });

  it('is in the order of time, and of keys within an instant', () => {
    const [one, other] = [use('a', 1), use('b', 1)];
    expect([byTime(one, other), byTime(other, one), byTime(one, one)]).toEqual([-1, 1, 0]);
    expect(byTime(use('z', 0), one)).toBeLessThan(0);
  });

  it('takes renewals into an action, unless it is settled and takes its own calls alone', () => {
    const records = [use('a', 0, { credentialsEndAt: minute(60) }), use('b', 60)];
    const sealed = { id: 'a', members: ['a'], judgement: { verdict: 'attempted' }, takes: 'same-act' } as const;
    expect(keys(records)).toEqual(['a+b']);
    expect(keys(records, [{ ...sealed, takes: 'same-work' }])).toEqual(['a+b']);
    expect(keys(records, [sealed])).toEqual(['a', 'b']);
  });

  it('ends with the reach of an action, even for the same call, and not of those after it', () => {
    const pair = (key: string, ms: number, pairKey = 's') => since(ms, { key, pairKey });
    const reach = 4 * HOUR_MS + 15 * MINUTE_MS;
    expect(keys([pair('a', 0), pair('b', reach)])).toEqual(['a+b']);
    expect(keys([pair('a', 0), pair('b', reach + 1)])).toEqual(['a', 'b']);
    const others = [pair('b', HOUR_MS, 't'), pair('c', 2 * HOUR_MS, 'u')];
    expect(keys([pair('a', 0), ...others, pair('d', reach + 1, 't')])).toEqual(['a', 'b+d', 'c']);
  });

  it('lets a sign-in be made from the last credentials of an action, however long it took', () => {
    const hourly = (key: string, hours: number) =>
      use(key, 60 * hours, { credentialsEndAt: minute(60 * (hours + 1)), session: `AROAX:${key}` });
    const signIn = use('s', 4 * 60 + 15, { kind: 'sign-in', session: 'AROAX:e' });
    const work = [hourly('a', 0), hourly('b', 1), hourly('c', 2), hourly('d', 3), hourly('e', 4)];
    expect(keys([...work, signIn])).toEqual(['a+b+c+d+e+s']);
  });

  it('prefers a link to any action before the window of an earlier one', () => {
    const linked = use('b', 1, { ip: '203.0.113.9', pairKey: 's' });
    expect(keys([use('a', 0), linked, use('c', 1.5, { pairKey: 's' })])).toEqual(['a', 'b+c']);
    expect(keys([use('a', 0), linked, use('c', 1.5)])).toEqual(['a+c', 'b']);
  });

  it('gives a settled action its records whatever lies between them, and what still belongs to it', () => {
    const sealed = { id: 'b', members: ['b', 'd'], judgement: { verdict: 'attempted' }, takes: 'same-work' } as const;
    const records = [use('a', -5), use('b', 0), use('c', 1), use('d', 30), use('e', 31)];
    expect(keys(records, [sealed])).toEqual(['a', 'b+c+d', 'e']);
    expect(keys(records, [{ ...sealed, takes: 'same-act' }])).toEqual(['a', 'b+d', 'c', 'e']);
    const paired = records.map((one) => ({ ...one, pairKey: one.key === 'b' || one.key === 'e' ? 's' : one.key }));
    expect(keys(paired, [{ ...sealed, takes: 'same-act' }])).toEqual(['a', 'b+d+e', 'c']);
    expect(groupRecords(records, [sealed]).find(({ members }) => members[0]?.key === 'b')?.sealed).toBe(sealed);
  });

  it('opens an action that began before a settled one before it', () => {
    const sealed = { id: 'c', members: ['c'], judgement: { verdict: 'attempted' }, takes: 'same-act' } as const;
    const records = [use('a', -1), use('c', 0), use('d', 0.5)];
    expect(keys(records, [sealed])).toEqual(['a+d', 'c']);
  });
});
