import type { Policy } from '../lambdas/core/policy.ts';
import type { Instant } from '../lambdas/core/time.ts';
import { canonicalJson, sha256 } from './canonical-json.ts';
import { durationOf } from './durations.ts';
import { compileGroups, compilePeople } from './people.ts';
import type { PolicyProblem, Report } from './problem.ts';
import { reportIssues } from './problems-of-schema.ts';
import { type PolicyFile, policyFile } from './schema.ts';
import { readSource } from './source.ts';
import { compileSuppressions } from './suppressions.ts';
import { compileTargets } from './targets.ts';
import { compileCyber, compileTeams } from './teams.ts';

export type CompiledPolicy =
  | { readonly ok: true; readonly policy: Policy; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[]; readonly warnings: readonly string[] };

/**
 * Checks a policy file and compiles it to what the functions are given. Never throws: everything that is wrong with the
 * text is a problem with its line and what would be right, in the order of the file.
 *
 * @param fileName for the messages
 * @param now suppressions that have ended by then are worth a warning
 */
export function compilePolicy(yamlText: string, fileName: string, now: Instant = Date.now()): CompiledPolicy {
  const source = readSource(yamlText, fileName);
  const policy = source.problems.length === 0 ? check(source.data, now, source.report) : undefined;
  const problems = source.problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  if (policy === undefined || problems.length > 0) return { ok: false, problems, warnings: source.warnings };
  return { ok: true, policy, warnings: source.warnings };
}

/** The hash that names a policy: of everything in it but the hash. */
export function policyHash(policy: Omit<Policy, 'hash'>): string {
  return sha256(canonicalJson({ ...policy, hash: undefined }));
}

function check(data: unknown, now: Instant, report: Report): Policy | undefined {
  const parsed = policyFile.safeParse(data, { reportInput: false });
  if (parsed.success) return build(parsed.data, now, report);
  reportIssues(parsed.error.issues, data, report);
  return undefined;
}

function build(file: PolicyFile, now: Instant, report: Report): Policy {
  const directory = compilePeople(file, report);
  const policy: Omit<Policy, 'hash'> = {
    version: file.version,
    home: file.home,
    accounts: file.accounts,
    ...(file.trail === undefined ? {} : { trail: file.trail }),
    slack: file.slack,
    pagerDutyRegion: file.pagerDutyRegion,
    people: directory.people,
    groups: compileGroups(file, directory, report),
    teams: compileTeams(file, report),
    cyber: compileCyber(file, report),
    targets: compileTargets(file, report),
    approvals: {
      validForMs: durationOf(file.approvals.validFor),
      maxPinMs: durationOf(file.approvals.maxPin),
      requestLapsesMs: durationOf(file.approvals.requestLapses),
      emergencyLapsesMs: durationOf(file.approvals.emergencyLapses),
    },
    tips: file.tips,
    suppressions: compileSuppressions(file, directory, now, report),
  };
  return { ...policy, hash: policyHash(policy) };
}
