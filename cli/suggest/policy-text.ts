import type { RoleSeen } from './observe.ts';

/** A first policy file, with everything that only people know left to fill in (`FILL-IN`). It is a start, and does not pass `policy check` as it is. */
export function policyText(roles: readonly RoleSeen[]): string {
  const accounts = [...new Set(roles.map(({ arn }) => arn.split(':')[4] ?? ''))].sort();
  return [
    '# A first policy, from what was seen in an archive. Fill in every FILL-IN, then: two-eye policy check FILE',
    'version: 1',
    'home: { account: "FILL-IN", region: FILL-IN }',
    'accounts:',
    ...accounts.map((account) => `  ${quoted(account)}: FILL-IN`),
    'slack: { workspace: FILL-IN }',
    'pagerDutyRegion: eu',
    ...peopleLines(roles),
    ...teamLines(),
    'targets:',
    ...roles.flatMap(targetLines),
    ...suppressionLines(roles),
    '',
  ].join('\n');
}

function peopleLines(roles: readonly RoleSeen[]): string[] {
  const users = new Map(roles.flatMap(({ users }) => [...users]));
  const asserted = new Set(roles.flatMap(({ asserted }) => [...asserted]));
  const byUser = [...users].map(
    ([arn, id]) =>
      `  - { id: FILL-IN, slack: FILL-IN, aws: [${[id, ...(arn.startsWith('arn:') ? [arn] : [])].map(quoted).join(', ')}] } # ${plain(arn)}`,
  );
  const byName = [...asserted].map(
    (name) =>
      `  - { id: ${quoted(name.includes('@') ? name.toLowerCase() : 'FILL-IN')}, aliases: [${quoted(name.toLowerCase())}], slack: FILL-IN } # named by the identity provider`,
  );
  return ['people:', ...byUser, ...byName];
}

function teamLines(): string[] {
  const hours =
    'hours: { timeZone: Europe/London, days: [mon, tue, wed, thu, fri], from: "09:30", until: "17:30", holidays: england-and-wales }';
  return [
    'groups:',
    '  first-team: { people: [FILL-IN] }',
    '  cyber: { slackUserGroup: FILL-IN }',
    'teams:',
    '  first:',
    '    channel: FILL-IN',
    '    pagerDuty: first',
    '    page: [team, cyber]',
    '    approvers: first-team',
    `    ${hours}`,
    '    pageAfter: 15m',
    `cyber: { channel: FILL-IN, group: cyber, pagerDuty: cyber, ${hours} }`,
  ];
}

function targetLines(role: RoleSeen): string[] {
  const people = role.users.size + role.asserted.size;
  return [
    `  # used ${role.uses} times, by ${people} ${people === 1 ? 'person' : 'people'} and ${role.machines.size} machines or services`,
    `  - id: ${idOf(role)}`,
    `    title: ${quoted(idOf(role))}`,
    '    team: first',
    `    role: ${quoted(role.arn)}`,
    `    regions: [${[...role.regions].sort().map(quoted).join(', ')}]`,
    `    identity: [${identityOf(role)}]`,
  ];
}

/** What the records themselves say is the trusted way to a name. */
function identityOf(role: RoleSeen): string {
  if (role.arn.includes('/aws-reserved/sso.amazonaws.com/')) return 'identity-center';
  return [
    ...(role.users.size > 0 || role.asserted.size === 0 ? ['principal'] : []),
    ...(role.asserted.size > 0 ? ['saml'] : []),
  ].join(', ');
}

/** Machines are only proposed, commented out: silence has to be somebody's decision, with an owner and an end. */
function suppressionLines(roles: readonly RoleSeen[]): string[] {
  const proposals = roles.flatMap((role) =>
    [...role.machines].filter(([name]) => name.startsWith('arn:')).map(([name, uses]) => ({ role, name, uses })),
  );
  if (proposals.length === 0) return [];
  return [
    '# suppressions: # machines seen; take in only what somebody answers for',
    ...proposals.flatMap(({ role, name, uses }, index) => [
      `#   - id: machine-${index + 1} # ${uses} uses`,
      `#     match: { target: ${idOf(role)}, principal: ${quoted(name)} }`,
      '#     reason: FILL-IN',
      '#     owner: FILL-IN',
      '#     until: FILL-IN',
    ]),
  ];
}

function idOf(role: RoleSeen): string {
  const name = role.arn
    .slice(role.arn.lastIndexOf('/') + 1)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return `${name}-${(role.arn.split(':')[4] ?? '').slice(-4)}`;
}

function quoted(text: string): string {
  return JSON.stringify(plain(text));
}

function plain(text: string): string {
  return text.replace(/\p{C}/gu, '·').slice(0, 300);
}
