import { z } from 'zod';
import { DURATION, parseDuration } from './durations.ts';

// The second argument of every check is the remedy: what would be right. `problems-of-schema.ts` says what is wrong.

const text = (remedy: string) => z.string(remedy).trim().min(1, remedy).max(2_000, remedy);
const matching = (pattern: RegExp, remedy: string) => z.string(remedy).regex(pattern, remedy);

const accountId = matching(/^\d{12}$/, 'Write the twelve digits of the account id in quotes: "111111111111".');
const region = matching(
  /^[a-z]{2,4}(-[a-z]+)?-(north|south|east|west|central|northeast|northwest|southeast|southwest)-[1-9]$/,
  'Write an AWS Region such as eu-west-2.',
);
const name = (what: string) =>
  matching(
    /^[a-z0-9][a-z0-9-]{0,63}$/,
    `Write ${what} in lower-case letters, digits and hyphens, such as notify-prod.`,
  );
const arn = (service: string, example: string) =>
  matching(new RegExp(`^arn:aws[a-z-]*:${service}:.{1,500}$`), `Write the whole ARN, such as ${example}.`);
const email = matching(
  /^[^\s@A-Z]+@[^\s@A-Z.]+(?:\.[^\s@A-Z.]+)+$/,
  "Write the person's e-mail address in lower case, such as ada@example.gov.uk.",
);
const reference = (what: string) => text(`Write ${what}.`);

const slackChannel = matching(
  /^[CG][A-Z0-9]{4,}$/,
  'Write the id of the channel (C…, under "About" in Slack), not its name.',
);
const slackUser = matching(
  /^[UW][A-Z0-9]{3,}$/,
  'Write the Slack member id (U…, in the profile under "Copy member ID"), not a name.',
);
const pagerDutyUser = matching(
  /^P[A-Z0-9]{3,}$/,
  "Write the PagerDuty user id (P…, at the end of the user's page address), not a name.",
);
const secretName = name("the name under which the routing key's secret is kept");

const duration = (longest: string, example: string) => {
  const remedy = `Write a duration such as ${example}, at most ${longest}.`;
  return z
    .union([z.literal(0, remedy), matching(DURATION, remedy)], remedy)
    .transform(String)
    .refine((value) => (parseDuration(value) ?? 0) <= (parseDuration(longest) ?? 0), remedy);
};

/** Of what would never cover anything, or be over at once, if it were 0. */
const someDuration = (longest: string, example: string) =>
  duration(longest, example).refine(
    (value) => parseDuration(value) !== 0,
    `Write a duration such as ${example}; 0 would leave nothing to cover.`,
  );

const hours = z
  .strictObject({
    timeZone: text('Write an IANA time zone such as Europe/London.'),
    days: z
      .array(
        z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], 'Use mon, tue, wed, thu, fri, sat and sun.'),
        'Write a list of days: [mon, tue, wed, thu, fri].',
      )
      .min(1, 'Name at least one working day.'),
    from: matching(/^([01]\d|2[0-3]):[0-5]\d$/, 'Write the time in quotes as "09:30".'),
    until: matching(
      /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/,
      'Write the time in quotes as "17:30"; the end of the day is "24:00".',
    ),
    holidays: z
      .enum(
        ['england-and-wales', 'scotland', 'northern-ireland'],
        'Use england-and-wales, scotland or northern-ireland.',
      )
      .optional(),
  })
  .describe('Working hours, half-open: the minute of `until` is out of hours. Outside them people are paged.');

const awsName = z.union(
  [
    z.string().regex(/^(AIDA|AROA)[A-Z0-9]{4,}$/),
    z.string().regex(/^arn:aws[a-z-]*:(iam|sts)::\d{12}:.+$/),
    z.strictObject({ userName: z.string().min(1), accounts: z.array(z.string().regex(/^\d{12}$/)).min(1) }),
    z.strictObject({ identityCenterUser: z.string().min(1) }),
  ],
  'Write a unique id (AIDA…), an ARN (arn:aws:iam::444444444444:user/ada), { userName: ada, accounts: ["444444444444"] } or { identityCenterUser: <user id> }.',
);

