import { type Principal, principalKey, principalOf } from './arn.ts';
import type { PersonId, Policy } from './policy.ts';

/** The people of a policy, by every name that counts. A name that two people share is nobody's. */
export interface People {
  byPrincipalId(id: string): PersonId | undefined;
  byPrincipal(principal: Principal): PersonId | undefined;
  byUserName(account: string, userName: string): PersonId | undefined;
  byIdentityStoreUser(userId: string): PersonId | undefined;
  /** By canonical id or alias, whatever the case. */
  byName(name: string): PersonId | undefined;
}

const AMBIGUOUS = Symbol('two people');

export function peopleOf(policy: Policy): People {
  const names = new Map<string, PersonId | typeof AMBIGUOUS>();
  const add = (kind: string, name: string, person: PersonId) => {
    const key = `${kind} ${name}`;
    const before = names.get(key);
    names.set(key, before === undefined || before === person ? person : AMBIGUOUS);
  };
  const find = (kind: string, name: string) => {
    const found = names.get(`${kind} ${name}`);
    return found === AMBIGUOUS ? undefined : found;
  };
  for (const person of policy.people) {
    for (const name of [person.id, ...person.aliases]) add('name', name.toLowerCase(), person.id);
    for (const known of person.aws) addPrincipal(known, (kind, name) => add(kind, name, person.id));
  }
  return {
    byPrincipalId: (id) => find('id', id),
    byPrincipal: (principal) => find('arn', sessionKey(principal)) ?? find('arn', principalKey(principal)),
    byUserName: (account, userName) => find('user', `${account} ${userName.toLowerCase()}`),
    byIdentityStoreUser: (userId) => find('store', userId.toLowerCase()),
    byName: (name) => find('name', name.toLowerCase()),
  };
}

function addPrincipal(known: Policy['people'][number]['aws'][number], add: (kind: string, name: string) => void): void {
  switch (known.kind) {
    case 'principal-id':
      add('id', known.id);
      return;
    case 'arn': {
      const principal = principalOf(known.arn);
      if (principal !== undefined) add('arn', sessionKey(principal));
      return;
    }
    case 'user-name':
      for (const account of known.accounts) add('user', `${account} ${known.userName.toLowerCase()}`);
      return;
    case 'identity-store-user':
      add('store', known.userId.toLowerCase());
      return;
  }
}

/** An assumed-role ARN in the policy names one session of the role, not everybody's. */
function sessionKey(principal: Principal): string {
  return principal.session === undefined ? principalKey(principal) : `${principalKey(principal)}/${principal.session}`;
}
