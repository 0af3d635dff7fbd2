import { UNKNOWN } from '../access-event.ts';
import type { Person, PersonId, Policy } from '../policy.ts';
import { code } from './escape.ts';

/** The person with an id or an alias, in any case of letters; nobody when the policy has no such person. */
export function personOf(policy: Pick<Policy, 'people'>, name: string): Person | undefined {
  const wanted = name.trim().toLowerCase();
  return policy.people.find((person) => person.id === wanted || person.aliases.includes(wanted));
}

/** The person whose Slack user id this is. */
export function personOfSlack(policy: Pick<Policy, 'people'>, slackUser: string): Person | undefined {
  return policy.people.find((person) => person.slack === slackUser);
}

/** A live mention of a person for Slack: by the Slack id of the policy, never by a name that somebody typed. */
export function mention(policy: Pick<Policy, 'people'>, person: PersonId | typeof UNKNOWN): string {
  if (person === UNKNOWN) return '*an unknown person*';
  const slack = personOf(policy, person)?.slack;
  return slack && /^[UW][A-Z0-9]+$/.test(slack) ? `<@${slack}>` : code(person);
}

/** A person in plain words, for PagerDuty, notifications and files. */
export function nameOf(person: PersonId | typeof UNKNOWN): string {
  return person === UNKNOWN ? 'an unknown person' : person;
}

/** An account as people say it: `Notify production (111111111111)`; not escaped. */
export function accountName(policy: Pick<Policy, 'accounts'>, account: string): string {
  const name = policy.accounts[account];
  if (name) return `${name} (${account})`;
  return account ? `account ${account}` : 'an unknown account';
}

/** A target's title, or its id when the policy no longer has it; not escaped. */
export function targetTitle(policy: Pick<Policy, 'targets'>, target: string): string {
  return policy.targets.find((each) => each.id === target)?.title ?? (target || 'something that no target names');
}

/** A team's title, `cyber` for what has no team. */
export function teamTitle(policy: Pick<Policy, 'teams'>, team: string): string {
  return policy.teams[team]?.title ?? (team === 'cyber' ? 'Cyber' : team);
}
