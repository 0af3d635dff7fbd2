import type { Door, IdentitySource, Target } from '../lambdas/core/policy.ts';
import { remedyFor } from './did-you-mean.ts';
import { compileDoor } from './doors.ts';
import { durationOf } from './durations.ts';
import { patternsOverlap } from './patterns-overlap.ts';
import type { Report } from './problem.ts';
import { refuseOwnId } from './reserved-ids.ts';
import type { PolicyFile, TargetEntry } from './schema.ts';

export function compileTargets(file: PolicyFile, report: Report): readonly Target[] {
  const targets = file.targets.flatMap((entry, index) => {
    const path = ['targets', index];
    refuseOwnId('target', entry.id, [...path, 'id'], report);
    checkReferences(entry, index, file, report);
    const door = compileDoor(entry, file, path, report);
    return door === undefined ? [] : [compileTarget(entry, door)];
  });
  warnOfOverlaps(targets, file, report);
  return targets;
}

function compileTarget(entry: TargetEntry, door: Door): Target {
  return {
    id: entry.id,
    title: entry.title,
    team: entry.team,
    door,
    identity: entry.identity.map(compileIdentity),
    groupingMs: durationOf(entry.grouping),
    maxActionMs: durationOf(entry.maxAction),
    settleMs: durationOf(entry.settle),
    includes: [...new Set(entry.includes)],
  };
}

function compileIdentity(entry: TargetEntry['identity'][number]): IdentitySource {
  return typeof entry === 'string' ? { source: entry } : { source: 'role-name', template: entry['role-name'] };
}

function checkReferences(entry: TargetEntry, index: number, file: PolicyFile, report: Report): void {
  const path = ['targets', index];
  const ids = file.targets.map((each) => each.id);
  if (ids.indexOf(entry.id) !== index) {
    report.problem([...path, 'id'], `There are two targets "${entry.id}".`, 'Give each target an id of its own.');
  }
  if (file.teams[entry.team] === undefined) {
    report.problem(
      [...path, 'team'],
      `There is no team "${entry.team}".`,
      remedyFor(entry.team, Object.keys(file.teams), 'teams'),
    );
  }
  for (const [place, included] of entry.includes.entries()) {
    const at = [...path, 'includes', place];
    if (included === entry.id) report.problem(at, `Target ${entry.id} includes itself.`, 'Remove it.');
    else if (!ids.includes(included))
      report.problem(at, `There is no target "${included}".`, remedyFor(included, ids, 'targets'));
  }
}

/** The first target of the file that matches a record wins, so an overlap leaves the later one partly blind. */
function warnOfOverlaps(targets: readonly Target[], file: PolicyFile, report: Report): void {
  for (const [later, target] of targets.entries()) {
    for (const first of targets.slice(0, later).filter((each) => doorsOverlap(each.door, target.door))) {
      const index = file.targets.findIndex((each) => each.id === target.id);
      report.warning(
        ['targets', index, 'id'],
        `targets ${first.id} and ${target.id} overlap; what both match counts for ${first.id}, which comes first.`,
      );
    }
  }
}

function doorsOverlap(a: Door, b: Door): boolean {
  if (a.kind === 'role' && b.kind === 'role') return patternsOverlap(a.roleArn, b.roleArn);
  if (a.kind === 'secret' && b.kind === 'secret') return patternsOverlap(a.arn, b.arn);
  if (a.kind === 'data-api' && b.kind === 'data-api') return patternsOverlap(a.cluster, b.cluster);
  if (a.kind === 'root' && b.kind === 'root') return a.account === b.account;
  if (a.kind === 'federation' && b.kind === 'federation') return a.account === b.account;
  if (a.kind === 'shell' && b.kind === 'shell') return shellsOverlap(a, b);
  if (a.kind !== 'database' || b.kind !== 'database') return false;
  return a.account === b.account && a.region === b.region && a.logGroup === b.logGroup && anyOverlap(a.users, b.users);
}

type Shell = Extract<Door, { kind: 'shell' }>;

function shellsOverlap(a: Shell, b: Shell): boolean {
  if (a.account !== b.account || !a.regions.some((region) => b.regions.includes(region))) return false;
  return (a.ssm && b.ssm) || (a.instanceConnect && b.instanceConnect) || anyOverlap(a.ecsClusters, b.ecsClusters);
}

function anyOverlap(some: readonly string[], others: readonly string[]): boolean {
  return some.some((one) => others.some((other) => patternsOverlap(one, other)));
}
