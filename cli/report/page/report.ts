import * as Plot from '@observablehq/plot';
import type { PageData } from '../points.ts';

const data: PageData = JSON.parse(document.getElementById('data')?.textContent ?? '{}');
const { points } = data;
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const COLOURS = {
  domain: ['approved', 'pinned', 'suppressed', 'attempted', 'unapproved', 'undecided'],
  range: ['#2e9e5b', '#2b8cc4', '#8a8f94', '#d1900d', '#d4351c', '#8e44ad'],
};
const style = { background: 'none', fontSize: '13px' };

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

draw('weeks', points.length === 0, () =>
  Plot.plot({
    style,
    width: 1000,
    height: 260,
    x: { label: null, type: 'band' },
    y: { grid: true, label: 'actions' },
    color: { ...COLOURS, legend: true },
    marks: [Plot.barY(points, Plot.groupX({ y: 'count' }, { x: 'week', fill: 'verdict', tip: true })), Plot.ruleY([0])],
  }),
);

const working = data.workingHours.map((key) => ({
  weekday: DAYS[Number(key.split('-')[0])],
  hour: Number(key.split('-')[1]),
}));
const cells = DAYS.flatMap((weekday, index) =>
  Array.from({ length: 24 }, (_, hour) => ({
    weekday,
    hour,
    uses: points.filter((point) => point.weekday === index && point.hour === hour).length,
  })),
);
draw('hours', points.length === 0, () =>
  Plot.plot({
    style,
    width: 1000,
    height: 270,
    marginBottom: 45,
    padding: 0.08,
    x: { domain: Array.from({ length: 24 }, (_, hour) => hour), label: 'hour' },
    y: { domain: DAYS, label: null },
    color: { scheme: 'YlOrRd', legend: true, label: 'actions', type: 'linear' },
    marks: [
      Plot.cell(
        cells.filter(({ uses }) => uses > 0),
        { x: 'hour', y: 'weekday', fill: 'uses', tip: true },
      ),
      Plot.cell(working, { x: 'hour', y: 'weekday', stroke: 'currentColor', strokeWidth: 1.5, fill: 'none' }),
    ],
  }),
);

const people = new Set(points.map(({ actor }) => actor)).size;
draw('people', points.length === 0, () =>
  Plot.plot({
    style,
    width: 1000,
    height: 60 + people * 26,
    marginLeft: 240,
    marginBottom: 40,
    padding: 0.06,
    x: { label: null },
    y: { label: null },
    color: { scheme: 'Blues' },
    marks: [
      Plot.cell(points, Plot.group({ fill: 'count' }, { x: 'target', y: 'actor' })),
      Plot.text(
        points,
        Plot.group({ text: 'count' }, { x: 'target', y: 'actor', fill: 'black', stroke: 'white', strokeWidth: 3 }),
      ),
    ],
  }),
);

const misses = points.flatMap(({ because }) => because.map((cause) => ({ cause })));
draw('misses', misses.length === 0, () =>
  Plot.plot({
    style,
    width: 1000,
    marginLeft: 180,
    x: { grid: true, label: 'near misses' },
    y: { label: null },
    marks: [
      Plot.barX(misses, Plot.groupY({ x: 'count' }, { y: 'cause', fill: '#d1900d', sort: { y: 'x', reverse: true } })),
      Plot.ruleX([0]),
    ],
  }),
);

const worst = points.filter(({ date }) => date === data.worstDay);
draw('worst', worst.length === 0, () =>
  Plot.plot({
    style,
    width: 1000,
    height: 240,
    marginBottom: 45,
    x: { domain: Array.from({ length: 24 }, (_, hour) => hour), label: data.worstDay },
    y: { grid: true, label: 'actions' },
    color: COLOURS,
    marks: [Plot.barY(worst, Plot.groupX({ y: 'count' }, { x: 'hour', fill: 'verdict', tip: true })), Plot.ruleY([0])],
  }),
);
