import { expect, it } from 'vitest';
import { hunt, seedsFrom } from './hunt.ts';

/** The simulation as `npm run mutation` plays it: in the process that has the mutant, and only a few dozen seeds. */
it('keeps every promise in a few dozen stories', async () => {
  expect(await hunt(seedsFrom(1, 20), 0.05)).toBeUndefined();
  expect(await hunt(seedsFrom(1_001, 10), 0.3)).toBeUndefined();
});
