import type { LedgerRecord, Reading } from '../../lambdas/core/access-event.ts';
import type { Policy } from '../../lambdas/core/policy.ts';
import { readInput } from '../../lambdas/core/read.ts';
import { countIgnored, type Extract } from '../archive/extract.ts';
import type { Source } from '../archive/paths.ts';
import type { ReadValue } from '../archive/read-value.ts';
import { scanArchive } from '../archive/scan.ts';

/** An archive as two policies see it. */
export interface SeenTwice {
  /** Each record once, by key. */
  readonly before: readonly LedgerRecord[];
  readonly after: readonly LedgerRecord[];
  /** All that was read, counted once: watched is what either watches. */
  readonly extract: Extract;
  readonly files: number;
  readonly notKept: boolean;
}

export interface ReadOnceOptions {
  readonly stop?: AbortSignal;
  readonly progress?: (bytes: number) => void;
  readonly keep?: true | string;
}

/** Reads an archive once, each record under both policies. What the scanner may rule out, neither of them watches. */
export async function readOnce(
  sources: readonly Source[],
  before: Policy,
  after: Policy,
  options: ReadOnceOptions,
): Promise<SeenTwice> {
  const [seenBefore, seenAfter] = [new Set<LedgerRecord>(), new Set<LedgerRecord>()];
  const twice = { records: 0 };
  const readValue: ReadValue = (value) => {
    const old = noted(readInput(value, before), seenBefore);
    return noted(readInput(value, after), seenAfter).flatMap((reading, index) => {
      const counted = countedOf(old[index] ?? reading, reading);
      twice.records += counted.length - 1;
      return counted;
    });
  };
  const { extract, files, notKept } = await scanArchive(sources, unionOf(before, after), {
    ...options,
    readValue,
  });
  return {
    before: byKeyOnce(extract.records.filter((record) => seenBefore.has(record))),
    after: byKeyOnce(extract.records.filter((record) => seenAfter.has(record))),
    extract: countedOnce(extract, twice.records),
    files,
    notKept: notKept ?? false,
  };
}

function noted(readings: readonly Reading[], seen: Set<LedgerRecord>): readonly Reading[] {
  for (const reading of readings) if (reading.outcome === 'access') seen.add(reading.record);
  return readings;
}

/** What of one record's two readings is kept: both where both are uses, else the one that says more. */
function countedOf(old: Reading, young: Reading): readonly Reading[] {
  if (young.outcome === 'ignored') return [old];
  return old.outcome === 'ignored' || (old.outcome === 'unreadable' && young.outcome === 'unreadable')
    ? [young]
    : [old, young];
}

function countedOnce({ records, ignored, unreadable }: Extract, twice: number): Extract {
  const watched = byKeyOnce(records);
  const counted = { ...ignored };
  countIgnored(counted, 'duplicate', records.length - twice - watched.length);
  return { records: watched, ignored: counted, unreadable };
}

/** Watches all that either watches. It is for the scanner alone: nothing is judged by it. */
function unionOf(before: Policy, after: Policy): Policy {
  return {
    ...after,
    accounts: { ...before.accounts, [before.home.account]: '', ...after.accounts },
    targets: [...after.targets, ...before.targets],
  };
}

function byKeyOnce(records: readonly LedgerRecord[]): LedgerRecord[] {
  return [...new Map(records.toReversed().map((record) => [record.key, record])).values()].toReversed();
}
