/** An instant: milliseconds since 1970-01-01T00:00:00Z. Names of instants end in `At`, `from` or `until` (until is exclusive). */
export type Instant = number;

/** A length of time in milliseconds. Names of durations end in `Ms`. */
export type Milliseconds = number;

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

/** ISO 8601 in UTC, the form every contract and file uses. Whole seconds are written without a fraction, as CloudTrail does. */
export function isoOf(at: Instant): string {
  const text = new Date(at).toISOString();
  return text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text;
}
