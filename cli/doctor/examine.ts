import type { Policy } from '../../lambdas/core/policy.ts';
import type { RulesSeen } from '../../lambdas/core/rule-drift.ts';
import { busAccess } from './bus-access.ts';

/** Something that is not right with a deployment. */
export interface Complaint {
  readonly what: string;
  readonly mend: string;
}

export type SlackReply = Readonly<Record<string, unknown>> & { readonly ok: boolean; readonly error?: string };

export interface DoctorServices {
  /** A JSON secret of the home account; undefined when it has no value yet. */
  readonly secret: (name: string) => Promise<Readonly<Record<string, unknown>> | undefined>;
  /** A method of Slack's Web API with the bot's token; `scopes` are those of the token. */
  readonly slack: (
    token: string,
    method: string,
    args: Readonly<Record<string, string>>,
  ) => Promise<{ readonly reply: SlackReply; readonly scopes: readonly string[] }>;
  /** Undefined where there is none. */
  readonly bus: () => Promise<LiveBus | undefined>;
  /** What `self-check` sees of the taps' rules, which the home account's credentials do not; undefined where it is not deployed. */
  readonly rules: () => Promise<RulesSeen | undefined>;
  /** The status with which PagerDuty's Events API in the policy's region answers a resolve of an incident that there is not. */
  readonly tryRoutingKey: (routingKey: string) => Promise<number>;
}

/** Without these a part of two-eye does not work (docs/slack-app.md, slack-app.manifest.yaml). */
export const SCOPES = [
  'chat:write',
  'commands',
  'users:read',
  'usergroups:read',
  'channels:history',
  'groups:history',
] as const;

/** The access bus of the home account. */
export interface LiveBus {
  /** JSON. */
  readonly policy: string;
  /** State of the rule that puts on the access queue what the taps send. */
  readonly ruleState: string;
}

const RULE_STATE = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

/** Every check is made even when another fails; what cannot be checked is a complaint too, one for all that fail alike. */
export async function examine(policy: Policy, services: DoctorServices): Promise<readonly Complaint[]> {
  const checks: Readonly<Record<string, Promise<readonly Complaint[]>>> = {
    people: checkPeople(policy),
    'the bus': checkBus(policy, services),
    'the rules of the taps': checkTaps(services),
    'the routing keys of PagerDuty': checkRoutingKeys(policy, services),
    "PagerDuty's webhook": checkWebhook(services),
    Slack: checkSlack(policy, services),
  };
  const names = Object.keys(checks);
  const outcomes = await Promise.allSettled(Object.values(checks));
  const failed = outcomes.flatMap((outcome, index) =>
    outcome.status === 'rejected' ? [{ name: names[index] ?? '', why: messageOf(outcome.reason) }] : [],
  );
  return [
    ...outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : [])),
    ...[...Map.groupBy(failed, ({ why }) => why)].map(([why, all]) =>
      uncheckable(
        all.map(({ name }) => name),
        why,
        policy,
      ),
    ),
  ];
}

/** What the SDK says where no credentials, or only those that have run out, are at hand: every check fails by it. */
const WITHOUT_CREDENTIALS = /credential|security token|expired|sso session/i;

function uncheckable(names: readonly string[], why: string, { home }: Policy): Complaint {
  const where = `in the home account ${home.account}, ${home.region}`;
  const mend = WITHOUT_CREDENTIALS.test(why)
    ? `Give credentials of account ${home.account}: AWS_PROFILE=<profile>, after aws sso login where it needs that, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`
    : 'Mend this first, then run the doctor again.';
  return { what: `Not checked ${where}: ${names.join(', ')}. ${why.replace(/\.?$/, '.')}`, mend };
}

async function checkPeople({ people }: Policy): Promise<readonly Complaint[]> {
  const mute = people.filter(({ slack }) => slack === undefined);
  return mute.map(({ id }) => ({
    what: `${id} has no Slack id.`,
    mend: 'Add slack: U… in the policy; they cannot ask, be asked or be told.',
  }));
}

async function checkBus({ accounts, home }: Policy, { bus }: DoctorServices): Promise<readonly Complaint[]> {
  const live = await bus();
  if (live === undefined) return [{ what: 'There is no bus two-eye-access.', mend: 'Deploy two-eye-home.' }];
  const { who, mayMakeUp } = busAccess(live.policy);
  const wanted = new Set([...Object.keys(accounts), home.account]);
  const mend = 'Deploy two-eye-home with this policy.';
  const complaints = [
    ...[...wanted]
      .filter((account) => !who.includes(account))
      .map((account) => ({ what: `The bus takes no records of ${accounts[account] ?? account} (${account}).`, mend })),
    ...who
      .filter((one) => !wanted.has(one))
      .map((one) => ({ what: `The bus takes events of ${named(one)}, which the policy does not know.`, mend })),
    ...mayMakeUp.map((one) => ({ what: `The bus takes events that ${named(one)} can make up.`, mend })),
  ];
  if (live.ruleState === RULE_STATE) return complaints;
  const what = `The rule two-eye-access-to-queue is ${live.ruleState}, which does not see AssumeRole.`;
  return [...complaints, { what, mend: `It must be ${RULE_STATE}: deploy two-eye-home.` }];
}

function named(principal: string): string {
  return principal === '*' ? 'anybody' : principal;
}

async function checkTaps({ rules }: DoctorServices): Promise<readonly Complaint[]> {
  const seen = await rules();
  if (seen === undefined) return [{ what: 'There is no function two-eye-self-check.', mend: 'Deploy two-eye-home.' }];
  return [
    ...seen.drift.map((line) => ({ what: `Rule ${line}.`, mend: 'Deploy that tap with this policy.' })),
    ...seen.blind.map((place) => ({
      what: `The rules of ${place} cannot be seen.`,
      mend: 'Deploy its tap; the role two-eye-reconcile comes with the one in us-east-1.',
    })),
  ];
}

