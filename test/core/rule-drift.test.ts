import { describe, expect, it } from 'vitest';
import { rulesOf } from '../../lambdas/core/patterns.ts';
import { driftOf, type LiveRule, ruleNames } from '../../lambdas/core/rule-drift.ts';
import { ruleTargetOf } from '../../lambdas/core/rule-target.ts';
import { testPolicy } from '../support/policies.ts';

const policy = testPolicy();
const tap = { account: '111111111111', region: 'eu-west-1' };
const state = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';
const built = rulesOf(policy, tap).map(({ id, pattern }) => [`two-eye-${id}`, pattern] as const);
const target = ruleTargetOf(policy, tap);
const [[name, pattern] = ['', undefined]] = built;

const drift = (rule?: Partial<LiveRule>) => {
  const live = new Map<string, LiveRule>(
    built.map(([id, one]) => [id, { state, pattern: JSON.stringify(one), targets: [target] }]),
  );
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

  it('have drifted where one has no target, another beside its own, or one that is not as it was built', () => {
    expect(drift({ targets: [] })).toEqual([`${name} has no target`]);
    const others = [
      { ...target, arn: 'arn:aws:events:eu-west-2:999999999999:event-bus/two-eye-access' },
      { ...target, role: 'arn:aws:iam::111111111111:role/may-nothing' },
      { arn: target.arn, dead: 'arn:aws:sqs:eu-west-1:111111111111:two-eye-tap-dead' },
      { ...target, dead: 'arn:aws:sqs:eu-west-1:111111111111:nobody-looks' },
      { ...target, input: 'changed' as const },
    ];
    for (const targets of [...others.map((one) => [one]), [target, { arn: 'arn:aws:sqs:eu-west-1:111111111111:more' }]])
      expect(drift({ targets })).toEqual([`${name} does not send its events as it was built to`]);
    expect(drift({ targets: [reversed(target) as typeof target] })).toEqual([]);
  });

  it('send to the access queue at home, and to the home bus from anywhere else, home’s other Regions included', () => {
    const { account, region } = policy.home;
    expect(ruleTargetOf(policy, policy.home)).toEqual({
      arn: `arn:aws:sqs:${region}:${account}:two-eye-access`,
      dead: `arn:aws:sqs:${region}:${account}:two-eye-access-dead`,
    });
    const bus = `arn:aws:events:${region}:${account}:event-bus/two-eye-access`;
    for (const place of [tap, { account, region: 'us-east-1' }, { account: tap.account, region }])
      expect(ruleTargetOf(policy, place)).toEqual({
        arn: bus,
        role: `arn:aws:iam::${place.account}:role/two-eye-rules-${place.region}`,
        dead: `arn:aws:sqs:${place.region}:${place.account}:two-eye-tap-dead`,
      });
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
