import { createHmac } from 'node:crypto';
import { type LoopbackAnswer, serveLoopback } from '../loopback.ts';
import { readEvent, type TakenEvent } from './pagerduty-events.ts';

/** An incident as PagerDuty's page would list it. */
export interface StandInIncident {
  readonly id: string;
  readonly dedupKey: string;
  readonly service: string;
  readonly status: 'triggered' | 'acknowledged' | 'resolved';
  readonly summary: string;
  readonly severity: string;
  readonly details: unknown;
  readonly links: unknown;
  /** How many triggers joined it. */
  readonly alerts: number;
  readonly openedAt: number;
  readonly log: readonly { readonly at: number; readonly what: string; readonly by: string }[];
}

/** A person who acts in PagerDuty. Real webhooks carry the id and the name, and no e-mail. */
export interface PagerDutyUser {
  readonly id: string;
  readonly name: string;
  readonly email?: string;
}

/** How it answers. `swallow` accepts events and opens nothing, as in a maintenance window. */
export type PagerDutyMood = 'fine' | 'down' | '429' | '500' | '400' | 'html' | 'slow' | 'silent' | 'swallow';

export interface SignedWebhook {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface PagerDutyStandIn {
  /** `127.0.0.1:port`, for `PAGERDUTY_EVENTS_SERVER`. */
  readonly server: string;
  readonly incidents: readonly StandInIncident[];
  /** Every event that was asked for, refused ones too. */
  readonly asked: readonly string[];
  /** As if it had never heard of two-eye. */
  forget(): void;
  setMood(mood: PagerDutyMood): void;
  /** A person acknowledges or resolves every open incident of the key (of one service, where it is named). False when there is none. */
  act(action: 'acknowledge' | 'resolve', dedupKey: string, by: PagerDutyUser, service?: string): Promise<boolean>;
  /** Webhooks that were sent, for replays. */
  readonly webhooks: readonly SignedWebhook[];
  close(): Promise<void>;
}

export interface PagerDutyOptions {
  readonly now: () => number;
  /** Routing key → name of its service. A key that is not here is refused. */
  readonly services: Readonly<Record<string, string>>;
  /** Secrets that webhooks are signed with: several while they rotate. */
  readonly webhookSecrets?: readonly string[];
  /** Delivers a V3 webhook; what it throws is ignored, as PagerDuty would try again later. */
  readonly onWebhook?: (webhook: SignedWebhook) => Promise<void>;
}

const EVENTS_A_MINUTE = 120;

/** Stands in for PagerDuty: Events API v2 with its checks, limit and dedup rules, people who act, and signed V3 webhooks. */
export async function startPagerDuty(options: PagerDutyOptions): Promise<PagerDutyStandIn> {
  const incidents: StandInIncident[] = [];
  const asked: string[] = [];
  const webhooks: SignedWebhook[] = [];
  const taken = new Map<string, number[]>();
  let mood: PagerDutyMood = 'fine';
  let eventCount = 0;

  const server = await serveLoopback(async ({ method, path, body }, response) => {
    asked.push(body);
    if (mood === 'silent') return 'answered';
    if (mood === 'down') {
      response.destroy();
      return 'answered';
    }
    const answered =
      method === 'POST' && path === '/v2/enqueue'
        ? (moody(mood) ?? (await enqueue(body)))
        : answer(404, { message: 'Not Found' });
    if (mood === 'slow') await new Promise((resolve) => setTimeout(resolve, 6_000).unref());
    return answered;
  });

  async function enqueue(body: string): Promise<LoopbackAnswer> {
    const event = readEvent(body);
    if ('errors' in event)
      return answer(400, { status: 'invalid event', message: 'Event object is invalid', errors: event.errors });
    const service = options.services[event.routingKey];
    if (service === undefined) return answer(400, { status: 'invalid event', message: 'Invalid routing key' });
    if (isTooMany(event.routingKey)) return answer(429, { status: 'throttle exceeded' }, { 'retry-after': '60' });
    const dedupKey = event.dedupKey || `own-${incidents.length}`;
    if (mood !== 'swallow') await take({ ...event, dedupKey }, service);
    return answer(202, { status: 'success', message: 'Event processed', dedup_key: dedupKey });
  }

  function isTooMany(routingKey: string): boolean {
    const recent = (taken.get(routingKey) ?? []).filter((at) => at > options.now() - 60_000);
    if (recent.length >= EVENTS_A_MINUTE) return true;
    taken.set(routingKey, [...recent, options.now()]);
    return false;
  }

  /** Joins the open incident of the key, or opens one; what has no open incident and is no trigger is dropped. */
  async function take(event: TakenEvent, service: string): Promise<void> {
    const index = openIndex(event.dedupKey, service);
    const open = incidents[index];
    if (event.action !== 'trigger') {
      if (open) await move(index, event.action === 'acknowledge' ? 'acknowledged' : 'resolved', undefined);
      return;
    }
    if (open) {
      incidents[index] = {
        ...open,
        alerts: open.alerts + 1,
        details: event.details,
        links: event.links,
        log: [...open.log, logged('alert', 'two-eye')],
      };
      return;
    }
    const { dedupKey, summary, severity, details, links } = event;
    const id = `PI${String(incidents.length + 1).padStart(5, '0')}`;
    const log = [logged('triggered', 'two-eye')];
    incidents.push({
      id,
      dedupKey,
      service,
      status: 'triggered',
      summary,
      severity,
      details,
      links,
      alerts: 1,
      openedAt: options.now(),
      log,
    });
    await tell('triggered', incidents.length - 1, undefined);
  }

  const logged = (what: string, by: string) => ({ at: options.now(), what, by });
  const openIndex = (dedupKey: string, service: string) =>
    incidents.findIndex((each) => each.dedupKey === dedupKey && each.service === service && each.status !== 'resolved');

  async function move(
    index: number,
    status: 'acknowledged' | 'resolved',
    by: PagerDutyUser | undefined,
  ): Promise<void> {
    const incident = incidents[index];
    if (!incident || incident.status === status) return;
    incidents[index] = { ...incident, status, log: [...incident.log, logged(status, by?.name ?? 'two-eye')] };
    await tell(status, index, by);
  }

  async function tell(
    what: 'triggered' | 'acknowledged' | 'resolved',
    index: number,
    by: PagerDutyUser | undefined,
  ): Promise<void> {
    const incident = incidents[index];
    if (!incident) return;
    eventCount += 1;
    const body = JSON.stringify(webhookOf(`E${eventCount}`, what, incident, by, options.now()));
    const webhook = {
      headers: {
        'content-type': 'application/json',
        'x-pagerduty-signature': signed(body, options.webhookSecrets ?? []),
      },
      body,
    };
    webhooks.push(webhook);
    await options.onWebhook?.(webhook).catch(() => undefined);
  }

  return {
    server: `127.0.0.1:${server.port}`,
    incidents,
    asked,
    webhooks,
    forget: () => {
      incidents.length = 0;
    },
    setMood: (next) => {
      mood = next;
    },
    async act(action, dedupKey, by, service) {
      const meant = incidents.flatMap((each, index) =>
        each.dedupKey === dedupKey && each.status !== 'resolved' && (service === undefined || each.service === service)
          ? [index]
          : [],
      );
      for (const index of meant) await move(index, action === 'acknowledge' ? 'acknowledged' : 'resolved', by);
      return meant.length > 0;
    },
    close: () => server.close(),
  };
}

function moody(mood: PagerDutyMood): LoopbackAnswer | undefined {
  if (mood === '429') return answer(429, { status: 'throttle exceeded' }, { 'retry-after': '30' });
  if (mood === '500') return answer(500, { status: 'error', message: 'Internal error' });
  if (mood === '400') return answer(400, { status: 'invalid event', message: 'Event object is invalid' });
  if (mood === 'html') return { status: 502, type: 'text/html', body: '<html>Bad gateway</html>' };
  return undefined;
}

function answer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): LoopbackAnswer {
  return { status, headers, body: JSON.stringify(body) };
}

function signed(body: string, secrets: readonly string[]): string {
  return secrets.map((secret) => `v1=${createHmac('sha256', secret).update(body).digest('hex')}`).join(',');
}

/** Source of the shape: https://developer.pagerduty.com/docs/webhooks-overview */
function webhookOf(
  id: string,
  what: string,
  incident: StandInIncident,
  by: PagerDutyUser | undefined,
  at: number,
): object {
  const agent = by
    ? { id: by.id, type: 'user_reference', summary: by.name, ...(by.email && { email: by.email }) }
    : { id: 'PINTEGR', type: 'inbound_integration_reference', summary: 'Events API v2' };
  const service = { id: `PS-${incident.service}`, type: 'service_reference', summary: incident.service };
  return {
    event: {
      id,
      event_type: `incident.${what}`,
      resource_type: 'incident',
      occurred_at: new Date(at).toISOString(),
      agent,
      client: null,
      data: {
        id: incident.id,
        type: 'incident',
        html_url: `https://example.pagerduty.com/incidents/${incident.id}`,
        number: 1,
        status: incident.status,
        incident_key: incident.dedupKey,
        title: incident.summary,
        service,
      },
    },
  };
}
