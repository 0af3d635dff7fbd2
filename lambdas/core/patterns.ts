import { CANARY_ROLE } from './canary.ts';
import { TAMPERING_EVENTS } from './doors/tampering.ts';
import type { Door, Policy } from './policy.ts';

/** An EventBridge pattern: what a field may be, at any depth. Source: "Creating EventBridge event patterns", AWS. */
export interface EventPattern {
  readonly source: readonly string[];
  readonly account: readonly string[];
  readonly 'detail-type': readonly string[];
  readonly detail: PatternFields;
}
export type PatternFields = { readonly [field: string]: PatternFields | readonly PatternFields[] | readonly Matcher[] };
export type Matcher =
  | string
  | null
  | { readonly prefix: string | IgnoringCase }
  | { readonly suffix: string }
  | IgnoringCase
  | { readonly wildcard: string }
  | { readonly exists: boolean };

interface IgnoringCase {
  readonly 'equals-ignore-case': string;
}

/** One rule of a watched account and Region. */
export interface WatchRule {
  /** Unique within an account and Region; becomes part of the rule's name. */
  readonly id: string;
  readonly description: string;
  readonly pattern: EventPattern;
}

/** Where rules are deployed: one stack each. */
export interface Tap {
  readonly account: string;
  readonly region: string;
}

/** Calls to global services, and to the global endpoint of STS, are logged here (AWS IAM guide, "Logging IAM and STS"). */
export const GLOBAL_REGION = 'us-east-1';

const API_CALL = ['AWS API Call via CloudTrail'];
/** AWS's own pages spell it one way, the events that arrive the other. */
const SIGN_IN = [...API_CALL, 'AWS Console Sign In via CloudTrail', 'AWS Console Signin via CloudTrail'];

/** The quota of EventBridge is 2,048 characters a pattern; what would be longer becomes several rules. */
const MAX_PATTERN = 2_048;

/** Every watched account × Region. A watched role may be assumed from any listed account, through any of its Regions. */
export function tapsOf(policy: Policy): readonly Tap[] {
  const doors = policy.targets.map((target) => target.door);
  const everywhere = doors.flatMap((door) => (door.kind === 'role' ? door.regions : []));
  return Object.keys(policy.accounts).flatMap((account) => {
    const own = doors.flatMap((door) => regionsOfDoor(door, account));
    return [...new Set([GLOBAL_REGION, ...everywhere, ...own])].sort().map((region) => ({ account, region }));
  });
}

/** The stacks beside the home stack: every tap but home itself, and home's share of what is logged in the global Region. */
export function tapStacksOf(policy: Policy): readonly Tap[] {
  const { home } = policy;
  const isHome = (tap: Tap) => tap.account === home.account && tap.region === home.region;
  const taps = tapsOf(policy).filter((tap) => !isHome(tap));
  const global = { account: home.account, region: GLOBAL_REGION };
  const isCovered = isHome(global) || taps.some((tap) => tap.account === home.account && tap.region === GLOBAL_REGION);
  return isCovered ? taps : [...taps, global];
}

/** The rules of one account in one Region. The home account's own bus watches only for tampering. */
export function rulesOf(policy: Policy, { account, region }: Tap): readonly WatchRule[] {
  const watched = account in policy.accounts;
  const doors = policy.targets.map((target) => target.door);
  return [...(watched ? [...doorRules(doors, account, region), canaryRule(account)] : []), ...tamperingRules(account)];
}

function doorRules(doors: readonly Door[], account: string, region: string): readonly WatchRule[] {
  const roles = doors.flatMap((door) => (door.kind === 'role' ? [door.roleArn] : []));
  return [
    ...chunked(roles, (some) => assumeRoleRule(some, account)),
    ...chunked(roles, (some) => consoleRule(some, account)),
    ...accountRules(doors, account),
    ...doors.flatMap((door) => shellRules(door, account, region)),
    ...doors.flatMap((door) => dataRules(door, account)),
  ].map((rule, index) => ({ ...rule, id: `${rule.id}-${index}` }));
}

