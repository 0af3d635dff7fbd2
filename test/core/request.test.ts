import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Approval } from '../../lambdas/core/approval.ts';
import { hasLapsed, ledgerOf, type RequestEvent, TRANSITIONS, transition } from '../../lambdas/core/request.ts';
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

describe('what becomes of a request', () => {
  const ben = 'ben@example.gov.uk';
  const events = {
    approve: { event: 'approve', by: ben, at: 1_000, validForMs: 60_000 },
    decline: { event: 'decline', by: ben, at: 1_000 },
    cancel: { event: 'cancel', at: 1_000 },
    disown: { event: 'disown', at: 1_000 },
    lapse: { event: 'lapse', at: 5_000_000 },
    revoke: { event: 'revoke', by: ben, at: 2_000 },
  } as const;
  const requestAfter = (...each: readonly RequestEvent[]) => run(each);
  const refusal = (request: Approval, next: RequestEvent) => {
    const moved = transition(request, next);
    return moved.outcome === 'refused' ? moved.why : 'ok';
  };

  it.for([
    [
      events.approve,
      { status: 'approved', approver: ben, approvedAt: 1_000, validUntil: 61_000, approverEligible: true },
    ],
    [events.decline, { status: 'declined', declinedBy: ben, declinedAt: 1_000 }],
    [
      { ...events.decline, words: 'not now' },
      { status: 'declined', declinedBy: ben, declinedAt: 1_000, declineWords: 'not now' },
    ],
    [events.cancel, { status: 'cancelled', cancelledAt: 1_000 }],
    [events.disown, { status: 'cancelled', cancelledAt: 1_000, disowned: 'yes' }],
    [events.lapse, { status: 'lapsed', lapsedAt: 5_000_000 }],
  ] as const)('that is open by %o is written on it, and nothing else', ([one, facts]) => {
    expect(transition(requested(), one)).toEqual({ outcome: 'ok', request: { ...requested(), ...facts } });
  });

  it('that was approved is a revocation, also by the person in whose name it was asked', () => {
    const approved = requestAfter(events.approve);
    expect(requestAfter(events.approve, events.revoke)).toEqual({
      ...approved,
      status: 'revoked',
      revokedBy: ben,
      revokedAt: 2_000,
    });
    expect(requestAfter(events.approve, events.disown)).toEqual({
      ...approved,
      status: 'revoked',
      revokedBy: 'ada@example.gov.uk',
      revokedAt: 1_000,
      disowned: 'yes',
    });
    const { validUntil: _, ...endless } = approved;
    expect(refusal(endless, events.revoke)).toBe('expired');
  });

  it('is nothing new where the same person does the same again, and too late where another was first', () => {
    const others = { by: 'cat@example.gov.uk' };
    for (const [before, again] of [
      [requestAfter(events.approve), events.approve],
      [requestAfter(events.decline), events.decline],
      [requestAfter(events.approve, events.revoke), events.revoke],
    ] as const) {
      expect(refusal(before, again)).toBe('already-so');
      expect(refusal(before, { ...again, ...others })).toBe('already-over');
    }
    expect(refusal(requestAfter(events.cancel), events.cancel)).toBe('already-so');
    expect(refusal(requestAfter(events.lapse), events.lapse)).toBe('already-so');
    expect(refusal(requestAfter(events.disown), events.disown)).toBe('already-so');
    expect(refusal(requestAfter(events.approve, events.disown), events.disown)).toBe('already-so');
  });

  it('is refused where something else was first', () => {
    const approverOf = { approver: ben, declinedBy: ben, revokedBy: ben };
    for (const status of ['declined', 'cancelled', 'lapsed', 'revoked'] as const)
      expect(refusal({ ...requested(), ...approverOf, status }, events.approve)).toBe('already-over');
    for (const status of ['approved', 'cancelled', 'lapsed', 'revoked'] as const)
      expect(refusal({ ...requested(), ...approverOf, status }, events.decline)).toBe('already-over');
    for (const status of ['requested', 'declined', 'cancelled', 'lapsed'] as const)
      expect(refusal({ ...requested(), ...approverOf, status }, events.revoke)).toBe('already-over');
    for (const status of ['approved', 'declined', 'cancelled', 'revoked'] as const)
      expect(refusal({ ...requested(), status }, events.lapse)).toBe('already-over');
    for (const status of ['approved', 'declined', 'lapsed', 'revoked'] as const)
      expect(refusal({ ...requested(), status }, events.cancel)).toBe('already-over');
    for (const status of ['declined', 'cancelled', 'lapsed', 'revoked'] as const)
      expect(refusal({ ...requested(), status }, events.disown)).toBe('already-over');
  });

  it('is that it lapses at its end and not before, and never where it has none', () => {
    expect(refusal(requested(), { event: 'lapse', at: 4_999_999 })).toBe('already-over');
    expect([4_999_999, 5_000_000].map((at) => hasLapsed(requested(), at))).toEqual([false, true]);
    const { lapsesAt: _, ...endless } = requested();
    expect(hasLapsed(endless, Number.MAX_SAFE_INTEGER)).toBe(false);
  });

  it('may be said of an approval after the time in which the request would have lapsed', () => {
    const long = requestAfter({ ...events.approve, validForMs: 9_000_000 });
    expect(refusal(long, { ...events.revoke, at: 5_000_001 })).toBe('ok');
  });

  it('is kept where the person’s other facts are', () => {
    expect(ledgerOf(requested())).toBe('person:ada@example.gov.uk');
  });
});
