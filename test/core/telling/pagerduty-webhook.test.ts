import { describe, expect, it } from 'vitest';
import { afterNews, type IncidentNews } from '../../../lambdas/core/telling/pagerduty-webhook.ts';
import type { PageState, ToldIncident } from '../../../lambdas/core/telling/told.ts';
import { minute } from '../../support/ledger-records.ts';

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
