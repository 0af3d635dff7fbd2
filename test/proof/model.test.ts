import { describe, expect, it } from 'vitest';
import { hasSpin, search, VARIANTS } from './model.ts';

describe.skipIf(!hasSpin())('the model of decide, record, tell (skipped where spin is not installed)', () => {
  it.each(VARIANTS)('finds what is wrong with %s', (variant) => {
    expect(search(variant).errors).toBeGreaterThan(0);
  });
});
