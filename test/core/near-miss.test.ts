import { describe, expect, it } from 'vitest';
import type { NearMiss } from '../../lambdas/core/action.ts';
import type { Approval, Pin } from '../../lambdas/core/approval.ts';
import { nearMisses, type SpentOn } from '../../lambdas/core/near-miss.ts';
import { HOUR_MS } from '../../lambdas/core/time.ts';
import { approval, minute, pin, TEN } from '../support/ledger-records.ts';

/** Ada uses the admin role at half past ten. */
const use = { actor: 'ada@example.gov.uk', target: 'notify-prod-admin', account: '111111111111', at: minute(30) };

const missesOf = (
  approvals: readonly Approval[],
  pins: readonly Pin[] = [],
  spent: Readonly<Record<string, SpentOn>> = {},
  ...tooLate: readonly boolean[]
) => nearMisses(use, approvals, pins, ({ id }) => spent[id], ...tooLate);

const because = (misses: readonly NearMiss[]) => misses.map((miss) => `${miss.approval} ${miss.because}`);

/** A request that nobody has answered. */
function waiting(over: Partial<Approval> = {}): Approval {
  const { approvedAt: _, validUntil: __, approver: ___, approverEligible: ____, ...asked } = approval();
  return { ...asked, status: 'requested', ...over };
}

const BEN = { approval: 'r-1', target: 'notify-prod-admin', approver: 'ben@example.gov.uk' };
const NOBODY = { approval: 'r-1', target: 'notify-prod-admin' };

describe('why an approval almost covered a use', () => {
  it.each<[string, Approval, readonly NearMiss[]]>([
    ['it covers', approval(), []],
    [
      'it is for another target',
      approval({ target: 'notify-prod-shell' }),
      [{ ...BEN, target: 'notify-prod-shell', because: 'other-target' }],
    ],
    ['it is for another account', approval({ account: '222222222222' }), [{ ...BEN, because: 'other-account' }]],
    ['it is for this very account', approval({ account: '111111111111' }), []],
    [
      'its yes came after',
      approval({ approvedAt: minute(31) }),
      [{ ...BEN, because: 'not-yet-approved', at: minute(31) }],
    ],
    ['its yes came in the same second', approval({ approvedAt: minute(30) + 1_000 }), []],
    ['it ended before', approval({ validUntil: minute(20) }), [{ ...BEN, because: 'expired', at: minute(20) }]],
    ['it ended at the instant', approval({ validUntil: minute(30) }), [{ ...BEN, because: 'expired', at: minute(30) }]],
    [
      'it was revoked before',
      approval({ status: 'revoked', revokedAt: minute(20) }),
      [{ ...BEN, because: 'revoked', at: minute(20) }],
    ],
    ['it was revoked after', approval({ status: 'revoked', revokedAt: minute(31) }), []],
    [
      'it was revoked, and the instant is lost',
      approval({ status: 'revoked' }),
      [{ ...BEN, because: 'revoked', at: TEN }],
    ],
    [
      'it ended before it was revoked',
      approval({ status: 'revoked', validUntil: minute(20), revokedAt: minute(25) }),
      [{ ...BEN, because: 'expired', at: minute(20) }],
    ],
    [
      'she approved it herself',
      approval({ approver: 'ada@example.gov.uk' }),
      [{ ...BEN, approver: 'ada@example.gov.uk', because: 'self-approved', at: TEN }],
    ],
    [
      'who approved it may not',
      approval({ approverEligible: false }),
      [{ ...BEN, because: 'approver-not-eligible', at: TEN }],
    ],
    [
      'nobody knows who approved it',
      (({ approver: _, ...rest }) => rest)(approval()),
      [{ ...NOBODY, because: 'approver-not-eligible', at: TEN }],
    ],
    ['it waits', waiting(), [{ ...NOBODY, because: 'not-yet-approved' }]],
    ['it lapsed', waiting({ status: 'lapsed' }), [{ ...NOBODY, because: 'not-yet-approved' }]],
    ['it says approved without a time', waiting({ status: 'approved' }), [{ ...NOBODY, because: 'not-yet-approved' }]],
    [
      'it was declined',
      waiting({ status: 'declined', declinedAt: minute(2) }),
      [{ ...NOBODY, because: 'declined', at: minute(2) }],
    ],
    ['it was declined, nobody knows when', waiting({ status: 'declined' }), [{ ...NOBODY, because: 'declined' }]],
    ['it is bound to one finding', approval({ lateFor: 'e-9', validUntil: minute(20) }), []],
  ])('%s', (_, one, expected) => {
    expect(missesOf([one])).toStrictEqual(expected);
  });

  it.each<[string, Pin, readonly NearMiss[]]>([
    ['it covers', pin(), []],
    [
      'of another target',
      pin({ targets: ['x'] }),
      [{ approval: 'p-1', approver: 'cy@example.gov.uk', because: 'other-target' }],
    ],
    [
      'of her own',
      pin({ by: 'ada@example.gov.uk' }),
      [{ approval: 'p-1', approver: 'ada@example.gov.uk', because: 'self-approved', at: TEN }],
    ],
    [
      'that began after',
      pin({ from: minute(31) }),
      [{ approval: 'p-1', approver: 'cy@example.gov.uk', because: 'not-yet-approved', at: minute(31) }],
    ],
    ['that began in the same second', pin({ from: minute(30) + 1_000 }), []],
    [
      'that was ended at the instant',
      pin({ endedAt: minute(30) }),
      [{ approval: 'p-1', approver: 'cy@example.gov.uk', because: 'expired', at: minute(30) }],
    ],
    [
      'that ended by itself, before somebody ended it',
      pin({ until: minute(20), endedAt: minute(25) }),
      [{ approval: 'p-1', approver: 'cy@example.gov.uk', because: 'expired', at: minute(20) }],
    ],
  ])('a pin: %s', (_, one, expected) => {
    expect(missesOf([], [one])).toStrictEqual(expected);
  });

  it('it was used, with the use that has it, before everything else that is wrong with it', () => {
    const spent = { 'r-1': { action: 'e-0', occurredAt: minute(3) } };
    expect(missesOf([approval()], [], spent)).toEqual([
      { ...BEN, because: 'already-used', at: minute(3), usedBy: 'e-0' },
    ]);
    expect(because(missesOf([approval({ validUntil: minute(20), approverEligible: false })], [], spent))).toEqual([
      'r-1 already-used',
      'r-1 expired',
      'r-1 approver-not-eligible',
    ]);
  });

  it('it would have covered, had the record come in time; what would not have still says why', () => {
    const approvals = [approval(), approval({ id: 'r-2', validUntil: minute(20) })];
    const pins = [pin(), pin({ id: 'p-2', endedAt: minute(20) })];
    expect(missesOf(approvals, pins, {}, true)).toEqual([
      { approval: 'p-1', approver: 'cy@example.gov.uk', because: 'too-late' },
      { ...BEN, because: 'too-late' },
      { approval: 'p-2', approver: 'cy@example.gov.uk', because: 'expired', at: minute(20) },
      { ...BEN, approval: 'r-2', because: 'expired', at: minute(20) },
    ]);
  });
});