const person = z.strictObject({
  id: email.describe('Canonical: the e-mail address, lower case.'),
  aliases: z.array(text('Write another name of the same person.'), 'Write a list: [ada.lovelace].').default([]),
  slack: slackUser.optional().describe('Slack member id: the binding is by id, never by display name.'),
  pagerDuty: pagerDutyUser.optional().describe('PagerDuty user id: who acknowledges there is known by it alone.'),
  aws: z.array(awsName, 'Write a list: [AIDA…].').default([]).describe('How AWS names this person.'),
});

const group = z.union(
  [
    z.strictObject({ people: z.array(z.string()) }),
    z.strictObject({ slackUserGroup: z.string().regex(/^S[A-Z0-9]{3,}$/) }),
  ],
  'Write { people: [ada@example.gov.uk] } or { slackUserGroup: S01CYBER }.',
);

const rota = z.enum(['team', 'cyber'], 'Use team, cyber or both.');
const runbook = matching(/^https:\/\/\S+$/, 'Write the https address of the runbook.').optional();

const team = z.strictObject({
  title: text('Write the name that people use for the team.').optional(),
  channel: slackChannel.describe('Where the team is asked.'),
  pagerDuty: secretName.describe("Name of the routing key's secret: two-eye/pagerduty/<name>."),
  page: z
    .array(rota, 'Write [team, cyber].')
    .min(1, 'Somebody must be woken: [team, cyber].')
    .default(['team', 'cyber']),
  approvers: reference('the name of the group whose members may approve'),
  hours,
  pageAfter: duration('24h', '15m').default('15m').describe('An unacknowledged ping becomes a page after this time.'),
  runbook,
});

const cyber = z.strictObject({
  channel: slackChannel,
  group: reference('the name of the group that may pin and that is told of tampering'),
  pagerDuty: secretName,
  hours,
  pageAfter: duration('24h', '15m').default('15m'),
  runbook,
});

const identity = z.union(
  [
    z.enum(['principal', 'saml', 'identity-center', 'enforced-session-name', 'enforced-source-identity']),
    z.strictObject({ 'role-name': z.string().regex(/^[^{}]*\{person\}[^{}]*$/) }),
  ],
  'Use principal, saml, identity-center, enforced-session-name, enforced-source-identity or { role-name: "{person}-fulladmin" }.',
);

