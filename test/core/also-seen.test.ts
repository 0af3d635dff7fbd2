import { describe, expect, it } from 'vitest';
import { advanceLedger } from '../../lambdas/access/advance-ledger.ts';
import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import type { JudgedAction } from '../../lambdas/core/action.ts';
import { alsoSeen } from '../../lambdas/core/also-seen.ts';
import { emptyLedger } from '../../lambdas/core/ledger.ts';
import { approval, ledgerRecord, minute } from '../support/ledger-records.ts';
import { testPolicy } from '../support/policies.ts';

/** The actions of the message about the last finding, when these records arrive together. */
function told(records: readonly LedgerRecord[]) {
  const ledger = emptyLedger('person:ada@example.gov.uk');
  const facts = { approvals: [approval({ target: 'notify-deploy-admin' })], pins: [], words: [] };
  const view = { ledger, facts, unsent: [] };
  const { messages } = advanceLedger({ view, leaving: [], arriving: records } as never, testPolicy(), minute(300));
  return messages.findLast(({ finding }) => finding?.action === records.at(-1)?.key)?.actions ?? [];
}

const deploy = (over: Partial<LedgerRecord> = {}) =>
  ledgerRecord({ key: 'before', occurredAt: minute(5), target: 'notify-deploy-admin', ...over });
const use = (over: Partial<LedgerRecord> = {}) => ledgerRecord({ key: 'use', occurredAt: minute(30), ...over });

describe('what else was seen beside a finding', () => {
  it('is what the same identity did within an hour, in short, after the finding’s own action', () => {
    const [own, ...others] = told([deploy(), use()]);
    expect(own?.action).toBe('use');
    expect(others).toMatchObject([{ action: 'before', target: 'notify-deploy-admin', verdict: 'approved' }]);
    expect(others[0]).not.toHaveProperty('members');
  });

  it('is what the session did hours before', () => {
    const late = use({ occurredAt: minute(200), usedKeyId: 'ASIASESSION' });
    expect(told([deploy({ issuedKeyId: 'ASIASESSION' }), late]).map(({ action }) => action)).toEqual(['use', 'before']);
  });

  it('is nothing when hours lie between and only a lasting key is the same', () => {
    const late = use({ occurredAt: minute(200), usedKeyId: 'AKIAADA' });
    expect(told([deploy({ usedKeyId: 'AKIAADA' }), late])).toHaveLength(1);
  });

  it('is at most five actions, the nearest', () => {
    const many = Array.from({ length: 9 }, (_, index) => deploy({ key: `d-${index}`, occurredAt: minute(3 * index) }));
    const [, ...others] = told([...many, use()]);
    expect(others.map(({ action }) => action)).toEqual(['d-4', 'd-5', 'd-6', 'd-7', 'd-8']);
  });
});

describe('what was also seen', () => {
  const judgement = { verdict: 'attempted' } as const;
  const one = (key: string, at: number, over: Partial<LedgerRecord> = {}): JudgedAction => ({
    id: key,
    members: [ledgerRecord({ key, occurredAt: minute(at), ...over })],
    occurredAt: minute(at),
    judgement,
  });
  const seen = (action: JudgedAction, others: readonly JudgedAction[]) => {
    const all = [action, ...others];
    const actions = all.map(({ members, ...rest }) => ({ ...rest, members: members.map(({ key }) => key) }));
    return alsoSeen(action, { actions, records: all.flatMap(({ members }) => members) }).map((line) => line.action);
  };
  const own = one('own', 120);

  it('is within an hour of it on either side', () => {
    const others = [59, 60, 180, 181].map((at) => one(`m${at}`, at));
    expect(seen(own, others)).toEqual(['m60', 'm180']);
  });

  it('is of the same identity, or of a session or key in common, opened or used', () => {
    const stranger = { principal: 'AROAX' };
    const within = (mine: Partial<LedgerRecord>, theirs: Partial<LedgerRecord>) =>
      seen(one('own', 120, mine), [one('other', 110, { ...stranger, ...theirs })]).length;
    expect(within({}, {})).toBe(0);
    expect(within({ session: 'AROAX:ada' }, { session: 'AROAX:ada' })).toBe(1);
    expect(within({ session: 'AROAX:ada' }, { session: 'AROAX:ben' })).toBe(0);
    expect(within({ issuedKeyId: 'ASIAX' }, { usedKeyId: 'ASIAX' })).toBe(1);
    expect(within({ usedKeyId: 'AKIAX' }, { usedKeyId: 'AKIAX' })).toBe(0);
  });

  it('is by any record of the one and any of the other', () => {
    const two: JudgedAction = {
      ...own,
      members: [...own.members, ledgerRecord({ key: 'own-2', occurredAt: minute(121), principal: 'AROAX' })],
    };
    const other = one('other', 110, { principal: 'AROAX' });
    const both: JudgedAction = {
      ...other,
      members: [ledgerRecord({ key: 'other-2', occurredAt: minute(110), principal: 'AROAY' }), ...other.members],
    };
    expect(seen(two, [both])).toEqual(['other']);
    const shared = { ...both.members[0], principal: 'AROAZ', session: 's' } as LedgerRecord;
    const bySession: JudgedAction = { ...other, members: [ledgerRecord({ key: 'z', principal: 'AROAZ' }), shared] };
    expect(seen(one('own', 120, { session: 's' }), [bySession])).toEqual(['other']);
  });

  it('is nothing of an action whose records are not there, nor the action itself', () => {
    const actions = [{ id: 'gone', members: ['gone'], occurredAt: minute(120), judgement }];
    expect(alsoSeen(own, { actions, records: own.members })).toEqual([]);
    expect(seen(own, [])).toEqual([]);
  });

  it('is the nearest, of two at one distance that with the smaller id, and sorted by time, then id', () => {
    const others = ['f', 'b', 'e', 'a', 'd', 'c'].map((key) => one(key, 110));
    expect(seen(own, others)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(seen(own, [one('z', 100), one('y', 130), one('x', 130), one('w', 119)])).toEqual(['z', 'w', 'x', 'y']);
  });
});
