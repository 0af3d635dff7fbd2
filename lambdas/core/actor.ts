import { UNKNOWN } from './access-event.ts';
import { type Principal, principalOf } from './arn.ts';
import type { Caller } from './caller.ts';
import type { Use } from './doors/use.ts';
import type { People } from './people.ts';
import type { IdentitySource, PersonId } from './policy.ts';

/** Who it was and how that is known, or that nobody is known, why, and the names that prove nothing. */
export type Identified =
  | { readonly actor: PersonId; readonly how: string }
  | { readonly actor: typeof UNKNOWN; readonly how: string; readonly hints: readonly string[] };

/** All that a record says about whose a use was. */
export interface Clues {
  readonly caller: Caller;
  readonly use: Use;
  /** Whether a role's name counts: only of accounts that the policy lists, since elsewhere anybody may give any name. */
  readonly isListedAccount: (account: string) => boolean;
}

interface Claim {
  readonly person: PersonId;
  readonly how: string;
}

/**
 * The human behind a use (design §4): asks every source that the target trusts. One person named → that person; nobody,
 * or two sources that name different people → unknown, with what the record mentions as hints. Never guesses.
 */
export function actorOf(clues: Clues, sources: readonly IdentitySource[], people: People): Identified {
  const claims = sources.flatMap((source) => claimsOf(source, clues, people));
  const [first] = claims;
  const other = claims.find((claim) => claim.person !== first?.person);
  if (first === undefined) return { actor: UNKNOWN, how: whyNobody(clues), hints: hintsOf(clues) };
  if (other === undefined) return { actor: first.person, how: first.how };
  const how = `trusted sources disagree: ${first.how} is ${first.person}, ${other.how} is ${other.person}`;
  return { actor: UNKNOWN, how, hints: hintsOf(clues) };
}

function claimsOf(source: IdentitySource, clues: Clues, people: People): readonly Claim[] {
  switch (source.source) {
    case 'principal':
      return byPrincipal(clues, people);
    case 'saml':
      return byNames(clues.use.asserted?.names ?? [], people, 'SAML user name');
    case 'identity-center':
      return byIdentityCenter(clues, people);
    case 'enforced-session-name':
      return byNames([sessionNameOf(clues)], people, 'enforced session name');
    case 'enforced-source-identity':
      return byNames(
        [clues.use.openedSourceIdentity ?? clues.caller.sourceIdentity],
        people,
        'enforced source identity',
      );
    case 'role-name':
      return byRoleName(source.template, clues, people);
  }
}

function claim(person: PersonId | undefined, how: string): readonly Claim[] {
  return person === undefined ? [] : [{ person, how }];
}

/** What AWS itself authenticated: unique id, ARN, user name, and the caller that the console names in SwitchFrom. */
function byPrincipal({ caller, use }: Clues, people: People): readonly Claim[] {
  const from = principalOf(use.switchFrom ?? '');
  // In the role's copy of a switch the identity is the session that was opened: it says who opened it only by its name.
  const callers = use.switchFrom === undefined ? [caller.identity] : [from];
  return [
    ...callers.filter((named) => named !== undefined).flatMap((named) => byArn(named, people)),
    ...claim(people.byPrincipalId(caller.principal), `principal id ${caller.principal}`),
    ...(caller.type === 'IAMUser'
      ? claim(people.byUserName(caller.account, caller.userName), `IAM user name ${caller.userName}`)
      : []),
  ];
}

function byArn(named: Principal, people: People): readonly Claim[] {
  const label = named.kind === 'user' ? 'IAM user' : 'role';
  const arn = `arn:${named.partition}:iam::${named.account}:${named.kind}/${named.path}`;
  const byName = named.kind === 'user' ? people.byUserName(named.account, named.name) : undefined;
  return claim(people.byPrincipal(named) ?? byName, `${label} ${arn}`);
}

function byNames(names: readonly string[], people: People, label: string): readonly Claim[] {
  return names.filter((name) => name !== '').flatMap((name) => claim(people.byName(name), `${label} ${name}`));
}

/** Identity Center gives the sessions of its own roles the person's user name; only it can make roles under its path. */
function byIdentityCenter({ caller, use }: Clues, people: People): readonly Claim[] {
  const opened = use.asserted?.byIdentityCenter === true && isPermissionSet(use) ? use.asserted.names : [];
  const path = caller.identity?.path ?? '';
  const own = path.startsWith('aws-reserved/sso.amazonaws.com/') ? [caller.sessionName] : [];
  return [
    ...claim(people.byIdentityStoreUser(caller.onBehalfOf), `Identity Center user id ${caller.onBehalfOf}`),
    ...byNames([...opened, ...own], people, 'Identity Center user name'),
  ];
}

function isPermissionSet(use: Use): boolean {
  return use.used.door === 'role' && use.used.role.path.startsWith('aws-reserved/sso.amazonaws.com/');
}

/** The session that the target's trust policy speaks of: the one that is opened, else the one that acts. */
function sessionNameOf({ caller, use }: Clues): string {
  if (use.kind === 'assume-role') return use.openedSessionName ?? '';
  return caller.sessionName;
}

function byRoleName(template: string, { caller, use, isListedAccount }: Clues, people: People): readonly Claim[] {
  const used = use.used.door === 'role' ? use.used.role : undefined;
  const roles = [caller.identity, principalOf(use.switchFrom ?? ''), used];
  const named = roles.filter((role) => role?.kind === 'role' && isListedAccount(role.account));
  return named.flatMap((role) => {
    const name = personIn(template, role?.name ?? '');
    return name === undefined ? [] : claim(people.byName(name), `role name ${role?.name}`);
  });
}

/** What stands where `{person}` stands in the template, both of its ends held to. */
function personIn(template: string, roleName: string): string | undefined {
  const [before = '', after = ''] = template.split('{person}', 2);
  const isShort = roleName.length <= before.length + after.length;
  if (isShort || !roleName.startsWith(before) || !roleName.endsWith(after)) return undefined;
  return roleName.slice(before.length, roleName.length - after.length);
}

function whyNobody({ caller }: Clues): string {
  if (caller.type === 'AWSAccount')
    return `this copy of the call names ${caller.principal} of account ${caller.account} only`;
  return `the policy knows nobody as ${caller.arn || caller.principal}`.slice(0, 512);
}

function hintsOf({ caller, use }: Clues): readonly string[] {
  const hints = [
    ['user', use.asserted === undefined ? caller.userName : ''],
    ['asserted name', use.asserted?.names[0] ?? ''],
    ['caller', caller.arn],
    ['switched from', use.switchFrom ?? ''],
    ['session name', use.openedSessionName ?? caller.sessionName],
    ['source identity', use.openedSourceIdentity ?? caller.sourceIdentity],
  ] as const;
  return hints.filter(([, value]) => value !== '').map(([label, value]) => `${label} ${value}`.slice(0, 256));
}
