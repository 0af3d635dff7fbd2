import { describe, expect, it } from 'vitest';
import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import type { JudgedAction } from '../../lambdas/core/action.ts';
import type { Finding } from '../../lambdas/core/finding.ts';
import { emptyLedger, moveOut } from '../../lambdas/core/ledger.ts';
import { reviewFindings, toldOf } from '../../lambdas/core/ledger-findings.ts';
import type { Advance, PeopleFacts } from '../../lambdas/core/ledger-state.ts';
import { approval, minute, pin } from '../support/ledger-records.ts';
import { facts, step, use, word } from '../support/ledger-steps.ts';
import { testPolicy } from '../support/policies.ts';

const policy = testPolicy();
const empty = emptyLedger('person:ada@example.gov.uk');

const refused = (key: string, at: number, over: Partial<LedgerRecord> = {}) =>
  use(key, at, { outcome: 'refused', ip: `192.0.2.${at}`, ...over });

const told = ({ changes }: Advance) =>
  changes.map(({ change, action, finding }) =>
    [change, action?.id, action?.judgement.verdict, finding && `${finding.id}:${finding.closedAs ?? finding.state}`]
      .filter((part) => part !== undefined)
      .join(' '),
  );

describe('a finding', () => {
  it('says whose it is, of what, by the first success, and is shown under its own name', () => {
    const records = [use('a', 4, { outcome: 'refused', kind: 'sign-in' }), use('b', 5, { account: '222222222222' })];
    const { ledger } = step(empty, records, facts(), minute(6));
    expect(ledger.findings).toEqual([
      {
        id: 'a',
        ledger: 'person:ada@example.gov.uk',
        action: 'a',
        cause: 'unapproved',
        actor: 'ada@example.gov.uk',
        target: 'notify-prod-admin',
        team: 'notify',
        account: '222222222222',
        kind: 'assume-role',
        occurredAt: minute(5),
        openedAt: minute(6),
        state: 'open',
        words: [],
        dedupKey: 'two-eye/a',
        urgency: 'ping',
        wakes: ['team', 'cyber'],
        pageAt: minute(21),
      },
    ]);
    expect(ledger.actions).toMatchObject([{ id: 'a', finding: 'a' }]);
  });

  it('of a team that the policy does not have is cyber’s', () => {
    const { ledger } = step(empty, [use('a', 5, { team: 'gone' })], facts(), minute(6));
    expect(ledger.findings).toMatchObject([{ team: 'cyber', wakes: ['cyber'], urgency: 'ping' }]);
  });

  it('moves with its action when an earlier record joins that', () => {
    const first = step(empty, [use('a', 5)], facts(), minute(6));
    const second = step(first.ledger, [use('b', 4)], facts(), minute(7));
    expect(told(second)).toEqual(['changed a unapproved a:open']);
    expect(second.ledger.findings).toMatchObject([{ id: 'a', occurredAt: minute(4) }]);
    expect(second.timers).toEqual([]);
  });

  it('becomes a page when it is due, and only once, and not when it is closed or in hand', () => {
    const first = step(empty, [use('a', 5)], facts(), minute(6));
    expect(told(step(first.ledger, [], facts(), minute(21) - 1))).toEqual([]);
    const paged = step(first.ledger, [], facts(), minute(21));
    expect(paged.ledger.findings).toMatchObject([{ urgency: 'page', pagedAt: minute(21) }]);
    expect(told(step(paged.ledger, [], facts(), minute(40)))).toEqual([]);
    for (const kind of ['acknowledged', 'confirmed'] as const) {
      const said = step(first.ledger, [], facts({ words: [word(kind)] }), minute(40));
      expect(said.ledger.findings).toMatchObject([{ urgency: 'ping' }]);
    }
  });

  it('that closed opens again under a number when its action needs somebody again', () => {
    const yes = approval({ approvedAt: minute(4) });
    const first = step(empty, [use('a', 5)], facts(), minute(6));
    const covered = step(first.ledger, [], facts({ approvals: [yes] }), minute(7));
    expect(told(covered)).toEqual(['closed a approved a:matched-later']);
    expect(covered.ledger.findings).toMatchObject([{ closedAt: minute(7) }]);
    expect(covered.leansOn).toEqual({ approvals: ['r-1'], pins: [] });
    const gone = step(covered.ledger, [], facts(), minute(8));
    expect(told(gone)).toEqual(['opened a unapproved a#2:open']);
    expect(gone.ledger.findings[1]).toMatchObject({ dedupKey: 'two-eye/a#2', openedAt: minute(8) });
    expect(gone.timers.map(({ what, id }) => `${what} ${id}`)).toEqual(['page a#2', 'delivered a#2']);
  });

  it('leans on the pin that covers, once', () => {
    const after = step(empty, [use('a', 5), use('b', 15)], facts({ pins: [pin()] }), minute(16));
    expect(after.leansOn).toEqual({ approvals: [], pins: ['p-1'] });
    expect(step(after.ledger, [use('c', 25)], facts({ pins: [pin()] }), minute(26)).leansOn.pins).toEqual(['p-1']);
  });

  it('of what a pin covered opens when that is found to have ended before, and not because the pin is kept no more', () => {
    const first = step(empty, [use('a', 5)], facts({ pins: [pin()] }), minute(6));
    const ended = step(first.ledger, [], facts({ pins: [pin({ endedAt: minute(3) })] }), minute(7));
    expect(told(ended)).toEqual(['opened a unapproved a:open']);
    expect(first.ledger.actions[0]).not.toHaveProperty('sealed');
    const forgotten = step(first.ledger, [], facts(), minute(7));
    expect(told(forgotten)).toEqual([]);
    expect(forgotten.ledger.actions).toMatchObject([{ sealed: true, judgement: { verdict: 'pinned' } }]);
  });

  it('once a human has spoken, or of what was too late, is done with', () => {
    const first = step(empty, [use('a', 5)], facts(), minute(6));
    const words = [word('confirmed')];
    const sealed = step(first.ledger, [], facts({ words }), minute(8));
    expect(sealed.ledger.actions).toMatchObject([{ sealed: true }]);
    const later = step(sealed.ledger, [], facts({ words, approvals: [approval()], pins: [pin()] }), minute(9));
    expect(told(later)).toEqual([]);
    expect(later.ledger.actions).toMatchObject([{ judgement: { verdict: 'unapproved' } }]);
  });

  it('that was genuine takes stragglers of its work; that was not takes no more than its own call', () => {
    const first = step(empty, [use('a', 5, { pairKey: 's' })], facts(), minute(6));
    for (const [kind, expected] of [
      ['confirmed', ['changed a unapproved a:confirmed']],
      ['not-genuine', ['opened b unapproved b:open']],
    ] as const) {
      const closed = step(first.ledger, [], facts({ words: [word(kind)] }), minute(8));
      const straggler = step(closed.ledger, [use('b', 6)], facts({ words: [word(kind)] }), minute(9));
      expect(told(straggler)).toEqual(expected);
      const half = step(closed.ledger, [use('b', 6, { pairKey: 's' })], facts({ words: [word(kind)] }), minute(9));
      expect(told(half)).toEqual([`changed a unapproved a:${kind}`]);
    }
  });
});