describe('the order of near misses', () => {
  it('is by how much is wrong, then the reason, then how near in time, then the id, whatever order they come in', () => {
    const approvals = [
      approval({ id: 'both', target: 'x', account: '222222222222' }),
      approval({ id: 'target', target: 'x' }),
      approval({ id: 'account', account: '222222222222' }),
      approval({ id: 'eligible', approverEligible: false }),
      approval({ id: 'self', approver: 'ada@example.gov.uk' }),
      waiting({ id: 'declined', status: 'declined' }),
      approval({ id: 'revoked', status: 'revoked', revokedAt: minute(20) }),
      approval({ id: 'expired-far', validUntil: minute(10) }),
      approval({ id: 'expired-b', validUntil: minute(20) }),
      approval({ id: 'expired-a', validUntil: minute(20) }),
      waiting({ id: 'waits' }),
    ];
    const expected = [
      'waits not-yet-approved',
      'expired-a expired',
      'expired-b expired',
      'expired-far expired',
      'revoked revoked',
      'declined declined',
      'self self-approved',
      'eligible approver-not-eligible',
      'account other-account',
      'target other-target',
      'both other-account',
      'both other-target',
    ];
    expect(because(missesOf(approvals))).toEqual(expected);
    expect(because(missesOf(approvals.toReversed()))).toEqual(expected);
  });

  it('is of twelve at most', () => {
    const many = Array.from({ length: 20 }, (_, index) =>
      approval({ id: `r-${String(index).padStart(2, '0')}`, target: 'x' }),
    );
    expect(missesOf(many).map((miss) => miss.approval)).toEqual(many.slice(0, 12).map(({ id }) => id));
  });

  it('ends a day from the use, on either side of an approval’s life', () => {
    const day = 24 * HOUR_MS;
    const expired = (validUntil: number) =>
      approval({ requestedAt: validUntil - 2 * HOUR_MS, approvedAt: validUntil - HOUR_MS, validUntil });
    expect(because(missesOf([expired(use.at - day)]))).toEqual(['r-1 expired']);
    expect(missesOf([expired(use.at - day - 1)])).toEqual([]);
    const later = (requestedAt: number) => approval({ requestedAt, approvedAt: requestedAt + HOUR_MS });
    expect(because(missesOf([later(use.at + day)]))).toEqual(['r-1 not-yet-approved']);
    expect(missesOf([later(use.at + day + 1)])).toEqual([]);
    expect(because(missesOf([], [pin({ from: use.at - 3 * day, until: use.at - day })]))).toEqual(['p-1 expired']);
    expect(missesOf([], [pin({ from: use.at - 3 * day, until: use.at - day - 1 })])).toEqual([]);
  });

  it('does not end for an emergency that still waits for its yes, and does for any other request', () => {
    const old = { requestedAt: use.at - 100 * HOUR_MS };
    const emergency = { why: 'live-incident' } as const;
    expect(because(missesOf([waiting({ ...old, emergency })]))).toEqual(['r-1 not-yet-approved']);
    expect(missesOf([waiting(old)])).toEqual([]);
    expect(missesOf([waiting({ ...old, emergency, status: 'lapsed' })])).toEqual([]);
  });

  it('counts the life of one without an end from its yes, or its asking', () => {
    const { validUntil: _, ...endless } = approval({
      requestedAt: use.at - 30 * HOUR_MS,
      approvedAt: use.at - 23 * HOUR_MS,
    });
    expect(missesOf([endless])).toEqual([{ ...BEN, because: 'expired', at: use.at - 23 * HOUR_MS }]);
  });
});
