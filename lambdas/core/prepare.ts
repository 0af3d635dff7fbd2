import { principalOf, roleMatcher, wildcard } from './arn.ts';
import type { Caller } from './caller.ts';
import type { Guarded } from './doors/tampering.ts';
import { type People, peopleOf } from './people.ts';
import type { Policy, Suppression } from './policy.ts';
import { type PreparedTarget, prepareTarget } from './targets.ts';

/** A policy with its patterns and names made ready for reading records. */
export interface PreparedPolicy {
  readonly policy: Policy;
  readonly targets: readonly PreparedTarget[];
  readonly people: People;
  readonly suppressions: readonly PreparedSuppression[];
  readonly isListedAccount: (account: string) => boolean;
  readonly guarded: Guarded;
}

export interface PreparedSuppression {
  readonly suppression: Suppression;
  readonly matches: (caller: Caller) => boolean;
}

const prepared = new WeakMap<Policy, PreparedPolicy>();

/** Made once for a policy, and kept as long as the policy is. */
export function prepare(policy: Policy): PreparedPolicy {
  const known = prepared.get(policy);
  if (known !== undefined) return known;
  const made = make(policy);
  prepared.set(policy, made);
  return made;
}

function make(policy: Policy): PreparedPolicy {
  const accounts = new Set([...Object.keys(policy.accounts), policy.home.account]);
  const isListedAccount = (account: string) => accounts.has(account);
  const people = peopleOf(policy);
  return {
    policy,
    targets: policy.targets.map(prepareTarget),
    people,
    suppressions: policy.suppressions.map((suppression) => ({
      suppression,
      matches: callerMatcher(suppression.match.principal),
    })),
    isListedAccount,
    guarded: guardedBy(policy, people, isListedAccount),
  };
}

/** A suppression names its principal by unique id, or by the ARN of a user or role (of whatever session). */
function callerMatcher(principal: string): (caller: Caller) => boolean {
  if (!principal.startsWith('arn:')) return (caller) => caller.principal === principal;
  const isRole = roleMatcher(principal);
  const isArn = wildcard(principal);
  return (caller) => isArn(caller.arn) || (caller.identity !== undefined && isRole(caller.identity));
}

function guardedBy({ targets, home }: Policy, people: People, isWatchedAccount: (account: string) => boolean): Guarded {
  const roles = targets.flatMap(({ door }) => (door.kind === 'role' ? [roleMatcher(door.roleArn)] : []));
  const logGroups = targets.flatMap(({ door }) => (door.kind === 'database' ? [wildcard(door.logGroup)] : []));
  return {
    isWatchedAccount,
    isHome: (account) => account === home.account,
    isWatchedRole: (role) => roles.some((matches) => matches(role)),
    isWatchedLogGroup: (name) => logGroups.some((matches) => matches(name)),
    isPersonsUser: (account, userName) => {
      const user = principalOf(`arn:aws:iam::${account}:user/${userName}`);
      return (people.byUserName(account, userName) ?? (user && people.byPrincipal(user))) !== undefined;
    },
  };
}
