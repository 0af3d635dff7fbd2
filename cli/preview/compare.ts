import type { Policy } from '../../lambdas/core/policy.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';
import { matchLines, sharesRecords } from './match.ts';
import { isSameRoute, routeOf } from './route.ts';

/** An archive under one of the two policies. */
export interface Side {
  readonly policy: Policy;
  readonly lines: readonly VerdictLine[];
}

/** Of a use that somebody is told of: `added`, `silenced` and `re-routed`. Of one that is recorded only: the others. */
export type What =
  | 'added'
  | 'silenced'
  | 're-routed'
  | 'newly recorded'
  | 'no longer recorded'
  | 'grouped otherwise'
  | 'judged otherwise';

/** How one use fares under the policy in force and under the changed one. */
export interface Change {
  readonly before: Fate;
  readonly after: Fate;
  readonly what: What;
}

/** A use as one policy has it; or that its records are part of another use there; or that nothing of it is watched. */
export type Fate = VerdictLine | 'part of another use' | 'not watched';

/** The uses that the change of policy would have treated otherwise. Actions are told apart by their records, not by id. */
export function changesBetween(before: Side, after: Side): Change[] {
  const beforeOf = matchLines(before.lines, after.lines);
  const matched = new Set(beforeOf.values());
  const [isSeenBefore, isSeenAfter] = [sharesRecords(before.lines), sharesRecords(after.lines)];
  const there = after.lines.flatMap((line): Change[] => {
    const old = beforeOf.get(line);
    if (old === undefined) return [newOne(line, isSeenBefore(line))];
    const what = whatChanged(old, line, before.policy, after.policy);
    return what === undefined ? [] : [{ before: old, after: line, what }];
  });
  const gone = before.lines.filter((line) => !matched.has(line));
  return [...there, ...gone.map((line) => goneOne(line, isSeenAfter(line)))];
}

function newOne(line: VerdictLine, isPart: boolean): Change {
  const what = isTold(line) ? 'added' : isPart ? 'grouped otherwise' : 'newly recorded';
  return { before: without(isPart), after: line, what };
}

function goneOne(line: VerdictLine, isPart: boolean): Change {
  const what = isTold(line) ? 'silenced' : isPart ? 'grouped otherwise' : 'no longer recorded';
  return { before: line, after: without(isPart), what };
}

function without(isPart: boolean): Fate {
  return isPart ? 'part of another use' : 'not watched';
}

function isTold({ urgency }: VerdictLine): boolean {
  return urgency !== undefined;
}

function whatChanged(before: VerdictLine, after: VerdictLine, old: Policy, young: Policy): What | undefined {
  if (isTold(before) && !isTold(after)) return 'silenced';
  if (!isTold(before) && isTold(after)) return 'added';
  if (isTold(after) && isRoutedOtherwise(before, after, old, young)) return 're-routed';
  const isSame =
    before.verdict === after.verdict &&
    before.actor === after.actor &&
    before.team === after.team &&
    before.target === after.target;
  return isSame ? undefined : 'judged otherwise';
}

function isRoutedOtherwise(before: VerdictLine, after: VerdictLine, old: Policy, young: Policy): boolean {
  if (before.team !== after.team || before.urgency !== after.urgency || before.target !== after.target) return true;
  return !isSameRoute(routeOf(before, old), routeOf(after, young));
}
