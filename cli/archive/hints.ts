import { createHash } from 'node:crypto';
import { CANARY_ROLE } from '../../lambdas/core/canary.ts';
import { TAMPERING_EVENTS } from '../../lambdas/core/doors/tampering.ts';
import type { Door, Policy } from '../../lambdas/core/policy.ts';
import { USE_EVENT_NAMES } from '../../lambdas/core/read-record.ts';

/** When a record of an event name can be a use; numbers are the scanner's classes. */
const CLASS = { parse: 0, role: 1, tampering: 2, never: 3 } as const;

/** What lets the scanner rule a record out without parsing it. */
export interface Hints {
  /** Event names that can be a use, each with its class; every other is `other-event`. In order of length. */
  readonly names: readonly (readonly [name: string, kind: number])[];
  /** Lower-case pieces of the names of watched roles; one of them is in every record of a watched role. */
  readonly needles: readonly string[];
  /** Account ids of the policy; one of them is in every record of tampering. */
  readonly accounts: readonly string[];
}

const ASSUME_ROLE = new Set(['AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity']);

/** Event names that are a use of one kind of door alone. */
const ONLY_FOR: ReadonlyMap<string, Door['kind']> = new Map([
  ['GetSecretValue', 'secret'],
  ['ExecuteStatement', 'data-api'],
  ['BatchExecuteStatement', 'data-api'],
  ['ExecuteSql', 'data-api'],
  ['ExecuteCommand', 'shell'],
  ['StartSession', 'shell'],
  ['ResumeSession', 'shell'],
  ['SendSSHPublicKey', 'shell'],
  ['SendSerialConsoleSSHPublicKey', 'shell'],
  ['OpenTunnel', 'shell'],
  ['GetFederationToken', 'federation'],
  ['AssumeRoot', 'root'],
]);

/** Beyond this many, looking for each in turn costs more than parsing. */
const MOST_NEEDLES = 24;
const SHORTEST_NEEDLE = 4;

/** Raised whenever the scanner or what it keeps changes, so that nothing kept by an earlier one is used. */
const SCANNER = 4;

const made = new WeakMap<Policy, Hints>();

/** Made once for a policy. */
export function hintsOf(policy: Policy): Hints {
  const hints = made.get(policy) ?? makeHints(policy);
  made.set(policy, hints);
  return hints;
}

function makeHints(policy: Policy): Hints {
  const needles = roleNeedles(policy);
  const accounts = [...new Set([...Object.keys(policy.accounts), policy.home.account])].sort();
  const names = [...USE_EVENT_NAMES]
    .sort()
    .map((name) => [name, classOf(name, policy, needles !== undefined, accounts)] as const);
  const byLength = names.sort(([one], [other]) => one.length - other.length);
  return { names: byLength, needles: needles ?? [], accounts };
}

/** Says which records are kept of a file: those of equal hints are the same. */
export function versionOf(hints: Hints): string {
  return createHash('sha256')
    .update(JSON.stringify({ scanner: SCANNER, ...hints }))
    .digest('hex')
    .slice(0, 16);
}

function classOf(name: string, policy: Policy, hasNeedles: boolean, accounts: readonly string[]): number {
  if (ASSUME_ROLE.has(name)) return hasNeedles ? CLASS.role : CLASS.parse;
  const door = ONLY_FOR.get(name);
  if (door !== undefined) return policy.targets.some((target) => target.door.kind === door) ? CLASS.parse : CLASS.never;
  return TAMPERING_ONLY.has(name) && accounts.length <= MOST_ACCOUNTS ? CLASS.tampering : CLASS.parse;
}

const TAMPERING_ONLY: ReadonlySet<string> = new Set(TAMPERING_EVENTS.map(({ eventName }) => eventName));
const MOST_ACCOUNTS = 200;

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
  return [...new Set([CANARY_ROLE, ...rolePatterns(policy).flatMap((pattern) => needleOf(pattern) ?? [])])].sort();
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
