import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FAULTS } from './faults.ts';

it('names, for each of the 38 faults, a test that is there', () => {
  expect(FAULTS).toHaveLength(38);
  const missing = FAULTS.filter(({ provenBy }) => {
    if (provenBy === undefined) return false;
    const file = new URL(`../${provenBy.file}`, import.meta.url);
    return !existsSync(file) || !readFileSync(file, 'utf8').includes(provenBy.test);
  });
  expect(missing).toEqual([]);
});
