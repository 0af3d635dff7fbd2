import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { type DoctorServices, examine, type LiveBus, SCOPES } from '../../cli/doctor/examine.ts';
import { liveServices } from '../../cli/doctor/live-services.ts';
import type { RulesSeen } from '../../lambdas/core/rule-drift.ts';
import { loadPolicy } from '../../policy/load.ts';
import { secretOf } from '../support/canaries.ts';
import { loopback } from '../support/loopback.ts';

const policy = await loadPolicy('policy/notify.yaml');
const ALL = [...SCOPES];
const STATE = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';
const ACCOUNTS = ['111111111111', '222222222222', '333333333333', '444444444444'];

/** The bus's policy as it is deployed, for these principals. */
function busFor(principals: readonly string[], over: object = {}): LiveBus {
  const Statement = principals.map((who) => ({
    Effect: 'Allow',
    Principal: who === '*' ? '*' : { AWS: /^\d+$/.test(who) ? `arn:aws:iam::${who}:root` : who },
    Action: 'events:PutEvents',
    Condition: { StringLike: { 'events:source': 'aws.*' } },
    ...over,
  }));
  return { policy: JSON.stringify({ Version: '2012-10-17', Statement }), ruleState: STATE };
}
const bus = busFor(ACCOUNTS);

const healthy: Record<string, object> = {
  'two-eye/slack': { botToken: secretOf('xoxb'), signingSecret: secretOf('signing') },
  'two-eye/pagerduty/notify': { routingKey: 'a'.repeat(32) },
  'two-eye/pagerduty/cyber': { routingKey: 'b'.repeat(32) },
  'two-eye/pagerduty-webhook': { secrets: [secretOf('webhook')] },
};
const replies: Record<string, object> = {
  'auth.test': { ok: true, team_id: 'T01GDS' },
  'conversations.history': { ok: true },
  'usergroups.users.list': { ok: true, users: ['U01DAN', 'U01CAT'] },
};

function services(
  over: {
    secrets?: Record<string, object | undefined>;
    replies?: Record<string, object>;
    scopes?: string[];
    bus?: LiveBus;
    rules?: RulesSeen | 'absent';
    status?: number;
  } = {},
): DoctorServices {
  const secrets = { ...healthy, ...over.secrets };
  const answers = { ...replies, ...over.replies };
  return {
    secret: async (name) => secrets[name] as Record<string, unknown> | undefined,
    slack: async (_token, method) => ({ reply: answers[method] as { ok: boolean }, scopes: over.scopes ?? ALL }),
    bus: async () => over.bus ?? bus,
    rules: async () => (over.rules === 'absent' ? undefined : (over.rules ?? { drift: [], blind: [] })),
    tryRoutingKey: async () => over.status ?? 202,
  };
}

const complaints = async (over: Parameters<typeof services>[0]) =>
  (await examine(policy, services(over))).map(({ what }) => what);

it('has nothing to say of a healthy deployment', async () => {
  expect(await complaints({})).toEqual([]);
});

it.each([
  ['a secret that nobody put', { secrets: { 'two-eye/slack': undefined } }, /two-eye\/slack lacks botToken/],
  [
    'a routing key that is none',
    { secrets: { 'two-eye/pagerduty/cyber': { routingKey: 'short' } } },
    /two-eye\/pagerduty\/cyber has no routing key/,
  ],
  ['a webhook without a secret', { secrets: { 'two-eye/pagerduty-webhook': {} } }, /pagerduty-webhook has no secrets/],
  ['a token that was revoked', { replies: { 'auth.test': { ok: false, error: 'token_revoked' } } }, /token_revoked/],
  ['another workspace', { replies: { 'auth.test': { ok: true, team_id: 'T02' } } }, /workspace T02/],
  ['a missing scope', { scopes: ALL.slice(1) }, /lacks the scope chat:write/],
  [
    'a channel without the app',
    { replies: { 'conversations.history': { ok: false, error: 'not_in_channel' } } },
    /not in channel C01NOTIFY/,
  ],
  [
    'a channel that is not there',
    { replies: { 'conversations.history': { ok: false, error: 'channel_not_found' } } },
    /C01NOTIFY cannot be seen: channel_not_found/,
  ],
  ['a routing key that PagerDuty refuses', { status: 400 }, /PagerDuty \(eu\) answers 400 .*pagerduty\/notify/],
  [
    'a bus that an account may not use',
    { bus: busFor(ACCOUNTS.filter((account) => account !== '222222222222')) },
    /no records of Notify deploy \(222222222222\)/,
  ],
  ['a bus whose policy denies all', { bus: busFor(ACCOUNTS, { Effect: 'Deny' }) }, /no records of/],
  ['a bus without a policy', { bus: { ...bus, policy: '' } }, /no records of/],
  [
    'a bus that is open to another account',
    { bus: busFor([...ACCOUNTS, '999999999999']) },
    /takes events of 999999999999, which the policy does not know/,
  ],
  ['a bus that is open to anybody', { bus: busFor([...ACCOUNTS, '*']) }, /takes events of anybody/],
  [
    'a bus on which records can be made up',
    { bus: busFor(ACCOUNTS, { Condition: {} }) },
    /takes events that 111111111111 can make up/,
  ],
  ['a bus whose policy cannot be read', { bus: { ...bus, policy: '{' } }, /Not checked .*: the bus\. /],
  [
    'a rule that was enabled again by hand',
    { bus: { ...bus, ruleState: 'ENABLED' } },
    /is ENABLED, which does not see/,
  ],
  [
    'a rule of a tap that was switched off',
    {
      rules: {
        drift: ['two-eye-sts-0 is DISABLED, which does not see AssumeRole in 111111111111/eu-west-1'],
        blind: [],
      },
    },
    /^Rule two-eye-sts-0 is DISABLED, .* in 111111111111\/eu-west-1\.$/,
  ],
  [
    'a tap that cannot be looked at',
    { rules: { drift: [], blind: ['222222222222/eu-west-1'] } },
    /rules of 222222222222\/eu-west-1 cannot be seen/,
  ],
  ['a home without self-check', { rules: 'absent' as const }, /no function two-eye-self-check/],
  [
    'a group that cannot be read',
    { replies: { 'usergroups.users.list': { ok: false, error: 'no_such_subteam' } } },
    /group cyber cannot be read: no_such_subteam/,
  ],
  [
    'a group of one',
    { replies: { 'usergroups.users.list': { ok: true, users: ['U01DAN'] } } },
    /group cyber has 1 members/,
  ],
  [
    'a member whom the policy does not know',
    { replies: { 'usergroups.users.list': { ok: true, users: ['U01DAN', 'U99'] } } },
    /does not know: U99/,
  ],
])('finds %s', async (_what, over, text) => {
  expect((await complaints(over))[0]).toMatch(text);
});

