import type { TargetSeen } from './targets.ts';

/** One human, as far as the names belong together beyond doubt: by e-mail address or by unique id. */
export interface PersonSeen {
  readonly email?: string;
  readonly aliases: Set<string>;
  /** Unique ids and ARNs of IAM users. */
  readonly aws: Set<string>;
}

/** Everybody who used a target. Who cannot be told to be somebody else's other name is listed apart: merging is for people. */
export function peopleOf(targets: readonly TargetSeen[]): PersonSeen[] {
  const people = new Map<string, PersonSeen>();
  const person = (key: string): PersonSeen => {
    const email = /^[^\s@:/]+@[^\s@:/.]+(?:\.[^\s@:/.]+)+$/.test(key) ? key : undefined;
    const known = people.get(key) ?? { aliases: new Set(), aws: new Set(), ...(email === undefined ? {} : { email }) };
    people.set(key, known);
    return known;
  };
  const roles = targets.flatMap((target) => target.roles);
  const users = new Map<string, string>();
  for (const role of roles) for (const [id, arn] of role.users) users.set(id, arn || (users.get(id) ?? ''));
  for (const [id, arn] of users) {
    const name = arn.slice(arn.lastIndexOf('/') + 1).toLowerCase();
    const { aws } = person(name.includes('@') ? name : id);
    for (const each of [id, arn]) if (each !== '') aws.add(each);
  }
  for (const name of new Set(roles.flatMap(({ asserted }) => [...asserted]))) {
    const key = name.toLowerCase();
    if (!key.includes('@')) person(key).aliases.add(key);
    else person(key);
  }
  for (const name of new Set(targets.flatMap(({ named }) => named))) aliasOf(name, people, person).aliases.add(name);
  return [...people.values()];
}

/** `ada.lovelace` of a role's name is the `ada.lovelace@…` that is known, if there is exactly one. */
function aliasOf(
  name: string,
  people: ReadonlyMap<string, PersonSeen>,
  person: (key: string) => PersonSeen,
): PersonSeen {
  const same = [...people.values()].filter(({ email }) => email?.startsWith(`${name}@`));
  return same.length === 1 && same[0] !== undefined ? same[0] : person(name);
}
