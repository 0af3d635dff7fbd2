import { TwoEyeError } from '../lambdas/core/errors.ts';
import type { PersonId, Policy } from '../lambdas/core/policy.ts';
import { whyUnread } from '../policy/unread-file.ts';
import { personFinder, personId } from './people.ts';

/** Who is in which group, as far as it is known offline. */
export interface Members {
  /** Group → people. A group that lives in Slack and was not given is absent. */
  readonly of: ReadonlyMap<string, ReadonlySet<PersonId>>;
}

/** What the reader of a verdict has to know: whose approvals cannot be counted offline, a sentence a group. */
export function unknownApproverWarnings(policy: Policy, members: Members): string[] {
  const teams = [...new Set(policy.targets.map(({ team }) => team))];
  return teams.flatMap((team) => {
    const group = policy.teams[team]?.approvers;
    if (group === undefined || members.of.has(group)) return [];
    return `group "${group}", which approves for team "${team}", lives in Slack and --members does not give it: none of its approvals counts, and what they covered shows as unapproved`;
  });
}

/**
 * The groups of the policy, filled in for those that live in Slack by `--members` (`group: [people]`, already parsed).
 * Throws `misconfigured` for a group that the policy does not have or writes out itself, and for a name it cannot place.
 */
export function membersOf(policy: Policy, given: unknown, file: string): Members {
  const lists = given === undefined ? {} : groupLists(given, file);
  for (const name of Object.keys(lists)) refuseIfNotInSlack(policy, name, file);
  const of = new Map<string, ReadonlySet<PersonId>>();
  for (const [name, group] of Object.entries(policy.groups)) {
    if (group.kind === 'people') of.set(name, new Set(group.people));
    else if (lists[name] !== undefined) of.set(name, new Set(placed(policy, name, lists[name], file)));
  }
  return { of };
}

function groupLists(given: unknown, file: string): Record<string, readonly string[]> {
  if (!isGroupLists(given)) {
    throw new TwoEyeError(
      'misconfigured',
      `${file}: expected "group: [people]", for instance "cyber: [ada@example.gov.uk]"`,
    );
  }
  return given;
}

function isGroupLists(given: unknown): given is Record<string, readonly string[]> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return false;
  return Object.values(given).every((list) => Array.isArray(list) && list.every((name) => typeof name === 'string'));
}

function refuseIfNotInSlack(policy: Policy, name: string, file: string): void {
  const group = policy.groups[name];
  if (group === undefined) {
    const known = Object.keys(policy.groups).join(', ') || 'none';
    throw new TwoEyeError('misconfigured', `${file}: the policy has no group "${name}" (it has: ${known})`);
  }
  if (group.kind === 'people') {
    throw new TwoEyeError('misconfigured', `${file}: group "${name}" is written out in the policy; change it there`);
  }
}

function placed(policy: Policy, group: string, names: readonly string[], file: string): PersonId[] {
  const find = personFinder(policy);
  return names.map((name) => {
    const id = personId(find, name);
    if (id !== undefined) return id;
    throw new TwoEyeError(
      'misconfigured',
      `${file}: group "${group}": "${name}" is no id or alias of a person in the policy`,
    );
  });
}

/** Reads a members file, JSON or YAML by content. Throws `misconfigured` when it is neither, or cannot be read. */
export async function loadMembers(policy: Policy, file: string | undefined): Promise<Members> {
  if (file === undefined) return membersOf(policy, undefined, '--members');
  return membersOf(policy, await parsed(await textOf(file), file), file);
}

async function textOf(file: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const message = `--members ${file} cannot be read: ${whyUnread(cause)}; give a file with "group: [people]"`;
    throw new TwoEyeError('misconfigured', message, { cause });
  }
}

async function parsed(text: string, file: string): Promise<unknown> {
  const { parse } = await import('yaml');
  try {
    return parse(text);
  } catch (cause) {
    throw new TwoEyeError('misconfigured', `${file}: cannot be read as JSON or YAML`, { cause });
  }
}
