import type { Use } from './doors/use.ts';
import type { Policy, Target } from './policy.ts';
import { HOUR_MS, MINUTE_MS } from './time.ts';

/** The role that a canary assumes in every watched account, to see that its record arrives and is told. */
export const CANARY_ROLE = 'two-eye-canary';

/** Its own target, and what silences it: it passes the whole way, is told as suppressed and enters no ledger. */
export const CANARY = 'two-eye-canary';

/** Whose the canary's verdicts are: no team of a policy, so nobody is told but whoever listens for the canary. */
export const CANARY_TEAM = 'two-eye';

/**
 * The target of a record in which the canary sang; undefined for any other, also for somebody who was refused the role, and for the caller's copy:
 * what counts is that the copy of the account where it sang arrived.
 */
export function canaryTarget({ used, outcome, half }: Use, policy: Policy): Target | undefined {
  if (used.door !== 'role' || used.role.name !== CANARY_ROLE || outcome === 'refused' || half === 'caller')
    return undefined;
  const { account } = used.role;
  if (!(account in policy.accounts)) return undefined;
  return {
    id: CANARY,
    title: "Two-eye's canary",
    team: CANARY_TEAM,
    door: { kind: 'role', roleArn: `arn:*:iam::${account}:role/${CANARY_ROLE}`, regions: [] },
    identity: [],
    groupingMs: 2 * MINUTE_MS,
    maxActionMs: HOUR_MS,
    settleMs: 0,
    includes: [],
  };
}
