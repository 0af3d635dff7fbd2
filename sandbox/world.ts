import type { Person, Policy, Target } from '../lambdas/core/policy.ts';
import { accountOfArn, type IamUser, userId } from './cloudtrail/identity.ts';

/** How the people of a policy call AWS: the sandbox makes up what the policy does not say. */
export function iamUserOf(policy: Policy, person: Person): IamUser {
  const arn = person.aws
    .flatMap((each) => (each.kind === 'arn' ? [each.arn] : []))
    .find((each) => each.includes(':user/'));
  const named = person.aws.find((each) => each.kind === 'user-name');
  const known = person.aws.find((each) => each.kind === 'principal-id')?.id;
  const account = arn ? accountOfArn(arn) : (named?.accounts[0] ?? accountOfPeople(policy));
  const name = arn?.split('/').at(-1) ?? named?.userName ?? person.id;
  const principalId = known ?? userId(`arn:aws:iam::${account}:user/${name}`);
  return { kind: 'user', account, name, principalId, accessKeyId: `AKIA${principalId.slice(4).padEnd(16, 'X')}` };
}

/** The account of the other people's users, else the home account. */
function accountOfPeople(policy: Policy): string {
  const arns = policy.people.flatMap((person) => person.aws.flatMap((each) => (each.kind === 'arn' ? [each.arn] : [])));
  return arns.map(accountOfArn)[0] ?? policy.home.account;
}

/** The address of a person's laptop: documentation addresses (RFC 5737), one a person. */
export function laptopOf(policy: Policy, person: Person): string {
  return `192.0.2.${10 + (policy.people.indexOf(person) % 200)}`;
}

/** Where a stolen key is used from. */
export const ELSEWHERE = '203.0.113.66';

export interface RoleUse {
  readonly roleArn: string;
  /** How the person gets in, by the first identity source that the target trusts. */
  readonly by: 'assume-role' | 'saml';
  readonly region: string;
}

/** The role that this person would use for a target with a role, with every wildcard filled in. */
export function roleUseOf(policy: Policy, target: Target, person: Person): RoleUse | undefined {
  if (target.door.kind !== 'role') return undefined;
  const first = target.identity[0];
  const template = target.identity.find((each) => each.source === 'role-name')?.template;
  const alias = person.aliases[0] ?? person.id.split('@')[0] ?? person.id;
  const name = template?.replace('{person}', alias);
  const saml = first?.source === 'saml' || first?.source === 'identity-center';
  return {
    roleArn: fillIn(policy, target.door.roleArn, name ?? alias),
    by: saml ? 'saml' : 'assume-role',
    region: target.door.regions.find((region) => !region.includes('*')) ?? policy.home.region,
  };
}

function fillIn(policy: Policy, roleArn: string, name: string): string {
  const parts = roleArn.split(':');
  const account = parts[4] ?? '';
  if (account.includes('*')) parts[4] = Object.keys(policy.accounts).find((id) => id !== policy.home.account) ?? '';
  const path = (parts[5] ?? '').split('/');
  if (path.at(-1)?.includes('*')) path[path.length - 1] = name;
  parts[5] = path.filter((segment) => segment !== '*').join('/');
  return parts.join(':');
}

/** The target with a role through which one gets to a database or a shell: the one that includes or shares the account. */
export function wayInto(policy: Policy, target: Target): Target | undefined {
  const included = policy.targets.find((each) => target.includes.includes(each.id) && each.door.kind === 'role');
  return (
    included ??
    policy.targets.find((each) => each.door.kind === 'role' && each.door.roleArn.includes(`:${accountOf(target)}:`))
  );
}

function accountOf(target: Target): string {
  return 'account' in target.door ? target.door.account : '';
}
