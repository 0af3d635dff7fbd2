import { defineConfig } from 'vitest/config';

/** What `npm run mutation` judges mutants by: the tests of what decides, and of nothing that needs a browser, a bundle or minutes. */
export default defineConfig({
  test: {
    include: ['test/core/**/*.test.ts'],
    setupFiles: ['test/support/fixed-seed.ts'],
    testTimeout: 20_000,
  },
});
