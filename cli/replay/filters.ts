import { CANARY } from '../../lambdas/core/canary.ts';
import { TwoEyeError } from '../../lambdas/core/errors.ts';
import type { Policy } from '../../lambdas/core/policy.ts';
import { TAMPERING } from '../../lambdas/core/resolve.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';

/** What of the output is shown. Everything is read and judged all the same. */
export interface Filters {
  readonly since?: string;
  readonly until?: string;
  readonly account?: readonly string[];
  readonly target?: readonly string[];
}

/**
 * Says whether a line is shown: `[since, until)`, and any of the accounts and targets. Throws `misconfigured` for what can never
 * show anything (a time that is none, an end before the beginning, an account or target that the policy does not have): an empty
 * answer would look like good news.
 */
export function filterOf(filters: Filters, policy: Policy): (line: VerdictLine) => boolean {
  const { since, until } = spanOf(filters);
  const [accounts, targets] = [filters.account ?? [], filters.target ?? []];
  refuseStrangeAccounts(accounts, policy);
  refuseStrangeTargets(targets, policy);
  return (line) => {
    const at = Date.parse(line.occurredAt);
    if (at < since || at >= until) return false;
    return (
      (accounts.length === 0 || accounts.includes(line.account)) &&
      (targets.length === 0 || targets.includes(line.target))
    );
  };
}

function spanOf({ since, until }: Filters): { readonly since: number; readonly until: number } {
  const [from, end] = [timeOf('--since', since), timeOf('--until', until)];
  if (from !== undefined && end !== undefined && from >= end)
    throw new TwoEyeError('misconfigured', `--since ${since} is not before --until ${until}: give an earlier time`);
  return { since: from ?? Number.NEGATIVE_INFINITY, until: end ?? Number.POSITIVE_INFINITY };
}

function refuseStrangeAccounts(accounts: readonly string[], policy: Policy): void {
  const known = [...new Set([...Object.keys(policy.accounts), policy.home.account])];
  const isKnown = (account: string) =>
    known.includes(account) || (watchesAnyAccount(policy) && /^\d{12}$/.test(account));
  const strange = accounts.find((account) => !isKnown(account));
  if (strange !== undefined)
    throw new TwoEyeError(
      'misconfigured',
      `--account ${strange}: the policy has no such account (it has: ${known.join(', ')})`,
    );
}

/** A role's account may be a wildcard: then accounts can be met that the policy does not list. */
function watchesAnyAccount({ targets }: Policy): boolean {
  return targets.some(({ door }) => door.kind === 'role' && door.roleArn.split(':')[4]?.includes('*'));
}

function refuseStrangeTargets(targets: readonly string[], policy: Policy): void {
  const known = policy.targets.map(({ id }) => id);
  const strange = targets.find((target) => !known.includes(target) && !OWN_TARGETS.includes(target));
  if (strange !== undefined)
    throw new TwoEyeError(
      'misconfigured',
      `--target ${strange}: the policy has no such target (it has: ${known.join(', ')})`,
    );
}

/** What two-eye watches whatever the policy says. */
const OWN_TARGETS: readonly string[] = [TAMPERING, CANARY];

const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

/** A day or a time as the command line takes it; throws `misconfigured` for anything else. */
export function timeOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = TIME.test(text) && isDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new TwoEyeError(
    'misconfigured',
    `${option} ${text}: give a day (2026-11-24) or a time in UTC (2026-11-24T14:05:00Z)`,
  );
}

/** The thirtieth of February would be taken for a day of March. */
function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}
