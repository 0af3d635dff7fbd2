import type { PersonId, Policy } from '../lambdas/core/policy.ts';

/** Finds a person by id or alias, whatever the case. `undefined` for a name that the policy does not know. */
export type PersonFinder = (name: string) => PersonId | undefined;

/** A finder over the people of the policy. Two names of one human give one id. */
export function personFinder(policy: Policy): PersonFinder {
  const byName = new Map<string, PersonId>();
  for (const person of policy.people) {
    byName.set(person.id.toLowerCase(), person.id);
    for (const alias of person.aliases) byName.set(alias.toLowerCase(), person.id);
  }
  return (name) => byName.get(name.trim().toLowerCase());
}

/**
 * The id under which somebody is known: the policy's, or, for somebody who is not in it (who may have left), the e-mail
 * address in lower case. A bare name that the policy does not know is nobody.
 */
export function personId(find: PersonFinder, name: string): PersonId | undefined {
  const known = find(name);
  if (known !== undefined) return known;
  return /^[^\s@]+@[^\s@]+$/.test(name.trim()) ? name.trim().toLowerCase() : undefined;
}
