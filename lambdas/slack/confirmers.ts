import { approversOf } from '../core/eligibility.ts';
import type { Person, Policy } from '../core/policy.ts';
import type { SlackActor } from '../core/slack-job.ts';
import { option } from '../core/wording/approval-modal.ts';
import { personOfSlack } from '../core/wording/names.ts';
import type { LightAnswer } from '../edge/slack-light.ts';
import { filledIn, type SlackPayload, textOf } from './interaction.ts';

/** What a form needs while Slack waits for it: the policy, and one call of the Web API that never throws for Slack's failure. */
export interface FormServices {
  readonly policy: Policy;
  readonly slack: (method: string, args: Readonly<Record<string, unknown>>, timeoutMs?: number) => Promise<LightAnswer>;
}

/** Who may confirm for the target that is chosen in the form, never oneself; for any target while none is chosen. */
export async function confirmers(
  payload: SlackPayload,
  by: SlackActor,
  services: FormServices,
): Promise<readonly object[]> {
  const chosen = textOf(filledIn(payload.view).target);
  const target = services.policy.targets.find(({ id }) => id === chosen);
  const teams = target ? [target.team] : Object.keys(services.policy.teams);
  const people = await Promise.all(teams.map((team) => confirmersOf(team, services)));
  const known = people.flatMap((each) => (each === 'unknown' ? [] : each));
  const query = (payload.value ?? '').toLowerCase();
  return [...new Map(known.map((person) => [person.id, person])).values()]
    .filter(({ id, slack }) => slack !== by.user && id.includes(query))
    .slice(0, 100)
    .map(({ id }) => option(id, id));
}

/** Before a form is opened, for each team at the same time: with the opening itself it stays within Slack's three seconds. */
export const GROUP_TIMEOUT_MS = 700;

/** Who may confirm for a team, of the people whom the policy knows; a group that lives in Slack may be unknown, and then nobody is offered. */
export async function confirmersOf(
  team: string,
  { policy, slack }: FormServices,
): Promise<readonly Person[] | 'unknown'> {
  const group = approversOf(team, policy);
  if (!group) return [];
  if (group.kind === 'people') return policy.people.filter(({ id }) => group.people.includes(id));
  const { ok: done, users } = await slack(
    'usergroups.users.list',
    { usergroup: group.slackUserGroup },
    GROUP_TIMEOUT_MS,
  );
  if (!done || !Array.isArray(users)) return 'unknown';
  return (users as readonly string[]).flatMap((user) => personOfSlack(policy, user) ?? []);
}
