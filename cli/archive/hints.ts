import { createHash } from 'node:crypto';
import type { Policy } from '../../lambdas/core/policy.ts';
import { USE_EVENT_NAMES } from '../../lambdas/core/read-record.ts';

/** What lets the scanner rule a record out without parsing it. */
export interface Hints {
  /** Event names that can be a use; every other is `other-event`. */
  readonly names: readonly string[];
  /** Event names by which a role is assumed: `not-watched` when no needle is in the record. Empty when a needle cannot be had. */
  readonly roleNames: readonly string[];
  /** Lower-case pieces of the names of watched roles; one of them is in every record of a watched role. */
  readonly needles: readonly string[];
  /** Says which records are kept of a file: those of equal hints are the same. */
  readonly version: string;
}

const ASSUME_ROLE = ['AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity'];

/** Beyond this many, looking for each in turn costs more than parsing. */
const MOST_NEEDLES = 24;
const SHORTEST_NEEDLE = 4;

/** Raised whenever the scanner or what it keeps changes, so that nothing kept by an earlier one is used. */
const SCANNER = 1;

export function hintsOf(policy: Policy): Hints {
  const needles = roleNeedles(policy);
  const [names, roleNames] = [[...USE_EVENT_NAMES].sort(), needles === undefined ? [] : ASSUME_ROLE];
  const content = { scanner: SCANNER, names, roleNames, needles: needles ?? [] };
  const version = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
  return { ...content, version };
}

/** Why every assumed role has to be parsed, or undefined: then the needles do. */
export function everyRoleBecause(policy: Policy): string | undefined {
  const without = rolePatterns(policy).find((pattern) => needleOf(pattern) === undefined);
  if (without !== undefined) return `the role ${without} names too little to search for`;
  return new Set(rolePatterns(policy).map(needleOf)).size > MOST_NEEDLES
    ? `more than ${MOST_NEEDLES} roles are watched`
    : undefined;
}

function roleNeedles(policy: Policy): string[] | undefined {
  if (everyRoleBecause(policy) !== undefined) return undefined;
  return [...new Set(rolePatterns(policy).flatMap((pattern) => needleOf(pattern) ?? []))].sort();
}

function rolePatterns(policy: Policy): string[] {
  return policy.targets.flatMap(({ door }) => (door.kind === 'role' ? [door.roleArn] : []));
}

/** The longest piece of the role's name (its path may be missing from a record) between wildcards. */
function needleOf(pattern: string): string | undefined {
  const name = pattern.slice(pattern.lastIndexOf('/') + 1).toLowerCase();
  const pieces = name.split('*').filter((piece) => /^[\w+=,.@-]+$/.test(piece) && piece.length <= 64);
  const [longest = ''] = pieces.sort((one, other) => other.length - one.length);
  return longest.length < SHORTEST_NEEDLE ? undefined : longest;
}
