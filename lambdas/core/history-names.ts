import { rulesOf, type Tap } from './patterns.ts';
import type { Policy } from './policy.ts';
import { isObject } from './raw-record.ts';

/** Sources of the Data API, whose events are data events: the event history has none of them (CloudTrail guide, "Viewing event history"). */
const DATA_EVENTS = 'aws.rds-data';

/**
 * The event names that the rules of a place watch and that CloudTrail's event history knows. The canary has an alarm of its own. Names of Lambda's API are
 * beginnings in a rule, and left out.
 */
export function historyNamesOf(policy: Policy, place: Tap): ReadonlySet<string> {
  const rules = rulesOf(policy, place).filter(
    ({ id, pattern }) => id !== 'canary' && !pattern.source.includes(DATA_EVENTS),
  );
  return new Set(rules.flatMap(({ pattern }) => namesIn(pattern.detail)));
}

/** Wherever in a pattern they stand: `$or` may hold some of them. */
function namesIn(pattern: unknown): readonly string[] {
  if (Array.isArray(pattern)) return pattern.flatMap(namesIn);
  if (!isObject(pattern)) return [];
  const { eventName, ...others } = pattern;
  const own = Array.isArray(eventName) ? eventName.filter((name) => typeof name === 'string') : [];
  return [...own, ...Object.values(others).flatMap(namesIn)];
}
