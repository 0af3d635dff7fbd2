import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import type { Policy } from '../../lambdas/core/policy.ts';
import { readInput } from '../../lambdas/core/read.ts';
import type { Unreadable } from '../archive/extract.ts';
import type { Source } from '../archive/paths.ts';
import type { ReadValue } from '../archive/read-value.ts';
import { scanArchive } from '../archive/scan.ts';

/** An archive as two policies see it. */
export interface SeenTwice {
  /** Each record once, by key. */
  readonly before: readonly LedgerRecord[];
  readonly after: readonly LedgerRecord[];
  /** What either could not read. */
  readonly unreadable: readonly Unreadable[];
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
  const readValue: ReadValue = (value) => [
    ...noted(readInput(value, before), seenBefore),
    ...noted(readInput(value, after), seenAfter),
  ];
  const { extract, notKept } = await scanArchive(sources, unionOf(before, after), {
    ...options,
    readValue,
  });
  return {
    before: byKeyOnce(extract.records.filter((record) => seenBefore.has(record))),
    after: byKeyOnce(extract.records.filter((record) => seenAfter.has(record))),
    unreadable: [...new Map(extract.unreadable.map((each) => [`${each.file}:${each.offset}`, each])).values()],
    notKept: notKept ?? false,
  };
}

function noted(readings: ReturnType<ReadValue>, seen: Set<LedgerRecord>): ReturnType<ReadValue> {
  for (const reading of readings) if (reading.outcome === 'access') seen.add(reading.record);
  return readings;
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
