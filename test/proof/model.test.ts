import { describe, expect, it } from 'vitest';
import { hasSpin, search, VARIANTS } from './model.ts';

describe.skipIf(!hasSpin())('the model of decide, record, tell (skipped where spin is not installed)', () => {
  it('finds nothing wrong in any interleaving, for two records, two deliveries of each and one crash', () => {
    const { errors, states } = search();
    expect(errors).toBe(0);
    expect(states).toBeGreaterThan(1_000_000);
  }, 120_000);

  it.each(VARIANTS)('finds what is wrong with %s', (variant) => {
    expect(search(variant).errors).toBeGreaterThan(0);
  });
});
