import { HOUR_MS, MINUTE_MS, type Milliseconds, SECOND_MS } from '../lambdas/core/time.ts';

/** `30s`, `15m`, `4h`, `2d`, or `0`. */
export const DURATION = /^(?:0|([1-9]\d{0,5})([smhd]))$/;

const UNITS: Readonly<Record<string, Milliseconds>> = { s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: 24 * HOUR_MS };

/** Undefined for anything that is not written as `DURATION` says. */
export function parseDuration(text: string): Milliseconds | undefined {
  const match = DURATION.exec(text);
  if (match === null) return undefined;
  const unit = UNITS[match[2] ?? 's'];
  return unit === undefined ? undefined : Number(match[1] ?? 0) * unit;
}

/** The duration of a text that the schema has already accepted. */
export function durationOf(text: string): Milliseconds {
  return parseDuration(text) ?? 0;
}
