import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../lambdas/core/time.ts';
import { forgetSecrets } from '../../lambdas/edge/secrets.ts';
import { CANARIES, captureOutput, leaked, poisoned } from '../support/canaries.ts';
import { json } from '../support/loopback.ts';
import { TARGETS, testPolicy, testTarget } from '../support/policies.ts';
import * as build from '../support/records.ts';
import { type WireWorld, wireWorld } from '../support/wire-world.ts';

const { PRODUCTION } = build;
const SECRET = `arn:aws:secretsmanager:eu-west-1:${PRODUCTION}:secret:notifydb/write-AbCdEf`;
const CLUSTER = `arn:aws:rds:eu-west-1:${PRODUCTION}:cluster:notifydb`;

const policy = testPolicy({
  targets: [
    ...TARGETS,
    testTarget({ id: 'root', door: { kind: 'root', account: PRODUCTION } }),
    testTarget({ id: 'federation', door: { kind: 'federation', account: PRODUCTION } }),
    testTarget({ id: 'secret', door: { kind: 'secret', arn: SECRET } }),
    testTarget({ id: 'data-api', door: { kind: 'data-api', cluster: CLUSTER } }),
  ],
});

/** One record of each door there is, of a stranger and of somebody known, and what watches the watcher. */
function records(): readonly build.CloudTrailRecord[] {
  const pair = build.crossAccountPair({ who: build.stranger });
  return [
    build.assumeRole(),
    pair.caller,
    pair.role,
    build.deniedAssumeRole({ who: build.stranger }),
    build.samlAssumeRole(),
    build.webIdentity(),
    ...Object.values(build.switchRole()),
    build.consoleSignIn({ who: build.session(build.PROD_ADMIN, 'x') }),
    build.awsLogin(),
    build.rootSignIn(),
    build.assumeRoot(),
    build.federationToken(),
    build.executeCommand(),
    build.startSession({ documentName: 'x', parameters: { portNumber: ['5432'] } }),
    build.sendSshPublicKey(),
    build.getSecretValue(),
    build.executeStatement(),
    build.apiCall({
      source: 'secretsmanager.amazonaws.com',
      name: 'PutSecretValue',
      request: { secretId: 'two-eye/slack' },
    }),
  ];
}

let world: WireWorld;
let output: ReturnType<typeof captureOutput>;
beforeAll(async () => {
  const { botToken, signingSecret, routingKey, webhookSecret, ownKey, ownToken } = CANARIES;
  world = await wireWorld(
    {
      'two-eye/slack': { botToken, signingSecret },
      'two-eye/pagerduty/notify': { routingKey },
      'two-eye/pagerduty/cyber': { routingKey },
      'two-eye/pagerduty-webhook': { secrets: [webhookSecret] },
    },
    { AWS_SECRET_ACCESS_KEY: ownKey, AWS_SESSION_TOKEN: ownToken },
    policy,
  );
  output = captureOutput();
});
afterAll(async () => {
  output.end();
  delete process.env.AWS_SESSION_TOKEN;
  await world[Symbol.asyncDispose]();
});

let newcomers = 0;

/** A use by somebody of whom nobody has heard yet, an hour later, so that it is told and neither folded nor part of a storm. */
function somebodyNew() {
  newcomers += 1;
  world.at(Date.parse('2026-11-24T23:00:00Z') + newcomers * HOUR_MS);
  const who = build.user(`newcomer-${newcomers}`, `AIDANEWCOMER${newcomers}`, PRODUCTION);
  return build.envelope(poisoned(build.assumeRole({ who })));
}

/** Where the key has to be: once in the body of each event, as PagerDuty wants it. */
const withoutRoutingKey = (body: string) => body.replace(`"routing_key":"${CANARIES.routingKey}"`, '');

async function everythingThatCameOut(): Promise<Readonly<Record<string, string>>> {
  return {
    logs: output.text(),
    'messages to Slack': world.slack.asked.map(({ body, path }) => path + body).join('\n'),
    'events to PagerDuty': world.pagerDuty.asked.map(({ body, path }) => path + withoutRoutingKey(body)).join('\n'),
    'messages to SNS': world.topic.join('\n'),
    'messages to SQS': world.queued.join('\n'),
    table: JSON.stringify(await world.items()),
  };
}

async function expectNoSecret(): Promise<void> {
  for (const [where, text] of Object.entries(await everythingThatCameOut())) {
    expect(text.length, `${where} is empty, so that nothing was looked at`).toBeGreaterThan(10);
    expect(leaked(text), where).toEqual([]);
  }
}

describe('no secret', () => {
  it('is in a log, a message, a page or the table after uses of every door', async () => {
    world.at(Date.parse('2026-11-24T22:00:00Z'));
    const bodies = records().map((record) => build.envelope(poisoned(record)));
    const unreadable = [
      { ...build.envelope(poisoned(build.assumeRole({ key: 'forged' }))), source: 'my.app' },
      { ...poisoned(build.assumeRole({ key: 'no-time' })), eventTime: 'yesterday' },
      JSON.stringify(poisoned(build.assumeRole())).slice(0, -9),
      [[[[[[[[poisoned(build.assumeRole())]]]]]]]],
    ];
    expect(await world.deliver([...bodies, ...unreadable])).toEqual([]);
    expect(world.slack.asked.length).toBeGreaterThan(5);
    expect(world.pagerDuty.asked.length).toBeGreaterThan(3);
    await expectNoSecret();
  });

  it.each([
    ['refuse the token', 200, { ok: false, error: 'invalid_auth' }],
    ['echo what they were sent', 400, 'echo'],
    ['fail', 500, { error: 'oops' }],
  ])('comes out when Slack and PagerDuty %s', async (_, status, answer) => {
    world.answers.slack = (body, response) =>
      json(response, status, answer === 'echo' ? { ok: false, error: body } : answer);
    world.answers.pagerDuty = (body, response) =>
      json(
        response,
        status === 200 ? 400 : status,
        answer === 'echo' ? { message: `Invalid routing key ${CANARIES.routingKey}`, errors: [body] } : answer,
      );
    forgetSecrets();
    const before = world.pagerDuty.asked.length;
    await world.deliver([somebodyNew()]);
    expect(world.pagerDuty.asked.length).toBeGreaterThan(before);
    await expectNoSecret();
  });

  it('comes out when Slack resets the connection', async () => {
    world.answers.slack = (_, response) => response.destroy();
    await world.deliver([somebodyNew()]);
    await expectNoSecret();
  });
});

describe('the scan itself', () => {
  it('finds every canary, however it is spelt', () => {
    for (const [name, canary] of Object.entries(CANARIES)) {
      for (const text of [canary, encodeURIComponent(canary), JSON.stringify({ a: canary }), btoa(`xy${canary}z`)])
        expect(leaked(`before ${text} after`), text).toEqual([name]);
    }
  });
});
