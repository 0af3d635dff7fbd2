import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IncidentEvent } from '../../lambdas/core/wording/incident.ts';
import { bundled } from '../support/bundled.ts';
import { secretOf } from '../support/canaries.ts';
import { json, type Loopback, loopback, secretsExtension } from '../support/loopback.ts';

const { sendToPagerDuty } =
  await bundled<typeof import('../../lambdas/edge/pagerduty.ts')>('lambdas/edge/pagerduty.ts');

/** How the server misbehaves, by the key it is sent. */
const behaviours: Record<string, (response: ServerResponse) => void> = {
  well: (response) => json(response, 202, { status: 'success', dedup_key: 'well' }),
  silent: () => undefined,
  half: (response) => {
    response.writeHead(202);
    response.write('{"status":');
  },
  reset: (response) => response.destroy(),
  '400': (response) => json(response, 400, { message: 'Event object is invalid', errors: ["'summary' is missing"] }),
  '400-html': (response) => response.writeHead(400).end('<html>no</html>'),
  '404': (response) => response.writeHead(404).end(),
  '429': (response) => json(response, 429, {}, { 'retry-after': '7' }),
  '429-bare': (response) => json(response, 429, {}),
  '503-json': (response) => json(response, 503, { status: 'error' }),
  '500-html': (response) => response.writeHead(500).end('<html>oops</html>'),
  '200': (response) => json(response, 200, {}),
};

let pagerDuty: Loopback;
let extension: Loopback;
const secrets = { 'two-eye/pagerduty/notify': { routingKey: secretOf('r-old') } };
const keyOf = (body: string) => (JSON.parse(body) as { dedup_key: string }).dedup_key;

beforeAll(async () => {
  extension = await secretsExtension(secrets);
  process.env.PARAMETERS_SECRETS_EXTENSION_HTTP_PORT = String(extension.port);
  pagerDuty = await loopback(({ body }, response) => {
    const { dedup_key, routing_key } = JSON.parse(body) as { dedup_key: string; routing_key: string };
    if (dedup_key !== 'rotated') return behaviours[dedup_key]?.(response);
    if (routing_key === secretOf('r-new')) return json(response, 202, {});
    secrets['two-eye/pagerduty/notify'] = { routingKey: secretOf('r-new') };
    json(response, 400, { message: 'Invalid routing key' });
  });
  process.env.PAGERDUTY_EVENTS_SERVER = `127.0.0.1:${pagerDuty.port}`;
});
afterAll(() => Promise.all([pagerDuty.close(), extension.close()]));

function event(dedupKey: string): IncidentEvent {
  const payload = { summary: 'a page', source: 'two-eye', severity: 'critical' } as const;
  return { event_action: 'trigger', dedup_key: dedupKey, payload };
}
const send = (dedupKey: string) => sendToPagerDuty({ service: 'notify', region: 'eu', event: event(dedupKey) });
const askedAbout = (dedupKey: string) => pagerDuty.asked.filter(({ body }) => keyOf(body) === dedupKey);

describe.concurrent('sending to PagerDuty', () => {
  it('posts to Events API v2 with the routing key of the service', async () => {
    expect(await send('well')).toEqual({ outcome: 'accepted' });
    const [asked] = askedAbout('well');
    expect(asked).toMatchObject({ method: 'POST', path: '/v2/enqueue' });
    expect(JSON.parse(asked?.body ?? '')).toEqual({ ...event('well'), routing_key: secretOf('r-old') });
  });

  it('ends when PagerDuty never answers, though the time-out of the client does nothing', async () => {
    expect(await send('silent')).toMatchObject({ outcome: 'unreachable', why: expect.stringContaining('4 seconds') });
  });

  it('ends when PagerDuty stops in the middle of an answer', async () => {
    expect(await send('half')).toMatchObject({ outcome: 'unreachable' });
  });

  it('takes a 400 and other refusals as refusals, though the client resolves', async () => {
    expect(await send('400')).toEqual({
      outcome: 'refused',
      why: "PagerDuty refused the event (400): Event object is invalid; 'summary' is missing",
    });
    expect(await send('400-html')).toMatchObject({ outcome: 'refused' });
    expect(await send('404')).toMatchObject({ outcome: 'refused' });
  });

  it('takes 503 and 500 as unreachable, with JSON (where the client resolves) and with HTML (where it rejects)', async () => {
    expect(await send('503-json')).toEqual({ outcome: 'unreachable', why: 'PagerDuty answered 503' });
    expect(await send('500-html')).toEqual({ outcome: 'unreachable', why: 'PagerDuty answered 500' });
    expect(await send('reset')).toMatchObject({ outcome: 'unreachable' });
    expect(await send('200')).toMatchObject({ outcome: 'unreachable' });
  });

  it('says how long to wait after a 429 and asks once, where the client would sleep for a minute', async () => {
    expect(await send('429')).toEqual({ outcome: 'busy', retryAfterMs: 7_000 });
    expect(await send('429-bare')).toEqual({ outcome: 'busy', retryAfterMs: 60_000 });
    expect(askedAbout('429')).toHaveLength(1);
  });
});

describe('sending to PagerDuty, one after another', () => {
  it('reads the routing key anew once when it is refused', async () => {
    expect(await send('rotated')).toEqual({ outcome: 'accepted' });
    expect(askedAbout('rotated')).toHaveLength(2);
  });

  it('says that nobody is at the address', async () => {
    const gone = await loopback(() => undefined);
    await gone.close();
    process.env.PAGERDUTY_EVENTS_SERVER = `127.0.0.1:${gone.port}`;
    expect(await send('well')).toMatchObject({ outcome: 'unreachable', why: expect.stringContaining('ECONNREFUSED') });
  });
});
