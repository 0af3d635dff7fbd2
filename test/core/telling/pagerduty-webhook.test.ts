import { describe, expect, it } from 'vitest';
import { afterNews, type IncidentNews, incidentNews, wordOf } from '../../../lambdas/core/telling/pagerduty-webhook.ts';
import type { PageState, ToldIncident } from '../../../lambdas/core/telling/told.ts';
import { minute } from '../../support/ledger-records.ts';
import { testPolicy } from '../../support/policies.ts';

const NAMES = { team: 'notify', cyber: 'cyber' };

function incident(state: PageState['state'], over: Partial<ToldIncident> = {}): ToldIncident {
  const pages = { team: { state, at: minute(10), failures: 0 } };
  return {
    dedupKey: 'two-eye/a',
    ledger: 'person:ada@example.gov.uk',
    finding: 'a',
    opened: 1,
    closed: 0,
    pages,
    ...over,
  };
}

function news(what: IncidentNews['what'], at: number): IncidentNews {
  const base = { id: 'n', incidentKey: 'two-eye/a', service: 'notify', by: 'unknown', actor: 'machine' } as const;
  return { ...base, what, at: minute(at) };
}

const stateAfter = (before: ToldIncident, told: IncidentNews) => afterNews(before, told, NAMES).pages.team;
const OVER = { opened: 1, closed: 1 };

describe('news of an incident', () => {
  it('never undoes newer news', () => {
    expect(stateAfter(incident('acknowledged'), news('triggered', 11))?.state).toBe('acknowledged');
    expect(stateAfter(incident('sent'), news('triggered', 11))?.state).toBe('triggered');
  });

  it('does not resolve what was paged again since the resolve', () => {
    expect(stateAfter(incident('sent'), news('resolved', 9))?.state).toBe('sent');
    expect(stateAfter(incident('sent'), news('resolved', 10))?.state).toBe('sent');
    expect(stateAfter(incident('sent'), news('resolved', 11))).toMatchObject({
      state: 'resolved',
      resolvedThereAt: minute(11),
    });
  });

  it('does not take a resolve between two triggers for one of the second because the first is heard of last', () => {
    const triggeredTwice = afterNews(incident('sent'), news('triggered', 12), NAMES);
    const heardOfFirst = afterNews(triggeredTwice, news('triggered', 8), NAMES);
    expect(stateAfter(heardOfFirst, news('resolved', 9))?.state).toBe('triggered');
    expect(stateAfter(heardOfFirst, news('resolved', 13))?.state).toBe('resolved');
  });

  it('knows as open what was triggered once more after a person had resolved it', () => {
    const resolved = afterNews(incident('sent'), news('resolved', 11), NAMES);
    expect(stateAfter(resolved, news('triggered', 12))?.state).toBe('triggered');
    expect(stateAfter(resolved, news('triggered', 10))?.state).toBe('resolved');
    expect(stateAfter({ ...resolved, ...OVER }, news('triggered', 12))?.state).toBe('resolving');
  });

  it('has what is over resolved once more when it was triggered late', () => {
    expect(stateAfter(incident('resolved', OVER), news('triggered', 11))?.state).toBe('resolving');
    expect(stateAfter(incident('resolved'), news('triggered', 9))?.state).toBe('resolved');
  });
});

