import type { Construct } from 'constructs';
import { GLOBAL_REGION, type Tap } from '../lambdas/core/patterns.ts';
import type { Policy } from '../lambdas/core/policy.ts';
import { canaryRole } from './canary-watch.ts';
import { reconcileRole } from './reconcile-watch.ts';

/**
 * The roles that the home account's functions become in an account, home itself included, which the canary leaves out where it is not watched. IAM is
 * global: they are made once, where every account has rules.
 */
export function accountRoles(scope: Construct, policy: Policy, { account, region }: Tap): void {
  if (region !== GLOBAL_REGION) return;
  if (account in policy.accounts) canaryRole(scope, policy);
  reconcileRole(scope, policy, account);
}