/** A refused call has no role but in its error message, and is logged in the caller's account alone. */
function assumeRoleRule(roles: readonly string[], account: string): WatchRule {
  const detail = {
    eventName: ['AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity'],
    $or: [
      { requestParameters: { roleArn: roles.flatMap(roleArns) } },
      { resources: { ARN: roles.map((role) => like(anyPath(role))) } },
      { requestParameters: [null], errorMessage: roles.map((role) => like(`*${anyPath(role)}*`)) },
    ],
  };
  return rule('assume-role', 'A watched role is assumed, or somebody tried.', 'sts', account, API_CALL, detail);
}

function consoleRule(roles: readonly string[], account: string): WatchRule {
  const sessions = roles.map(sessionsOf);
  const detail = {
    eventName: ['ConsoleLogin', 'SwitchRole', 'RenewRole', 'AuthorizeOAuth2Access', 'CreateOAuth2Token'],
    $or: [
      { userIdentity: { arn: sessions } },
      { additionalEventData: { SwitchTo: [...sessions, ...roles.flatMap(roleArns)] } },
    ],
  };
  return rule(
    'console',
    'A watched role is used through the console or aws login.',
    'signin',
    account,
    SIGN_IN,
    detail,
  );
}

function accountRules(doors: readonly Door[], account: string): readonly WatchRule[] {
  const roots = doors.flatMap((door) => (door.kind === 'root' ? [door.account] : []));
  const isFederation = doors.some((door) => door.kind === 'federation' && door.account === account);
  const rules: WatchRule[] = [];
  if (roots.length > 0) {
    const principals = roots.flatMap((root) => [root, like(`arn:*:iam::${root}:root`)]);
    const detail = { eventName: ['AssumeRoot'], requestParameters: { targetPrincipal: principals } };
    rules.push(rule('assume-root', 'Root of a watched account is assumed.', 'sts', account, API_CALL, detail));
  }
  if (roots.includes(account)) rules.push(signInRule('root', 'Root', account));
  if (isFederation) {
    const detail = { eventName: ['GetFederationToken'] };
    rules.push(
      rule('federation', 'Somebody federates.', 'sts', account, API_CALL, detail),
      signInRule('federated', 'FederatedUser', account),
    );
  }
  return rules;
}

function signInRule(id: string, type: string, account: string): WatchRule {
  const detail = {
    eventName: ['ConsoleLogin', 'AuthorizeOAuth2Access', 'CreateOAuth2Token'],
    userIdentity: { type: [type] },
  };
  return rule(`${id}-sign-in`, `${type} signs in.`, 'signin', account, SIGN_IN, detail);
}

function shellRules(door: Door, account: string, region: string): readonly WatchRule[] {
  if (door.kind !== 'shell' || door.account !== account || !door.regions.includes(region)) return [];
  const rules: WatchRule[] = [];
  if (door.ecsClusters.length > 0) {
    const clusters = door.ecsClusters.map(clusterName);
    rules.push(executeCommandRule(clusters, account));
    if (!door.ssm) rules.push(ssmRule(account, intoClusters(clusters)));
  }
  if (door.ssm) rules.push(ssmRule(account, { eventName: ['StartSession', 'ResumeSession'] }));
  if (door.instanceConnect) {
    const detail = { eventName: ['SendSSHPublicKey', 'SendSerialConsoleSSHPublicKey', 'OpenTunnel'] };
    rules.push(
      rule('instance-connect', 'A shell by EC2 Instance Connect.', 'ec2-instance-connect', account, API_CALL, detail),
    );
  }
  return rules;
}

