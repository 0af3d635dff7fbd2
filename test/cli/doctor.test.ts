import { expect, it } from 'vitest';
import { type DoctorServices, examine } from '../../cli/doctor/examine.ts';
import { liveServices } from '../../cli/doctor/live-services.ts';
import { loadPolicy } from '../../policy/load.ts';
import { loopback } from '../support/loopback.ts';

const policy = await loadPolicy('policy/notify.yaml');
const ALL = ['chat:write', 'commands', 'im:write', 'users:read', 'usergroups:read'];

const healthy: Record<string, object> = {
  'two-eye/slack': { botToken: 'xoxb-secret', signingSecret: 's' },
  'two-eye/pagerduty/notify': { routingKey: 'a'.repeat(32) },
  'two-eye/pagerduty/cyber': { routingKey: 'b'.repeat(32) },
  'two-eye/pagerduty-webhook': { secrets: ['w'] },
};
const replies: Record<string, object> = {
  'auth.test': { ok: true, team_id: 'T01GDS' },
  'conversations.info': { ok: true, channel: { is_member: true } },
  'usergroups.users.list': { ok: true, users: ['U01DAN', 'U01CAT'] },
};

function services(
  over: { secrets?: Record<string, object | undefined>; replies?: Record<string, object>; scopes?: string[] } = {},
): DoctorServices {
  const secrets = { ...healthy, ...over.secrets };
  const answers = { ...replies, ...over.replies };
  return {
    secret: async (name) => secrets[name] as Record<string, unknown> | undefined,
    slack: async (_token, method) => ({ reply: answers[method] as { ok: boolean }, scopes: over.scopes ?? ALL }),
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
    { replies: { 'conversations.info': { ok: true, channel: { is_member: false } } } },
    /not in channel C01NOTIFY/,
  ],
  [
    'an archived channel',
    { replies: { 'conversations.info': { ok: true, channel: { is_archived: true } } } },
    /C01NOTIFY is archived/,
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

it('makes the other checks when one cannot be made, and never shows a secret', async () => {
  const broken: DoctorServices = {
    ...services({ secrets: { 'two-eye/pagerduty-webhook': {} } }),
    slack: async () => Promise.reject(new Error('no network')),
  };
  const found = await examine(policy, broken);
  expect(found.map(({ what }) => what)).toEqual([
    'The secret two-eye/pagerduty-webhook has no secrets.',
    'A check could not be made: no network',
  ]);
  expect(JSON.stringify(found)).not.toContain('xoxb-secret');
});

it('asks Slack and Secrets Manager as they are', async () => {
  await using server = await loopback((asked, response) => {
    if (asked.path === '/auth.test')
      response.writeHead(200, { 'x-oauth-scopes': 'chat:write, commands' }).end('{"ok":true}');
    else
      response.end(
        JSON.stringify({ SecretString: asked.body.includes('filled') ? '{"a":1}' : 'made up by CloudFormation' }),
      );
  });
  Object.assign(process.env, {
    SLACK_API_URL: server.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: server.url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  const live = liveServices(policy);
  expect(await live.slack('xoxb-secret', 'auth.test', {})).toEqual({
    reply: { ok: true },
    scopes: ['chat:write', 'commands'],
  });
  expect(server.asked[0]?.headers.authorization).toBe('Bearer xoxb-secret');
  expect([await live.secret('filled'), await live.secret('empty')]).toEqual([{ a: 1 }, undefined]);
});
