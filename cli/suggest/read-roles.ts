import type { Policy } from '../../lambdas/core/policy.ts';
import { textIn } from '../../lambdas/core/raw-record.ts';
import { readInput } from '../../lambdas/core/read.ts';
import type { ReadValue } from '../archive/read-value.ts';
import { EVERY_ROLE } from './every-role.ts';
import { observe, type RoleSeen } from './observe.ts';
import { layersOf } from './unwrap.ts';

/** Reads values as `replay` does, notes the roles in them, and tells of what cannot be read alone. */
export function roleReader(roles: Map<string, RoleSeen>): ReadValue {
  let policy = EVERY_ROLE;
  return (value) => {
    policy = withAccounts(policy, value);
    const readings = readInput(value, policy);
    const unreadable = readings.filter(({ outcome }) => outcome === 'unreadable');
    if (unreadable.length < readings.length) observe(value, roles);
    return unreadable;
  };
}

/** Which accounts are watched is what the policy will say: envelopes of every account are taken. */
function withAccounts(policy: Policy, value: unknown): Policy {
  const accounts = [...layersOf(value)].map((layer) => textIn(layer, 'account', 32));
  const strange = accounts.filter((account) => !Object.hasOwn(policy.accounts, account));
  if (strange.length === 0) return policy;
  return {
    ...policy,
    accounts: { ...policy.accounts, ...Object.fromEntries(strange.map((account) => [account, ''])) },
  };
}
