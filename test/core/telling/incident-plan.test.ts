import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../lambdas/core/finding.ts';
import type { Rota } from '../../../lambdas/core/policy.ts';
import { INTENT_MS } from '../../../lambdas/core/telling/attempt.ts';
import {
  countIncident,
  distinctRotas,
  intentOf,
  isInHand,
  isOver,
  needsWaking,
  nextSend,
  serviceOf,
} from '../../../lambdas/core/telling/incident-plan.ts';
import type { PageState, ToldIncident } from '../../../lambdas/core/telling/told.ts';
import { MINUTE_MS } from '../../../lambdas/core/time.ts';
import { finding as openFinding } from '../../support/findings.ts';
import { minute } from '../../support/ledger-records.ts';
import { word } from '../../support/ledger-steps.ts';
import { NOTIFY, testPolicy } from '../../support/policies.ts';

const now = minute(10);

const finding = (over: Partial<Finding> = {}) => openFinding({ urgency: 'page', wakes: ['team'], ...over });
const acknowledged = finding({ state: 'acknowledged', words: [word('acknowledged')] });
const page = (state: PageState['state'], over: Partial<PageState> = {}): PageState => ({
  state,
  at: now,
  failures: 0,
  ...over,
});
const incident = (over: Partial<ToldIncident> = {}): ToldIncident => ({
  dedupKey: 'two-eye/a',
  ledger: 'person:ada@example.gov.uk',
  finding: 'a',
  opened: 1,
  closed: 0,
  pages: {},
  ...over,
});
const paged = (state: PageState['state'], over: Partial<PageState> = {}, more: Partial<ToldIncident> = {}) =>
  incident({ pages: { team: page(state, over) }, ...more });
const OVER = { opened: 2, closed: 2 };

/** What is sent next, in short. */
const next = (
  told: ToldIncident,
  of: Finding = finding(),
  { loud = 'no', except = [] }: { loud?: 'yes' | 'no'; except?: readonly Rota[] } = {},
) => {
  const send = nextSend(told, of, now, { loud, except: new Set(except) });
  return send && `${send.action} ${send.rota}`;
};

describe('what goes to PagerDuty next', () => {
  it('is a trigger for a page that nobody has in hand, to one rota after the other', () => {
    const both = finding({ wakes: ['team', 'cyber'] });
    expect(next(incident(), both)).toBe('trigger team');
    expect(next(paged('triggered'), both)).toBe('trigger cyber');
    expect(next(incident(), both, { except: ['team'] })).toBe('trigger cyber');
    expect(next(incident(), both, { except: ['team', 'cyber'] })).toBeUndefined();
  });

  it('is nothing for a ping, unless Slack cannot be told', () => {
    expect(next(incident(), finding({ urgency: 'ping' }))).toBeUndefined();
    expect(next(incident(), finding({ urgency: 'ping' }), { loud: 'yes' })).toBe('trigger team');
  });

  it('is nothing for what is closed or in hand, unless it was taken up again', () => {
    expect(next(incident(), finding({ state: 'closed' }), { loud: 'yes' })).toBeUndefined();
    expect(next(incident(), acknowledged, { loud: 'yes' })).toBeUndefined();
    const again = { ...acknowledged, words: [...acknowledged.words, word('resolved-elsewhere')] };
    expect(next(incident(), again)).toBe('trigger team');
  });

  it.for(['sending', 'sent', 'triggered', 'acknowledged'] as const)('is no second trigger once it is %s', (state) => {
    expect(next(paged(state))).toBeUndefined();
  });

  it.for(['resolving', 'resolved', 'failed'] as const)('is a trigger again where it is %s', (state) => {
    expect(next(paged(state))).toBe('trigger team');
  });

  it('is a trigger again when the run that meant to send it has died', () => {
    expect(next(paged('sending', { at: now - INTENT_MS + 1 }))).toBeUndefined();
    expect(next(paged('sending', { at: now - INTENT_MS }))).toBe('trigger team');
    expect(next(paged('sent', { at: now - INTENT_MS }))).toBeUndefined();
  });

  it('is one more trigger to say that Slack says nothing, once, and never for a storm', () => {
    expect(next(paged('triggered'), finding(), { loud: 'yes' })).toBe('trigger team');
    expect(next(paged('triggered', { noted: 'yes' }), finding(), { loud: 'yes' })).toBeUndefined();
    expect(next(paged('triggered', {}, { storm: 'yes' }), finding(), { loud: 'yes' })).toBeUndefined();
  });

  it('waits two minutes after a resolve in PagerDuty for the finding’s next key, and never for a storm’s', () => {
    const there = (ms: number) => ({ resolvedThereAt: now - ms });
    expect(next(paged('resolved', there(2 * MINUTE_MS - 1)))).toBeUndefined();
    expect(next(paged('resolved', there(2 * MINUTE_MS)))).toBe('trigger team');
    expect(next(paged('resolved', there(0), { storm: 'yes' }))).toBe('trigger team');
    expect(next(paged('failed', there(0)))).toBe('trigger team');
  });

  it('is an acknowledgement where a page still rings of what is in hand', () => {
    const inHand = { acknowledged: 'yes' } as const;
    for (const state of ['sent', 'triggered'] as const)
      expect(next(paged(state, {}, inHand), acknowledged)).toBe('acknowledge team');
    for (const state of ['sending', 'acknowledged', 'resolving', 'resolved', 'failed'] as const)
      expect(next(paged(state, {}, inHand), acknowledged)).toBeUndefined();
    expect(next(paged('triggered'), acknowledged)).toBeUndefined();
    expect(next(incident(inHand), acknowledged)).toBeUndefined();
  });

  it('is a resolve of whatever was ever paged, once everything under the incident is closed', () => {
    for (const state of ['sending', 'sent', 'triggered', 'acknowledged', 'failed'] as const)
      expect(next(paged(state, {}, OVER), finding({ state: 'closed', wakes: [] }))).toBe('resolve team');
    expect(next(paged('resolved', {}, OVER))).toBeUndefined();
    expect(next(incident(OVER))).toBeUndefined();
  });

  it('is a resolve again when the run that meant to send it has died', () => {
    expect(next(paged('resolving', { at: now - INTENT_MS + 1 }, OVER))).toBeUndefined();
    expect(next(paged('resolving', { at: now - INTENT_MS }, OVER))).toBe('resolve team');
  });
});

