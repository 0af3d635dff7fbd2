import type { ScaleOptions } from '@observablehq/plot';
import { FONT_SIZE } from './labels.ts';

/** Pixels of a drawing; in a narrower window it is scrolled. */
export const WIDTH = 1040;

export const style = { background: 'none', fontSize: `${FONT_SIZE}px` };

export const VERDICTS = {
  domain: ['approved', 'pinned', 'suppressed', 'attempted', 'unapproved', 'undecided'],
  range: ['approved', 'pinned', 'suppressed', 'attempted', 'unapproved', 'undecided'].map((name) => `var(--${name})`),
};

/** Never a continuous scale: its key would be an image, which the page's content policy forbids. */
const HEAT = ['var(--heat-1)', 'var(--heat-2)', 'var(--heat-3)', 'var(--heat-4)', 'var(--heat-5)'];

export function whole(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en-GB') : '';
}

/** Steps of equal width; fewer where the figures are too small for five. */
export function heatOf(cells: readonly { readonly count: number }[]): ScaleOptions {
  const most = Math.max(...cells.map(({ count }) => count));
  const step = Math.max(1, Math.ceil(most / HEAT.length));
  const domain = HEAT.slice(1)
    .map((_, index) => (index + 1) * step + 1)
    .filter((threshold) => threshold <= most);
  return { type: 'threshold', domain, range: HEAT.slice(0, domain.length + 1), tickFormat: whole };
}
