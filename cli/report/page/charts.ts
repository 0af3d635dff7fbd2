import * as Plot from '@observablehq/plot';
import type { ChartData } from '../chart-data.ts';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const WEEK_MS = 7 * 24 * 3_600_000;
const VERDICTS = {
  domain: ['approved', 'pinned', 'suppressed', 'attempted', 'unapproved', 'undecided'],
  range: ['approved', 'pinned', 'suppressed', 'attempted', 'unapproved', 'undecided'].map((name) => `var(--${name})`),
};
/** Never a continuous scale: its key would be an image, which the page's content policy forbids. */
const HEAT = ['var(--heat-1)', 'var(--heat-2)', 'var(--heat-3)', 'var(--heat-4)', 'var(--heat-5)'];
const style = { background: 'none', fontSize: '13px' };
const common = { style, width: 1040, marginLeft: 60 };
const whole = (value: number) => (Number.isInteger(value) ? value.toLocaleString('en-GB') : '');

export function drawCharts(data: ChartData): void {
  draw('weeks', data.weeks.length === 0, () => weeks(data));
  draw('hours', data.hours.length === 0, () => hours(data));
  draw('people', data.people.length === 0, () => people(data));
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
    place.append(drawn);
  }
}

function weeks({ weeks }: ChartData): Element {
  const bars = weeks.map(({ week, verdict, count }) => ({
    from: new Date(week),
    until: new Date(Date.parse(week) + WEEK_MS),
    week,
    verdict,
    count,
  }));
  return Plot.plot({
    ...common,
    height: 290,
    marginBottom: 45,
    x: { type: 'utc', label: null },
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
): Plot.ScaleOptions {
  const stacks = Map.groupBy(bars, stackOf).values();
  const most = Math.max(...[...stacks].map((all) => all.reduce((sum, { count }) => sum + count, 0)));
  return { grid: true, label: 'actions', ticks: Math.min(most, 6), tickFormat: whole };
}

/** Steps of equal width; fewer where the figures are too small for five. */
function heatOf(cells: readonly { readonly count: number }[]): Plot.ScaleOptions {
  const most = Math.max(...cells.map(({ count }) => count));
  const step = Math.max(1, Math.ceil(most / HEAT.length));
  const domain = HEAT.slice(1)
    .map((_, index) => (index + 1) * step + 1)
    .filter((threshold) => threshold <= most);
  return { type: 'threshold', domain, range: HEAT.slice(0, domain.length + 1), tickFormat: whole };
}

function people({ people }: ChartData): Element {
  const total = (name: string) =>
    people.filter(({ actor }) => actor === name).reduce((sum, { count }) => sum + count, 0);
  const names = [...new Set(people.map(({ actor }) => actor))].sort((one, other) => total(other) - total(one));
  const targets = [...new Set(people.map(({ target }) => target))].sort();
  const isCrowded = targets.length > 5;
  return Plot.plot({
    ...common,
    height: (isCrowded ? 160 : 60) + names.length * 26,
    marginLeft: 240,
    marginBottom: isCrowded ? 140 : 40,
    padding: 0.06,
    x: { domain: targets, label: null, tickRotate: isCrowded ? -35 : 0, tickFormat: cut },
    y: { domain: names, label: null, tickFormat: shortened(names) },
    color: heatOf(people),
    marks: [
      Plot.cell(people, { x: 'target', y: 'actor', fill: 'count' }),
      Plot.text(people, {
        x: 'target',
        y: 'actor',
        text: ({ count, unapproved }) => (unapproved === 0 ? `${count}` : `${count} (${unapproved})`),
        fill: 'currentColor',
      }),
    ],
  });
}

/** Names that fit: without the domain where everybody has the same one. */
function shortened(names: readonly string[]): (name: string) => string {
  const domains = new Set(names.flatMap((name) => (name.includes('@') ? [name.slice(name.indexOf('@'))] : [])));
  return (name) => cut(domains.size === 1 ? (name.split('@', 1)[0] ?? name) : name);
}

function cut(name: string): string {
  return name.length > 32 ? `${name.slice(0, 31)}…` : name;
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

function worst({ worst, workingHours }: ChartData): Element {
  const working = workingHours.filter(({ weekday }) => weekday === worst.weekday);
  const day = new Date(worst.date).toLocaleDateString('en-GB', { dateStyle: 'full', timeZone: 'UTC' });
  return Plot.plot({
    ...common,
    height: 260,
    marginBottom: 45,
    x: { domain: HOURS, label: day, labelAnchor: 'center', labelArrow: 'none' },
    y: actionsAxis(worst.hours, ({ hour }) => hour),
    color: VERDICTS,
    marks: [
      Plot.barY(working, { x: 'hour', fill: 'currentColor', fillOpacity: 0.07, insetLeft: -2, insetRight: -2 }),
      Plot.barY(worst.hours, { x: 'hour', y: 'count', fill: 'verdict', order: VERDICTS.domain, tip: true }),
      Plot.ruleY([0]),
    ],
  });
}
