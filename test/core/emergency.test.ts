import { describe, expect, it } from 'vitest';
import type { JudgedAction } from '../../lambdas/core/action.ts';
import type { Approval } from '../../lambdas/core/approval.ts';
import { emergencyOf } from '../../lambdas/core/emergency.ts';
import { codeOf, TwoEyeError } from '../../lambdas/core/errors.ts';
import { approval, ledgerRecord, minute } from '../support/ledger-records.ts';

const action: JudgedAction = {
  id: 'a',
  members: [ledgerRecord({ key: 'a', occurredAt: minute(10) })],
  occurredAt: minute(10),
  judgement: { verdict: 'unapproved', nearMisses: [] },
};

/** Declared a minute after ten, and nobody has answered. */
const declared = (over: Partial<Approval> = {}): Approval => {
  const { approver: _, approvedAt: __, validUntil: ___, approverEligible: ____, ...asked } = approval();
  const emergency = { why: 'live-incident', incident: 'INC-1' } as const;
  return { ...asked, status: 'requested', requestedAt: minute(1), emergency, ...over };
};

describe('the emergency that an unapproved use was declared for', () => {
  it('is what the actor had declared for its target and nobody had answered', () => {
    expect(emergencyOf(action, [declared()])).toEqual({
      approval: 'r-1',
      declaredAt: '2026-11-03T10:01:00Z',
      why: 'live-incident',
      incident: 'INC-1',
      picked: 'ben@example.gov.uk',
    });
    const { picked: _, ...anybody } = declared();
    expect(emergencyOf(action, [anybody])).not.toHaveProperty('picked');
    expect(emergencyOf(action, [declared({ target: 'other', slots: ['other', 'notify-prod-admin'] })])).toBeDefined();
  });

  it('is the latest that was declared', () => {
    const all = [2, 5, 3].map((at) => declared({ id: `r-${at}`, requestedAt: minute(at) }));
    expect(emergencyOf(action, all)?.approval).toBe('r-5');
  });

  it('is none where it is for something else, or was declared later, or is no emergency', () => {
    const { emergency: _, ...ordinary } = declared();
    for (const one of [declared({ slots: ['other'] }), declared({ requestedAt: minute(10) + 1 }), ordinary])
      expect(emergencyOf(action, [one])).toBeUndefined();
    expect(emergencyOf(action, [declared({ requestedAt: minute(10) })])).toBeDefined();
    expect(emergencyOf(action, [declared(), { ...ordinary, requestedAt: minute(5) }])).toBeDefined();
    expect(emergencyOf(action, [])).toBeUndefined();
  });

  it('is none where somebody or the clock had ended it by then', () => {
    for (const end of ['approvedAt', 'declinedAt', 'cancelledAt', 'lapsedAt']) {
      expect(emergencyOf(action, [declared({ [end]: minute(10) })])).toBeUndefined();
      expect(emergencyOf(action, [declared({ [end]: minute(10) + 1 })])).toBeDefined();
    }
  });

  it('is none of what needed none', () => {
    expect(emergencyOf({ ...action, judgement: { verdict: 'attempted' } }, [declared()])).toBeUndefined();
  });
});

describe('what is thrown', () => {
  it('has its code, its message and its cause; what is not ours is a broken promise', () => {
    const cause = new Error('no answer');
    const thrown = new TwoEyeError('dependency_failed', 'Slack is away.', { cause });
    expect([thrown.name, thrown.message, thrown.cause, codeOf(thrown)]).toEqual([
      'TwoEyeError',
      'Slack is away.',
      cause,
      'dependency_failed',
    ]);
    expect([cause, { code: 'misconfigured' }, undefined].map(codeOf)).toEqual(Array(3).fill('invariant_broken'));
  });
});
