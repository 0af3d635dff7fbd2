import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putWord } from '../../lambdas/edge/approval-store.ts';
import { readOpenFindings } from '../../lambdas/edge/finding-store.ts';
import { forgetSecrets } from '../../lambdas/edge/secrets.ts';
import { callSlack } from '../../lambdas/edge/slack.ts';
import { secretOf } from '../support/canaries.ts';
import { type Asked, json, type Loopback, loopback, secretsExtension } from '../support/loopback.ts';
import { PAGERDUTY_EVENT, PAGERDUTY_MOST_BYTES } from '../support/pagerduty-contract.ts';
import * as build from '../support/records.ts';
import { SLACK_METHODS, slackArguments } from '../support/slack-contract.ts';
import { type SlackWorld, slackWorld } from '../support/slack-world.ts';
import { type WireWorld, wireWorld } from '../support/wire-world.ts';

const { PRODUCTION, envelope } = build;
const stranger = (n: number) => build.user(`stranger-${n}`, `AIDASTRANGER${n}X`, PRODUCTION);

/** Problems of a call of Slack's Web API as it was sent: none. */
function expectSlackCall({ method, path, headers, body }: Asked): void {
  const name = path.split('/').at(-1) ?? '';
  const schema = SLACK_METHODS[name];
  expect(method).toBe('POST');
  expect(headers.authorization, 'the token is in the header and nowhere else').toMatch(/^Bearer xoxb-/);
  expect(headers['content-type']).toMatch(/^application\/(x-www-form-urlencoded|json)/);
  if (!schema) throw new Error(`${name} is called, and no schema says how`);
  const said = schema.safeParse(slackArguments(body));
  expect(said.error?.issues ?? [], `${name} ${body.slice(0, 2_000)}`).toEqual([]);
}

function expectPagerDutyEvent({ method, path, headers, body }: Asked): unknown {
  expect([method, path]).toEqual(['POST', '/v2/enqueue']);
  expect(headers['content-type']).toMatch(/^application\/json/);
  expect(Buffer.byteLength(body)).toBeLessThan(PAGERDUTY_MOST_BYTES);
  const event: unknown = JSON.parse(body);
  expect(PAGERDUTY_EVENT.safeParse(event).error?.issues ?? [], body.slice(0, 2_000)).toEqual([]);
  return event;
}

/** Every byte that goes to Slack's stand-in, on its way there. */
async function listenTo(world: SlackWorld): Promise<Loopback> {
  const proxy = await loopback(async ({ path, headers, body }, response) => {
    const { authorization = '', 'content-type': type = '' } = headers;
    const answer = await fetch(new URL(path.slice(1), world.slack.url), {
      method: 'POST',
      headers: { authorization, 'content-type': type },
      body,
    });
    json(response, answer.status, await answer.json());
  });
  process.env.SLACK_API_URL = proxy.url;
  return proxy;
}

describe('what people do in Slack', () => {
  it('is answered with calls as Slack publishes them: requests, forms, the App Home, pins, workflows, refusals', async () => {
    await using world = await slackWorld();
    await using proxy = await listenTo(world);
    const click = (user: string, actionId: string, channel = 'C01NOTIFY') =>
      world.as(user, { act: 'click', channel, actionId });
    await world.as('U01ADA', { act: 'shortcut' });
    await world.as('U01ADA', {
      act: 'submit',
      values: {
        target: 'notify-prod-db-write',
        reason: 'x'.repeat(500),
        picked: 'ben@example.gov.uk',
        ticket: 'y'.repeat(100),
      },
    });
    await click('U01ADA', 'request.approve');
    await world.as('U01ADA', { act: 'command', text: 'status', channel: 'C01NOTIFY' });
    for (const user of ['U01ADA', 'U01BEN', 'U01CAT']) await world.as(user, { act: 'open-home' });
    await click('U01BEN', 'request.approve');
    await world.as('U01CAT', { act: 'command', text: 'pin', channel: 'C01CYBER' });
    await world.as('U01CAT', {
      act: 'submit',
      values: {
        people: ['U01ADA'],
        targets: ['notify-prod-admin'],
        minutes: '60',
        reason: 'An incident of the day',
        incident: 'INC-1',
      },
    });
    await click('U01CAT', 'pin.end', 'C01CYBER');
    const inputs = { requester: 'U01BEN', target: 'notify-prod-admin', reason: 'terraform apply', approver: 'U01ADA' };
    await world.as('U01BEN', { act: 'run-step', inputs, execution: 'Fx1' });
    await world.as('U01BEN', { act: 'run-step', inputs: { ...inputs, target: 'none' }, execution: 'Fx2' });
    await click('U01BEN', 'request.disown', 'D01BEN');
    await world.clockAt(90);
    const methods = new Set(proxy.asked.map(({ path }) => path.split('/').at(-1)));
    for (const method of [
      'chat.postMessage',
      'chat.update',
      'views.open',
      'views.publish',
      'users.info',
      'functions.completeError',
    ])
      expect(methods, 'the story has to make this call').toContain(method);
    for (const asked of proxy.asked) expectSlackCall(asked);
  });
});