/** A cluster is named by its name or its ARN, and `default` by nothing at all. */
function executeCommandRule(clusters: readonly string[], account: string): WatchRule {
  const named = clusters.flatMap((name) => [like(name), like(`*/${name}`)]);
  const detail = {
    eventName: ['ExecuteCommand'],
    $or: [
      { requestParameters: { cluster: named } },
      { responseElements: { clusterArn: clusters.map((name) => like(`*/${name}`)) } },
      ...(clusters.includes('default') ? [{ requestParameters: { cluster: [{ exists: false }] } }] : []),
    ],
  };
  return rule('ecs-exec', 'A shell by ECS Exec.', 'ecs', account, API_CALL, detail);
}

/** Who resumes a session names no target (Systems Manager API reference, ResumeSession). */
function intoClusters(clusters: readonly string[]): PatternFields {
  const target = clusters.map((name) => like(`ecs:${name}_*`));
  return { $or: [{ eventName: ['StartSession'], requestParameters: { target } }, { eventName: ['ResumeSession'] }] };
}

function ssmRule(account: string, detail: PatternFields): WatchRule {
  return rule('ssm', 'A shell or tunnel by Session Manager.', 'ssm', account, API_CALL, detail);
}

function dataRules(door: Door, account: string): readonly WatchRule[] {
  if (door.kind === 'secret' && door.arn.split(':')[4] === account) {
    // Asked for by ARN, by ARN without its random end, or by name; six letters at the end may as well be of the name (`db-writer`).
    const name = door.arn
      .split(':')
      .slice(6)
      .join(':')
      .replace(/-(\*|[A-Za-z0-9]{6})$/, '');
    const detail = {
      eventName: ['GetSecretValue'],
      $or: [
        {
          requestParameters: {
            secretId: [name, `${name}-*`, `*:secret:${name}`, `*:secret:${name}-*`].map(like),
          },
        },
        { resources: { ARN: [like(`*:secret:${name}-*`)] } },
      ],
    };
    return [rule('secret', 'A watched secret is read.', 'secretsmanager', account, API_CALL, detail)];
  }
  if (door.kind !== 'data-api' || door.cluster.split(':')[4] !== account) return [];
  const detail = {
    eventName: ['ExecuteStatement', 'BatchExecuteStatement', 'ExecuteSql'],
    $or: ['resourceArn', 'dbClusterOrInstanceArn'].map((field) => ({
      requestParameters: { [field]: [likeInAnyCase(door.cluster)] },
    })),
  };
  const one = rule(
    'data-api',
    'A watched database is used through the Data API.',
    'rds-data',
    account,
    API_CALL,
    detail,
  );
  return [{ ...one, pattern: { ...one.pattern, source: ['aws.rds-data', 'aws.rdsdata', 'aws.rdsdataapi'] } }];
}

function canaryRule(account: string): WatchRule {
  const roleArn = [like(`arn:*:iam::${account}:role/${CANARY_ROLE}`)];
  const detail = { eventName: ['AssumeRole'], requestParameters: { roleArn } };
  return rule('canary', 'The canary sings.', 'sts', account, API_CALL, detail);
}

/** What switches off a rule of EventBridge, or empties it. Source: the API reference of EventBridge. */
const RULE_EVENTS = ['PutRule', 'DeleteRule', 'DisableRule', 'EnableRule', 'PutTargets', 'RemoveTargets'];

/** A second rule for changes of our rules: who switches off one of the two is told of by the other. */
function ownRulesRule(account: string): WatchRule {
  const ours = [{ prefix: 'two-eye-' }];
  const detail = {
    eventName: RULE_EVENTS,
    $or: [{ requestParameters: { name: ours } }, { requestParameters: { rule: ours } }],
  };
  return rule('tampering-own-rules', 'A rule of two-eye is changed.', 'events', account, API_CALL, detail);
}

/** A service a rule: the correlator decides what touches the watcher; a pattern cannot look at every field. */
function tamperingRules(account: string): readonly WatchRule[] {
  const services = [...new Set(TAMPERING_EVENTS.map((event) => event.service))];
  const each = services.map((service) => {
    const names = TAMPERING_EVENTS.filter((event) => event.service === service).map((event) => event.eventName);
    // Lambda's event names end in the version of its API.
    const eventName = service === 'lambda' ? names.map((prefix) => ({ prefix })) : names;
    return rule(`tampering-${service}`, `${service} is changed.`, service, account, API_CALL, { eventName });
  });
  return [...each, ownRulesRule(account)];
}

