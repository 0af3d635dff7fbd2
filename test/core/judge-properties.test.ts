import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import { type JudgedAction, keptJudgement } from '../../lambdas/core/action.ts';
import type { Approval, Pin } from '../../lambdas/core/approval.ts';
import { judge } from '../../lambdas/core/judge.ts';
import { advance, emptyLedger } from '../../lambdas/core/ledger.ts';
import { keysOf } from '../../lambdas/core/verdict-lines.ts';
import { approval, ledgerRecord, minute, pin } from '../support/ledger-records.ts';
import { testPolicy } from '../support/policies.ts';

const TARGETS = ['notify-prod-admin', 'notify-prod-db-write'];

/** Times lie close together, so that windows, ties and both edges of an approval are met often. */
const instants = fc.integer({ min: 0, max: 60 }).map((half) => minute(half / 2));

const records: fc.Arbitrary<LedgerRecord[]> = fc
  .array(
    fc.record({
      occurredAt: instants,
      target: fc.constantFrom(...TARGETS),
      ip: fc.constantFrom('192.0.2.1', '192.0.2.2'),
      outcome: fc.constantFrom('success', 'success', 'success', 'refused'),
      groupingMs: fc.constantFrom(0, 120_000),
      pairKey: fc.option(fc.constantFrom('s1', 's2'), { nil: undefined }),
    }),
    { maxLength: 8 },
  )
  .map((all) =>
    all.map(({ pairKey, ...over }, index) =>
      ledgerRecord({ key: `e${index}`, ...over, ...(pairKey === undefined ? {} : { pairKey }) }),
    ),
  );

const approvals: fc.Arbitrary<Approval[]> = fc
  .array(
    fc.record({
      approvedAt: instants,
      lasts: fc.integer({ min: 0, max: 40 }),
      target: fc.constantFrom(...TARGETS),
      both: fc.boolean(),
      status: fc.constantFrom('approved', 'approved', 'approved', 'revoked', 'declined', 'requested'),
      approver: fc.constantFrom('ben@example.gov.uk', 'ben@example.gov.uk', 'ada@example.gov.uk'),
      approverEligible: fc.constantFrom(true, true, true, false),
    }),
    { maxLength: 6 },
  )
  .map((all) =>
    all.map(({ lasts, both, ...over }, index) =>
      approval({
        id: `r${index}`,
        ...over,
        status: over.status as Approval['status'],
        slots: both ? TARGETS : [over.target],
        validUntil: over.approvedAt + lasts * 30_000,
        ...(over.status === 'revoked' ? { revokedAt: over.approvedAt + lasts * 10_000 } : {}),
      }),
    ),
  );

const pins: fc.Arbitrary<Pin[]> = fc.array(
  fc.record({ from: instants }).map(({ from }) => pin({ from, until: from + 300_000, targets: TARGETS.slice(0, 1) })),
  { maxLength: 1 },
);

const worlds = fc.record({ records, approvals, pins });

/** What is judged, by keys: ids aside, and near misses by approval and reason. */
function byKeys(actions: readonly JudgedAction[]): string[] {
  return actions
    .map(({ members, judgement }) => {
      const said =
        judgement.verdict === 'unapproved'
          ? judgement.nearMisses.map((miss) => `${miss.approval} ${miss.because}`)
          : judgement;
      return JSON.stringify([keysOf(members), judgement.verdict, said]);
    })
    .sort();
}

/** Written again from the design and without looking at `coverage.ts`: does this approval cover that action? */
function coversByTheBook(yes: Approval, action: JudgedAction): boolean {
  const [first] = action.members;
  const end = Math.min(yes.validUntil ?? 0, yes.revokedAt ?? Number.POSITIVE_INFINITY);
  return (
    first !== undefined &&
    (yes.status === 'approved' || yes.status === 'revoked') &&
    yes.actor === first.actor &&
    yes.slots.includes(first.target) &&
    (yes.approvedAt ?? Number.POSITIVE_INFINITY) - 1_000 <= action.occurredAt &&
    action.occurredAt < end &&
    yes.approver !== yes.actor &&
    yes.approverEligible === true
  );
}

/** The largest number of actions that can be covered, found by trying everything. */
function mostCovered(actions: readonly JudgedAction[], all: readonly Approval[]): number {
  const [action, ...rest] = actions;
  if (action === undefined) return 0;
  const without = mostCovered(rest, all);
  const target = action.members[0]?.target ?? '';
  const withOne = all
    .filter((yes) => coversByTheBook(yes, action))
    .map(
      (yes) =>
        1 +
        mostCovered(
          rest,
          all.map((other) => (other === yes ? withoutSlot(other, target) : other)),
        ),
    );
  return Math.max(without, ...withOne);
}