describe('further findings for the same actor and target', () => {
  const first = step(empty, [use('a', 5)], facts(), minute(6)).ledger;

  it('fold into the one that is shown, however many', () => {
    const three = step(step(first, [use('b', 10)], facts(), minute(11)).ledger, [use('c', 15)], facts(), minute(16));
    expect(three.ledger.findings.slice(1)).toMatchObject([
      { id: 'b', dedupKey: 'two-eye/a', foldsInto: 'a' },
      { id: 'c', dedupKey: 'two-eye/a', foldsInto: 'a' },
    ]);
    expect(three.ledger.findings.every((finding) => finding.again === undefined)).toBe(true);
  });

  it('notify again by another principal, which says more than another address', () => {
    const over = { principal: 'AROAOTHER', ip: '203.0.113.9' };
    const second = step(first, [use('b', 10, over)], facts(), minute(11));
    expect(second.ledger.findings[1]).toMatchObject({
      dedupKey: 'two-eye/b',
      again: { because: 'new-principal', beside: 'a' },
    });
    expect(second.ledger.findings[1]).not.toHaveProperty('foldsInto');
    // What was seen under any open finding is no news, and a third says beside which it is shown.
    const third = step(second.ledger, [use('c', 15, over)], facts(), minute(16));
    expect(third.ledger.findings[2]).toMatchObject({ foldsInto: 'b', dedupKey: 'two-eye/b' });
  });

  it('notify again after an acknowledgement of any that is open', () => {
    const over = { principal: 'AROAOTHER' };
    const second = step(first, [use('b', 10, over)], facts(), minute(11));
    const words = [word('acknowledged', { finding: 'b', at: minute(12) })];
    const third = step(second.ledger, [use('c', 15)], facts({ words }), minute(16));
    expect(third.ledger.findings.map(({ state }) => state)).toEqual(['open', 'acknowledged', 'open']);
    expect(third.ledger.findings[2]).toMatchObject({ again: { because: 'acknowledged', beside: 'b' } });
  });

  it('notify again when any of their records has a new address', () => {
    const pair = [use('b', 10, { pairKey: 's' }), use('c', 10, { pairKey: 's', ip: '203.0.113.9' })];
    const second = step(first, pair, facts(), minute(11));
    expect(second.ledger.findings[1]).toMatchObject({ again: { because: 'new-address', beside: 'a' } });
  });

  it('stand by themselves for another target, or when the first is closed', () => {
    const other = step(first, [use('b', 10, { target: 'notify-prod-shell' })], facts(), minute(11));
    expect(other.ledger.findings[1]).toMatchObject({ dedupKey: 'two-eye/b' });
    expect(other.ledger.findings[1]).not.toHaveProperty('again');
    const words = [word('confirmed')];
    const closed = step(first, [use('b', 10)], facts({ words }), minute(11));
    expect(closed.ledger.findings[1]).toMatchObject({ dedupKey: 'two-eye/b' });
    expect(closed.ledger.findings[1]).not.toHaveProperty('foldsInto');
  });
});

