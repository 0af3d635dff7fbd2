import { roleMatcher, wildcard } from './arn.ts';
import { SOME_CLUSTER, type Used } from './doors/use.ts';
import type { DatabaseSession } from './messages.ts';
import type { Door, Target } from './policy.ts';

/** A target with its patterns made ready: `matches` says whether a use is one of it. */
export interface PreparedTarget {
  readonly target: Target;
  readonly matches: (used: Used) => boolean;
  readonly matchesSession: (session: DatabaseSession) => boolean;
}

const never = () => false;

/**
 * Regions of a target say where its rules are deployed, not where a use counts: a record from elsewhere that reaches us
 * all the same is of the target.
 */
export function prepareTarget(target: Target): PreparedTarget {
  return { target, matches: usedMatcher(target.door), matchesSession: sessionMatcher(target.door) };
}

/** The first target, in the order of the policy, of which this is a use. */
export function targetOf(targets: readonly PreparedTarget[], used: Used): Target | undefined {
  return targets.find((prepared) => prepared.matches(used))?.target;
}

export function targetOfSession(targets: readonly PreparedTarget[], session: DatabaseSession): Target | undefined {
  return targets.find((prepared) => prepared.matchesSession(session))?.target;
}

function usedMatcher(door: Door): (used: Used) => boolean {
  switch (door.kind) {
    case 'role': {
      const matches = roleMatcher(door.roleArn);
      return (used) => used.door === 'role' && matches(used.role);
    }
    case 'root':
    case 'federation': {
      const matches = wildcard(door.account);
      return (used) => used.door === door.kind && matches(used.account);
    }
    case 'shell':
      return shellMatcher(door);
    case 'secret':
      return secretMatcher(door.arn);
    case 'data-api': {
      const matches = wildcard(door.cluster.toLowerCase());
      return (used) => used.door === 'data-api' && matches(used.cluster.toLowerCase());
    }
    case 'database':
      return never;
  }
}

function shellMatcher(door: Door & { kind: 'shell' }): (used: Used) => boolean {
  const clusters = door.ecsClusters.map((cluster) => wildcard(cluster.split('/').at(-1) ?? cluster));
  const isCluster = (name: string | undefined) =>
    name !== undefined && clusters.some((matches) => name === SOME_CLUSTER || matches(name));
  return (used) => {
    if (used.door !== 'shell' || used.account !== door.account) return false;
    if (used.by === 'instance-connect') return door.instanceConnect;
    return (used.by === 'ssm' && door.ssm) || isCluster(used.cluster);
  };
}

/** Secrets Manager adds a hyphen and six characters to a secret's name in its ARN; a policy may write a star for them. */
const RANDOM_END = /-(?:\*|[A-Za-z0-9]{6})$/;

function secretMatcher(pattern: string): (used: Used) => boolean {
  const account = pattern.split(':')[4] ?? '';
  const name = pattern.split(':').slice(6).join(':');
  const whole = wildcard(pattern);
  const byName = [wildcard(name), wildcard(name.replace(RANDOM_END, ''))];
  return (used) => {
    if (used.door !== 'secret') return false;
    if (whole(used.arn)) return true;
    if (!wildcard(account)(used.account)) return false;
    const asked = used.arn === '' ? used.secretId : used.arn.split(':').slice(6).join(':');
    return byName.some((matches) => matches(asked) || matches(asked.replace(RANDOM_END, '')));
  };
}

function sessionMatcher(door: Door): (session: DatabaseSession) => boolean {
  if (door.kind !== 'database') return never;
  const isLogGroup = wildcard(door.logGroup);
  const users = door.users.map(wildcard);
  return (session) =>
    session.account === door.account &&
    session.region === door.region &&
    isLogGroup(session.logGroup) &&
    [session.user, ...(session.otherUsers ?? [])].some((user) => users.some((matches) => matches(user)));
}
