import { describe, expect, it } from 'vitest';
import type { Policy } from '../../lambdas/core/policy.ts';
import { policyChanges } from '../../lambdas/core/policy-change.ts';
import { isSame } from '../../lambdas/core/same.ts';
import { isoOf } from '../../lambdas/core/time.ts';
import { testPolicy } from '../support/policies.ts';

const policy = testPolicy();
const changes = (over: Partial<Policy>, before = policy) => policyChanges(before, { ...before, ...over });
const [ada] = policy.people;
if (ada === undefined) throw new Error('nobody in the policy of the tests');

describe('what changed of a policy', () => {
  it.each<[string, Partial<Policy>, readonly string[]]>([
    ['home', { home: { ...policy.home, region: 'eu-west-1' } }, ['home.region: "eu-west-2" → "eu-west-1"']],
    ['accounts', { accounts: { '1': 'One', ...policy.accounts } }, ['accounts.1: added, "One"']],
    [
      'a group',
      { groups: { cyber: policy.groups.cyber as never } },
      [expect.stringMatching(/^groups\.notify-team: removed, was \{"kind":"people"/) as never],
    ],
    ['a team', { teams: {} }, [expect.stringMatching(/^teams\.notify: removed, was /) as never]],
    ['cyber', { cyber: { ...policy.cyber, channel: 'C2' } }, ['cyber.channel: "C01CYBER" → "C2"']],
    ['approvals', { approvals: { ...policy.approvals, maxPinMs: 1 } }, ['approvals.maxPinMs: 14400000 → 1']],
    ['Slack', { slack: { workspace: 'T2' } }, ['slack.workspace: "T01GDS" → "T2"']],
    ['PagerDuty', { pagerDutyRegion: 'us' }, ['pagerDutyRegion: "eu" → "us"']],
    [
      'a trail',
      { trail: { bucket: 'b', prefix: 'p', role: 'r' } },
      ['trail: added, {"bucket":"b","prefix":"p","role":"r"}'],
    ],
    ['tips, which nobody is told', { tips: { database: [] } }, []],
  ])('is told of %s', (_, over, expected) => {
    expect(changes(over)).toEqual(expected);
  });

  it('has silence first, then people and targets, and of one thing by the order of its names', () => {
    const all = changes({
      suppressions: [],
      people: [{ ...ada, slack: 'U2', aliases: [] }],
      targets: policy.targets.map((one) => ({ ...one, team: 'other' })),
      pagerDutyRegion: 'us',
    });
    expect(all.map((line) => line.split(':')[0])).toEqual([
      'suppressions.terraform-ci',
      'people.ada@example.gov.uk.aliases',
      'people.ada@example.gov.uk.aliases',
      'people.ada@example.gov.uk.slack',
      'people.ben@example.gov.uk',
      'people.cat@example.gov.uk',
      'targets.notify-deploy-admin.team',
      'targets.notify-prod-admin.team',
      'targets.notify-prod-db-write.team',
      'targets.notify-prod-shell.team',
      'pagerDutyRegion',
    ]);
  });

  it('names the members that came and went, or says that their order did', () => {
    const aliases = (...names: readonly string[]) =>
      changes({ people: [{ ...ada, aliases: names }, ...policy.people.slice(1)] });
    expect(aliases('ada.lovelace', 'new')).toEqual([
      'people.ada@example.gov.uk.aliases: new added',
      'people.ada@example.gov.uk.aliases: ada@digital.example.gov.uk removed',
    ]);
    expect(aliases(...ada.aliases.toReversed())).toEqual(['people.ada@example.gov.uk.aliases: in another order']);
    expect(aliases(...ada.aliases, 'new')).toEqual(['people.ada@example.gov.uk.aliases: new added']);
    expect(aliases()).toHaveLength(2);
  });

  it('shows lists of other things, and things of another kind, by their value', () => {
    const aws = [{ kind: 'principal-id', id: 'X' }] as const;
    const [first, ...others] = changes({ people: [{ ...ada, aws }, ...policy.people.slice(1)] });
    expect(first).toMatch(/^people\.ada@example\.gov\.uk\.aws: \[\{.*\}\] → \[\{"kind":"principal-id","id":"X"\}\]$/);
    expect(others).toEqual([]);
    const odd = (home: unknown, other: unknown) =>
      changes({ home: other as never }, { ...policy, home: home as never });
    expect(odd(null, { a: 1 })).toEqual(['home: null → {"a":1}']);
    expect(odd({ a: 1 }, null)).toEqual(['home: {"a":1} → null']);
    expect(odd('x', { a: 1 })).toEqual(['home: "x" → {"a":1}']);
    expect(odd(['x'], { a: 1 })).toEqual(['home: ["x"] → {"a":1}']);
    expect(odd({ a: 1 }, ['x'])).toEqual(['home: {"a":1} → ["x"]']);
    expect(odd(['x'], ['y', 1])).toEqual(['home: ["x"] → ["y",1]']);
    expect(odd(['x', 1], ['y'])).toEqual(['home: ["x",1] → ["y"]']);
    expect(odd({ z: 1, b: 1 }, { a: 1, z: 2 })).toEqual([
      'home.a: added, 1',
      'home.b: removed, was 1',
      'home.z: 1 → 2',
    ]);
    expect(odd({ a: undefined, b: 2 }, { b: 1, c: 1 })).toEqual(['home.b: 2 → 1', 'home.c: added, 1']);
  });

  it('cuts what is longer than 300 characters', () => {
    const [exact] = changes({ slack: { workspace: 'x'.repeat(298) } });
    const [long] = changes({ slack: { workspace: 'x'.repeat(299) } });
    expect(exact).toBe(`slack.workspace: "T01GDS" → "${'x'.repeat(298)}"`);
    expect(long).toBe(`slack.workspace: "T01GDS" → "${'x'.repeat(298)}…`);
  });

  it('is nothing where the two say the same', () => {
    expect(policyChanges(policy, structuredClone(policy))).toEqual([]);
  });
});

describe('two plain values', () => {
  it.each<[unknown, unknown, boolean]>([
    [{ a: 1, b: [2, { c: 3 }] }, { b: [2, { c: 3 }], a: 1 }, true],
    [{ a: 1 }, { a: 1, b: undefined }, true],
    [{ a: 1, b: undefined }, { a: 1 }, true],
    [{ a: 1 }, { a: 1, b: 2 }, false],
    [{ a: 1, b: 2 }, { a: 1 }, false],
    [{ a: 1 }, { a: 2 }, false],
    [[1, 2], [2, 1], false],
    [[1], [1, 2], false],
    [[], {}, false],
    [{}, [], false],
    [{}, null, false],
    [null, {}, false],
    [null, null, true],
    [Number.NaN, Number.NaN, true],
    ['1', 1, false],
    [{}, 'x', false],
    ['ab', { 0: 'a', 1: 'b' }, false],
    [{ 0: 'a' }, 'a', false],
    ['', {}, false],
  ])('%j and %j say the same: %s', (one, other, expected) => {
    expect(isSame(one, other)).toBe(expected);
  });
});

it('an instant is written in UTC, and its fraction only where it has one', () => {
  expect([isoOf(0), isoOf(1), isoOf(1_500)]).toEqual([
    '1970-01-01T00:00:00Z',
    '1970-01-01T00:00:00.001Z',
    '1970-01-01T00:00:01.500Z',
  ]);
});
