import { describe, expect, it } from 'vitest';
import { advanceLedger, messageOf } from '../../lambdas/access/advance-ledger.ts';
import type { LedgerView } from '../../lambdas/access/services.ts';
import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import { advance, emptyLedger, moveOut } from '../../lambdas/core/ledger.ts';
import type { PeopleFacts } from '../../lambdas/core/ledger-state.ts';
import { approval, minute, pin } from '../support/ledger-records.ts';
import { facts, use } from '../support/ledger-steps.ts';
import { testPolicy } from '../support/policies.ts';

const ADA = 'person:ada@example.gov.uk';
const policy = testPolicy();
const now = minute(30);

/** Ada's ledger as it was read, after these records. */
const viewOf = (records: readonly LedgerRecord[], people: PeopleFacts): LedgerView => ({
  ledger: advance(emptyLedger(ADA), records, people, { policy, now }).ledger,
  facts: people,
  approvalVersions: new Map(),
  pinsVersion: 0,
  unsent: [],
});

describe('what happens to one ledger', () => {
  const pinned = { target: 'notify-deploy-admin', account: '222222222222' };
  const people = facts({
    approvals: [approval()],
    pins: [pin({ targets: [pinned.target], from: minute(4) }), pin({ id: 'p-2', targets: ['notify-prod-shell'] })],
  });

  it('is what left it and then what arrived, with everything that either leans on, plans and supersedes', () => {
    const records = [use('a', 5), use('a2', 6), use('b', 15), use('p', 7, pinned), use('p2', 8, pinned)];
    const view = viewOf(records, people);
    const arriving = [use('c', 25), use('s', 20, { target: 'notify-prod-shell', kind: 'shell' })];
    const moved = moveOut(view.ledger, ['a', 'p'], people, { policy, now });
    const last = advance(moved.ledger, arriving, people, { policy, now });
    const { advance: both, view: same } = advanceLedger({ view, leaving: ['a', 'p'], arriving }, policy, now);
    expect(moved.leansOn).toEqual({ approvals: ['r-1'], pins: ['p-1'] });
    expect(moved.superseded).toEqual(['a', 'p']);
    expect(both).toEqual({
      ledger: last.ledger,
      changes: [...moved.changes, ...last.changes],
      timers: [...moved.timers, ...last.timers],
      superseded: [...(moved.superseded ?? []), ...(last.superseded ?? [])],
      leansOn: { approvals: ['r-1'], pins: ['p-1', 'p-2'] },
    });
    expect(same).toBe(view);
  });

  it('is one judging where nothing left it', () => {
    const view = viewOf([use('a', 5)], people);
    const one = advance(view.ledger, [use('b', 15)], people, { policy, now });
    expect(advanceLedger({ view, leaving: [], arriving: [use('b', 15)] }, policy, now).advance).toEqual(one);
  });
});

describe('what is told of a change', () => {
  const emergency = { incident: 'INC-12', team: 'notify' };
  const declared = approval({ id: 'r-9', status: 'waiting', requestedAt: minute(1), emergency } as never);
  const { approvedAt: _, approver: __, ...waiting } = declared;
  const told = () => {
    const people = facts({ approvals: [waiting as typeof declared] });
    const view = viewOf([], people);
    return { people, commit: advanceLedger({ view, leaving: [], arriving: [use('a', 5), use('b', 15)] }, policy, now) };
  };

  it('is the finding and its action, with the urgency, the emergency and what else its session did', () => {
    const { messages } = told().commit;
    expect(messages.map(({ actions }) => actions.map(({ action }) => action))).toEqual([
      ['a', 'b'],
      ['b', 'a'],
    ]);
    expect(messages[0]).toMatchObject({ version: 1, change: 'opened', finding: { id: 'a' }, policy: policy.hash });
    expect(messages[0]?.actions[0]).toMatchObject({ urgency: 'ping', emergency: { approval: 'r-9', ...emergency } });
  });

  it('is the action alone where it has no finding, and the finding alone where it stands for no action', () => {
    const { commit, people } = told();
    const [change] = commit.advance.changes;
    if (change?.finding === undefined || change.action === undefined) throw new Error('nothing was opened');
    const { finding, action } = change;
    const { ledger } = commit.advance;
    const alone = messageOf({ change: 'judged', action }, policy, people.approvals, ledger);
    expect(alone.actions.map((line) => line.action)).toEqual(['a']);
    expect([alone.finding, alone.actions[0]?.urgency, alone.actions[0] && 'urgency' in alone.actions[0]]).toEqual([
      undefined,
      undefined,
      false,
    ]);
    expect('finding' in alone).toBe(false);
    const without = messageOf({ change: 'opened', finding }, policy, people.approvals, ledger);
    expect(without).toEqual({ version: 1, change: 'opened', finding, actions: [], policy: policy.hash });
    const unheard = messageOf({ change: 'opened', action, finding }, policy);
    expect(unheard.actions).toHaveLength(1);
    expect(unheard.actions[0]?.emergency).toBeUndefined();
  });
});
