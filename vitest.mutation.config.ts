import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes longer, by loading much or by trying thousands of cases, comes later: most mutants are dead by then. */
const LATER = [
  'finding-message',
  'some-seeds',
  'scenarios/doors',
  'lambdas/',
  'scenarios/',
  'edge/',
  'hours',
  'compile',
  'patterns-on-samples',
  'judge-properties',
];

class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) =>
      LATER.findIndex((name) => moduleId.split('/test/').at(-1)?.includes(name));
    return files.toSorted((one, other) => rank(one) - rank(other));
  }
}

/**
 * What `npm run mutation` judges mutants by: the tests of what decides, and of nothing that needs a browser, a bundle, a database or
 * minutes. The files share one process (`isolate: false`), for a mutant is dead sooner than a process has started.
 */
export default defineConfig({
  test: {
    include: [
      'test/core/**/*.test.ts',
      'test/access/!(large-commit).test.ts',
      'test/simulation/*.mutation.ts',
      'test/edge/{stores,table-answers,table-keys}.test.ts',
      'test/policy/compile.test.ts',
      'test/scenarios/{doors-and-grouping,findings-at-once,findings-calendar,findings-moved,findings-told}.test.ts',
      'test/lambdas/{on-database-log,reconcile,report,self-check}.test.ts',
    ],
    // Without Java: the embedded database is as good a judge as Amazon's, and there at once.
    env: { PATH: '/nowhere' },
    setupFiles: ['test/support/fixed-seed.ts', 'test/support/first-failure.ts'],
    testTimeout: 20_000,
    pool: 'threads',
    isolate: false,
    maxWorkers: 1,
    sequence: { sequencer: QuickFirst },
  },
});
