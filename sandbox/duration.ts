import type { Milliseconds } from '../lambdas/core/time.ts';

const UNITS: Readonly<Record<string, Milliseconds>> = { ms: 1, s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7 };

/** A length of time: `15m`, `1h30m`, ISO 8601's `PT15M`, or a number of milliseconds. Undefined when it is none. */
export function durationOf(value: string | number): Milliseconds | undefined {
  if (typeof value === 'number') return value >= 0 ? value : undefined;
  const text = value.toLowerCase().replace(/^pt?/, '');
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text.replaceAll('t', '')) return undefined;
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? 0), 0);
}