function withoutSlot(yes: Approval, slot: string): Approval {
  return { ...yes, slots: yes.slots.filter((one) => one !== slot) };
}

describe('judging, for any records, approvals and pins', () => {
  it('approves the largest possible number of actions, and spends no approval twice in a slot', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const judged = judge(world);
        const open = judged.filter(
          ({ judgement }) => judgement.verdict === 'approved' || judgement.verdict === 'unapproved',
        );
        const approved = judged.flatMap((action) =>
          action.judgement.verdict === 'approved' ? [{ action, ...action.judgement }] : [],
        );
        expect(approved.length).toBe(mostCovered(open, world.approvals));
        expect(new Set(approved.map((one) => `${one.approval} ${one.slot}`)).size).toBe(approved.length);
        for (const { action, approval: id } of approved) {
          const yes = world.approvals.find((one) => one.id === id);
          expect(yes && coversByTheBook(yes, action)).toBe(true);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('gives the same verdicts whatever the order and however often records come', () => {
    const shuffled = worlds.chain((world) =>
      fc.record({
        world: fc.constant(world),
        again: fc.shuffledSubarray([...world.records, ...world.records], { minLength: world.records.length }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ world, again }) => {
        const arrived = [...again, ...world.records];
        expect(byKeys(judge({ ...world, records: arrived }))).toEqual(byKeys(judge(world)));
        const backwards = { records: arrived.toReversed(), approvals: world.approvals.toReversed(), pins: world.pins };
        expect(judge(backwards)).toEqual(judge(world));
      }),
      { numRuns: 1_000 },
    );
  });

  it('loses no record: each is in exactly one action', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const members = judge(world).flatMap((action) => action.members.map(({ key }) => key));
        expect(members.sort()).toEqual(world.records.map(({ key }) => key).sort());
      }),
    );
  });

  it('explains every miss: what does not cover has a reason, and what has none was not there to take', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        for (const action of judge(world)) {
          if (action.judgement.verdict !== 'unapproved') continue;
          const { nearMisses } = action.judgement;
          const missed = new Set(nearMisses.map((miss) => miss.approval));
          // No more than twelve are kept.
          for (const yes of world.approvals) if (nearMisses.length < 12) expect(missed).toContain(yes.id);
        }
      }),
    );
  });
});

describe('advancing a ledger, for any order and batching of arrivals', () => {
  const policy = testPolicy();
  const arrivals = worlds.chain((world) =>
    fc.record({
      world: fc.constant(world),
      order: fc.shuffledSubarray([...world.records, ...world.records], { minLength: world.records.length * 2 }),
      cuts: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 16, maxLength: 16 }),
    }),
  );

  it('ends where one judging of everything ends, keeps ids, and never opens what is closed', () => {
    fc.assert(
      fc.property(arrivals, ({ world, order, cuts }) => {
        const people = { approvals: world.approvals, pins: world.pins, words: [] };
        let ledger = emptyLedger('person:ada@example.gov.uk');
        let rest: readonly LedgerRecord[] = order;
        for (const cut of cuts) {
          const before = ledger;
          const next = advance(ledger, rest.slice(0, cut), people, { now: minute(61), policy });
          rest = rest.slice(cut);
          ledger = next.ledger;
          for (const finding of before.findings.filter(({ state }) => state === 'closed'))
            expect(ledger.findings).toContainEqual(finding);
          expect(new Set(ledger.findings.map(({ id }) => id)).size).toBe(ledger.findings.length);
          for (const { id, members } of ledger.actions) expect(members).toContain(id);
          for (const { id } of before.actions)
            expect(ledger.actions.some((action) => action.id === id) || next.superseded?.includes(id)).toBe(true);
        }
        const members = (keys: readonly string[]) => ledger.records.filter(({ key }) => keys.includes(key));
        const recorded = ledger.actions.map((action) => ({ ...action, members: members(action.members) }));
        const judged = judge(world).map((action) => ({ ...action, judgement: keptJudgement(action.judgement) }));
        expect(byKeys(recorded)).toEqual(byKeys(judged));
        const needing = recorded.filter(({ judgement }) => judgement.verdict === 'unapproved').map(({ id }) => id);
        const open = ledger.findings.filter(({ state, cause }) => state === 'open' && cause === 'unapproved');
        expect(open.map(({ action }) => action).sort()).toEqual(needing.sort());
      }),
      { numRuns: 1_500 },
    );
  });
});
