import { inGroup } from '../core/eligibility.ts';
import type { Group, PersonId } from '../core/policy.ts';
import type { SlackActor } from '../core/slack-job.ts';
import type { SlackWorkServices } from './services.ts';

/** Whether somebody belongs to cyber now. */
export async function isCyber(person: PersonId, user: string, services: SlackWorkServices): Promise<boolean> {
  const group = services.policy.groups[services.policy.cyber.group];
  return inGroup(person, user, group, await membersIn(group, services));
}

/** Slack user ids of a group that lives in Slack. */
export async function membersIn(
  group: Group | undefined,
  services: SlackWorkServices,
): Promise<readonly string[] | undefined> {
  return group?.kind === 'slack-user-group' ? services.membersOf(group.slackUserGroup) : undefined;
}

/** What Slack says of whoever acted; the workspace is that which Slack signed, and must be that of their account too. */
export async function standing(by: SlackActor, services: SlackWorkServices) {
  const said = await services.standingOf(by.user);
  return by.workspace === said.workspace ? said : { ...said, workspace: by.workspace };
}
