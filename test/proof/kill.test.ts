import { describe, expect, it } from 'vitest';
import { playAndKill } from './kill/play.ts';
import { sabotagedBundles } from './kill/sabotaged-bundles.ts';
import { violationsOf } from './kill/what-is-left.ts';

describe('processes that are killed at any instant', () => {
  it('lose nothing, spend nothing twice, and tell of everything, whatever they were doing', {
    timeout: 240_000,
  }, async () => {
    const left = await playAndKill({ seed: 1, steps: 6 });
    expect(violationsOf(left)).toEqual([]);
    expect(left.kills).toBeGreaterThan(3);
    expect(left.lines.length).toBeGreaterThan(3);
  });

  it('are seen to lose a use when the queue forgets what a dead process had received', {
    timeout: 240_000,
  }, async () => {
    const left = await playAndKill({ seed: 2, steps: 5, forgetful: true });
    expect(violationsOf(left)).not.toEqual([]);
  });

  it('are seen to tell of what is not recorded yet when on-access publishes first', { timeout: 240_000 }, async () => {
    await using sabotaged = await sabotagedBundles('on-access', {
      file: 'lambdas/access/take.ts',
      right: 'const outcome = await services.commit(',
      wrong: 'await tell(decided.commit, decided.owners, services); const outcome = await services.commit(',
    });
    const left = await playAndKill({ seed: 1, steps: 3, bundles: sabotaged.folder });
    expect(violationsOf(left).join('; ')).toContain('was told before it was recorded');
  });
});
