/** The parts of an ARN: `arn:partition:service:region:account:resource`. */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly account: string;
  /** What follows the account: `role/path/name`, `assumed-role/name/session`, `user/path/name`. */
  readonly resource: string;
}

/** The partition of a Region, with which its ARNs begin (AWS general reference, "Amazon Resource Names"). */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** Reads an ARN from its left; undefined when it is none. A role session's name may hold anything but a slash. */
export function parseArn(text: string): Arn | undefined {
  // Most that is asked of is empty, since a record has an ARN in one of several places.
  if (!text.startsWith('arn:')) return undefined;
  const parts = text.split(':', 6);
  const [, partition = '', service = '', , account = '', head] = parts;
  if (head === undefined) return undefined;
  return { partition, service, account, resource: text.slice(parts.join(':').length - head.length) };
}

/** An IAM user or role named by an ARN. Assumed-role ARNs drop the role's path, so names are what can be compared. */
export interface Principal {
  readonly kind: 'user' | 'role' | 'root' | 'federated-user';
  readonly partition: string;
  readonly account: string;
  /** `path/name` as written; only `name` where the ARN drops the path. */
  readonly path: string;
  readonly name: string;
  /** Whether the ARN says where the role lives: not so in assumed-role ARNs. */
  readonly hasPath: boolean;
  /** Of an assumed role: the session's name. The caller's choice unless the trust policy pins it. */
  readonly session?: string;
}

const PLAIN = new Map<string, 'user' | 'role' | 'federated-user'>([
  ['user', 'user'],
  ['role', 'role'],
  ['federated-user', 'federated-user'],
]);

/** The user, role or role session that an ARN names, or undefined. */
export function principalOf(text: string): Principal | undefined {
  const arn = parseArn(text);
  if (arn === undefined || (arn.service !== 'iam' && arn.service !== 'sts')) return undefined;
  const { partition, account, resource } = arn;
  if (resource === 'root') return { kind: 'root', partition, account, path: '', name: 'root', hasPath: true };
  const [head = '', ...rest] = resource.split('/');
  if (head === 'assumed-role') return assumedRole(partition, account, rest);
  const kind = PLAIN.get(head);
  const name = rest.at(-1);
  if (kind === undefined || !name) return undefined;
  return { kind, partition, account, path: rest.join('/'), name, hasPath: true };
}

function assumedRole(partition: string, account: string, [name, session]: readonly string[]): Principal | undefined {
  if (!name) return undefined;
  const role = { kind: 'role', partition, account, path: name, name, hasPath: false } as const;
  return session === undefined ? role : { ...role, session };
}

/** One spelling of a user or role: names are unique in an account whatever their path and case (IAM quotas page). */
export function principalKey(principal: Principal): string {
  return `${principal.partition}:${principal.account}:${principal.kind}:${principal.name}`.toLowerCase();
}

/** A pattern in which `*` stands for any run of characters, as a test. Linear in the text: no backtracking. */
export function wildcard(pattern: string): (text: string) => boolean {
  const parts = pattern.split('*');
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return (text) => text === pattern;
  return (text) => {
    if (!text.startsWith(first)) return false;
    let from = first.length;
    for (const part of rest) {
      const found = text.indexOf(part, from);
      if (found < 0) return false;
      from = found + part.length;
    }
    return text.length - last.length >= from && text.endsWith(last);
  };
}

/**
 * A role pattern as a test. Compared without regard to case, as IAM keeps names. Where the record drops the path or
 * the pattern has none, the name decides, since a name occurs once in an account; a pattern of a path alone
 * (`role/admins/*`) says nothing about a bare name and does not match one.
 */
export function roleMatcher(pattern: string): (role: Principal) => boolean {
  const wanted = pattern.toLowerCase();
  const slash = wanted.indexOf('role/') + 5;
  const [head, path] = [wanted.slice(0, slash), wanted.slice(slash)];
  const name = path.slice(path.lastIndexOf('/') + 1);
  const whole = wildcard(wanted);
  const byName = wildcard(head + name);
  const patternHasPath = path !== name;
  return (role) => {
    if (role.kind !== 'role') return false;
    const prefix = `arn:${role.partition}:iam::${role.account}:role/`;
    if (whole(`${prefix}${role.path}`.toLowerCase())) return true;
    if (patternHasPath && (role.hasPath || name === '*')) return false;
    return byName(`${prefix}${role.name}`.toLowerCase());
  };
}

/** The role's ARN as far as it is known: without its path where the record drops it. */
export function roleArnOf(role: Principal): string {
  return `arn:${role.partition}:iam::${role.account}:role/${role.path}`;
}