describe('refused attempts', () => {
  const four = step(
    empty,
    [1, 3, 5, 7].map((at) => refused(`a${at}`, at)),
    facts(),
    minute(8),
  ).ledger;

  it('are worth a look at the fifth within ten minutes to the millisecond, not after', () => {
    expect(told(step(four, [refused('b', 11)], facts(), minute(12)))).toEqual(['opened b attempted b:open']);
    const late = refused('b', 11, { occurredAt: minute(11) + 1 });
    expect(told(step(four, [late], facts(), minute(12)))).toEqual(['judged b attempted']);
  });

  it('count by themselves: a success among them is not one', () => {
    const yes = approval({ approvedAt: minute(1) });
    const success = use('s', 8, { ip: '192.0.2.99' });
    const after = step(four, [success], facts({ approvals: [yes] }), minute(9));
    expect(told(after)).toEqual(['judged s approved']);
  });

  it('count when they are one action', () => {
    const same = [0, 10, 20, 30, 40].map((second) => refused(`a${second}`, 1 + second / 60, { ip: '192.0.2.1' }));
    expect(told(step(empty, same, facts(), minute(3)))).toEqual(['opened a0 attempted a0:open']);
  });

  it('make nothing of a success beside them, nor count it', () => {
    const people = facts({ approvals: [approval({ approvedAt: minute(1) })] });
    const mixed = [refused('a', 1), refused('b', 3), refused('c', 5), use('s', 6), refused('d', 8)];
    expect(told(step(empty, mixed, people, minute(9)))).toEqual([
      'judged a attempted',
      'judged b attempted',
      'judged c attempted',
      'judged s approved',
      'judged d attempted',
    ]);
    const five = step(four, [refused('b', 9)], people, minute(10));
    expect(told(step(five.ledger, [use('s', 10)], people, minute(11)))).toEqual(['judged s approved']);
  });

  it('stay worth a look when the older ones have left, and close when one becomes a success that is covered', () => {
    const five = step(four, [refused('b', 9)], facts(), minute(10));
    expect(five.ledger.findings).toMatchObject([{ id: 'b', cause: 'attempts', urgency: 'ping' }]);
    const moved = moveOut(five.ledger, ['a1', 'a3'], facts(), { now: minute(11), policy });
    expect(moved.ledger.findings).toMatchObject([{ cause: 'attempts', state: 'open' }]);
    const people = facts({ approvals: [approval()] });
    const success = step(five.ledger, [use('s', 10, { ip: '192.0.2.9' })], people, minute(11));
    expect(told(success)).toEqual(['closed b approved b:matched-later']);
    const loud = step(five.ledger, [use('s', 10, { ip: '192.0.2.9' })], facts(), minute(11));
    expect(loud.ledger.findings).toMatchObject([{ id: 'b', cause: 'unapproved', state: 'open' }]);
  });
});

