import { describe, expect, it } from 'vitest';
import type { Approval } from '../../lambdas/core/approval.ts';
import type { Finding, Word } from '../../lambdas/core/finding.ts';
import { hearWords, nextFindingId } from '../../lambdas/core/ledger-words.ts';
import { finding as supportFinding } from '../support/findings.ts';
import { approval, minute } from '../support/ledger-records.ts';
import { word as wordOnA } from '../support/ledger-steps.ts';
import { testPolicy } from '../support/policies.ts';

const policy = testPolicy();
const NOW = minute(40);

const finding = (over: Partial<Finding> = {}): Finding =>
  supportFinding({
    id: 'a',
    action: 'a',
    occurredAt: minute(5),
    openedAt: minute(6),
    pageAt: minute(21),
    wakes: ['team'],
    ...over,
  });

const word = (kind: Word['kind'], over: Partial<Word> = {}): Word => wordOnA(kind, { at: minute(10), ...over });

const hear = (findings: readonly Finding[], words: readonly Word[], approvals: readonly Approval[] = []) =>
  hearWords(findings, { words, approvals }, policy, NOW);

const states = (findings: readonly Finding[]) =>
  findings.map(({ id, state, closedAs }) => `${id} ${closedAs ?? state}`);

describe('what people said', () => {
  it('is heard once, however often it is read', () => {
    const words = [word('it-was-me'), word('acknowledged', { at: minute(11) })];
    const once = hear([finding()], words);
    expect(once).toMatchObject([{ state: 'acknowledged', words }]);
    expect(hear(once, words)).toEqual(once);
  });

  it('is heard in the order in which it was said, of two in one instant by id', () => {
    const first = word('it-was-me', { id: 'w-2', at: minute(8) });
    const tied = ['w-3', 'w-1'].map((id) => word('it-was-me', { id, at: minute(9) }));
    const [heard] = hear([finding()], [...tied, first]);
    expect(heard?.words.map(({ id }) => id)).toEqual(['w-2', 'w-1', 'w-3']);
    // The confirmation was first: what is closed is not acknowledged any more.
    const late = word('acknowledged', { at: minute(12) });
    expect(states(hear([finding()], [late, word('confirmed', { at: minute(11) })]))).toEqual(['a confirmed']);
  });

  it('of a finding that is not here changes nothing', () => {
    const findings = [finding()];
    expect(hear(findings, [word('confirmed', { finding: 'z' })])).toEqual(findings);
  });

  it('changes nothing but its own finding', () => {
    const other = finding({ id: 'b', action: 'b', dedupKey: 'two-eye/b' });
    for (const kind of ['acknowledged', 'confirmed', 'not-genuine', 'resolved-elsewhere', 'it-was-me'] as const)
      expect(hear([finding(), other], [word(kind)])[1]).toBe(other);
  });
});

describe('an acknowledgement', () => {
  const shown = finding({ id: 'b', action: 'b', foldsInto: 'a', openedAt: minute(10) });
  const later = finding({ id: 'c', action: 'c', foldsInto: 'a', openedAt: minute(10) + 1 });

  it('is of everything that was shown under the same incident so far, and of nothing that is closed', () => {
    const done = finding({ id: 'd', action: 'd', foldsInto: 'a', state: 'closed', closedAs: 'matched-later' });
    const elsewhere = finding({ id: 'e', action: 'e', dedupKey: 'two-eye/e' });
    const heard = hear([finding(), shown, later, done, elsewhere], [word('acknowledged')]);
    expect(heard[3]).toBe(done);
    expect(states(heard)).toEqual(['a acknowledged', 'b acknowledged', 'c open', 'd matched-later', 'e open']);
  });

  it('is of the finding it names even where the clock of who said it is behind', () => {
    expect(states(hear([later], [word('acknowledged', { finding: 'c' })]))).toEqual(['c acknowledged']);
  });

  it('by somebody whom the policy does not know is written down and is none', () => {
    const said = word('acknowledged', { by: 'stranger@example.com' });
    expect(hear([finding()], [said])).toMatchObject([{ state: 'open', words: [said] }]);
  });

  it('may come from PagerDuty, by a name that the policy knows in any case', () => {
    const said = word('acknowledged', { via: 'pagerduty', by: 'BEN@example.gov.uk' });
    expect(hear([finding()], [said])).toMatchObject([{ state: 'acknowledged', words: [said] }]);
  });
});

