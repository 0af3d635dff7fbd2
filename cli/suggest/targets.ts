import type { RoleSeen } from './observe.ts';

/** What the policy would call a target: one role, or roles that are one person's each. */
export interface TargetSeen {
  readonly id: string;
  /** With `*` where each person has one of their own. */
  readonly role: string;
  /** `{person}-fulladmin`, where the role's name says whose it is. */
  readonly template?: string;
  /** Names of people that stand in the names of the roles. */
  readonly named: readonly string[];
  readonly roles: readonly RoleSeen[];
}

/** `ada.lovelace-fulladmin`: a first and a last name, then what the role is; a name may have a hyphen too. */
const PERSON = /^[a-z]+(?:\.[a-z'-]+)+$/i;
const REST = /^[-_][a-z][a-z0-9_-]*$/i;

/** The roles as targets, the most used first, each with an id of its own. */
export function targetsOf(roles: readonly RoleSeen[]): TargetSeen[] {
  const groups = Map.groupBy(roles, ({ arn }) => patternOf(arn).role);
  const uses = ([, all]: [string, RoleSeen[]]) => all.reduce((sum, { calls }) => sum + calls.size, 0);
  const taken = new Set<string>();
  return [...groups]
    .sort((one, other) => uses(other) - uses(one))
    .map(([role, all]) => {
      const { template } = patternOf(all[0]?.arn ?? '');
      const named = all.flatMap(({ arn }) => patternOf(arn).person ?? []);
      return { id: freeId(role, taken), role, named, roles: all, ...(template === undefined ? {} : { template }) };
    });
}

function patternOf(arn: string): { role: string; template?: string; person?: string } {
  const at = arn.lastIndexOf('/') + 1;
  const name = arn.slice(at);
  const ends = [...name.matchAll(/[-_]/g)].map(({ index }) => index);
  const end = ends.findLast((index) => PERSON.test(name.slice(0, index)) && REST.test(name.slice(index)));
  if (end === undefined) return { role: arn };
  const [person, rest] = [name.slice(0, end), name.slice(end)];
  return { role: `${arn.slice(0, at)}*${rest}`, template: `{person}${rest}`, person: person.toLowerCase() };
}

function freeId(role: string, taken: Set<string>): string {
  const name = role
    .slice(role.lastIndexOf('/') + 1)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  const base = `${name}-${(role.split(':')[4] ?? '').slice(-4)}`;
  let id = base;
  for (let number = 2; taken.has(id); number += 1) id = `${base}-${number}`;
  taken.add(id);
  return id;
}