async function checkRoutingKeys(
  policy: Policy,
  { secret, tryRoutingKey }: DoctorServices,
): Promise<readonly Complaint[]> {
  const names = [...new Set([...Object.values(policy.teams), policy.cyber].map(({ pagerDuty }) => pagerDuty))];
  const found = await Promise.all(
    names.map(async (name) => ({ name, key: (await secret(`two-eye/pagerduty/${name}`))?.routingKey })),
  );
  const complaints: Complaint[] = [];
  for (const { name, key } of found) {
    const isKey = typeof key === 'string' && /^[A-Za-z0-9]{32}$/.test(key);
    const status = isKey ? await tryRoutingKey(key) : 0;
    if (!isKey)
      complaints.push({
        what: `The secret two-eye/pagerduty/${name} has no routing key of 32 characters.`,
        mend: 'Put {"routingKey":"…"} from PagerDuty: service → Integrations → Events API v2.',
      });
    else if (status !== 202)
      complaints.push({
        what: `PagerDuty (${policy.pagerDutyRegion}) answers ${status} to the routing key of two-eye/pagerduty/${name}.`,
        mend: 'Is the integration still there, and pagerDutyRegion the region of your account?',
      });
  }
  return complaints;
}

async function checkWebhook({ secret }: DoctorServices): Promise<readonly Complaint[]> {
  const secrets = (await secret('two-eye/pagerduty-webhook'))?.secrets;
  if (Array.isArray(secrets) && secrets.length > 0) return [];
  const mend =
    'Put {"secrets":["…"]} from PagerDuty: Integrations → Generic Webhooks (v3). Until then acknowledging there has no effect.';
  return [{ what: 'The secret two-eye/pagerduty-webhook has no secrets.', mend }];
}

async function checkSlack(policy: Policy, services: DoctorServices): Promise<readonly Complaint[]> {
  const { botToken, signingSecret } = (await services.secret('two-eye/slack')) ?? {};
  if (typeof botToken !== 'string' || typeof signingSecret !== 'string') {
    return [
      {
        what: 'The secret two-eye/slack lacks botToken or signingSecret.',
        mend: 'Put {"botToken":"xoxb-…","signingSecret":"…"} (docs/slack-app.md).',
      },
    ];
  }
  const { reply, scopes } = await services.slack(botToken, 'auth.test', {});
  if (!reply.ok)
    return [
      { what: `Slack refuses the bot token: ${reply.error}.`, mend: 'Install the app again and put the new token.' },
    ];
  return [
    ...workspaceComplaints(policy, reply),
    ...SCOPES.filter((scope) => !scopes.includes(scope)).map((scope) => ({
      what: `The Slack app lacks the scope ${scope}.`,
      mend: 'Add it and install the app again.',
    })),
    ...(await channelComplaints(policy, botToken, services)),
    ...(await groupComplaints(policy, botToken, services)),
  ];
}

function workspaceComplaints({ slack }: Policy, reply: SlackReply): readonly Complaint[] {
  if (reply.team_id === slack.workspace) return [];
  return [
    {
      what: `The token is of the workspace ${String(reply.team_id)}, the policy says ${slack.workspace}.`,
      mend: 'Correct slack.workspace, or install the app there.',
    },
  ];
}

async function channelComplaints(
  policy: Policy,
  token: string,
  { slack }: DoctorServices,
): Promise<readonly Complaint[]> {
  const channels = [...new Set([...Object.values(policy.teams), policy.cyber].map(({ channel }) => channel))];
  const complaints: Complaint[] = [];
  for (const channel of channels) {
    // What two-eye may do with its scopes, and only where it is a member; it cannot ask about channels as such.
    const { reply } = await slack(token, 'conversations.history', { channel, limit: '1' });
    if (reply.error === 'not_in_channel')
      complaints.push({ what: `The app is not in channel ${channel}.`, mend: 'Invite it there: /invite @two-eye.' });
    else if (!reply.ok)
      complaints.push({
        what: `Channel ${channel} cannot be seen: ${reply.error}.`,
        mend: 'Correct its id in the policy, or invite the app: /invite @two-eye.',
      });
  }
  return complaints;
}

async function groupComplaints(
  policy: Policy,
  token: string,
  { slack }: DoctorServices,
): Promise<readonly Complaint[]> {
  const complaints: Complaint[] = [];
  for (const [name, group] of Object.entries(policy.groups)) {
    if (group.kind !== 'slack-user-group') continue;
    const { reply } = await slack(token, 'usergroups.users.list', { usergroup: group.slackUserGroup });
    const users = Array.isArray(reply.users) ? reply.users : [];
    if (!reply.ok)
      complaints.push({
        what: `The group ${name} cannot be read: ${reply.error}.`,
        mend: 'Correct its id (S…) and check the scope usergroups:read.',
      });
    else if (users.length < 2)
      complaints.push({
        what: `The group ${name} has ${users.length} members.`,
        mend: 'Add people in Slack: nobody can confirm their own use.',
      });
    const known = new Set(policy.people.map(({ slack: id }) => id));
    const strangers = users.filter((id) => !known.has(String(id)));
    if (strangers.length > 0)
      complaints.push({
        what: `In the group ${name} are people whom the policy does not know: ${strangers.join(', ')}.`,
        mend: 'Add them to people; until then they count for nothing.',
      });
  }
  return complaints;
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