it('asks for the scopes of the manifest, no more and no fewer', () => {
  const manifest = parse(readFileSync('slack-app.manifest.yaml', 'utf8')) as {
    oauth_config: { scopes: { bot: string[] } };
  };
  expect([...SCOPES].sort()).toEqual(manifest.oauth_config.scopes.bot.sort());
});

it('makes the other checks when one cannot be made, and never shows a secret', async () => {
  const broken: DoctorServices = {
    ...services({ secrets: { 'two-eye/pagerduty-webhook': {} } }),
    slack: async () => Promise.reject(new Error('no network')),
  };
  const found = await examine(policy, broken);
  expect(found.map(({ what }) => what)).toEqual([
    'The secret two-eye/pagerduty-webhook has no secrets.',
    'Not checked in the home account 333333333333, eu-west-2: Slack. no network.',
  ]);
  expect(JSON.stringify(found)).not.toContain(secretOf('xoxb'));
});

it('says once what keeps several checks from being made, which they are, and which credentials it takes', async () => {
  const lost = () => Promise.reject(new Error('Could not load credentials from any providers'));
  const found = await examine(policy, { ...services({}), secret: lost, bus: lost, rules: lost });
  expect(found).toEqual([
    {
      what: "Not checked in the home account 333333333333, eu-west-2: the bus, the rules of the taps, the routing keys of PagerDuty, PagerDuty's webhook, Slack. Could not load credentials from any providers.",
      mend: expect.stringMatching(/credentials of account 333333333333: AWS_PROFILE=/),
    },
  ]);
});

it('asks Slack and Secrets Manager as they are', async () => {
  await using server = await loopback((asked, response) => {
    const target = String(asked.headers['x-amz-target'] ?? '');
    if (asked.path === '/v2/enqueue') response.writeHead(202).end('{}');
    else if (target.endsWith('DescribeEventBus')) response.end('{"Policy":"{}"}');
    else if (asked.path.endsWith('/functions/two-eye-self-check/invocations'))
      response.end('{"drift":["two-eye-sts-0 is gone"],"blind":[]}');
    else if (target.endsWith('DescribeRule')) response.end('{"State":"DISABLED"}');
    else if (asked.path === '/auth.test')
      response.writeHead(200, { 'x-oauth-scopes': 'chat:write, commands' }).end('{"ok":true}');
    else
      response.end(
        JSON.stringify({ SecretString: asked.body.includes('filled') ? '{"a":1}' : 'made up by CloudFormation' }),
      );
  });
  Object.assign(process.env, {
    SLACK_API_URL: server.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: server.url,
    AWS_ENDPOINT_URL_EVENTBRIDGE: server.url,
    AWS_ENDPOINT_URL_LAMBDA: server.url,
    PAGERDUTY_EVENTS_SERVER: server.url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  const live = liveServices(policy);
  expect(await live.slack(secretOf('xoxb'), 'auth.test', {})).toEqual({
    reply: { ok: true },
    scopes: ['chat:write', 'commands'],
  });
  expect(server.asked[0]?.headers.authorization).toBe(`Bearer ${secretOf('xoxb')}`);
  expect(await live.bus()).toEqual({ policy: '{}', ruleState: 'DISABLED' });
  expect(await live.rules()).toEqual({ drift: ['two-eye-sts-0 is gone'], blind: [] });
  expect(server.asked.at(-1)?.body).toBe('{"check":"look"}');
  expect(await live.tryRoutingKey('k')).toBe(202);
  expect(JSON.parse(server.asked.at(-1)?.body ?? '')).toMatchObject({ event_action: 'resolve', routing_key: 'k' });
  expect([await live.secret('filled'), await live.secret('empty')]).toEqual([{ a: 1 }, undefined]);
});
