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
 * Says whether a line is shown: `[since, until)`, and any of the accounts and targets. Throws `misconfigured` for a time that is
 * none, and for a target that the policy does not have: an empty answer would look like good news.
 */
export function filterOf(filters: Filters, policy: Policy): (line: VerdictLine) => boolean {
  const since = timeOf('--since', filters.since) ?? Number.NEGATIVE_INFINITY;
  const until = timeOf('--until', filters.until) ?? Number.POSITIVE_INFINITY;
  const [accounts, targets] = [filters.account ?? [], filters.target ?? []];
  const known = policy.targets.map(({ id }) => id);
  const strange = targets.find((target) => !known.includes(target) && !OWN_TARGETS.includes(target));
  if (strange !== undefined)
    throw new TwoEyeError(
      'misconfigured',
      `--target ${strange}: the policy has no such target (it has: ${known.join(', ')})`,
    );
  return (line) => {
    const at = Date.parse(line.occurredAt);
    if (at < since || at >= until) return false;
    return (
      (accounts.length === 0 || accounts.includes(line.account)) &&
      (targets.length === 0 || targets.includes(line.target))
    );
  };
}

/** What two-eye watches whatever the policy says. */
const OWN_TARGETS: readonly string[] = [TAMPERING, CANARY];

const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

/** A day or a time as the command line takes it; throws `misconfigured` for anything else. */
export function timeOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new TwoEyeError(
    'misconfigured',
    `${option} ${text}: give a day (2026-11-24) or a time in UTC (2026-11-24T14:05:00Z)`,
  );
}
