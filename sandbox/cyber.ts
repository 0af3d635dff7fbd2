import type { Policy } from '../lambdas/core/policy.ts';

/** In the sandbox the people of no team make up the groups that live in Slack; everybody, where all are in teams. */
function outsiders(policy: Policy): readonly string[] {
  const inGroups = Object.values(policy.groups).flatMap((group) => (group.kind === 'people' ? group.people : []));
  const others = policy.people.filter(({ id }) => !inGroups.includes(id)).map(({ id }) => id);
  return others.length > 0 ? others : policy.people.map(({ id }) => id);
}

/** Slack ids by user group. */
export function cyberOf(policy: Policy): Record<string, readonly string[]> {
  const slackIds = policy.people.flatMap(({ id, slack }) => (slack && outsiders(policy).includes(id) ? [slack] : []));
  const groups = Object.values(policy.groups).flatMap((group) =>
    group.kind === 'people' ? [] : [group.slackUserGroup],
  );
  return Object.fromEntries(groups.map((group) => [group, slackIds]));
}

/** People by group. */
export function cyberMembersOf(policy: Policy): Record<string, readonly string[]> {
  const names = Object.entries(policy.groups).flatMap(([name, group]) => (group.kind === 'people' ? [] : [name]));
  return Object.fromEntries(names.map((name) => [name, [...outsiders(policy)]]));
}
