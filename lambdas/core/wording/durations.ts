import { HOUR_MS, MINUTE_MS, type Milliseconds, SECOND_MS } from '../time.ts';

const DAY_MS = 24 * HOUR_MS;

/** A length of time as a person says it: `40 s`, `12 min`, `2 h 5 min`, `3 days`. Never negative: clocks differ. */
export function lengthOf(ms: Milliseconds): string {
  const length = Math.max(0, ms);
  if (length < MINUTE_MS) return `${Math.round(length / SECOND_MS)} s`;
  if (length < HOUR_MS) return `${Math.round(length / MINUTE_MS)} min`;
  if (length < 2 * DAY_MS) return hoursAndMinutes(length);
  return `${Math.round(length / DAY_MS)} days`;
}

function hoursAndMinutes(ms: Milliseconds): string {
  const minutes = Math.round(ms / MINUTE_MS);
  const rest = minutes % 60;
  return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}