function rule(
  id: string,
  description: string,
  service: string,
  account: string,
  detailTypes: readonly string[],
  detail: PatternFields,
): WatchRule {
  const pattern = { source: [`aws.${service}`], account: [account], 'detail-type': detailTypes, detail };
  return { id, description, pattern };
}

/** As few rules as hold all of the names, each within the quota. */
function chunked(names: readonly string[], ruleOf: (some: readonly string[]) => WatchRule): readonly WatchRule[] {
  if (names.length === 0) return [];
  const one = ruleOf(names);
  if (names.length === 1 || JSON.stringify(one.pattern).length <= MAX_PATTERN) return [one];
  const half = Math.ceil(names.length / 2);
  return [...chunked(names.slice(0, half), ruleOf), ...chunked(names.slice(half), ruleOf)];
}

/** EventBridge refuses two stars side by side, which a policy's own star beside one of ours would be. */
function like(pattern: string): Matcher {
  return { wildcard: pattern.replaceAll(/\*+/g, '*') };
}

/** As the reader compares, wherever that can be said: no wildcard ignores case. */
function likeInAnyCase(pattern: string): Matcher {
  return pattern.includes('*') ? like(pattern) : { 'equals-ignore-case': pattern };
}

/** IAM keeps names without regard to case, so a policy may spell a role otherwise than AWS logs it: with its path, or where it has none. */
function roleArns(roleArn: string): readonly Matcher[] {
  const inAnyCase = likeInAnyCase(roleArn);
  const underAnyPath = anyPath(roleArn);
  if (underAnyPath === roleArn) return [inAnyCase];
  return roleArn.includes('*') ? [like(underAnyPath)] : [inAnyCase, like(underAnyPath)];
}

function sessionsOf(roleArn: string): Matcher {
  const begins = assumedRole(roleArn);
  return begins.includes('*') ? like(`${begins}*`) : { prefix: { 'equals-ignore-case': begins } };
}

/** The pattern of a role ARN that lets the role have any path, as the policy means it when it names none. */
function anyPath(roleArn: string): string {
  const [head = '', path = ''] = split(roleArn, ':role/');
  return path.includes('/') ? roleArn : `${head}:role/*${path.replace(/^\*/, '')}`;
}

/** `arn:aws:sts::A:assumed-role/NAME/`: what the ARNs of a role's sessions begin with, which drop the path. */
function assumedRole(roleArn: string): string {
  const [head = '', path = ''] = split(roleArn, ':role/');
  return `${head.replace(':iam:', ':sts:')}:assumed-role/${path.split('/').at(-1) ?? ''}/`;
}

function split(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

function clusterName(cluster: string): string {
  return cluster.split('/').at(-1) ?? cluster;
}

function regionsOfDoor(door: Door, account: string): readonly string[] {
  if (door.kind === 'shell') return door.account === account ? door.regions : [];
  if (door.kind === 'database') return door.account === account ? [door.region] : [];
  const arn = door.kind === 'secret' ? door.arn : door.kind === 'data-api' ? door.cluster : '';
  const [, , , region = '', owner = ''] = arn.split(':');
  return owner === account && /^[a-z0-9-]+$/.test(region) ? [region] : [];
}

/** What somebody should know before deploying: watched roles that can be used where nothing listens. */
export function blindSpots(policy: Policy): readonly string[] {
  return policy.targets.flatMap(({ id, door }) => {
    if (door.kind !== 'role' || door.regions.includes(GLOBAL_REGION)) return [];
    return [
      `Target ${id} does not list ${GLOBAL_REGION}, where calls to the global endpoint are logged; it is watched there all the same.`,
    ];
  });
}