describe('what is found', () => {
  let world: WireWorld;
  beforeAll(async () => {
    const routingKey = secretOf('routing').padEnd(32, '0').slice(0, 32);
    world = await wireWorld({
      'two-eye/slack': { botToken: `xoxb-${secretOf('contract')}`, signingSecret: secretOf('signing') },
      'two-eye/pagerduty/notify': { routingKey },
      'two-eye/pagerduty/cyber': { routingKey },
    });
  });
  afterAll(() => world[Symbol.asyncDispose]());

  it('is told in bytes as Slack and PagerDuty publish them: opened, folded, tampering, unreadable, closed, a storm', async () => {
    world.at(Date.parse('2026-11-24T22:00:00Z'));
    const huge = 'é<!channel>*'.repeat(10_000);
    await world.deliver([
      envelope(build.assumeRole({ who: stranger(0), userAgent: huge, sessionName: huge })),
      envelope(build.assumeRole({ who: stranger(0), at: '2026-11-24T10:30:00Z' })),
      envelope(build.executeCommand({ who: build.ada })),
      envelope(build.apiCall({ source: 'cloudtrail.amazonaws.com', name: 'StopLogging', request: { name: 'org' } })),
      envelope(build.assumeRole(), { source: huge.slice(0, 200) }),
    ]);
    const unapproved = (await readOpenFindings()).filter(({ cause }) => cause === 'unapproved');
    expect(unapproved.length).toBeGreaterThan(0);
    const at = Date.parse('2026-11-24T22:10:00Z');
    const said = { kind: 'confirmed', by: 'ben@example.gov.uk', via: 'slack', at, text: huge.slice(0, 3_000) } as const;
    for (const { id, ledger } of unapproved) {
      await putWord(ledger, { ...said, id: `w-${id}`, finding: id });
      await world.deliver([{ twoEye: 'rejudge', ledger, because: 'word' }]);
    }
    await world.deliver(
      Array.from({ length: 12 }, (_, n) => envelope(build.assumeRole({ who: stranger(n + 1), key: `storm-${n}` }))),
    );
    for (const asked of world.slack.asked) expectSlackCall(asked);
    const actions = world.pagerDuty.asked.map(
      (asked) => (expectPagerDutyEvent(asked) as { event_action: string }).event_action,
    );
    expect(new Set(actions)).toEqual(new Set(['trigger', 'resolve']));
    const methods = new Set(world.slack.asked.map(({ path }) => path.split('/').at(-1)));
    expect(methods).toContain('chat.update');
  });
});

describe('what Slack publishes as an answer', () => {
  // https://docs.slack.dev/reference/methods/chat.postMessage#errors
  it.each([
    ...['channel_not_found', 'not_in_channel', 'is_archived', 'msg_too_long', 'invalid_blocks', 'no_text'],
    ...[
      'restricted_action',
      'team_access_not_granted',
      'ekm_access_denied',
      'missing_scope',
      'fatal_error',
      'internal_error',
    ],
  ])('%s is a refusal of that name', async (error) => {
    await using slack = await loopback((_, response) => json(response, 200, { ok: false, error }));
    await using extension = await secretsExtension({ 'two-eye/slack': { botToken: `xoxb-${secretOf('contract')}` } });
    process.env.PARAMETERS_SECRETS_EXTENSION_HTTP_PORT = String(extension.port);
    process.env.SLACK_API_URL = slack.url;
    forgetSecrets();
    expect(await callSlack('chat.postMessage', { channel: 'C1', text: 'x' })).toEqual({
      outcome: 'refused',
      code: error,
    });
    expect(slack.asked).toHaveLength(1);
  });
});
