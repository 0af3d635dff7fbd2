import { expect, it } from 'vitest';
import { BANK_HOLIDAYS } from '../../lambdas/core/bank-holidays.ts';
import { holidaysEndAt } from '../../lambdas/core/hours.ts';
import type { Division } from '../../lambdas/core/policy.ts';
import { holidaysOf } from '../support/holidays-by-rule.ts';

const divisions: readonly Division[] = ['england-and-wales', 'scotland', 'northern-ireland'];
const years = Array.from({ length: 10 }, (_, index) => 2018 + index);

it.each(divisions)('lists the days of %s that the rules and the proclamations give', (division) => {
  const expected = years.flatMap((year) => [...holidaysOf(year, division)].sort());
  expect([...BANK_HOLIDAYS[division].days]).toEqual(expected);
});

it.each(divisions)('speaks for %s from the first day of the first year it lists', (division) => {
  expect(BANK_HOLIDAYS[division].from).toBe('2018-01-01');
});

it.each(divisions)('speaks for %s to the end of the last year it lists', (division) => {
  expect(holidaysEndAt(division)).toBe(Date.parse('2028-01-01T00:00:00Z'));
});