describe('a resolve in PagerDuty without a word here', () => {
  it('pages everything that is open under the incident again, under the next key, and nothing that is closed', () => {
    const said = word('resolved-elsewhere', { via: 'pagerduty' });
    const findings = [
      finding(),
      finding({ id: 'b', action: 'b', foldsInto: 'a', state: 'acknowledged' }),
      finding({ id: 'c', action: 'c', foldsInto: 'a', state: 'closed', closedAs: 'confirmed' }),
    ];
    const paged = { dedupKey: 'two-eye/a/2', urgency: 'page', pagedAt: NOW, words: [said] };
    const heard = hear(findings, [said]);
    expect(heard.slice(0, 2)).toMatchObject([paged, { ...paged, state: 'acknowledged' }]);
    expect(heard[2]).toBe(findings[2]);
  });

  it.each([
    ['two-eye/a', 'two-eye/a/2'],
    ['two-eye/a/2', 'two-eye/a/3'],
    ['two-eye/a/9', 'two-eye/a/10'],
    ['two-eye/a/b', 'two-eye/a/b/2'],
    ['two-eye/7', 'two-eye/7/2'],
    ['two-eye/e-1/2', 'two-eye/e-1/3'],
    ['two-eye/e-1/10', 'two-eye/e-1/11'],
  ])('makes %s %s', (dedupKey, next) => {
    expect(hear([finding({ dedupKey })], [word('resolved-elsewhere')])).toMatchObject([{ dedupKey: next }]);
  });
});

describe('"that was not genuine"', () => {
  it('closes by a second person at the instant it was said, and wakes cyber beside whoever is woken', () => {
    const heard = { closedAs: 'not-genuine', closedAt: minute(10), urgency: 'page', pagedAt: NOW };
    expect(hear([finding()], [word('not-genuine')])).toMatchObject([{ ...heard, wakes: ['team', 'cyber'] }]);
    expect(hear([finding({ wakes: ['cyber'] })], [word('not-genuine')])).toMatchObject([{ wakes: ['cyber'] }]);
  });

  it('after the finding closed by itself is a new one, closed as that, under an incident of its own', () => {
    for (const closedAs of ['matched-later', 'duplicate'] as const) {
      const before = finding({ state: 'closed', closedAs, closedAt: minute(7), foldsInto: 'z', dedupKey: 'two-eye/z' });
      const said = word('not-genuine');
      const heard = hear([before], [said]);
      expect(heard).toHaveLength(2);
      expect(heard[0]).toBe(before);
      expect(heard[1]).toEqual({
        ...finding({
          id: 'a#2',
          state: 'closed',
          dedupKey: 'two-eye/a#2',
          urgency: 'page',
          openedAt: NOW,
          words: [said],
        }),
        pageAt: undefined,
        closedAs: 'not-genuine',
        closedAt: minute(10),
        wakes: ['team', 'cyber'],
        pagedAt: NOW,
      });
      // Of the second need of an action the third is the next.
      const second = finding({ ...before, id: 'a#2' });
      expect(hear([before, second], [word('not-genuine', { finding: 'a#2' })])[2]?.id).toBe('a#3');
      for (const [id, next] of [
        ['a#10', 'a#2'],
        ['a#7b', 'a#7b#2'],
        ['a#nobody', 'a#nobody#2'],
      ] as const)
        expect(hear([{ ...before, id }], [word('not-genuine', { finding: id })])[1]?.id).toBe(next);
    }
  });

  it('after a person closed it, or from the actor, changes nothing', () => {
    for (const closedAs of ['confirmed', 'approved-late', 'not-genuine'] as const) {
      const closed = [finding({ state: 'closed', closedAs })];
      expect(hear(closed, [word('not-genuine')])).toEqual(closed);
    }
    const closed = [finding({ state: 'closed', closedAs: 'matched-later' })];
    expect(hear(closed, [word('not-genuine', { by: 'ada@example.gov.uk' })])).toEqual(closed);
    expect(hear(closed, [word('confirmed')])).toEqual(closed);
  });
});

