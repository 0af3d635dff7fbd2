import { freshenBundles } from './bundles.ts';

/**
 * Before any test: the bundles are as fresh as the sources. When they cannot be made the reason is printed, and only the
 * tests that need them fail (`npm test` as a whole fails at its bundling step).
 */
export async function setup(): Promise<void> {
  try {
    await freshenBundles();
    process.env.TWO_EYE_BUNDLES = 'fresh';
  } catch (thrown) {
    console.error('The bundles could not be made:', thrown instanceof Error ? thrown.message : thrown);
    process.env.TWO_EYE_BUNDLES = 'stale';
  }
}
