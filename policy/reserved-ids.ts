import type { Path, Report } from './problem.ts';

/** What two-eye calls its own targets and teams: the canary's is silenced, and findings of the others are told otherwise. */
const OWN = /^(?:two-eye|tampering$|unreadable$)/;

/** Refuses an id that two-eye gives itself: a target of that name would be taken for two-eye's own. */
export function refuseOwnId(what: 'target' | 'team', id: string, path: Path, report: Report): void {
  if (!OWN.test(id)) return;
  report.problemAtKey(
    path,
    `A ${what} cannot be called ${id}.`,
    'Two-eye calls its own so (two-eye…, tampering, unreadable): use another id.',
  );
}
