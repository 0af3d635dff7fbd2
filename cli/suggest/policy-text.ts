import { shown } from '../visible.ts';
import type { MachineSeen } from './observe.ts';
import { type PersonSeen, peopleOf } from './people.ts';
import type { TargetSeen } from './targets.ts';

/**
 * A first policy file, with everything that only people know left to fill in (`FILL-IN`). It is a start: `policy check`
 * names each FILL-IN, and takes the file once they are gone.
 */
export function policyText(targets: readonly TargetSeen[]): string {
  const people = peopleOf(targets);
  const arns = [...targets.map(({ role }) => role), ...people.flatMap(({ aws }) => [...aws])];
  const accounts = [...new Set(arns.flatMap((arn) => arn.split(':')[4] ?? []))].sort();
  return [
    '# A first policy, from what was seen in an archive. Fill in every FILL-IN, then: two-eye policy check FILE',
    'version: 1',
    'home: { account: "FILL-IN", region: FILL-IN } # where two-eye itself runs',
    'accounts:',
    ...accounts.map((account) => `  ${quoted(account)}: FILL-IN # a name for messages`),
    'slack: { workspace: FILL-IN } # T…',
    'pagerDutyRegion: eu',
    ...peopleLines(people),
    ...teamLines(),
    'targets:',
    ...targets.flatMap(targetLines),
    ...suppressionLines(targets),
    '',
  ].join('\n');
}

/** Slack ids, and who is who beyond an e-mail address, are known to people alone. */
function peopleLines(people: readonly PersonSeen[]): string[] {
  const lines = people.map(({ email, aliases, aws }) => {
    const fields = [
      `id: ${email === undefined ? 'FILL-IN' : quoted(email)}`,
      ...(aliases.size === 0 ? [] : [`aliases: [${listed(aliases)}]`]),
      'slack: FILL-IN',
      ...(aws.size === 0 ? [] : [`aws: [${listed(aws)}]`]),
    ];
    return `  - { ${fields.join(', ')} }`;
  });
  return [
    'people: # one entry a human: put other names of the same one together',
    ...(lines.length === 0 ? ['  - { id: FILL-IN, slack: FILL-IN }'] : lines),
  ];
}

function teamLines(): string[] {
  const hours =
    'hours: { timeZone: Europe/London, days: [mon, tue, wed, thu, fri], from: "09:30", until: "17:30", holidays: england-and-wales }';
  return [
    'groups:',
    '  first-team: { people: [FILL-IN] } # who may approve',
    '  cyber: { slackUserGroup: FILL-IN } # S…',
    'teams:',
    '  first:',
    '    channel: FILL-IN # C…',
    '    pagerDuty: first',
    '    page: [team, cyber]',
    '    approvers: first-team',
    `    ${hours}`,
    '    pageAfter: 15m',
    `cyber: { channel: FILL-IN, group: cyber, pagerDuty: cyber, ${hours} }`,
  ];
}

function targetLines(target: TargetSeen): string[] {
  const { id, role, roles } = target;
  const regions = [...new Set(roles.flatMap((each) => [...each.regions]))].sort();
  return [
    ...seenLines(target),
    `  - id: ${id}`,
    `    title: ${quoted(id)}`,
    '    team: first',
    `    role: ${quoted(role)}`,
    ...(regions.length === 0 ? [] : [`    regions: [${regions.map(quoted).join(', ')}]`]),
    `    identity: [${identityOf(target)}]`,
  ];
}

function seenLines({ roles, named }: TargetSeen): string[] {
  const people = new Set([...named, ...roles.flatMap((role) => [...role.users.keys(), ...role.asserted])]).size;
  const machines = machinesOf(roles);
  return [
    `  # ${count(callsOf(roles.map(({ calls }) => calls)), 'use')}: ${count(people, 'person', 'people')}, ${count(machines.length, 'machine or service', 'machines or services')}`,
    ...machines.map(([, { name, calls }]) => `  #   machine: ${plain(name)}, ${count(calls.size, 'use')}`),
  ];
}

/** What the records themselves say is the trusted way to a name. A session's name is none: its caller chose it. */
function identityOf({ roles, template }: TargetSeen): string {
  const has = (is: (role: TargetSeen['roles'][number]) => boolean) => roles.some(is);
  const sources = [
    ...(template === undefined ? [] : [`{ role-name: ${quoted(template)} }`]),
    ...(has(({ users }) => users.size > 0) ? ['principal'] : []),
    ...(has(({ byIdentityCenter }) => byIdentityCenter.size > 0) ? ['identity-center'] : []),
    ...(has(({ asserted, byIdentityCenter }) => asserted.size > byIdentityCenter.size) ? ['saml'] : []),
  ];
  return sources.length === 0 ? 'principal' : sources.join(', ');
}

function machinesOf(roles: TargetSeen['roles']): [string, MachineSeen][] {
  const machines = new Map<string, MachineSeen>();
  for (const [id, { name, calls }] of roles.flatMap((role) => [...role.machines])) {
    const known = machines.get(id);
    machines.set(id, { name, calls: new Set([...(known?.calls ?? []), ...calls]) });
  }
  return [...machines].sort(([, one], [, other]) => other.calls.size - one.calls.size);
}

/** Machines are only proposed, commented out: silence has to be somebody's decision, with an owner and an end. */
function suppressionLines(targets: readonly TargetSeen[]): string[] {
  const proposals = targets.flatMap(({ id: target, roles }) =>
    machinesOf(roles).flatMap(([id, { name, calls }]) => {
      const principal = [name, id].find((one) => /^arn:[^:]+:iam::\d{12}:role\/|^AROA/.test(one));
      return principal === undefined ? [] : { target, principal, uses: calls.size };
    }),
  );
  if (proposals.length === 0) return [];
  return [
    '# Machines seen. Take in only what somebody answers for: remove the "# " before it.',
    '# suppressions:',
    ...proposals.flatMap(({ target, principal, uses }, index) => [
      `#   - id: machine-${index + 1} # ${count(uses, 'use')}`,
      `#     match: { target: ${target}, principal: ${quoted(principal)} }`,
      '#     reason: FILL-IN',
      '#     owner: FILL-IN',
      '#     until: FILL-IN',
    ]),
  ];
}

function callsOf(sets: readonly ReadonlySet<string>[]): number {
  return new Set(sets.flatMap((calls) => [...calls])).size;
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

function listed(texts: Iterable<string>): string {
  return [...texts].map(quoted).join(', ');
}

function quoted(text: string): string {
  return JSON.stringify(plain(text));
}

function plain(text: string): string {
  return shown(text).slice(0, 300);
}