describe('news of an incident with a page to each of two rotas', () => {
  const both = (team: PageState['state'], cyber: PageState['state']) =>
    incident('sent', {
      pages: {
        team: { state: team, at: minute(10), failures: 0 },
        cyber: { state: cyber, at: minute(10), failures: 0 },
      },
    });
  const statesAfter = (before: ToldIncident, service: string, what: IncidentNews['what'] = 'triggered') => {
    const { pages } = afterNews(before, { ...news(what, 11), service }, { team: 'Notify', cyber: 'Cyber' });
    return [pages.team?.state, pages.cyber?.state];
  };

  it('is of the one whose name its service has in it', () => {
    expect(statesAfter(both('sent', 'sent'), 'notify, production')).toEqual(['triggered', 'sent']);
    expect(statesAfter(both('sent', 'sent'), 'the cyber team')).toEqual(['sent', 'triggered']);
  });

  it('is of the first that still waits for it where no name tells, and changes nothing where none waits', () => {
    expect(statesAfter(both('sent', 'sent'), 'other')).toEqual(['sent', 'triggered']);
    expect(statesAfter(both('sent', 'triggered'), 'other')).toEqual(['triggered', 'triggered']);
    expect(statesAfter(both('sent', 'triggered'), 'other', 'acknowledged')).toEqual(['sent', 'acknowledged']);
    expect(statesAfter(both('acknowledged', 'acknowledged'), 'other')).toEqual(['acknowledged', 'acknowledged']);
    expect(statesAfter(both('failed', 'sent'), 'other', 'other')).toEqual(['failed', 'sent']);
  });

  it('is of none where none was paged', () => {
    const none = incident('sent', { pages: {} });
    expect(afterNews(none, news('triggered', 11), NAMES)).toBe(none);
  });
});

describe('the page after news', () => {
  it('has its address and its instant, and no more the reason for which it failed', () => {
    const failed = incident('failed', {
      pages: { team: { state: 'failed', at: minute(12), failures: 1, why: 'no answer' } },
    });
    const href = 'https://example.pagerduty.com/incidents/1';
    expect(stateAfter(failed, { ...news('acknowledged', 11), href })).toEqual({
      state: 'acknowledged',
      at: minute(12),
      failures: 1,
      href,
    });
    expect(stateAfter(incident('sent'), news('triggered', 13))).toEqual({
      state: 'triggered',
      at: minute(13),
      failures: 0,
    });
  });

  it('has the address that the same news brings once more', () => {
    const href = 'https://example.pagerduty.com/incidents/1';
    expect(stateAfter(incident('triggered'), { ...news('triggered', 11), href })?.href).toBe(href);
  });

  it('was resolved there too early only while something under the incident is open', () => {
    expect(stateAfter(incident('sent', OVER), news('resolved', 11))).toEqual({
      state: 'resolved',
      at: minute(11),
      failures: 0,
    });
    expect(stateAfter(incident('sent'), news('acknowledged', 11))).not.toHaveProperty('resolvedThereAt');
  });

  it('is to be resolved once more where it was opened again at the end, at the instant of the news', () => {
    for (const state of ['resolving', 'resolved'] as const)
      expect(stateAfter(incident(state, OVER), news('triggered', 13))).toMatchObject({
        state: 'resolving',
        at: minute(13),
      });
    expect(stateAfter(incident('sent', OVER), news('triggered', 13))?.state).toBe('triggered');
    expect(stateAfter(incident('resolving', OVER), news('resolved', 13))?.state).toBe('resolved');
    expect(stateAfter(incident('resolving', OVER), news('acknowledged', 13))?.state).toBe('resolving');
    expect(stateAfter(incident('resolving'), news('triggered', 13))?.state).toBe('resolving');
    expect(stateAfter(incident('resolved'), news('triggered', 10))?.state).toBe('triggered');
    expect(stateAfter(incident('resolved'), news('acknowledged', 13))?.state).toBe('resolved');
  });
});

