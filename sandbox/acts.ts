import type { Person, Policy, Target } from '../lambdas/core/policy.ts';
import type { Instant } from '../lambdas/core/time.ts';
import { type Assumed, assumeRole, refusedAssumeRole } from './cloudtrail/assume-role.ts';
import { switchRole } from './cloudtrail/console.ts';
import type { DatabaseLogin } from './cloudtrail/database-log.ts';
import { assumeRoleWithSaml } from './cloudtrail/federation.ts';
import type { Caller, RoleSession } from './cloudtrail/identity.ts';
import { BROWSER_AGENT, CLI_AGENT, type Origin, TERRAFORM_AGENT, type TrailRecord } from './cloudtrail/record.ts';
import { executeCommand, startSession } from './cloudtrail/session-calls.ts';
import { ELSEWHERE, iamUserOf, laptopOf, roleUseOf, wayInto } from './world.ts';

/** What somebody can do at the terminal. */
export const DOINGS = [
  'assume-role',
  'switch-role',
  'database',
  'shell',
  'terraform',
  'ci',
  'stolen-key',
  'refused',
] as const;

export type Doing = (typeof DOINGS)[number];

export interface Act {
  readonly by: Person;
  readonly doing: Doing;
  readonly target: Target;
  readonly at: Instant;
}

/** What AWS writes down of an act. */
export interface Traces {
  readonly records: readonly TrailRecord[];
  readonly logins: readonly DatabaseLogin[];
}

/** The records of an act, true to AWS's shapes; a sentence when the act makes no sense on the target. */
export function tracesOf(policy: Policy, act: Act): Traces | string {
  if (act.doing === 'database') return databaseTraces(policy, act);
  if (act.doing === 'shell') return shellTraces(policy, act);
  if (act.doing === 'ci') return ciTraces(policy, act);
  const use = roleUseOf(policy, act.target, act.by);
  if (use === undefined) return `${act.target.title} is not a role; there is nothing to assume.`;
  const user = iamUserOf(policy, act.by);
  const origin = originOf(policy, act, use.region);
  const call = { caller: user, roleArn: use.roleArn, sessionName: user.name, origin };
  switch (act.doing) {
    case 'assume-role':
      return onlyRecords(signIn(policy, act, origin).records);
    case 'switch-role':
      return onlyRecords(switchRole(user, use.roleArn, { ...origin, userAgent: BROWSER_AGENT }).records);
    case 'terraform':
      return onlyRecords([0, 3, 9].flatMap((second) => terraformCall(call, second)));
    case 'stolen-key':
      return onlyRecords(
        assumeRole({ ...call, origin: { ...origin, ip: ELSEWHERE, userAgent: STOLEN_AGENT } }).records,
      );
    case 'refused':
      return onlyRecords([refusedAssumeRole(call)]);
  }
}

const STOLEN_AGENT = 'Boto3/1.40.61 md/Botocore#1.40.61 ua/2.1 os/linux#6.16.8-kali lang/python#3.13.7';

const onlyRecords = (records: readonly TrailRecord[]): Traces => ({ records, logins: [] });

function originOf(policy: Policy, act: Act, region: string): Origin {
  return { at: act.at, region, ip: laptopOf(policy, act.by), userAgent: CLI_AGENT };
}

/** Gets a session on a role, in the way that the target trusts. */
function signIn(policy: Policy, act: Act, origin: Origin): Assumed & { readonly roleArn: string } {
  const use = roleUseOf(policy, act.target, act.by);
  const user = iamUserOf(policy, act.by);
  if (use === undefined) return { records: [], accessKeyId: '', roleArn: '' };
  const assumed =
    use.by === 'saml'
      ? assumeRoleWithSaml(act.by.id, use.roleArn, origin)
      : assumeRole({ caller: user, roleArn: use.roleArn, sessionName: user.name, origin });
  return { ...assumed, roleArn: use.roleArn };
}

function terraformCall(
  call: { caller: Caller; roleArn: string; sessionName: string; origin: Origin },
  second: number,
): readonly TrailRecord[] {
  const origin = { ...call.origin, at: call.origin.at + second * 1000, userAgent: TERRAFORM_AGENT };
  return assumeRole({ ...call, origin }).records;
}

/** A database is entered through its admin role: an assumption, then a login that names only the database's user. */
function databaseTraces(policy: Policy, act: Act): Traces | string {
  const { door } = act.target;
  const way = wayInto(policy, act.target);
  if (door.kind !== 'database' || way === undefined) return `${act.target.title} is not a database.`;
  const opened = signIn(policy, { ...act, target: way }, originOf(policy, act, door.region));
  const login = {
    account: door.account,
    region: door.region,
    logGroup: door.logGroup,
    user: door.users[0] ?? 'write',
    database: door.logGroup.split('/').at(-2) ?? 'database',
    ip: '10.0.3.17',
    at: act.at + 1_000,
  };
  return { records: opened.records, logins: [login] };
}

function shellTraces(policy: Policy, act: Act): Traces | string {
  const { door } = act.target;
  const way = wayInto(policy, act.target);
  if (door.kind !== 'shell' || way === undefined) return `${act.target.title} is not a shell.`;
  const region = door.regions.find((each) => !each.includes('*')) ?? 'eu-west-1';
  const origin = originOf(policy, act, region);
  const opened = signIn(policy, { ...act, target: way }, origin);
  const session: RoleSession = {
    kind: 'session',
    roleArn: opened.roleArn,
    name: iamUserOf(policy, act.by).name,
    accessKeyId: opened.accessKeyId,
  };
  const cluster = door.ecsClusters[0];
  const later = { ...origin, at: origin.at + 5_000 };
  const shell = cluster ? executeCommand(session, cluster, later) : startSession(session, 'i-0123456789abcdef0', later);
  return onlyRecords([...opened.records, shell]);
}

/** The deployment robot that the policy silences, where it names one. */
function ciTraces(policy: Policy, act: Act): Traces | string {
  const suppression = policy.suppressions.find((each) => each.match.principal.startsWith('arn:'));
  const target = policy.targets.find((each) => each.id === suppression?.match.target);
  const use = target && roleUseOf(policy, target, act.by);
  if (suppression === undefined || use === undefined) return 'The policy silences no deployment robot.';
  const caller: RoleSession = {
    kind: 'session',
    roleArn: suppression.match.principal,
    name: 'deploy-4711',
    accessKeyId: 'ASIASANDBOXDEPLOYBOT',
  };
  const origin = { at: act.at, region: use.region, ip: '198.51.100.20', userAgent: TERRAFORM_AGENT };
  return onlyRecords(assumeRole({ caller, roleArn: use.roleArn, sessionName: 'terraform', origin }).records);
}
