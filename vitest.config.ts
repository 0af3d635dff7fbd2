import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Two cores is what the smallest supported machine has; more workers only fight over them.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/fixed-seed.ts'],
    coverage: { include: ['lambdas/**', 'cli/**', 'policy/**', 'sandbox/**', 'infra/**'] },
  },
});
