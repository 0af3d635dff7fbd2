import { endOfDay } from '../lambdas/core/hours.ts';
import type { Suppression } from '../lambdas/core/policy.ts';
import type { Instant } from '../lambdas/core/time.ts';
import { remedyFor } from './did-you-mean.ts';
import type { Directory } from './people.ts';
import type { Path, Report } from './problem.ts';
import type { PolicyFile } from './schema.ts';

/** The policy names days as people in London do. */
const TIME_ZONE = 'Europe/London';

/** Longer than this nobody remembers why. */
const MAX_AHEAD_DAYS = 400;

export function compileSuppressions(
  file: PolicyFile,
  directory: Directory,
  now: Instant,
  report: Report,
): readonly Suppression[] {
  return file.suppressions.map((entry, index) => {
    const path = ['suppressions', index];
    const targets = file.targets.map((target) => target.id);
    if (file.suppressions.findIndex((each) => each.id === entry.id) !== index) {
      report.problem([...path, 'id'], `There are two suppressions "${entry.id}".`, 'Give each an id of its own.');
    }
    if (!targets.includes(entry.match.target)) {
      const remedy = remedyFor(entry.match.target, targets, 'targets');
      report.problem([...path, 'match', 'target'], `There is no target "${entry.match.target}".`, remedy);
    }
    checkPrincipal(entry.match.principal, [...path, 'match', 'principal'], report);
    return {
      id: entry.id,
      match: entry.match,
      reason: entry.reason,
      owner: directory.resolve(entry.owner, [...path, 'owner']),
      until: endOf(entry.until, now, [...path, 'until'], report),
    };
  });
}

/** Silence must be narrow: one account, and not every role of it. */
function checkPrincipal(principal: string, path: Path, report: Report): void {
  const remedy = 'Name one role: arn:aws:iam::222222222222:role/ci-terraform, or its unique id (AROA…).';
  if (/^A(IDA|ROA)[A-Z0-9]{4,}$/.test(principal)) return;
  const parts = /^arn:aws[a-z-]*:(iam|sts):[^:]*:([^:]*):(role|user|assumed-role)\/(.+)$/.exec(principal);
  if (parts === null) {
    report.problem(path, `A suppression cannot be for "${principal}".`, remedy);
  } else if (!/^\d{12}$/.test(parts[2] ?? '')) {
    report.problem(path, `A suppression cannot leave the account open: "${principal}".`, remedy);
  } else if (/^[*/]*$/.test(parts[4] ?? '')) {
    report.problem(path, `A suppression cannot silence everybody in an account: "${principal}".`, remedy);
  }
}

function endOf(date: string, now: Instant, path: Path, report: Report): Instant {
  const isDate = !Number.isNaN(Date.parse(date)) && new Date(date).toISOString().startsWith(date);
  if (!isDate) {
    report.problem(path, `There is no day ${date}.`, 'Write the last day as 2027-03-31.');
    return 0;
  }
  const until = endOfDay(date, TIME_ZONE);
  if (until <= now) report.warning(path, `the suppression ended on ${date} and silences nothing: renew or remove it.`);
  if (until > now + MAX_AHEAD_DAYS * 86_400_000) {
    report.warning(path, `the suppression lasts until ${date}: a review within a year is better.`);
  }
  return until;
}
