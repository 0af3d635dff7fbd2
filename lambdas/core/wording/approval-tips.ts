import type { Policy } from '../policy.ts';

/** The team's safety tips for what is asked for: those for databases when the target or what it is good for is one. */
export function tipsFor(target: string, policy: Pick<Policy, 'targets' | 'tips'>): readonly string[] {
  const door = policy.targets.find(({ id }) => id === target)?.door.kind;
  return door === 'database' || door === 'data-api' ? policy.tips.database : [];
}
