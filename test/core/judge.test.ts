import { describe, expect, it } from 'vitest';
import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import type { JudgedAction } from '../../lambdas/core/action.ts';
import type { Approval } from '../../lambdas/core/approval.ts';
import { withActorOf } from '../../lambdas/core/halves.ts';
import { distinct, judge } from '../../lambdas/core/judge.ts';
import { lifeOf } from '../../lambdas/core/match.ts';
import { HOUR_MS } from '../../lambdas/core/time.ts';
import { verdictLine } from '../../lambdas/core/verdict-lines.ts';
import { approval, ledgerRecord, minute, pin, TEN } from '../support/ledger-records.ts';

function verdicts(actions: readonly JudgedAction[]): string[] {
  return actions.map((action) => `${action.members.map((member) => member.key).join('+')} ${action.judgement.verdict}`);
}

describe('matching', () => {
  it('spends an approval on the earlier of two uses, whichever arrived first', () => {
    const early = ledgerRecord({ key: 'b', occurredAt: minute(5) });
    const late = ledgerRecord({ key: 'a', occurredAt: minute(15) });
    const expected = ['b approved', 'a unapproved'];
    expect(verdicts(judge({ records: [late, early], approvals: [approval()], pins: [] }))).toEqual(expected);
    expect(verdicts(judge({ records: [early, late, late], approvals: [approval()], pins: [] }))).toEqual(expected);
  });

  it('takes the approval that ends first', () => {
    const approvals = [
      approval({ id: 'r-long', validUntil: minute(60) }),
      approval({ id: 'r-short', validUntil: minute(30) }),
    ];
    const records = [
      ledgerRecord({ key: 'a', occurredAt: minute(5) }),
      ledgerRecord({ key: 'b', occurredAt: minute(45) }),
    ];
    const judged = judge({ records, approvals, pins: [] });
    expect(judged.map(({ judgement }) => judgement)).toEqual([
      { verdict: 'approved', approval: 'r-short', slot: 'notify-prod-admin' },
      { verdict: 'approved', approval: 'r-long', slot: 'notify-prod-admin' },
    ]);
  });

  it('covers a use up to one second before the yes, and none at its end', () => {
    const at = (occurredAt: number) =>
      judge({ records: [ledgerRecord({ occurredAt })], approvals: [approval()], pins: [] });
    expect(verdicts(at(TEN - 1_000))).toEqual(['e-1 approved']);
    expect(verdicts(at(TEN - 1_001))).toEqual(['e-1 unapproved']);
    expect(verdicts(at(minute(60) - 1))).toEqual(['e-1 approved']);
    expect(verdicts(at(minute(60)))).toEqual(['e-1 unapproved']);
  });

  it('lets a slot for the database and one for the way to it be spent once each', () => {
    const yes = approval({ target: 'notify-prod-db-write', slots: ['notify-prod-db-write', 'notify-prod-admin'] });
    const database = (key: string, at: number) =>
      ledgerRecord({ key, occurredAt: at, kind: 'database', target: 'notify-prod-db-write', resource: 'write@notify' });
    const records = [
      ledgerRecord({ key: 'a', occurredAt: minute(1) }),
      database('b', minute(2)),
      ledgerRecord({ key: 'c', occurredAt: minute(20) }),
      database('d', minute(21)),
    ];
    expect(verdicts(judge({ records, approvals: [yes], pins: [] }))).toEqual([
      'a approved',
      'b approved',
      'c unapproved',
      'd unapproved',
    ]);
    expect(verdicts(judge({ records: [database('b', minute(2))], approvals: [approval()], pins: [] }))).toEqual([
      'b unapproved',
    ]);
  });

  it('covers by a pin without spending anything, and prefers it to an approval', () => {
    const records = [
      ledgerRecord({ key: 'a', occurredAt: minute(5) }),
      ledgerRecord({ key: 'b', occurredAt: minute(15) }),
    ];
    expect(verdicts(judge({ records, approvals: [approval()], pins: [pin()] }))).toEqual(['a pinned', 'b pinned']);
    const ended = pin({ endedAt: minute(15) });
    expect(verdicts(judge({ records, approvals: [approval()], pins: [ended] }))).toEqual(['a pinned', 'b approved']);
  });

  it('puts suppression before everything else', () => {
    const records = [ledgerRecord({ suppression: 'terraform-ci', occurredAt: minute(5) })];
    expect(verdicts(judge({ records, approvals: [approval()], pins: [pin()] }))).toEqual(['e-1 suppressed']);
  });

  it('never approves what an unknown actor does', () => {
    const records = [ledgerRecord({ actor: 'unknown', occurredAt: minute(5) })];
    const approvals = [approval({ actor: 'unknown' })];
    const pins = [pin({ people: ['unknown'] })];
    expect(verdicts(judge({ records, approvals, pins }))).toEqual(['e-1 unapproved']);
    expect(judge({ records, approvals, pins })[0]?.judgement).toEqual({ verdict: 'unapproved', nearMisses: [] });
  });

  it('names the pin that ends first, of two that cover', () => {
    const pins = [pin({ id: 'p-long', until: minute(90) }), pin({ id: 'p-short', until: minute(30) })];
    for (const given of [pins, pins.toReversed()]) {
      const [action] = judge({ records: [ledgerRecord({ occurredAt: minute(5) })], approvals: [], pins: given });
      expect(action?.judgement).toEqual({ verdict: 'pinned', pin: 'p-short' });
    }
  });

  it('judges refused calls by the success that follows them, at its time', () => {
    const refused = ledgerRecord({ key: 'a', occurredAt: minute(-1), outcome: 'refused' });
    const success = ledgerRecord({ key: 'b', occurredAt: TEN });
    const [action] = judge({ records: [refused, success], approvals: [approval()], pins: [] });
    expect(action).toMatchObject({ occurredAt: TEN, judgement: { verdict: 'approved' } });
    expect(verdicts(judge({ records: [refused], approvals: [approval()], pins: [] }))).toEqual(['a attempted']);
  });

  it('still names an emergency that waits for its yes, however long ago it was asked for', () => {
    const { approvedAt: _, validUntil: __, approver: ___, ...asked } = approval({ status: 'requested' });
    const waiting: Approval = { ...asked, requestedAt: TEN - 200 * HOUR_MS, emergency: { why: 'nobody-around' } };
    const [action] = judge({ records: [ledgerRecord()], approvals: [waiting], pins: [] });
    expect(action?.judgement).toMatchObject({ nearMisses: [{ approval: 'r-1', because: 'not-yet-approved' }] });
  });

  it('looks for an approval from its asking, or an earlier yes, to its end', () => {
    expect(lifeOf(approval())).toEqual({ from: minute(-5), until: minute(60) });
    expect(lifeOf(approval({ requestedAt: minute(5) }))).toEqual({ from: TEN, until: minute(60) });
    expect(lifeOf(approval({ validUntil: minute(-9) }))).toEqual({ from: minute(-5), until: TEN });
  });

  it('leaves what is sealed as it is, and what has left the ledger spent', () => {
    const records = [
      ledgerRecord({ key: 'a', occurredAt: minute(5) }),
      ledgerRecord({ key: 'b', occurredAt: minute(15) }),
    ];
    const sealed = [
      { id: 'a', members: ['a'], judgement: { verdict: 'unapproved', nearMisses: [] }, takes: 'same-work' } as const,
    ];
    expect(verdicts(judge({ records, approvals: [approval()], pins: [], sealed }))).toEqual([
      'a unapproved',
      'b approved',
    ]);
    const spends = [{ approval: 'r-1', slot: 'notify-prod-admin', action: 'gone', occurredAt: minute(1) }];
    const [, second] = judge({ records, approvals: [approval()], pins: [], sealed, spends });
    expect(second?.judgement).toMatchObject({
      nearMisses: [{ because: 'already-used', usedBy: 'gone', at: minute(1) }],
    });
  });

  it('keeps spent what a sealed action has, and says which', () => {
    const records = [
      ledgerRecord({ key: 'a', occurredAt: minute(5) }),
      ledgerRecord({ key: 'b', occurredAt: minute(15) }),
    ];
    const judgement = { verdict: 'approved', approval: 'r-1', slot: 'notify-prod-admin' } as const;
    const sealed = [{ id: 'b', members: ['b'], judgement, takes: 'same-work' } as const];
    const [first, second] = judge({ records, approvals: [approval()], pins: [], sealed });
    expect(first?.judgement).toMatchObject({
      nearMisses: [{ because: 'already-used', usedBy: 'b', at: minute(15) }],
    });
    expect(second?.judgement).toEqual(judgement);
  });

  it('takes actions in the order of their first successes, ties by smallest key', () => {
    const refused = ledgerRecord({ key: 'z', outcome: 'refused' });
    const elsewhere = (at: number) => ledgerRecord({ key: 'm', occurredAt: minute(at), ip: '203.0.113.9' });
    const succeeds = ledgerRecord({ key: 'a', occurredAt: minute(1.5) });
    const of = (records: readonly LedgerRecord[]) => verdicts(judge({ records, approvals: [approval()], pins: [] }));
    expect(of([refused, elsewhere(1), succeeds])).toEqual(['m approved', 'z+a unapproved']);
    expect(of([refused, elsewhere(1.5), succeeds])).toEqual(['z+a approved', 'm unapproved']);
    expect(of([refused, elsewhere(2), succeeds])).toEqual(['z+a approved', 'm unapproved']);
    expect(of([refused, elsewhere(1.5), { ...succeeds, key: 'n' }])).toEqual(['m approved', 'z+n unapproved']);
  });

  it('gives actions in order of time, ties by id, whosever they are', () => {
    const records = [
      ledgerRecord({ key: 'd', occurredAt: minute(9) }),
      ledgerRecord({ key: 'c', occurredAt: minute(5), target: 'notify-prod-shell' }),
      ledgerRecord({ key: 'b', occurredAt: minute(5), actor: 'ben@example.gov.uk' }),
      ledgerRecord({ key: 'e', occurredAt: minute(1), target: 'notify-prod-shell', ip: '203.0.113.9' }),
    ];
    for (const given of [records, records.toReversed()])
      expect(judge({ records: given, approvals: [], pins: [] }).map(({ id }) => id)).toEqual(['e', 'b', 'c', 'd']);
    // The id of what is sealed need not be its smallest key.
    const sealed = { id: 'z', members: ['a', 'z'], judgement: { verdict: 'attempted' }, takes: 'same-act' } as const;
    const together = ['a', 'm', 'z'].map((key) => ledgerRecord({ key }));
    const judged = judge({ records: together, approvals: [], pins: [], sealed: [sealed] });
    expect(judged.map(({ id }) => id)).toEqual(['m', 'z']);
  });

  it('has a late yes cover nothing', () => {
    const records = [ledgerRecord({ occurredAt: minute(5) })];
    const [action] = judge({ records, approvals: [approval({ lateFor: 'e-1' })], pins: [] });
    expect(action?.judgement).toEqual({ verdict: 'unapproved', nearMisses: [] });
  });
});

