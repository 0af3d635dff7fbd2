import { describe, expect, it } from 'vitest';
import { memberOf, withMember, withoutMember } from '../../../lambdas/core/telling/incident-members.ts';
import { newer, progressOf } from '../../../lambdas/core/telling/progress.ts';
import {
  incidentOf,
  isNotGenuineAlarm,
  notGenuineAlarm,
  type ToldIncident,
} from '../../../lambdas/core/telling/told.ts';
import { finding, lineOf, messageOf } from '../../support/findings.ts';
import { word } from '../../support/ledger-steps.ts';

const open = finding({ id: 'a' });
const closed = finding({ id: 'a', state: 'closed' });
const acknowledged = finding({ id: 'a', state: 'acknowledged', words: [word('acknowledged')] });

describe('an incident', () => {
  const first = () => withMember(undefined, 'a', open, undefined);

  it('is of the finding that it was opened for', () => {
    expect(first()).toEqual({
      dedupKey: 'two-eye/a',
      ledger: open.ledger,
      finding: 'a',
      team: 'notify',
      opened: 1,
      closed: 0,
      pages: {},
    });
    expect(withMember(undefined, 'storm/notify/1', open, undefined).storm).toBe('yes');
    expect(withMember(undefined, 'a/storm/', open, undefined).storm).toBeUndefined();
  });

  it('counts each finding once, and each closing once', () => {
    const known = memberOf(messageOf(open), open, 'a');
    const counts = ({ opened, closed: over }: ToldIncident) => [opened, over];
    expect(counts(withMember(first(), 'a', open, known))).toEqual([1, 0]);
    expect(counts(withMember(first(), 'a', finding({ id: 'b' }), undefined))).toEqual([2, 0]);
    const over = withMember(first(), 'a', closed, known);
    expect(counts(over)).toEqual([1, 1]);
    const gone = memberOf(messageOf(closed), closed, 'a');
    expect(counts(withMember(over, 'a', closed, gone))).toEqual([1, 1]);
    expect(counts(withMember(over, 'a', open, gone))).toEqual([1, 0]);
    expect(counts(withMember(undefined, 'a', closed, undefined))).toEqual([1, 1]);
  });

  it('is acknowledged with its finding, unless it is a storm’s', () => {
    expect(withMember(first(), 'a', acknowledged, undefined).acknowledged).toBe('yes');
    expect('acknowledged' in withMember(first(), 'a', open, undefined)).toBe(false);
    expect(withMember({ ...first(), storm: 'yes' }, 'a', acknowledged, undefined).acknowledged).toBeUndefined();
  });

  it('that a finding has left has one more closed, and says where to, unless it is a storm’s', () => {
    expect(withoutMember(first(), 'a/2')).toEqual({ ...first(), closed: 1, movedTo: 'a/2' });
    expect(withoutMember({ ...first(), storm: 'yes' }, 'a/2')).toEqual({ ...first(), storm: 'yes', closed: 1 });
  });
});

it('keeps of a member the newest message, without what passes', () => {
  const trouble = { channel: 'slack', why: 'no answer' } as const;
  const message = messageOf(open, 'opened', { trouble, reminder: { days: 1 } });
  expect(memberOf(message, open, 'storm/notify/1')).toEqual({
    incident: 'storm/notify/1',
    finding: 'a',
    ledger: open.ledger,
    progress: progressOf(open),
    state: 'open',
    message: messageOf(open),
  });
  expect([acknowledged, closed].map((one) => memberOf(messageOf(one), one, 'a').state)).toEqual(['open', 'closed']);
});

describe('how far a finding has come', () => {
  it('is its state before its words before its page, each further than all of those after it', () => {
    const { pageAt: _, ...due } = finding({ id: 'a', pagedAt: 1 });
    const words = (count: number) => Array.from({ length: count }, () => word('it-was-me'));
    const further = [
      open,
      due,
      finding({ id: 'a', urgency: 'page' }),
      finding({ id: 'a', words: words(1) }),
      finding({ id: 'a', words: words(2) }),
      finding({ id: 'a', words: words(12_000), urgency: 'page' }),
      acknowledged,
      closed,
    ].map(progressOf);
    expect(further).toEqual([0, 10, 20, 100, 200, 999_920, 1_000_100, 2_000_000]);
  });

  it('tells which of two messages knows more, and of two that know the same that with more records of its action', () => {
    const early = messageOf(open);
    const late = messageOf(acknowledged);
    expect([newer(early, late), newer(late, early)]).toEqual([late, late]);
    const more = messageOf(open, 'changed', { actions: [lineOf(open, { keys: ['a', 'b'] })] });
    const beside = messageOf(open, 'changed', { actions: [lineOf(open), lineOf(open), lineOf(open)] });
    expect([newer(early, more), newer(more, early), newer(more, beside)]).toEqual([more, more, more]);
    expect(newer(early, beside)).toBe(beside);
    const without = messageOf(open, 'changed', { actions: [] });
    expect([newer(without, early), newer(early, without)]).toEqual([early, early]);
  });

  it('is nothing for a message of no finding: then it is the one that came last', () => {
    const { finding: _, ...judged } = messageOf(closed, 'judged');
    const known = messageOf(closed);
    expect([newer(known, judged), newer(judged, known)]).toEqual([judged, known]);
  });
});

it('names an incident by its key, and an alarm of what is not genuine by its finding', () => {
  expect(['two-eye/a/two-eye/2', 'a/two-eye/2', 'a'].map(incidentOf)).toEqual(['a/two-eye/2', 'a/two-eye/2', 'a']);
  expect(notGenuineAlarm('a')).toBe('a/not-genuine');
  expect([notGenuineAlarm('a'), 'a', 'a/not-genuine/2'].map(isNotGenuineAlarm)).toEqual([true, false, false]);
});
