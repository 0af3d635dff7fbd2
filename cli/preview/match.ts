import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';

interface Pair {
  readonly before: VerdictLine;
  readonly after: VerdictLine;
  /** How many record keys they have in common. */
  readonly common: number;
}

/**
 * Which line of the one policy is which of the other, each at most once: the one that has most records in common with it, else the
 * first. What one policy splits or merges therefore leaves lines without a counterpart.
 */
export function matchLines(
  before: readonly VerdictLine[],
  after: readonly VerdictLine[],
): ReadonlyMap<VerdictLine, VerdictLine> {
  const beforeOf = new Map<VerdictLine, VerdictLine>();
  const taken = new Set<VerdictLine>();
  for (const pair of pairsOf(before, after)) {
    if (taken.has(pair.before) || beforeOf.has(pair.after)) continue;
    taken.add(pair.before);
    beforeOf.set(pair.after, pair.before);
  }
  return beforeOf;
}

/** Those with most in common first; of equal ones in the order of the lines, which the sort keeps. */
function pairsOf(before: readonly VerdictLine[], after: readonly VerdictLine[]): Pair[] {
  const byKey = linesByKey(before);
  const pairs = after.flatMap((line) => {
    const common = new Map<VerdictLine, number>();
    for (const old of line.keys.flatMap((key) => byKey.get(key) ?? [])) common.set(old, (common.get(old) ?? 0) + 1);
    return [...common].map(([old, times]) => ({ before: old, after: line, common: times }));
  });
  return pairs.sort((one, other) => other.common - one.common);
}

function linesByKey(lines: readonly VerdictLine[]): ReadonlyMap<string, VerdictLine[]> {
  const byKey = new Map<string, VerdictLine[]>();
  for (const line of lines)
    for (const key of line.keys) {
      const there = byKey.get(key);
      if (there === undefined) byKey.set(key, [line]);
      else there.push(line);
    }
  return byKey;
}

/** Says whether any record of a line is in one of the lines. */
export function sharesRecords(lines: readonly VerdictLine[]): (line: VerdictLine) => boolean {
  const keys = new Set(lines.flatMap((line) => line.keys));
  return (line) => line.keys.some((key) => keys.has(key));
}
