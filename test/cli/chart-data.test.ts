import { expect, test } from 'vitest';
import { chartData } from '../../cli/report/chart-data.ts';
import { chartTables } from '../../cli/report/chart-tables.ts';
import { judge } from '../../lambdas/core/judge.ts';
import { verdictLine } from '../../lambdas/core/verdict-lines.ts';
import { ledgerRecord } from '../support/ledger-records.ts';
import { testPolicy } from '../support/policies.ts';

/** Uses at these instants, all unapproved, as a replay would have them. */
function chartsOf(...instants: string[]) {
  const records = instants.map((at, index) => ledgerRecord({ key: `k${index}`, occurredAt: Date.parse(at) }));
  const actions = judge({ records, approvals: [], pins: [] });
  return chartData(
    actions.map((action) => verdictLine(action)),
    testPolicy(),
  );
}

test('weeks, days and hours are those of the team’s wall clock, through both changes of the clocks', () => {
  // Sunday 23:30 UTC in summer is Monday 00:30 in London; in winter it is still Sunday.
  const { weeks, hours } = chartsOf('2026-09-06T23:30:00Z', '2026-11-15T23:30:00Z');
  expect(weeks).toEqual([
    { week: '2026-09-07', verdict: 'unapproved', count: 1 },
    { week: '2026-11-09', verdict: 'unapproved', count: 1 },
  ]);
  expect(hours).toEqual([
    { weekday: 0, hour: 0, count: 1 },
    { weekday: 6, hour: 23, count: 1 },
  ]);
});

test('an hour counts as working when a team works in any part of it', () => {
  const { workingHours } = chartsOf();
  expect(workingHours.filter(({ weekday }) => weekday === 0).map(({ hour }) => hour)).toEqual([
    9, 10, 11, 12, 13, 14, 15, 16, 17,
  ]);
  expect(workingHours.filter(({ weekday }) => weekday > 4)).toEqual([]);
});

test('nobody works on a bank holiday, nor on a weekend, whatever the weekday says', () => {
  const working = (at: string) => chartsOf(at).worst.workingHours;
  expect(working('2026-12-24T10:00:00Z')).toEqual([9, 10, 11, 12, 13, 14, 15, 16, 17]);
  expect(working('2026-12-25T10:00:00Z')).toEqual([]);
  expect(working('2026-12-26T10:00:00Z')).toEqual([]);
});

test('the worst day is that with the most unapproved uses, the first of equals, and its table has the same figures', () => {
  const charts = chartsOf(
    '2026-11-24T10:00:00Z',
    '2026-11-24T14:00:00Z',
    '2026-11-25T10:00:00Z',
    '2026-11-26T09:00:00Z',
    '2026-11-26T10:00:00Z',
  );
  expect(charts.worst).toMatchObject({ date: '2026-11-24', weekday: 1 });
  expect(chartTables(charts).worst).toEqual([
    ['hour', 'unapproved'],
    ['2026-11-24 10:00', '1'],
    ['2026-11-24 14:00', '1'],
  ]);
  expect(charts.people).toEqual([
    { actor: 'ada@example.gov.uk', target: 'notify-prod-admin', count: 5, unapproved: 5 },
  ]);
});

test('an archive without a use has nothing to draw', () => {
  expect(chartsOf()).toMatchObject({ weeks: [], hours: [], people: [], misses: [], worst: { hours: [] } });
});