describe('an incident', () => {
  it('is over when as many are closed as were opened, and not before there is one', () => {
    expect([0, 1, 2, 3].map((closed) => isOver({ opened: 2, closed }))).toEqual([false, false, true, true]);
    expect(isOver({ opened: 0, closed: 0 })).toBe(false);
  });

  it('is in hand from an acknowledgement to a resolve in PagerDuty, whatever else is said', () => {
    const said = (...kinds: readonly ('acknowledged' | 'resolved-elsewhere' | 'it-was-me')[]) =>
      isInHand({ ...acknowledged, words: kinds.map((kind) => word(kind)) });
    expect(said('acknowledged')).toBe(true);
    expect(said('acknowledged', 'resolved-elsewhere')).toBe(false);
    expect(said('acknowledged', 'resolved-elsewhere', 'it-was-me')).toBe(false);
    expect(said('resolved-elsewhere', 'acknowledged', 'it-was-me')).toBe(true);
    expect(said()).toBe(true);
    expect(isInHand(finding({ words: [word('acknowledged')] }))).toBe(false);
    expect([finding(), acknowledged, finding({ state: 'closed' })].map(needsWaking)).toEqual([true, false, false]);
  });
});

describe('what is written before a call', () => {
  it('is the intent to send, without the reason for which it failed before', () => {
    expect(intentOf('trigger', undefined, now, 'no')).toEqual(page('sending'));
    const failed = page('failed', { at: minute(1), failures: 3, why: 'no answer' });
    expect(intentOf('trigger', failed, now, 'yes')).toEqual(page('sending', { failures: 3, noted: 'yes' }));
    expect(intentOf('trigger', page('sending', { at: minute(1) }), now, 'no')).toEqual(page('sending'));
  });

  it('leaves what is sent as it is while a note is added', () => {
    for (const state of ['sent', 'triggered', 'acknowledged'] as const) {
      const known = page(state, { at: minute(1), why: 'once' });
      expect(intentOf('trigger', known, now, 'yes')).toEqual({ ...known, noted: 'yes' });
      expect(intentOf('trigger', known, now, 'no')).toEqual(known);
    }
  });

  it('is the intent to resolve, and nothing for an acknowledgement', () => {
    const known = page('failed', { at: minute(1), failures: 2, why: 'no answer' });
    expect(intentOf('resolve', known, now, 'yes')).toEqual(page('resolving', { failures: 2 }));
    expect(intentOf('acknowledge', known, now, 'no')).toBe(known);
  });
});

describe('whom a page wakes', () => {
  const policy = testPolicy({ teams: { notify: NOTIFY, late: { ...NOTIFY, id: 'late', pagerDuty: 'cyber' } } });

  it('is the service of the team, and cyber’s for what has none', () => {
    expect(serviceOf('team', { team: 'notify' }, policy)).toBe('notify');
    expect(serviceOf('team', { team: 'gone' }, policy)).toBe('cyber');
    expect(serviceOf('cyber', { team: 'notify' }, policy)).toBe('cyber');
  });

  it('is each service once, and cyber where nobody is named', () => {
    expect(distinctRotas(finding({ wakes: ['team', 'cyber'] }), policy)).toEqual(['team', 'cyber']);
    expect(distinctRotas(finding({ wakes: ['team', 'cyber'], team: 'late' }), policy)).toEqual(['team']);
    expect(distinctRotas(finding({ wakes: [] }), policy)).toEqual(['cyber']);
  });
});

describe('incidents of a team', () => {
  it('go under one from the eleventh within ten minutes, until ten minutes are quiet', () => {
    let count = countIncident(undefined, 'notify', now);
    expect(count).toEqual({ from: now, opened: 1 });
    for (let each = 2; each <= 10; each += 1) count = countIncident(count, 'notify', now + each);
    expect(count).toEqual({ from: now, opened: 10 });
    const storm = `storm/notify/${now + 20}`;
    count = countIncident(count, 'notify', now + 20);
    expect(count).toEqual({ from: now + 20, opened: 11, storm });
    // The window moves along.
    count = countIncident(count, 'notify', now + 19 + 10 * MINUTE_MS);
    expect(count).toEqual({ from: now + 19 + 10 * MINUTE_MS, opened: 12, storm });
    const later = now + 19 + 20 * MINUTE_MS;
    expect(countIncident(count, 'notify', later)).toEqual({ from: later, opened: 1 });
  });
});
