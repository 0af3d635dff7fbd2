import { createHmac } from 'node:crypto';
import { isoOf, MINUTE_MS } from '../../lambdas/core/time.ts';
import type { PagerDutyRequest, PagerDutyResult } from '../../lambdas/edge/pagerduty.ts';
import type { OnPagerDutyServices } from '../../lambdas/on-pagerduty.ts';
import { onPagerDuty } from '../../lambdas/on-pagerduty.ts';
import type { Random } from './random.ts';
import type { Clock, Faults, Life } from './scheduler.ts';

export interface Incident {
  readonly triggered: number;
  /** How often a person resolved it there while it was open. */
  readonly byHand: number;
  readonly state: 'open' | 'resolved';
}

type Told = 'triggered' | 'resolved';

const SECRET = 'simulated';
/** Each waits up to twice as long as the one before, and at most an hour: the last must come before the world ends. */
const MOST_DELIVERIES = 10;
const longestWait = (delivery: number) => MINUTE_MS * 2 ** Math.min(delivery - 1, 6);

/** PagerDuty: incidents by service and dedup key, and webhooks that come late, in any order, and again when they are not answered. */
export function simulatedPagerDuty(
  clock: Clock,
  random: Random,
  faults: Faults,
  services: (life: Life) => Omit<OnPagerDutyServices, 'secrets'>,
) {
  const incidents = new Map<string, Incident>();
  let webhooks = 0;

  const tell = (service: string, incidentKey: string, what: Told, by: 'person' | 'machine') => {
    webhooks += 1;
    const event = {
      id: `w${webhooks}`,
      event_type: `incident.${what}`,
      occurred_at: isoOf(clock.now()),
      agent: by === 'person' ? { type: 'user_reference', id: 'SOMEBODY' } : null,
      data: { incident_key: incidentKey, service: { summary: service } },
    };
    deliver(JSON.stringify({ event }), 1);
  };
  const deliver = (body: string, delivery: number) =>
    clock.plan(clock.now() + random.below(longestWait(delivery)), () =>
      clock.start(
        'on-pagerduty',
        async (life) => {
          const headers = { 'x-pagerduty-signature': `v1=${signatureOf(body)}` };
          await onPagerDuty(
            { headers, body, isBase64Encoded: false },
            { ...services(life), secrets: async () => [SECRET] },
          );
        },
        (outcome) => {
          if (outcome !== 'done' && delivery < MOST_DELIVERIES) deliver(body, delivery + 1);
        },
      ),
    );

  /** What its events API does with an event of ours. */
  const send = ({ service, event }: PagerDutyRequest): PagerDutyResult => {
    const name = `${service} ${event.dedup_key}`;
    const incident = incidents.get(name) ?? { triggered: 0, byHand: 0, state: 'resolved' };
    const isSwallowed = faults.isAway?.('PagerDuty, in maintenance', clock.now()) === true;
    if (event.event_action === 'trigger' && incident.state === 'resolved' && !isSwallowed) {
      incidents.set(name, { ...incident, triggered: incident.triggered + 1, state: 'open' });
      tell(service, event.dedup_key, 'triggered', 'machine');
    }
    if (event.event_action === 'resolve' && incident.state === 'open') {
      incidents.set(name, { ...incident, state: 'resolved' });
      tell(service, event.dedup_key, 'resolved', 'machine');
    }
    return random.chance(faults.rate)
      ? { outcome: 'unreachable', why: 'the answer was lost by the simulation' }
      : { outcome: 'accepted' };
  };

  /** Somebody resolves there what is open under a key, in every service. */
  const resolveByHand = (dedupKey: string) => {
    for (const [name, incident] of incidents) {
      if (!name.endsWith(` ${dedupKey}`) || incident.state === 'resolved') continue;
      incidents.set(name, { ...incident, byHand: incident.byHand + 1, state: 'resolved' });
      clock.note(() => `somebody resolves ${name} in PagerDuty`);
      tell(name.slice(0, name.indexOf(' ')), dedupKey, 'resolved', 'person');
    }
  };

  return { incidents, send, resolveByHand };
}

function signatureOf(body: string): string {
  return createHmac('sha256', SECRET).update(body).digest('hex');
}
