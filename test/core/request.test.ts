import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Approval } from '../../lambdas/core/approval.ts';
import { type RequestEvent, TRANSITIONS, transition } from '../../lambdas/core/request.ts';
import { approval } from '../support/ledger-records.ts';

const people = fc.constantFrom('ben@example.gov.uk', 'cat@example.gov.uk');
const at = fc.integer({ min: 0, max: 10_000_000 });
const event: fc.Arbitrary<RequestEvent> = fc.oneof(
  fc.record({ event: fc.constant('approve' as const), by: people, at, validForMs: fc.constant(3_600_000) }),
  fc.record({ event: fc.constant('decline' as const), by: people, at }),
  fc.record({ event: fc.constant('cancel' as const), at }),
  fc.record({ event: fc.constant('disown' as const), at }),
  fc.record({ event: fc.constant('lapse' as const), at }),
  fc.record({ event: fc.constant('revoke' as const), by: people, at }),
);

function requested(): Approval {
  const { approver: _, approvedAt: __, validUntil: ___, approverEligible: ____, ...facts } = approval();
  return { ...facts, status: 'requested', requestedAt: 0, lapsesAt: 5_000_000 };
}

function run(events: readonly RequestEvent[]): Approval {
  return events.reduce((request, each) => {
    const next = transition(request, each);
    return next.outcome === 'ok' ? next.request : request;
  }, requested());
}

describe('the transitions of a request', () => {
  it('never leave a terminal state', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), fc.array(event, { maxLength: 8 }), (before, after) => {
        const request = run(before);
        fc.pre(Object.keys(TRANSITIONS[request.status]).length === 0);
        expect(
          after.reduce((each, next) => {
            const moved = transition(each, next);
            return moved.outcome === 'ok' ? moved.request : each;
          }, request),
        ).toEqual(request);
      }),
    );
  });

  it('never unsay a fact: every time that was written stays', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), event, (before, next) => {
        const request = run(before);
        const moved = transition(request, next);
        if (moved.outcome === 'ok') expect(moved.request).toMatchObject({ ...request, status: moved.request.status });
      }),
    );
  });

  it('give one winner to any two events of a request that is open', () => {
    fc.assert(
      fc.property(event, event, (one, other) => {
        const first = transition(requested(), one);
        fc.pre(first.outcome === 'ok' && first.request.status !== 'approved');
        if (first.outcome === 'ok') expect(transition(first.request, other).outcome).toBe('refused');
      }),
    );
  });

  it('start the clock of an approval at the yes', () => {
    const yes = transition(requested(), { event: 'approve', by: 'ben@example.gov.uk', at: 1_000, validForMs: 60_000 });
    expect(yes).toMatchObject({ outcome: 'ok', request: { approvedAt: 1_000, validUntil: 61_000 } });
  });

  it('refuse a yes from the instant at which the request lapses, though nobody wrote that down', () => {
    const yes = { event: 'approve', by: 'ben@example.gov.uk', validForMs: 60_000 } as const;
    expect(transition(requested(), { ...yes, at: 4_999_999 }).outcome).toBe('ok');
    expect(transition(requested(), { ...yes, at: 5_000_000 })).toEqual({ outcome: 'refused', why: 'too-late' });
  });

  it('refuse to revoke what has ended', () => {
    const approved = run([{ event: 'approve', by: 'ben@example.gov.uk', at: 0, validForMs: 1_000 }]);
    expect(transition(approved, { event: 'revoke', by: 'ben@example.gov.uk', at: 1_000 })).toEqual({
      outcome: 'refused',
      why: 'expired',
    });
    expect(transition(approved, { event: 'revoke', by: 'ben@example.gov.uk', at: 999 }).outcome).toBe('ok');
  });
});