describe('a webhook', () => {
  const body = (over: object = {}, data: object = {}) => ({
    event: {
      id: 'E1',
      event_type: 'incident.acknowledged',
      occurred_at: '2026-11-03T10:11:00Z',
      agent: { id: 'PBEN', type: 'user_reference' },
      data: {
        incident_key: 'two-eye/a',
        html_url: 'https://example.pagerduty.com/incidents/1',
        service: { summary: 'Notify, Production' },
        ...data,
      },
      ...over,
    },
  });
  const policy = testPolicy();
  const people = policy.people.map((one) => (one.slack === 'U01BEN' ? { ...one, pagerDuty: 'PBEN' } : one));
  const read = (over: object = {}, data: object = {}) => incidentNews(body(over, data), { people });

  it('is news of an incident of ours', () => {
    expect(read()).toEqual({
      id: 'E1',
      what: 'acknowledged',
      at: minute(11),
      incidentKey: 'two-eye/a',
      service: 'notify, production',
      href: 'https://example.pagerduty.com/incidents/1',
      by: 'ben@example.gov.uk',
      actor: 'person',
    });
  });

  it('is nothing to us when it lacks what names it, or is of an incident of others', () => {
    for (const over of [{ id: undefined }, { id: '' }, { id: 7 }, { occurred_at: 'once' }, { occurred_at: undefined }])
      expect(read(over)).toBeUndefined();
    for (const key of [undefined, 'other/two-eye/a', 7]) expect(read({}, { incident_key: key })).toBeUndefined();
    for (const nothing of [null, undefined, 'text', {}, { event: null }, { event: 'text' }, { event: { data: null } }])
      expect(incidentNews(nothing, { people })).toBeUndefined();
  });

  it.for([
    ['incident.triggered', 'triggered'],
    ['incident.resolved', 'resolved'],
    ['resolved', 'resolved'],
    ['an incident.resolved', 'other'],
    ['incident.annotated', 'other'],
    [undefined, 'other'],
  ] as const)('of the type %s says that it was %s', ([event_type, what]) => {
    expect(read({ event_type })?.what).toBe(what);
  });

  it('has no address but one that is safe, and no service where none is named', () => {
    for (const html_url of ['http://example.com', 'javascript:https://', undefined])
      expect(read({}, { html_url })).not.toHaveProperty('href');
    for (const service of [undefined, null, {}]) expect(read({}, { service })?.service).toBe('');
  });

  it('is of the person by the id or the e-mail that PagerDuty has, and of nobody by a name', () => {
    const by = (agent: unknown) => {
      const told = read({ agent });
      return `${told?.actor} ${told?.by}`;
    };
    expect(by({ type: 'user_reference', email: 'Ada@Example.gov.uk' })).toBe('person ada@example.gov.uk');
    expect(by({ type: 'user_reference', email: 'ada.lovelace' })).toBe('person ada@example.gov.uk');
    expect(by({ type: 'user_reference', summary: 'ada@example.gov.uk' })).toBe('person unknown');
    expect(by({ type: 'user_reference', id: 'PNOBODY', email: 'nobody@example.gov.uk' })).toBe('person unknown');
    expect(by({ type: 'service_reference', id: 'PSERVICE' })).toBe('machine unknown');
    expect(by(undefined)).toBe('machine unknown');
  });
});

describe('the word that news is on a finding', () => {
  const said = (what: IncidentNews['what'], actor: IncidentNews['actor'], over: Partial<ToldIncident> = {}) =>
    wordOf({ ...news(what, 11), actor }, incident('sent', over), 'a');

  it('is an acknowledgement by a person', () => {
    expect(said('acknowledged', 'person')).toEqual({
      id: 'pagerduty-n-a',
      finding: 'a',
      by: 'unknown',
      via: 'pagerduty',
      at: minute(11),
      kind: 'acknowledged',
    });
    expect(said('acknowledged', 'machine')).toBeUndefined();
    expect(said('triggered', 'person')).toBeUndefined();
  });

  it('is a resolve by anybody, but for our own at the end', () => {
    expect(said('resolved', 'person')?.kind).toBe('resolved-elsewhere');
    expect(said('resolved', 'person', OVER)?.kind).toBe('resolved-elsewhere');
    expect(said('resolved', 'machine')?.kind).toBe('resolved-elsewhere');
    expect(said('resolved', 'machine', OVER)).toBeUndefined();
  });
});
