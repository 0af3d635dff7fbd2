import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PagerDutyStandIn, type SignedWebhook, startPagerDuty } from '../../sandbox/stand-ins/pagerduty.ts';

let clock = 1_000_000;
let told: SignedWebhook[];
let pagerDuty: PagerDutyStandIn;

beforeEach(async () => {
  told = [];
  pagerDuty = await startPagerDuty({
    now: () => clock,
    services: { 'r-notify': 'notify' },
    webhookSecrets: ['old', 'new'],
    onWebhook: async (webhook) => {
      told.push(webhook);
    },
  });
});
afterEach(() => pagerDuty.close());

function event(over: object = {}) {
  const payload = { summary: 'a page', source: 'two-eye', severity: 'critical' };
  return { routing_key: 'r-notify', event_action: 'trigger', dedup_key: 'two-eye/a', payload, ...over };
}

async function send(body: unknown): Promise<number> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`http://${pagerDuty.server}/v2/enqueue`, { method: 'POST', body: text });
  await response.text();
  return response.status;
}

const statuses = () => pagerDuty.incidents.map(({ status, alerts }) => `${status} ${alerts}`);
const types = () => told.map(({ body }) => (JSON.parse(body) as { event: { event_type: string } }).event.event_type);

describe('the PagerDuty stand-in', () => {
  it('joins triggers of one key while it is open, and opens a new incident after a resolve', async () => {
    await send(event());
    await send(event());
    await send(event({ event_action: 'resolve' }));
    await send(event());
    expect(statuses()).toEqual(['resolved 2', 'triggered 1']);
    expect(types()).toEqual(['incident.triggered', 'incident.resolved', 'incident.triggered']);
  });

  it('drops what has no open incident', async () => {
    expect(await send(event({ event_action: 'acknowledge' }))).toBe(202);
    expect(statuses()).toEqual([]);
  });

  it('refuses what PagerDuty refuses', async () => {
    const payload = event().payload;
    const wrong = [
      'not JSON',
      event({ routing_key: 'r-nobody' }),
      event({ routing_key: undefined }),
      event({ event_action: 'shout' }),
      event({ dedup_key: 'x'.repeat(256) }),
      event({ event_action: 'resolve', dedup_key: undefined }),
      event({ payload: { ...payload, summary: 'x'.repeat(1_025) } }),
      event({ payload: { ...payload, summary: '' } }),
      event({ payload: { ...payload, source: undefined } }),
      event({ payload: { ...payload, severity: 'loud' } }),
      event({ payload: { ...payload, timestamp: 'yesterday' } }),
      event({ payload: { ...payload, custom_details: 'x'.repeat(600_000) } }),
    ];
    for (const each of wrong) expect(await send(each)).toBe(400);
    expect(statuses()).toEqual([]);
  });

  it('takes 120 events a minute', async () => {
    const answers = await Promise.all(Array.from({ length: 121 }, () => send(event())));
    expect(answers.filter((status) => status === 429)).toHaveLength(1);
    clock += 61_000;
    expect(await send(event())).toBe(202);
  });

  it('lets people act, and tells it in signed webhooks that carry who', async () => {
    await send(event());
    expect(await pagerDuty.act('acknowledge', 'two-eye/a', { id: 'PBEN', name: 'Ben' })).toBe(true);
    expect(await pagerDuty.act('resolve', 'two-eye/other', { id: 'PBEN', name: 'Ben' })).toBe(false);
    const { headers, body } = told[1] ?? { headers: {}, body: '' };
    expect(JSON.parse(body)).toMatchObject({
      event: {
        event_type: 'incident.acknowledged',
        agent: { id: 'PBEN', type: 'user_reference' },
        data: { incident_key: 'two-eye/a' },
      },
    });
    const signatures = ['old', 'new'].map((secret) => `v1=${createHmac('sha256', secret).update(body).digest('hex')}`);
    expect(headers['x-pagerduty-signature']).toBe(signatures.join(','));
  });

  it('misbehaves as told', async () => {
    pagerDuty.setMood('swallow');
    expect(await send(event())).toBe(202);
    expect(statuses()).toEqual([]);
    for (const [mood, status] of [
      ['429', 429],
      ['500', 500],
      ['400', 400],
      ['html', 502],
    ] as const) {
      pagerDuty.setMood(mood);
      expect(await send(event())).toBe(status);
    }
    pagerDuty.setMood('down');
    await expect(send(event())).rejects.toThrow();
    pagerDuty.setMood('silent');
    const silent = fetch(`http://${pagerDuty.server}/v2/enqueue`, {
      method: 'POST',
      body: '{}',
      signal: AbortSignal.timeout(100),
    });
    await expect(silent).rejects.toThrow();
  });
});
