import type { IgnoredReason, LedgerRecord, Reading } from '../../lambdas/core/access-event.ts';
import type { Instant } from '../../lambdas/core/time.ts';

/** A record, line or file that could not be read. `offset` counts bytes of the unpacked file (of the packed one, where unpacking failed). */
export interface Unreadable {
  readonly why: string;
  readonly file: string;
  readonly offset: number;
  readonly key?: string;
  readonly account?: string;
  readonly occurredAt?: Instant;
}

/** How often each reason for ignoring a record was met. */
export type IgnoredCounts = Partial<Record<IgnoredReason, number>>;

/** What reading a file (or many) comes to. Everything read is in exactly one of the three. */
export interface Extract {
  readonly records: LedgerRecord[];
  readonly ignored: IgnoredCounts;
  readonly unreadable: Unreadable[];
}

export function emptyExtract(): Extract {
  return { records: [], ignored: {}, unreadable: [] };
}

export function countIgnored(ignored: IgnoredCounts, because: IgnoredReason, times = 1): void {
  if (times > 0) ignored[because] = (ignored[because] ?? 0) + times;
}

/** Adds what one file came to. Later files come after earlier ones, so that the order of files decides ties. */
export function addExtract(to: Extract, from: Extract): void {
  for (const record of from.records) to.records.push(record);
  for (const unreadable of from.unreadable) to.unreadable.push(unreadable);
  addIgnored(to.ignored, from.ignored);
}

export function addIgnored(to: IgnoredCounts, from: IgnoredCounts): void {
  for (const [because, times] of Object.entries(from)) countIgnored(to, because as IgnoredReason, times);
}

/** Takes out records that were read before, by key, and counts them as duplicates: an archive may hold a file twice. */
export function withoutDuplicates(extract: Extract): Extract {
  const seen = new Set<string>();
  const records = extract.records.filter(({ key }) => !seen.has(key) && seen.add(key));
  const ignored = { ...extract.ignored };
  countIgnored(ignored, 'duplicate', extract.records.length - records.length);
  return { records, ignored, unreadable: extract.unreadable };
}

/** Everything that was read: the sum that the summary has to reach. */
export function readCount(extract: Extract): number {
  const ignored = Object.values(extract.ignored).reduce((sum, times) => sum + times, 0);
  return extract.records.length + ignored + extract.unreadable.length;
}

/** Counts one reading. `offset` is asked for only where it is told. */
export function addReading(to: Extract, reading: Reading, file: string, offset: () => number): void {
  if (reading.outcome === 'access') to.records.push(reading.record);
  else if (reading.outcome === 'ignored') countIgnored(to.ignored, reading.because);
  else {
    const { outcome: _, ...rest } = reading;
    to.unreadable.push({ ...rest, file, offset: offset() });
  }
}
