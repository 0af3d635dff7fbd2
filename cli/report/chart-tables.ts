import type { ChartData } from './chart-data.ts';

type Rows = readonly (readonly string[])[];

export const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** What each chart shows, as rows below a head. */
export function chartTables({ weeks, hours, people, misses, worst }: ChartData) {
  return {
    weeks: crossed(weeks, 'week', 'verdict'),
    hours: crossed(
      hours.map(({ weekday, hour, count }) => ({
        hour: `${String(hour).padStart(2, '0')}:00`,
        weekday: `${weekday} ${WEEKDAYS[weekday]}`,
        count,
      })),
      'hour',
      'weekday',
    ),
    people: [
      ['who', 'target', 'actions', 'of them unapproved'],
      ...people.map(({ actor, target, count, unapproved }) => [actor, target, String(count), String(unapproved)]),
    ],
    misses: [['cause', 'near misses'], ...misses.map(({ because, count }) => [because, String(count)])],
    worst: crossed(
      worst.hours.map((each) => ({ ...each, hour: `${worst.date} ${String(each.hour).padStart(2, '0')}:00` })),
      'hour',
      'verdict',
    ),
  } satisfies Record<string, Rows>;
}

/** One row for each value of the one field, one column for each of the other. */
function crossed<R extends string, C extends string>(
  cells: readonly (Readonly<Record<R | C, string>> & { readonly count: number })[],
  row: R,
  column: C,
): Rows {
  const columns = [...new Set(cells.map((cell) => cell[column]))].sort();
  const rows = [...Map.groupBy(cells, (cell) => cell[row])].sort(([one], [other]) => (one < other ? -1 : 1));
  const countOf = (all: typeof cells, name: string) => String(all.find((cell) => cell[column] === name)?.count ?? 0);
  return [
    [row, ...columns.map((name) => name.replace(/^\d /, ''))],
    ...rows.map(([name, all]) => [name, ...columns.map((each) => countOf(all, each))]),
  ];
}
