import { describe, expect, it } from 'vitest';
import { FAULTS, isThere } from './faults.ts';

describe('the list of faults', () => {
  it('has 38, each with a test', () => {
    expect(FAULTS.map(({ number }) => number)).toEqual(Array.from({ length: 38 }, (_, index) => index + 1));
    expect(FAULTS.filter(({ provenBy }) => provenBy.length === 0)).toEqual([]);
  });

  it.each(FAULTS.map(({ number, fault, provenBy }) => [number, fault, provenBy] as const))(
    '%i, %s: names tests that are there',
    (_number, _fault, provenBy) => {
      expect(provenBy.filter((one) => !isThere(one))).toEqual([]);
    },
  );

  it('knows a test by its whole title, and by nothing that only stands in the file', () => {
    const file = 'proof/faults.test.ts';
    const title = 'knows a test by its whole title, and by nothing that only stands in the file';
    expect(isThere({ file, title })).toBe(true);
    expect(isThere({ file, title: title.slice(0, -1) })).toBe(false);
    expect(isThere({ file, title: 'the list of faults' })).toBe(false);
    expect(isThere({ file: 'proof/no-such.test.ts', title })).toBe(false);
  });
});