describe('tampering', () => {
  const opened = use('a', 5, { issuedKeyId: 'ASIADEPLOY' });
  const tampering = (over: Partial<LedgerRecord> = {}) =>
    use('t', 30, { kind: 'tampering', target: 'two-eye', usedKeyId: 'ASIADEPLOY', resource: 'rule', ...over });
  const covered = facts({ approvals: [approval()] });

  it('of an approved deployment is told, and wakes nobody for want of an answer', () => {
    const { ledger, timers } = step(empty, [opened, tampering()], covered, minute(31));
    expect(ledger.findings).toMatchObject([{ cause: 'tampering', urgency: 'ping', team: 'cyber', wakes: ['cyber'] }]);
    expect(ledger.findings[0]).not.toHaveProperty('pageAt');
    expect(timers.map(({ what }) => what)).toEqual(['delivered']);
    expect(step(empty, [opened, tampering()], facts({ pins: [pin()] }), minute(31)).ledger.findings).toMatchObject([
      { urgency: 'ping' },
    ]);
  });

  it('that is itself approved is a ping, too', () => {
    const yes = approval({ target: 'two-eye' });
    const { ledger } = step(empty, [tampering()], facts({ approvals: [yes] }), minute(31));
    expect(ledger.findings).toMatchObject([{ cause: 'tampering', urgency: 'ping' }]);
  });

  it.each<[string, LedgerRecord[], PeopleFacts]>([
    ['in a session that nobody approved', [opened, tampering()], facts()],
    ['in another session', [opened, tampering({ usedKeyId: 'ASIAOTHER' })], covered],
    ['with no access key', [use('a', 5), (({ usedKeyId: _, ...rest }) => rest)(tampering())], covered],
    [
      'when any part of it was done elsewhere',
      [opened, tampering(), tampering({ key: 'u', occurredAt: minute(31), usedKeyId: 'ASIAOTHER' })],
      covered,
    ],
    [
      'when any part of it stops the telling',
      [opened, tampering(), tampering({ key: 'u', occurredAt: minute(31), eventName: 'StopLogging' })],
      covered,
    ],
  ])('pages %s', (_, records, people) => {
    const { findings } = step(empty, records, people, minute(32)).ledger;
    expect(findings.find(({ cause }) => cause === 'tampering')).toMatchObject({ urgency: 'page', pagedAt: minute(32) });
  });

  it('that paged does not page again', () => {
    const first = step(empty, [tampering()], facts(), minute(31));
    expect(told(step(first.ledger, [], facts(), minute(33)))).toEqual([]);
  });

  it('becomes a page when the approval it leant on is gone', () => {
    const first = step(empty, [opened, tampering()], covered, minute(31));
    const gone = step(first.ledger, [], facts(), minute(33));
    expect(gone.ledger.findings.find(({ id }) => id === 't')).toMatchObject({ urgency: 'page', pagedAt: minute(33) });
    const still = step(first.ledger, [], covered, minute(33));
    expect(told(still)).toEqual([]);
  });
});

describe('reviewing', () => {
  const [open] = step(empty, [use('a', 5)], facts(), minute(6)).ledger.findings;
  if (open === undefined) throw new Error('there is no finding');
  const context = { ledger: empty.id, now: minute(9), policy };
  const unapproved = { verdict: 'unapproved', nearMisses: [] } as const;
  const action = (members: readonly LedgerRecord[]): JudgedAction => ({
    id: 'a',
    members,
    occurredAt: minute(5),
    judgement: unapproved,
  });

  it('closes as a duplicate what is open, and leaves what is closed as it was', () => {
    expect(reviewFindings([open], [], ['a'], context)).toMatchObject([{ closedAs: 'duplicate', closedAt: minute(9) }]);
    const closed: Finding = { ...open, state: 'closed', closedAs: 'matched-later', closedAt: minute(7) };
    expect(reviewFindings([closed], [], ['a'], context)).toEqual([closed]);
    expect(reviewFindings([open], [], ['b'], context)).toEqual([open]);
  });

  it('opens nothing anew for what was settled, once a finding of it was there', () => {
    const before = {
      id: 'a',
      members: ['a'],
      occurredAt: minute(5),
      judgement: unapproved,
      settled: 'too-late',
    } as const;
    const identified = [{ action: action([use('a', 5)]), before }];
    expect(reviewFindings([], identified, [], context)).toHaveLength(1);
    const closed: Finding = { ...open, state: 'closed', closedAs: 'duplicate', closedAt: minute(7) };
    expect(reviewFindings([closed], identified, [], context)).toEqual([closed]);
  });

  it('names after nobody what any half that waits for its other is part of', () => {
    const nobodys = { actor: 'unknown', principal: 'AIDACAT' } as const;
    const members = [use('a', 5, { ...nobodys, half: 'role', pairKey: 's' }), use('b', 6, nobodys)];
    expect(reviewFindings([], [{ action: action(members) }], [], context)).toMatchObject([{ id: 'a#nobody' }]);
    expect(reviewFindings([], [{ action: action(members.slice(1)) }], [], context)).toMatchObject([{ id: 'a' }]);
  });

  it('closes what a success had opened when only refused calls are left', () => {
    const records = [refused('a', 5, { ip: '198.51.100.7' }), use('b', 6)];
    const first = step(empty, records, facts(), minute(7));
    expect(told(first)).toEqual(['opened a unapproved a:open']);
    const moved = moveOut(first.ledger, ['b'], facts(), { now: minute(8), policy });
    expect(told(moved)).toEqual(['closed a attempted a:matched-later']);
  });

  it('says of an action by itself what would be told, and of whom', () => {
    const night = minute(12 * 60);
    const use5 = action([use('a', 5)]);
    expect(toldOf(use5, [use5], minute(6), policy)).toEqual({ cause: 'unapproved', urgency: 'ping', team: 'notify' });
    expect(toldOf(use5, [use5], night, policy)).toEqual({ cause: 'unapproved', urgency: 'page', team: 'notify' });
    const approved = { ...use5, judgement: { verdict: 'approved', approval: 'r', slot: 's' } as const };
    expect(toldOf(approved, [approved], night, policy)).toBeUndefined();
    const mixed = action([use('a', 5), use('t', 6, { kind: 'tampering' })]);
    expect(toldOf(mixed, [mixed], minute(6), policy)).toEqual({ cause: 'tampering', urgency: 'page', team: 'cyber' });
  });
});

