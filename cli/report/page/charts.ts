import * as Plot from '@observablehq/plot';
import type { ChartData } from '../chart-data.ts';
import { heatOf, style, VERDICTS, WIDTH, whole } from './chart-style.ts';
import { onPaper } from './paper.ts';
import { peopleChart } from './people.ts';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const WEEK_MS = 7 * 24 * 3_600_000;
const common = { style, width: WIDTH, marginLeft: 60 };

export function drawCharts(data: ChartData): void {
  draw('weeks', data.weeks.length === 0, () => weeks(data));
  draw('hours', data.hours.length === 0, () => hours(data));
  followRoom('people', (room) => draw('people', data.people.length === 0, () => peopleChart(data.people, room)));
  draw('misses', data.misses.length === 0, () => misses(data));
  draw('worst', data.worst.hours.length === 0, () => worst(data));
}

/** Puts a chart in its place, or says that there is nothing to draw. */
function draw(id: string, isEmpty: boolean, chart: () => Element): void {
  const place = document.getElementById(id);
  if (place === null) return;
  if (isEmpty) place.textContent = 'Nothing to show.';
  else {
    const drawn = chart();
    // The chart as a whole is named; names on its groups are not allowed without a role and are read out as noise.
    for (const named of drawn.querySelectorAll('[aria-label]')) named.removeAttribute('aria-label');
    place.replaceChildren(drawn);
  }
}

/** Draws at once, and again whenever the place has more room or less; on paper, which a drawing is scaled to, there is enough. */
function followRoom(id: string, drawIn: (room: number) => void): void {
  const place = document.getElementById(id);
  let drawn = 0;
  const follow = (isPaper: boolean) => {
    const room = isPaper ? WIDTH : (place?.clientWidth ?? WIDTH);
    if (room !== drawn) drawIn(room);
    drawn = room;
  };
  follow(false);
  onPaper(follow);
  addEventListener('resize', () => follow(matchMedia('print').matches));
}

function weeks({ weeks }: ChartData): Element {
  const bars = weeks.map(({ week, verdict, count }) => ({
    from: new Date(week),
    until: new Date(Date.parse(week) + WEEK_MS),
    week,
    verdict,
    count,
  }));
  const mondays = mondaysOf(weeks);
  return Plot.plot({
    ...common,
    height: 290,
    // Half of the last label reaches past its Monday.
    marginRight: 45,
    marginBottom: 45,
    x: {
      type: 'utc',
      label: null,
      domain: [mondays[0] ?? 0, (mondays.at(-1)?.getTime() ?? 0) + WEEK_MS],
      ticks: mondays.filter((_, index) => index % Math.ceil(mondays.length / MOST_DATES) === 0),
      tickFormat: (monday: Date) => monday.toLocaleDateString('en-GB', { dateStyle: 'medium', timeZone: 'UTC' }),
    },
    y: actionsAxis(weeks, ({ week }) => week),
    color: { ...VERDICTS, legend: true },
    marks: [
      Plot.rectY(bars, {
        x1: 'from',
        x2: 'until',
        y: 'count',
        fill: 'verdict',
        order: VERDICTS.domain,
        insetLeft: 0.5,
        insetRight: 0.5,
        channels: { week: 'week' },
        tip: { format: { x: false, x1: false, x2: false, week: true } },
      }),
      Plot.ruleY([0]),
    ],
  });
}

/** That fit below a chart. */
const MOST_DATES = 8;

/** Every Monday from the first week to the last. */
function mondaysOf(weeks: ChartData['weeks']): Date[] {
  const all = weeks.map(({ week }) => Date.parse(week));
  const [first, last] = [Math.min(...all), Math.max(...all)];
  return Array.from({ length: (last - first) / WEEK_MS + 1 }, (_, index) => new Date(first + index * WEEK_MS));
}

function hours({ hours, workingHours }: ChartData): Element {
  const named = <T extends { readonly weekday: number }>(cells: readonly T[]) =>
    cells.map((cell) => ({ ...cell, day: DAYS[cell.weekday] }));
  return Plot.plot({
    ...common,
    height: 300,
    marginLeft: 50,
    marginBottom: 45,
    padding: 0.08,
    x: { domain: HOURS, label: 'hour of the day' },
    y: { domain: DAYS, label: null },
    color: { ...heatOf(hours), legend: true, label: 'actions' },
    marks: [
      Plot.cell(named(hours), { x: 'hour', y: 'day', fill: 'count' }),
      Plot.cell(named(workingHours), { x: 'hour', y: 'day', stroke: 'currentColor', strokeWidth: 1.5, fill: 'none' }),
      Plot.text(named(hours), { x: 'hour', y: 'day', text: 'count', fill: 'currentColor', fontSize: 11 }),
    ],
  });
}

/** No more ticks than there are whole numbers to the top of the highest stack. */
function actionsAxis<T extends { readonly count: number }>(
  bars: readonly T[],
  stackOf: (bar: T) => unknown,
): Plot.ScaleOptions & { readonly domain: readonly [number, number] } {
  const stacks = Map.groupBy(bars, stackOf).values();
  const most = Math.max(...[...stacks].map((all) => all.reduce((sum, { count }) => sum + count, 0)));
  return { grid: true, label: 'actions', domain: [0, most], ticks: Math.min(most, 6), tickFormat: whole };
}

function misses({ misses }: ChartData): Element {
  return Plot.plot({
    ...common,
    height: 60 + misses.length * 30,
    marginLeft: 180,
    marginRight: 60,
    marginBottom: 45,
    x: { grid: true, label: 'near misses', tickFormat: whole, labelAnchor: 'center' },
    y: {
      domain: misses.map(({ because }) => because),
      label: null,
      tickFormat: (name: string) => name.replaceAll('-', ' '),
    },
    marks: [
      Plot.barX(misses, { x: 'count', y: 'because', fill: 'var(--attempted)' }),
      Plot.text(misses, { x: 'count', y: 'because', text: 'count', dx: 6, textAnchor: 'start', fill: 'currentColor' }),
      Plot.ruleX([0]),
    ],
  });
}

function worst({ worst }: ChartData): Element {
  const day = new Date(worst.date).toLocaleDateString('en-GB', { dateStyle: 'full', timeZone: 'UTC' });
  const y = actionsAxis(worst.hours, ({ hour }) => hour);
  const working = worst.workingHours.map((hour) => ({ hour }));
  return Plot.plot({
    ...common,
    height: 260,
    marginBottom: 45,
    x: { domain: HOURS, label: day, padding: 0, labelAnchor: 'center', labelArrow: 'none' },
    y,
    color: VERDICTS,
    marks: [
      Plot.barY(working, {
        ...{ x: 'hour', y1: 0, y2: y.domain[1], className: 'working' },
        ...{ fill: 'currentColor', fillOpacity: 0.1 },
      }),
      Plot.barY(worst.hours, {
        ...{ x: 'hour', y: 'count', fill: 'verdict', order: VERDICTS.domain, tip: true },
        ...{ insetLeft: 2, insetRight: 2 },
      }),
      Plot.ruleY([0]),
    ],
  });
}