describe('of two records that differ under one key', () => {
  it.each<[string, LedgerRecord, LedgerRecord]>([
    ['the earlier', ledgerRecord({ occurredAt: minute(1), ip: 'z' }), ledgerRecord({ occurredAt: minute(2), ip: 'a' })],
    [
      'the earlier, in whatever order its fields are written,',
      ledgerRecord({ occurredAt: minute(1) }),
      { ...{ ip: '' }, ...ledgerRecord({ occurredAt: minute(2) }) },
    ],
    ['of one instant the one that reads first', ledgerRecord({ ip: '192.0.2.1' }), ledgerRecord({ ip: '192.0.2.2' })],
  ])('%s is taken, whichever came first', (_, one, other) => {
    expect(distinct([one, other])).toEqual([one]);
    expect(distinct([other, one])).toEqual([one]);
  });

  it('the first is kept where both say the same', () => {
    const [one, other] = [ledgerRecord(), ledgerRecord()];
    expect(distinct([one, other])[0]).toBe(one);
  });
});

describe('a verdict line', () => {
  it('lists record keys and pair keys, and takes the smallest record key as the action', () => {
    const records = [
      ledgerRecord({ key: 'z', pairKey: 's', half: 'caller' }),
      ledgerRecord({ key: 'y', pairKey: 's', half: 'role' }),
    ];
    const [action] = judge({ records, approvals: [], pins: [] });
    expect(action && verdictLine(action, { urgency: 'page' })).toMatchObject({
      action: 'y',
      keys: ['s', 'y', 'z'],
      occurredAt: '2026-11-03T10:00:00Z',
      verdict: 'unapproved',
      urgency: 'page',
      nearMisses: [],
    });
  });
});

describe('how the person is known', () => {
  const ROLES = 'principal id AIDAADAEXAMPLE';
  const CALLERS = 'IAM user arn:aws:iam::444444444444:user/ada@example.gov.uk';

  it.each([
    ['a', 'b'],
    ['b', 'a'],
  ])(
    'is what the caller’s copy of a call says, whichever came first and whichever key is smaller (%s, %s)',
    (one, other) => {
      const role = ledgerRecord({ key: one, half: 'role', pairKey: 'p', how: ROLES });
      const caller = ledgerRecord({ key: other, half: 'caller', pairKey: 'p', how: CALLERS });
      for (const records of [
        [role, caller],
        [caller, role],
        [withActorOf({ ...role, actor: 'unknown' }, caller), caller],
      ])
        expect(judge({ records, approvals: [], pins: [] }).map((action) => verdictLine(action).how)).toEqual([CALLERS]);
    },
  );
});
