import { describe, expect, it } from 'vitest';
import { rulesOf } from '../../lambdas/core/patterns.ts';
import { driftOf, type LiveRule, ruleNames } from '../../lambdas/core/rule-drift.ts';
import { testPolicy } from '../support/policies.ts';

const policy = testPolicy();
const tap = { account: '111111111111', region: 'eu-west-1' };
const state = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';
const built = rulesOf(policy, tap).map(({ id, pattern }) => [`two-eye-${id}`, pattern] as const);
const [[name, pattern] = ['', undefined]] = built;

const drift = (rule?: Partial<LiveRule>) => {
  const live = new Map<string, LiveRule>(built.map(([id, one]) => [id, { state, pattern: JSON.stringify(one) }]));
  const known = live.get(name);
  if (rule === undefined) live.delete(name);
  else if (known) live.set(name, { ...known, ...rule });
  return driftOf(policy, tap, live);
};

/** The same value with the keys of its objects the other way round. */
const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => [key, reversed(inner)])
      .reverse(),
  );
};

describe('the live rules of a tap', () => {
  it('are those of the policy, by name', () => {
    expect(ruleNames(policy, tap)).toEqual(built.map(([id]) => id));
  });

  it('are as they were built, whatever the order of their keys', () => {
    expect(drift({})).toEqual([]);
    expect(drift({ pattern: JSON.stringify(reversed(pattern)) })).toEqual([]);
  });

  it('have drifted where one is gone, is in another state, or matches something else', () => {
    expect(drift()).toEqual([`${name} is gone`]);
    expect(drift({ state: 'ENABLED' })).toEqual([`${name} is ENABLED, which does not see AssumeRole`]);
    const others = [{ ...pattern, more: ['x'] }, { source: ['aws.sts'] }, null, 7, [pattern]];
    for (const one of others)
      expect(drift({ pattern: JSON.stringify(one) })).toEqual([`${name} matches something else`]);
    expect(drift({ pattern: '{' })).toEqual([`${name} matches something else`]);
  });

  it('have drifted where the values of a field are others, or in another order', () => {
    const first = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.length > 1 ? value.toReversed() : value.map(first);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, first(inner)]));
    };
    const other = first(pattern);
    expect(other).not.toEqual(pattern);
    expect(drift({ pattern: JSON.stringify(other) })).toEqual([`${name} matches something else`]);
  });
});
