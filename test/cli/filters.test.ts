import { expect, test } from 'vitest';
import { filterOf, timeOf } from '../../cli/replay/filters.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';
import { scratchFolder, twoEye } from '../support/command.ts';
import { TARGETS, testPolicy, testTarget } from '../support/policies.ts';

const policy = testPolicy();
const anywhere = testTarget({
  id: 'anywhere',
  door: { kind: 'role', roleArn: 'arn:aws:iam::*:role/admin', regions: [] },
});
const lineIn = (account: string) => ({ account, occurredAt: '2026-11-24T14:00:00Z' }) as VerdictLine;

test.each([
  ['an account that is no number of one', { account: ['11111'] }, /--account 11111: the policy has no such account/],
  ['an account that the policy does not have', { account: ['999999999999'] }, /it has: 111111111111, /],
  ['an end before the beginning', { since: '2026-12-01', until: '2026-11-01' }, /--since 2026-12-01 is not before/],
  ['a span without any time in it', { since: '2026-12-01', until: '2026-12-01' }, /give an earlier time/],
  ['a day that does not exist', { since: '2026-02-30' }, /--since 2026-02-30: give a day/],
  ['a time of a day that does not exist', { until: '2026-02-29T12:00:00Z' }, /--until 2026-02-29T12:00:00Z/],
  ['a month that does not exist', { since: '2026-13-01' }, /--since 2026-13-01/],
  ['a target that the policy does not have', { target: ['prod'] }, /--target prod: the policy has no such target/],
])('refuses %s, and says what would be right', (_what, filters, message) => {
  expect(() => filterOf(filters, policy)).toThrow(message);
});

test('takes every account of the policy, its home, and any that a role in every account may be used in', () => {
  for (const account of ['111111111111', policy.home.account])
    expect(filterOf({ account: [account] }, policy)(lineIn(account))).toBe(true);
  const wide = testPolicy({ targets: [...TARGETS, anywhere] });
  expect(filterOf({ account: ['999999999999'] }, wide)(lineIn('999999999999'))).toBe(true);
  expect(() => filterOf({ account: ['99999'] }, wide)).toThrow('--account 99999');
});

test('takes a leap day, and the last moment of a day', () => {
  expect(timeOf('--since', '2024-02-29')).toBe(Date.parse('2024-02-29T00:00:00Z'));
  expect(timeOf('--since', '2026-11-24T24:00:00Z')).toBe(Date.parse('2026-11-25T00:00:00Z'));
});

test('a filter that can show nothing is bad usage', async () => {
  await using folder = await scratchFolder();
  const file = await folder.write('trail.json', '{"Records":[]}');
  const ran = await twoEye(['replay', file, '--policy', 'policy/notify.yaml', '--account', '11111', '--no-cache']);
  expect(ran).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('--account 11111') });
});
