import { describe, expect, it } from 'vitest';
import { readRequests } from '../../lambdas/edge/approval-store.ts';
import { CALL_TIMEOUT_MS } from '../../lambdas/edge/slack-light.ts';
import { isGenuineSlack } from '../../lambdas/edge/slack-signature.ts';
import { forgetTable } from '../../lambdas/edge/table.ts';
import { GROUP_TIMEOUT_MS } from '../../lambdas/slack/confirmers.ts';
import { httpApiEvent } from '../../sandbox/stand-ins/http-api-event.ts';
import { signed } from '../../sandbox/stand-ins/slack-acting.ts';
import { loopback } from '../support/loopback.ts';
import { SIGNING_SECRET, slackWorld } from '../support/slack-world.ts';

const FORM = 'application/x-www-form-urlencoded';
const BODY = new URLSearchParams({
  command: '/2i',
  text: 'notify-prod-admin terraform apply @ben.bitdiddle',
  team_id: 'T01GDS',
  user_id: 'U01ADA',
  channel_id: 'C01NOTIFY',
  trigger_id: 'one',
}).toString();
const SECOND = 1_000;

describe('a request to on-slack', () => {
  it.each([
    ['five minutes old to the second', -300 * SECOND, 200],
    ['stale by a second', -301 * SECOND, 401],
    ['from five minutes in the future', 300 * SECOND, 200],
    ['from further in the future', 301 * SECOND, 401],
  ])('is judged by its age: %s', async (_, offset, status) => {
    await using world = await slackWorld();
    expect((await world.send(httpApiEvent(signed(SIGNING_SECRET, world.at() + offset, BODY, FORM)))).statusCode).toBe(
      status,
    );
  });

  it('is refused when it is signed with another secret, or any of it is changed after signing', async () => {
    await using world = await slackWorld();
    const real = signed(SIGNING_SECRET, world.at(), BODY, FORM);
    const forged = [
      signed('another', world.at(), BODY, FORM),
      { ...real, body: BODY.replace('U01ADA', 'U01BEN') },
      {
        ...real,
        headers: { ...real.headers, 'x-slack-signature': `${real.headers['x-slack-signature']}`.replace('v0=', 'v1=') },
      },
      { ...real, headers: { 'content-type': FORM } },
    ];
    for (const each of forged) expect((await world.send(httpApiEvent(each))).statusCode).toBe(401);
    await world.settle();
    expect(await readRequests('person:ada@example.gov.uk')).toEqual([]);
  });

  it('makes one request when it is replayed within its five minutes', async () => {
    await using world = await slackWorld();
    const real = httpApiEvent(signed(SIGNING_SECRET, world.at(), BODY, FORM));
    await world.send(real);
    await world.send(real);
    await world.settle();
    expect(await readRequests('person:ada@example.gov.uk')).toHaveLength(1);
  });

  it('is never genuine with an empty secret', () => {
    const { headers } = signed('', 0, BODY, FORM);
    const at = Number(headers['x-slack-request-timestamp']) * SECOND;
    expect(
      isGenuineSlack(Buffer.from(BODY), headers['x-slack-request-timestamp'], headers['x-slack-signature'], '', at),
    ).toBe(false);
  });

  it('answers the challenge by which Slack verifies the address', async () => {
    await using world = await slackWorld();
    const body = JSON.stringify({ type: 'url_verification', challenge: 'c-1' });
    const answer = await world.send(httpApiEvent(signed(SIGNING_SECRET, world.at(), body, 'application/json')));
    expect(JSON.parse(answer.body)).toEqual({ challenge: 'c-1' });
  });

  it('is acknowledged without a word from the table or from Slack', async () => {
    await using world = await slackWorld();
    await using silent = await loopback(() => undefined);
    Object.assign(process.env, { AWS_ENDPOINT_URL_DYNAMODB: silent.url, SLACK_API_URL: silent.url });
    forgetTable();
    const value = JSON.stringify({ ledger: 'person:ada@example.gov.uk', request: 'r', finding: 'f', pin: 'p' });
    const clicks = ['request.approve', 'request.cancel', 'finding.acknowledge', 'finding.not-genuine', 'pin.end'];
    const bodies = [
      BODY,
      new URLSearchParams({ command: '/2i', text: 'status', user_id: 'U01ADA', team_id: 'T01GDS' }).toString(),
      ...clicks.map((action_id) =>
        new URLSearchParams({
          payload: JSON.stringify({
            type: 'block_actions',
            user: { id: 'U01BEN', team_id: 'T01GDS' },
            team: { id: 'T01GDS' },
            actions: [{ action_id, value, action_ts: '1' }],
          }),
        }).toString(),
      ),
    ];
    for (const body of bodies)
      expect((await world.send(httpApiEvent(signed(SIGNING_SECRET, world.at(), body, FORM)))).statusCode).toBe(200);
    expect(silent.asked).toEqual([]);
  });

  it('is answered before Slack gives up when Slack itself does not answer', async () => {
    await using world = await slackWorld();
    await using silent = await loopback(() => undefined);
    Object.assign(process.env, { SLACK_API_URL: silent.url });
    const typed = await world.slack.actAs('U01ADA', { act: 'command', text: '' });
    expect(silent.asked.map(({ path }) => path)).toEqual(['/views.open']);
    expect(typed).toMatchObject({ status: 200, body: expect.stringContaining('could not be opened') });
    // All that is waited for on the way to an answer has, together, less than the three seconds that Slack waits.
    expect(GROUP_TIMEOUT_MS + CALL_TIMEOUT_MS).toBeLessThan(3_000);
  });

  it('is a failure to Slack, not a 200, when the form cannot be opened', async () => {
    await using world = await slackWorld();
    world.slack.trouble('server-error');
    const answer = await world.slack.actAs('U01ADA', { act: 'shortcut' });
    expect(answer).toMatchObject({ outcome: 'answered', status: 502 });
    const typed = await world.slack.actAs('U01ADA', { act: 'command', text: '' });
    expect(typed).toMatchObject({ status: 200, body: expect.stringContaining('could not be opened') });
  });
});
