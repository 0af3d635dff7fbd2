import { basename } from 'node:path';
import { HOUR_MS } from '../../lambdas/core/time.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';
import type { Source } from '../archive/paths.ts';

/** The days that a preview is of, both included. */
export interface Span {
  readonly first: string;
  readonly last: string;
  /** What the names of the files say was read; else no more is known than the first use and the last. */
  readonly by: 'files' | 'uses';
}

/**
 * `ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_….json.gz`.
 * Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html (log file name format)
 */
const TRAIL_FILE = /^\d+_CloudTrail_[a-z0-9-]+_(\d{4})(\d\d)(\d\d)T\d{4}Z_/;
const NO_TRAIL_FILE = /_CloudTrail-(?:Digest|Insight)_/;

/** Undefined where there is neither a use nor a file whose name says its day. A file may hold records of the day before its own. */
export function spanOf(sources: readonly Source[], lines: readonly VerdictLine[]): Span | undefined {
  const days = sources.filter(({ path }) => !NO_TRAIL_FILE.test(path)).map(({ path }) => dayOf(path));
  const uses = lines.map(({ occurredAt }) => occurredAt.slice(0, 10));
  const known = [...days.filter((day) => day !== undefined), ...uses].sort();
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  return { first, last, by: days.length > 0 && days.every((day) => day !== undefined) ? 'files' : 'uses' };
}

function dayOf(path: string): string | undefined {
  const [, year, month, day] = TRAIL_FILE.exec(basename(path)) ?? [];
  const date = `${year}-${month}-${day}`;
  return Number.isNaN(Date.parse(date)) ? undefined : date;
}

export function spanWords(span: Span | undefined): string {
  if (span === undefined) return 'There is no use of any target';
  const { first, last, by } = span;
  const days = daysOf(span);
  const when = first === last ? `On ${first}` : `From ${first} to ${last}`;
  const long =
    days < 7 ? `${days === 1 ? '1 day' : `${days} days`}, counted as a week` : `${weeksOf(span).toFixed(1)} weeks`;
  const known = by === 'files' ? 'by the names of the files' : 'from the first use to the last';
  return `${when} (${long}, ${known})`;
}

/** How many, of a number of weeks: `1.5 (6)`, the rate and all of them. Never 0.0 where there are some. */
export function perWeek(all: number, span: Span | undefined): string {
  if (all === 0) return '0';
  const rate = all / weeksOf(span);
  return `${rate < 0.1 ? rate.toPrecision(1) : rate.toFixed(1)} (${all})`;
}

/** A shorter time counts as a week: nobody knows what the rest of it would have brought. */
function weeksOf(span: Span | undefined): number {
  return Math.max(1, daysOf(span) / 7);
}

function daysOf(span: Span | undefined): number {
  return span === undefined ? 0 : Math.round((Date.parse(span.last) - Date.parse(span.first)) / (24 * HOUR_MS)) + 1;
}