describe('what is told of a change', () => {
  it('comes in order of time, findings and actions together, and each once', () => {
    const people = facts({ approvals: [approval()] });
    const after = step(empty, [use('c', 25), use('a', 5), use('b', 15)], people, minute(26));
    expect(told(after)).toEqual(['judged a approved', 'opened b unapproved b:open', 'opened c unapproved c:open']);
  });

  it('has the finding beside an action of which only the reasons changed', () => {
    const first = step(empty, [use('a', 5)], facts(), minute(6));
    const missed = facts({ approvals: [approval({ approvedAt: minute(8) })] });
    expect(told(step(first.ledger, [], missed, minute(9)))).toEqual(['changed a unapproved a:open']);
  });

  it('has what the action was, where it has moved away', () => {
    const unknown = emptyLedger('principal:AIDACAT');
    const records = ['b', 'a'].map((key, index) => use(key, 5 + index, { actor: 'unknown', principal: 'AIDACAT' }));
    const first = step(unknown, records, facts(), minute(7));
    const moved = moveOut(first.ledger, ['a', 'b'], facts(), { now: minute(8), policy });
    expect(told(moved)).toEqual(['closed b unapproved b:duplicate']);
    expect(moved.changes[0]?.action).toMatchObject({
      occurredAt: minute(5),
      members: [{ key: 'b' }, { key: 'a' }],
    });
  });

  it('has the records of that action alone, in order of time, though they came the other way round', () => {
    const unknown = emptyLedger('principal:AIDACAT');
    const nobodys = { actor: 'unknown', principal: 'AIDACAT' } as const;
    const first = step(
      unknown,
      [use('z', 1, { ...nobodys, ip: '203.0.113.9' }), use('b', 6, nobodys)],
      facts(),
      minute(7),
    );
    const second = step(first.ledger, [use('a', 5, nobodys)], facts(), minute(8));
    const moved = moveOut(second.ledger, ['a', 'b'], facts(), { now: minute(9), policy });
    expect(told(moved)).toEqual(['closed b unapproved b:duplicate']);
    expect(moved.changes[0]?.action?.members.map(({ key }) => key)).toEqual(['a', 'b']);
  });

  it('of a finding that is closed as it opens plans nothing', () => {
    const { ledger } = step(empty, [use('a', 5)], facts(), minute(6));
    const covered = step(ledger, [], facts({ approvals: [approval()] }), minute(7));
    const words = [word('not-genuine', { at: minute(8) })];
    const again = step(covered.ledger, [], facts({ approvals: [approval()], words }), minute(9));
    expect(again.ledger.findings.map(({ id, closedAs }) => `${id} ${closedAs}`)).toEqual([
      'a matched-later',
      'a#2 not-genuine',
    ]);
    expect([told(again), again.timers]).toEqual([['closed a approved a#2:not-genuine'], []]);
  });
});
