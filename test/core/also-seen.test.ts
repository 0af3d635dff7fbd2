import { describe, expect, it } from 'vitest';
import { advanceLedger } from '../../lambdas/access/advance-ledger.ts';
import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
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
