import type { Door } from '../lambdas/core/policy.ts';
import { remedyFor } from './did-you-mean.ts';
import { patternsOverlap } from './patterns-overlap.ts';
import { type Path, pathText, type Report } from './problem.ts';
import type { PolicyFile, TargetEntry } from './schema.ts';

/** The keys of a target of which it must have exactly one. */
const DOORS = ['role', 'database', 'shell', 'root', 'federation', 'secret', 'dataApi'] as const;

/** What a target watches; undefined, and reported, unless the entry says exactly one thing that exists. */
export function compileDoor(entry: TargetEntry, file: PolicyFile, path: Path, report: Report): Door | undefined {
  const named = DOORS.filter((door) => entry[door] !== undefined);
  if (named.length !== 1) {
    const says =
      named.length === 0 ? 'says nothing to watch' : `says ${named.length} things to watch: ${named.join(', ')}`;
    report.problem(path, `Target ${entry.id} ${says}.`, `Give it exactly one of ${DOORS.join(', ')}.`);
    return undefined;
  }
  if (entry.regions !== undefined && entry.role === undefined) {
    report.problemAtKey(
      [...path, 'regions'],
      `regions of target ${entry.id} belongs to a role.`,
      'Put regions inside shell, or remove it.',
    );
  }
  return doorOf(entry, file, path, report);
}

function doorOf(entry: TargetEntry, file: PolicyFile, path: Path, report: Report): Door | undefined {
  const { role, database, shell, root, federation, secret, dataApi } = entry;
  const account = (id: string, ...rest: readonly string[]) => checkAccount(id, file, [...path, ...rest], report);
  if (role !== undefined) {
    checkRole(role, file, [...path, 'role'], report);
    return { kind: 'role', roleArn: role, regions: entry.regions ?? [...new Set([file.home.region, 'us-east-1'])] };
  }
  if (database !== undefined) {
    account(database.account, 'database', 'account');
    return { kind: 'database', ...database };
  }
  if (shell !== undefined) {
    account(shell.account, 'shell', 'account');
    checkShell(entry.id, shell, [...path, 'shell'], report);
    return { kind: 'shell', ...shell, regions: shell.regions ?? regionsOf(shell.account, file) };
  }
  if (root !== undefined) {
    account(root.account, 'root', 'account');
    return { kind: 'root', ...root };
  }
  if (federation !== undefined) {
    account(federation.account, 'federation', 'account');
    return { kind: 'federation', ...federation };
  }
  if (secret !== undefined) {
    checkPlace(secret.arn, file, [...path, 'secret', 'arn'], report);
    return { kind: 'secret', ...secret };
  }
  if (dataApi === undefined) return undefined;
  checkPlace(dataApi.cluster, file, [...path, 'dataApi', 'cluster'], report);
  return { kind: 'data-api', ...dataApi };
}

function accountOf(arn: string): string {
  return arn.split(':')[4] ?? '';
}

/** An account pattern must match at least one account that is listed. */
function checkAccount(pattern: string, file: PolicyFile, path: Path, report: Report): void {
  const listed = Object.keys(file.accounts);
  if (listed.some((account) => patternsOverlap(pattern, account))) return;
  const remedy = `${remedyFor(pattern, listed, 'accounts')} Or add it to accounts.`;
  report.problem(path, `Account ${pattern} in ${pathText(path)} is not one of accounts.`, remedy);
}

/** What names no role (`arn:aws:iam::111111111111:*`) would make rules that match nothing. */
function checkRole(arn: string, file: PolicyFile, path: Path, report: Report): void {
  checkAccount(accountOf(arn), file, path, report);
  if (arn.split(':').slice(5).join(':').startsWith('role/')) return;
  report.problem(path, `${arn} is no ARN of a role.`, 'Write role/ and a name after the account; * is a wildcard.');
}

/** Rules are put where a secret or a cluster is: with its place left open there would be none, and it would be used unseen. */
function checkPlace(arn: string, file: PolicyFile, path: Path, report: Report): void {
  checkAccount(accountOf(arn), file, path, report);
  const region = arn.split(':')[3] ?? '';
  if (/^[a-z0-9-]+$/.test(region) && !accountOf(arn).includes('*')) return;
  report.problem(
    path,
    `${arn} leaves its account or Region open, so nothing would listen for it.`,
    'Name both, in a target for each place.',
  );
}

function checkShell(id: string, shell: NonNullable<TargetEntry['shell']>, path: Path, report: Report): void {
  if (shell.ecsClusters.length > 0 || shell.ssm || shell.instanceConnect) return;
  report.problem(
    path,
    `The shell of ${id} watches nothing.`,
    'Name ecsClusters, or set ssm or instanceConnect to true.',
  );
}

/** A shell that names no Regions is watched wherever the same account is watched, and in the home Region. */
function regionsOf(account: string, file: PolicyFile): readonly string[] {
  const regions = file.targets.flatMap((target) => {
    if (target.role !== undefined && patternsOverlap(accountOf(target.role), account)) return target.regions ?? [];
    return target.database?.account === account ? [target.database.region] : [];
  });
  return [...new Set([file.home.region, ...regions])];
}