const database = z.strictObject({
  account: accountId,
  region,
  logGroup: matching(/^[\w./#-]{1,512}$/, 'Write the name of the log group: /aws/rds/instance/notifydb/postgresql.'),
  users: z
    .array(
      matching(/^[^"\s]{1,63}$/, 'Write the name of a database user, such as write.'),
      'Write a list: [write, admin].',
    )
    .min(1, 'Name at least one database user.'),
});

const shell = z.strictObject({
  account: accountId,
  regions: z.array(region, 'Write a list: [eu-west-1].').min(1, 'Name at least one Region.').optional(),
  ecsClusters: z.array(text('Write the name of an ECS cluster.'), 'Write a list: [notify-production].').default([]),
  ssm: z
    .boolean('Write true or false.')
    .default(false)
    .describe('Sessions of Systems Manager, port forwarding included.'),
  instanceConnect: z.boolean('Write true or false.').default(false),
});

const target = z.strictObject({
  id: name('the id of the target'),
  title: text('Write what people call it: Notify production admin.'),
  team: reference('the id of the team'),
  role: arn('iam', 'arn:aws:iam::111111111111:role/notify-prod-admin').optional().describe('An ARN; * is a wildcard.'),
  regions: z
    .array(region, 'Write a list: [eu-west-1, us-east-1].')
    .min(1, 'Name at least one Region.')
    .optional()
    .describe('Where the role may be used from. us-east-1 is always watched too.'),
  database: database.optional().describe('Users of a PostgreSQL database, by its log.'),
  shell: shell.optional(),
  root: z.strictObject({ account: accountId }).optional().describe('The root user of an account.'),
  federation: z.strictObject({ account: accountId }).optional().describe('GetFederationToken in an account.'),
  secret: z
    .strictObject({ arn: arn('secretsmanager', 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:notifydb-*') })
    .optional()
    .describe('Reading a secret that opens a database.'),
  dataApi: z
    .strictObject({ cluster: arn('rds', 'arn:aws:rds:eu-west-1:111111111111:cluster:notifydb') })
    .optional()
    .describe('The RDS Data API of a cluster.'),
  identity: z
    .array(identity, 'Write a list: [principal, saml].')
    .min(1, 'Name at least one source of identity: [principal, saml].')
    .default(['principal', 'saml'])
    .describe('Where the name of the human may be taken from, in order.'),
  includes: z.array(reference('the id of another target'), 'Write a list of target ids.').default([]),
  grouping: duration('1h', '2m')
    .default('2m')
    .describe('Records of one principal and address within this time are one action. 0 turns it off.'),
  maxAction: someDuration('24h', '4h').default('4h').describe('How long renewals may stretch one action.'),
  settle: duration('1h', '15m')
    .default('15m')
    .describe('How long a session waits for the record that tells whose it was.'),
});

const approvals = z.strictObject({
  validFor: someDuration('24h', '60m').default('60m'),
  maxPin: someDuration('24h', '4h').default('4h'),
  requestLapses: someDuration('24h', '30m').default('30m'),
  emergencyLapses: someDuration('7d', '72h').default('72h'),
});

const suppression = z.strictObject({
  id: name('the id of the suppression'),
  match: z.strictObject({
    target: reference('the id of the target'),
    principal: text('Write an ARN (arn:aws:iam::222222222222:role/ci-terraform) or a unique id (AROA…).'),
  }),
  reason: text('Write why this may be silent.'),
  owner: reference('the person who answers for it'),
  until: matching(/^\d{4}-\d{2}-\d{2}$/, 'Write the last day as 2027-03-31.').describe(
    'The whole of that day, London.',
  ),
});

/** The policy file as people write it. Unknown keys are errors everywhere. */
export const policyFile = z.strictObject({
  version: z.literal(1, 'Write version: 1.'),
  home: z.strictObject({ account: accountId, region }),
  accounts: z
    .record(accountId, text('Write the name that people use for the account.'), 'Write account ids with their names.')
    .describe('Every account that is watched, with its name for messages.'),
  trail: z
    .strictObject({
      bucket: matching(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'Write the name of the bucket.'),
      prefix: matching(/^[^/].*[^/]$/, 'Write it without a slash at either end: AWSLogs/o-abc123.').default('AWSLogs'),
      role: matching(/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/, 'Write the ARN of the role that reads the bucket.'),
    })
    .optional()
    .describe('The bucket of the trail, as a second source for uses that did not arrive.'),
  slack: z.strictObject({ workspace: matching(/^[TE][A-Z0-9]{3,}$/, 'Write the id of the Slack workspace: T01GDS.') }),
  pagerDutyRegion: z.enum(['eu', 'us'], 'Use eu or us: the service region of the PagerDuty account.').default('eu'),
  people: z.array(person, 'Write a list of people.').min(1, 'Name at least one person.'),
  groups: z.record(name('the name of the group'), group, 'Write groups by name.'),
  teams: z.record(name('the id of the team'), team, 'Write teams by id.'),
  cyber,
  targets: z
    .array(target, 'Write a list of targets.')
    .min(1, 'Name at least one target.')
    .max(500, 'At most 500 targets.'),
  approvals: approvals.default({ validFor: '60m', maxPin: '4h', requestLapses: '30m', emergencyLapses: '72h' }),
  tips: z
    .strictObject({
      database: z.array(text('Write a tip.'), 'Write a list of tips.').max(10, 'At most ten tips.').default([]),
    })
    .default({ database: [] })
    .describe('Advice shown when somebody asks for an approval.'),
  suppressions: z.array(suppression, 'Write a list of suppressions.').default([]),
});

export type PolicyFile = z.infer<typeof policyFile>;
export type TargetEntry = PolicyFile['targets'][number];
export type PersonEntry = PolicyFile['people'][number];
export type HoursEntry = PolicyFile['cyber']['hours'];
