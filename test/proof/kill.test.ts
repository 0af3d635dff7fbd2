import { describe, expect, it } from 'vitest';
import { playAndKill } from './kill/play.ts';
import { violationsOf } from './kill/what-is-left.ts';

describe('processes that are killed at any instant', () => {
  it('lose nothing, spend nothing twice, and tell of everything, whatever they were doing', {
    timeout: 120_000,
  }, async () => {
    const left = await playAndKill({ seed: 1, steps: 6 });
    expect(violationsOf(left)).toEqual([]);
    expect(left.kills).toBeGreaterThan(3);
    expect(left.lines.length).toBeGreaterThan(3);
  });

  it('are seen to lose a use when the queue forgets what a dead process had received', {
    timeout: 120_000,
  }, async () => {
    const left = await playAndKill({ seed: 2, steps: 5, forgetful: true });
    expect(violationsOf(left)).not.toEqual([]);
  });
});
