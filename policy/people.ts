import { principalOf } from '../lambdas/core/arn.ts';
import type { Group, Person, PersonPrincipal } from '../lambdas/core/policy.ts';
import { remedyFor } from './did-you-mean.ts';
import type { Path, Report } from './problem.ts';
import type { PersonEntry, PolicyFile } from './schema.ts';

/** The people of a policy and the ways to name them. */
export interface Directory {
  readonly people: readonly Person[];
  /** Canonical id of a person named by id or alias; an unknown name is reported at the path. */
  readonly resolve: (name: string, path: Path) => string;
}

/** Checks that no name, Slack id or AWS identity belongs to two people: self-approval is banned by person, not by string. */
export function compilePeople(file: PolicyFile, report: Report): Directory {
  const owners = new Map<string, string>();
  for (const [index, person] of file.people.entries()) {
    for (const { name, path } of namesOf(person)) {
      claim(owners, name, person.id, ['people', index, ...path], report);
    }
    refuseChosenNames(person, index, report);
    warnOfPerson(person, index, file, report);
  }
  warnOfUnknownInPagerDuty(file.people, report);
  const people = file.people.map(compilePerson);
  return { people, resolve: (name, path) => resolvePerson(people, name, path, report) };
}

export function compileGroups(file: PolicyFile, directory: Directory, report: Report): Record<string, Group> {
  const groups = Object.entries(file.groups).map(([id, group]): [string, Group] => {
    if ('slackUserGroup' in group) return [id, { kind: 'slack-user-group', slackUserGroup: group.slackUserGroup }];
    const people = group.people.map((name, index) => directory.resolve(name, ['groups', id, 'people', index]));
    return [id, { kind: 'people', people: [...new Set(people)] }];
  });
  for (const [id, group] of groups) warnOfGroup(id, group, file, report);
  return Object.fromEntries(groups);
}

function compilePerson(entry: PersonEntry): Person {
  return {
    id: entry.id,
    aliases: entry.aliases.map((alias) => alias.toLowerCase()),
    ...(entry.slack === undefined ? {} : { slack: entry.slack }),
    ...(entry.pagerDuty === undefined ? {} : { pagerDuty: entry.pagerDuty }),
    aws: entry.aws.map(compilePrincipal),
  };
}

function compilePrincipal(entry: PersonEntry['aws'][number]): PersonPrincipal {
  if (typeof entry === 'string') {
    return entry.startsWith('arn:') ? { kind: 'arn', arn: entry } : { kind: 'principal-id', id: entry };
  }
  if ('userName' in entry) return { kind: 'user-name', userName: entry.userName, accounts: entry.accounts };
  return { kind: 'identity-store-user', userId: entry.identityCenterUser };
}

/** Every name that must belong to one person only, with its place in the person's entry. */
function namesOf(person: PersonEntry): readonly { readonly name: string; readonly path: Path }[] {
  return [
    { name: person.id, path: ['id'] },
    ...person.aliases.map((alias, index) => ({ name: alias.toLowerCase(), path: ['aliases', index] })),
    ...(person.slack === undefined ? [] : [{ name: person.slack, path: ['slack'] }]),
    ...(person.pagerDuty === undefined ? [] : [{ name: person.pagerDuty, path: ['pagerDuty'] }]),
    ...person.aws.flatMap((entry, index) => awsNames(entry).map((name) => ({ name, path: ['aws', index] }))),
  ];
}

function awsNames(entry: PersonEntry['aws'][number]): readonly string[] {
  if (typeof entry === 'string') return [entry];
  if ('userName' in entry) return entry.accounts.map((account) => `${entry.userName} in account ${account}`);
  return [entry.identityCenterUser];
}

function claim(owners: Map<string, string>, name: string, id: string, path: Path, report: Report): void {
  const owner = owners.get(name);
  owners.set(name, owner ?? id);
  if (owner === undefined || (owner === id && path.at(-1) !== 'id')) return;
  const remedy = 'Keep it under one person; put all the names of one human into one entry.';
  if (owner === id) report.problem(path, `${id} is listed twice.`, 'Put all the names of one human into one entry.');
  else report.problem(path, `"${name}" already belongs to ${owner}, so it cannot name ${id} too.`, remedy);
}

function resolvePerson(people: readonly Person[], name: string, path: Path, report: Report): string {
  const wanted = name.toLowerCase();
  const person = people.find((each) => each.id === wanted || each.aliases.includes(wanted));
  if (person !== undefined) return person.id;
  report.problem(
    path,
    `Nobody in people is called "${name}".`,
    remedyFor(
      name,
      people.map((each) => each.id),
      'people',
    ),
  );
  return name;
}

/** Identity Center names the sessions of its roles itself; of any other role, and of a federated user, whoever may open one says how it is called. */
function refuseChosenNames(person: PersonEntry, index: number, report: Report): void {
  for (const [place, entry] of person.aws.entries()) {
    const named = typeof entry === 'string' ? principalOf(entry) : undefined;
    const isSession = named?.session !== undefined && !named.name.startsWith('AWSReservedSSO_');
    if (!isSession && named?.kind !== 'federated-user') continue;
    report.problem(
      ['people', index, 'aws', place],
      `${entry} names no person: whoever may open such a session gives it any name.`,
      'Write what opens it (a unique id AIDA… or the ARN of a user), or, if a trust policy enforces the name, leave it out and let the target say enforced-session-name.',
    );
  }
}

function warnOfPerson(person: PersonEntry, index: number, file: PolicyFile, report: Report): void {
  if (person.slack === undefined) {
    report.warning(['people', index], `${person.id} has no Slack id: they cannot ask, be asked or be told.`);
  }
  for (const [place, entry] of person.aws.entries()) {
    for (const account of accountsOf(entry).filter((each) => file.accounts[each] === undefined)) {
      report.warning(
        ['people', index, 'aws', place],
        `account ${account} of ${person.id} is not in accounts, so what it logs is not seen.`,
      );
    }
  }
}

/** Further ones are only counted. */
const MOST_NAMED = 5;

/** PagerDuty's webhooks name whoever acknowledges by their id alone. */
function warnOfUnknownInPagerDuty(people: readonly PersonEntry[], report: Report): void {
  const without = people.filter(({ pagerDuty }) => pagerDuty === undefined).map(({ id }) => id);
  if (without.length === 0) return;
  const more = without.length > MOST_NAMED ? ` and ${without.length - MOST_NAMED} more` : '';
  report.warning(
    ['people'],
    `without a pagerDuty id: ${without.slice(0, MOST_NAMED).join(', ')}${more}. What they acknowledge in PagerDuty is paged again.`,
  );
}

function accountsOf(entry: PersonEntry['aws'][number]): readonly string[] {
  if (typeof entry === 'string') return entry.startsWith('arn:') ? [entry.split(':')[4] ?? ''] : [];
  return 'accounts' in entry ? entry.accounts : [];
}

function warnOfGroup(id: string, group: Group, file: PolicyFile, report: Report): void {
  if (group.kind === 'slack-user-group') return;
  if (group.people.length === 0) {
    report.problem(['groups', id, 'people'], `The group ${id} is empty.`, 'Name its people, or remove it.');
  }
  const teams = Object.keys(file.teams).filter((team) => file.teams[team]?.approvers === id);
  if (teams.length > 0 && group.people.length === 1) {
    report.warning(
      ['groups', id, 'people'],
      `the approvers of ${teams.join(', ')} are one person, for whom nobody can approve: add a second.`,
    );
  }
}
