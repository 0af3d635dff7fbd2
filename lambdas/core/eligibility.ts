import type { Group, PersonId, Policy } from './policy.ts';
import { personOfSlack } from './wording/names.ts';

/** What Slack says of a user at the click. */
export interface SlackStanding {
  readonly id: string;
  readonly workspace: string;
  readonly standing: 'full-member' | 'guest' | 'bot' | 'deactivated';
}

export type Eligibility =
  | { readonly outcome: 'eligible'; readonly person: PersonId }
  | { readonly outcome: 'refused'; readonly why: string };

/** Whether Slack's user is a person whom the policy knows: active, human, a full member of the right workspace. Bound by id, never by name. */
export function knownPerson(user: SlackStanding, policy: Policy): Eligibility {
  if (user.workspace !== policy.slack.workspace)
    return no('You are in another Slack workspace than the one two-eye serves.');
  if (user.standing === 'bot') return no('A bot cannot do this; it takes a person.');
  if (user.standing === 'deactivated') return no('Your Slack account is deactivated.');
  if (user.standing === 'guest') return no('Guests of the workspace cannot do this; it takes a full member.');
  const person = personOfSlack(policy, user.id);
  if (!person)
    return no(
      'two-eye does not know you: your Slack user id is not in the policy. Ask for it to be added under `people`.',
    );
  return { outcome: 'eligible', person: person.id };
}

/**
 * Whether the user may say yes now to what this person did or wants to do: known, not that person under any alias, and in the
 * group of approvers now. `members` are the Slack user ids of a group that lives in Slack; undefined when Slack could not say, which makes nobody eligible.
 */
export function mayConfirm(
  user: SlackStanding,
  actor: PersonId,
  group: Group | undefined,
  members: readonly string[] | undefined,
  policy: Policy,
): Eligibility {
  const known = knownPerson(user, policy);
  if (known.outcome === 'refused') return known;
  if (known.person === actor)
    return no('This is your own. It takes a second person, and all your names are one person.');
  return inGroup(known.person, user.id, group, members)
    ? known
    : no('You are not among those who may confirm for this team. Ask somebody who is.');
}

/** Whether somebody belongs to a group now. */
export function inGroup(
  person: PersonId,
  slackId: string,
  group: Group | undefined,
  members: readonly string[] | undefined,
): boolean {
  if (!group) return false;
  return group.kind === 'people' ? group.people.includes(person) : (members ?? []).includes(slackId);
}

/** The group whose members confirm for a team; cyber's own where there is no such team. */
export function approversOf(team: string, policy: Policy): Group | undefined {
  return policy.groups[policy.teams[team]?.approvers ?? policy.cyber.group];
}

function no(why: string): Eligibility {
  return { outcome: 'refused', why };
}