describe('a yes that comes late', () => {
  const late = approval({ id: 'late', lateFor: 'a', approvedAt: minute(10) });
  const said = word('approved-late', { approval: 'late' });
  const statesAfter = (yes: Approval, one = finding(), over: Partial<Word> = {}) =>
    states(hear([one], [{ ...said, ...over }], [yes]));

  it('closes the finding it is bound to', () => {
    expect(hear([finding()], [said], [late])).toMatchObject([
      { state: 'closed', closedAs: 'approved-late', closedAt: minute(10), words: [said] },
    ]);
  });

  it.each<[string, Approval, Partial<Word>]>([
    ['is not here', approval({ id: 'another', lateFor: 'a' }), {}],
    ['is bound to another finding', approval({ ...late, lateFor: 'b' }), {}],
    ['is bound to none', (({ lateFor: _, ...rest }) => rest)(late), {}],
    ['is of somebody who may not', approval({ ...late, approverEligible: false }), {}],
    ['is not of who says it', late, { by: 'cat@example.gov.uk' }],
    ['is not what is said', late, { kind: 'it-was-me' }],
    ['is for somebody else', approval({ ...late, actor: 'cat@example.gov.uk' }), {}],
    ['is her own', approval({ ...late, approver: 'ada@example.gov.uk' }), { by: 'ada@example.gov.uk' }],
    ['is said in PagerDuty', late, { via: 'pagerduty' }],
  ])('closes nothing when it %s', (_, yes, over) => {
    expect(statesAfter(yes, finding(), over)).toEqual(['a open']);
  });

  it('to an emergency closes the finding that was opened after it, when that was recorded', () => {
    const { lateFor: _, ...rest } = late;
    const emergency: Approval = { ...rest, emergency: { why: 'nobody-around' } };
    expect(hear([finding({ openedAt: minute(12) })], [said], [emergency])).toMatchObject([
      { closedAs: 'approved-late', closedAt: NOW },
    ]);
    expect(hear([finding({ openedAt: minute(10) })], [said], [emergency])).toMatchObject([{ closedAt: minute(10) }]);
    expect(statesAfter({ ...emergency, lateFor: 'b' })).toEqual(['a open']);
  });

  it('says of a finding that names nobody who it was, where it is bound to it', () => {
    const nobody = finding({ actor: 'unknown' });
    expect(statesAfter(late, nobody)).toEqual(['a approved-late']);
    const { lateFor: _, ...rest } = late;
    expect(statesAfter({ ...rest, emergency: { why: 'nobody-around' } }, nobody)).toEqual(['a open']);
    const own = { ...late, actor: 'ben@example.gov.uk' };
    expect(statesAfter(own, nobody)).toEqual(['a open']);
  });
});

it('names the findings of an action by it, and later ones by their number', () => {
  const findings = [finding(), finding({ id: 'b', action: 'b' })];
  expect(nextFindingId('a', [])).toBe('a');
  expect(nextFindingId('a', findings)).toBe('a#2');
  expect(nextFindingId('a', [...findings, finding({ id: 'a#2' })])).toBe('a#3');
  expect(nextFindingId('a', findings, 'a#nobody')).toBe('a#nobody#2');
});
