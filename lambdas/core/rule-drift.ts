import { rulesOf, type Tap } from './patterns.ts';
import type { Policy } from './policy.ts';
import { type RuleTarget, ruleTargetOf } from './rule-target.ts';

/** A rule as EventBridge describes it. */
export interface LiveRule {
  readonly state: string;
  /** JSON, as it was put. */
  readonly pattern: string;
  readonly targets: readonly RuleTarget[];
}

/** What the doctor is told of the taps. */
export interface RulesSeen {
  /** One line for each rule that is not as it was built. */
  readonly drift: readonly string[];
  /** `account/region` of taps that could not be looked at. */
  readonly blind: readonly string[];
}

const STATE = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

/** The names of the rules that must be live in a tap. */
export function ruleNames(policy: Policy, tap: Tap): readonly string[] {
  return rulesOf(policy, tap).map(({ id }) => `two-eye-${id}`);
}

/**
 * What is not as it was built: a rule that is gone, in another state (a re-enable in the console loses it), or that matches something else or sends it
 * elsewhere.
 */
export function driftOf(policy: Policy, tap: Tap, live: ReadonlyMap<string, LiveRule | undefined>): readonly string[] {
  const target = canonical([ruleTargetOf(policy, tap)]);
  return rulesOf(policy, tap).flatMap(({ id, pattern }) => {
    const name = `two-eye-${id}`;
    const rule = live.get(name);
    if (rule === undefined) return [`${name} is gone`];
    if (rule.state !== STATE) return [`${name} is ${rule.state}, which does not see AssumeRole`];
    if (!samePattern(rule.pattern, pattern)) return [`${name} matches something else`];
    if (rule.targets.length === 0) return [`${name} has no target`];
    return canonical(rule.targets) === target ? [] : [`${name} does not send its events as it was built to`];
  });
}

function samePattern(live: string, built: unknown): boolean {
  try {
    return canonical(JSON.parse(live)) === canonical(built);
  } catch {
    return false;
  }
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
}
