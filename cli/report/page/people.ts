import * as Plot from '@observablehq/plot';
import type { ChartData } from '../chart-data.ts';
import { heatOf, style, WIDTH } from './chart-style.ts';
import { labelsOf, widest } from './labels.ts';

type People = ChartData['people'];

const SLANT = -35;
const SLANT_RADIANS = (35 * Math.PI) / 180;

/** Who used what how often: names beside their row where there is the room, else above it, so that a phone sees names and figures at once. */
export function peopleChart(people: People, room: number): Element {
  const total = (name: string) =>
    people.filter(({ actor }) => actor === name).reduce((sum, { count }) => sum + count, 0);
  const names = [...new Set(people.map(({ actor }) => actor))].sort((one, other) => total(other) - total(one));
  const targets = [...new Set(people.map(({ target }) => target))].sort();
  return room < WIDTH ? namesAbove(people, names, targets, room) : namesBeside(people, names, targets);
}

function namesBeside(people: People, names: readonly string[], targets: readonly string[]): Element {
  const nameOf = labelsOf(names, [240, 460]);
  const targetOf = labelsOf(targets, [230, 460]);
  const ofNames = widest(names.map(nameOf)) + 16;
  const ofTargets = widest(targets.map(targetOf));
  const isSlanted = ofTargets + 12 > (WIDTH - ofNames - 20) / targets.length;
  return Plot.plot({
    style,
    width: WIDTH,
    height: 60 + names.length * 26 + (isSlanted ? ofTargets * Math.sin(SLANT_RADIANS) : 0),
    // The label of the first target slants past its column to the left.
    marginLeft: Math.max(ofNames, isSlanted ? ofTargets * Math.cos(SLANT_RADIANS) : 0),
    marginBottom: isSlanted ? 30 + ofTargets * Math.sin(SLANT_RADIANS) : 40,
    padding: 0.06,
    x: { domain: targets, label: null, tickRotate: isSlanted ? SLANT : 0, tickFormat: targetOf },
    y: { domain: names, label: null, tickFormat: nameOf },
    color: heatOf(people),
    marks: cells(people, {}, {}),
  });
}

/** Of a row: the line of the name, and below it that of the figures. */
const [NAME, ROW] = [20, 46];
/** Narrower, `12 (3)` has no room. */
const LEAST_COLUMN = 56;

/** Two drawings, one on the other: while the figures are scrolled sideways the names stay. */
function namesAbove(people: People, names: readonly string[], targets: readonly string[], room: number): Element {
  const nameOf = labelsOf(names, [room - 8]);
  const targetOf = labelsOf(targets, [230, 460]);
  const width = Math.max(room, targets.length * LEAST_COLUMN);
  const ofTargets = widest(targets.map(targetOf));
  const isUpright = ofTargets + 8 > width / targets.length;
  const top = 20 + (isUpright ? ofTargets : 10);
  const common = {
    style,
    height: top + names.length * ROW + 10,
    ...{ marginTop: top, marginRight: 0, marginBottom: 10, marginLeft: 0 },
  };
  const rows = { type: 'band', domain: names, axis: null, padding: 0 } as const;
  const figures = Plot.plot({
    ...common,
    width,
    x: {
      domain: targets,
      axis: 'top',
      label: null,
      tickRotate: isUpright ? -90 : 0,
      tickFormat: targetOf,
      padding: 0.04,
    },
    y: rows,
    color: heatOf(people),
    marks: cells(people, { insetTop: NAME, insetBottom: 2 }, { dy: NAME / 2 - 1 }),
  });
  const labels = Plot.plot({
    ...common,
    width: room,
    y: rows,
    marks: [
      Plot.text(names, { y: (name) => name, text: nameOf, frameAnchor: 'left', dx: 2, dy: (NAME - ROW) / 2 + 1 }),
    ],
  });
  labels.classList.add('names');
  const both = document.createElement('div');
  both.className = 'layers';
  both.append(figures, labels);
  return both;
}

function cells(people: People, inCell: Plot.CellOptions, inText: Plot.TextOptions): Plot.Markish[] {
  const place = { x: 'target', y: 'actor' } as const;
  return [
    Plot.cell(people, { ...place, fill: 'count', title: ({ actor, target }) => `${actor}\n${target}`, ...inCell }),
    Plot.text(people, {
      ...place,
      text: ({ count, unapproved }) => (unapproved === 0 ? `${count}` : `${count} (${unapproved})`),
      fill: 'currentColor',
      pointerEvents: 'none',
      ...inText,
    }),
  ];
}
