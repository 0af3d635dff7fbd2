import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';

/** How one use fares under the policy in force and under the changed one. One of them may not see it at all. */
export interface Change {
  readonly before?: VerdictLine;
  readonly after?: VerdictLine;
  readonly what: 'added' | 'silenced' | 're-routed' | 'judged otherwise';
}

/** The uses that the change of policy would have treated otherwise. Actions are told apart by their records, not by id. */
export function changesBetween(before: readonly VerdictLine[], after: readonly VerdictLine[]): Change[] {
  const old = new Map(before.flatMap((line) => line.keys.map((key) => [key, line] as const)));
  const matched = new Set<VerdictLine>();
  const changes: Change[] = [];
  for (const line of after) {
    const match = line.keys.map((key) => old.get(key)).find((found) => found !== undefined);
    if (match !== undefined) matched.add(match);
    const what = match === undefined ? 'added' : whatChanged(match, line);
    if (what !== undefined) changes.push({ after: line, what, ...(match === undefined ? {} : { before: match }) });
  }
  const seenAfter = new Set(after.flatMap((line) => line.keys));
  const gone = before.filter((line) => !matched.has(line) && !line.keys.some((key) => seenAfter.has(key)));
  return [...changes, ...gone.map((line) => ({ before: line, what: 'silenced' as const }))];
}

function whatChanged(before: VerdictLine, after: VerdictLine): Change['what'] | undefined {
  const [told, tells] = [before.urgency !== undefined, after.urgency !== undefined];
  if (told && !tells) return 'silenced';
  if (!told && tells) return 'added';
  if (before.team !== after.team || before.urgency !== after.urgency || before.target !== after.target)
    return 're-routed';
  return before.verdict !== after.verdict || before.actor !== after.actor ? 'judged otherwise' : undefined;
}
