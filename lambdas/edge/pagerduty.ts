import { TwoEyeError } from '../core/errors.ts';
import type { Milliseconds } from '../core/time.ts';
import type { IncidentEvent } from '../core/wording/incident.ts';
import { type Freshness, secretString } from './secrets.ts';

const TIMEOUT_MS = 4_000;
const SERVERS = { eu: 'events.eu.pagerduty.com', us: 'events.pagerduty.com' } as const;

/**
 * What became of an event. `accepted` (202) is not yet a page: PagerDuty works asynchronously, and a maintenance window
 * swallows it. `refused` never helps to repeat; `busy` and `unreachable` may.
 */
export type PagerDutyResult =
  | { readonly outcome: 'accepted' }
  | { readonly outcome: 'refused'; readonly why: string }
  | { readonly outcome: 'busy'; readonly retryAfterMs: Milliseconds }
  | { readonly outcome: 'unreachable'; readonly why: string };

/** One event to the service whose routing key is the secret `two-eye/pagerduty/<service>`. */
export interface PagerDutyRequest {
  readonly service: string;
  readonly region: 'eu' | 'us';
  readonly event: IncidentEvent;
}

/**
 * Sends an event with `@pagerduty/pdjs`, whose own time-out does nothing, which resolves on 400 and 503 and sleeps on 429: status
 * and time-out are ours (see `pagerduty-fetch.ts`, which the bundles put in place of `cross-fetch`).
 * Throws `misconfigured` or `dependency_failed` only when the routing key cannot be read.
 */
export async function sendToPagerDuty(request: PagerDutyRequest): Promise<PagerDutyResult> {
  const first = await sendWith('cached', request);
  if (first.outcome !== 'refused' || !/routing.?key/i.test(first.why)) return first;
  return sendWith('anew', request);
}

async function sendWith(freshness: Freshness, { service, region, event }: PagerDutyRequest): Promise<PagerDutyResult> {
  const routingKey = await secretString(`two-eye/pagerduty/${service}`, 'routingKey', freshness);
  const pagerDuty = await import('./pagerduty-client.ts');
  try {
    const response = await pagerDuty.event({
      server: process.env.PAGERDUTY_EVENTS_SERVER ?? SERVERS[region],
      timeout: TIMEOUT_MS,
      // 0 keeps the client from leaving a timer behind that does nothing.
      requestTimeout: 0,
      data: { ...event, routing_key: routingKey } as Parameters<typeof pagerDuty.event>[0]['data'],
    });
    return withoutKey(outcomeOf(response.status, response.data), routingKey);
  } catch (error) {
    return failureOf(error);
  }
}

/** Sources: 202, 400, 429 and 5xx of Events API v2, https://developer.pagerduty.com/docs/events-api-v2/overview/ */
function outcomeOf(status: number, body: unknown): PagerDutyResult {
  if (status === 202) return { outcome: 'accepted' };
  if (status >= 400 && status < 500 && status !== 408)
    return { outcome: 'refused', why: `PagerDuty refused the event (${status}): ${detailOf(body)}` };
  return { outcome: 'unreachable', why: `PagerDuty answered ${status}` };
}

/** What PagerDuty says of a refused event goes to logs and to Slack; it may repeat the key. */
function withoutKey(result: PagerDutyResult, routingKey: string): PagerDutyResult {
  return result.outcome === 'refused'
    ? { ...result, why: result.why.replaceAll(routingKey, '(the routing key)') }
    : result;
}

function detailOf(body: unknown): string {
  const { message, errors } = (body ?? {}) as { readonly message?: unknown; readonly errors?: unknown };
  const details = [message, ...(Array.isArray(errors) ? errors : [])].filter((each) => typeof each === 'string');
  return details.join('; ').slice(0, 300) || 'without a reason';
}

function failureOf(error: unknown): PagerDutyResult {
  const { name, message, retryAfterMs, cause } = error as {
    name?: string;
    message?: string;
    retryAfterMs?: number;
    cause?: { code?: string };
  };
  if (name === 'TooManyRequests') return { outcome: 'busy', retryAfterMs: retryAfterMs ?? 60_000 };
  if (name === 'TimeoutError' || name === 'AbortError')
    return { outcome: 'unreachable', why: `PagerDuty did not answer within ${TIMEOUT_MS / 1000} seconds` };
  if (error instanceof TypeError)
    return { outcome: 'unreachable', why: `PagerDuty could not be reached (${cause?.code ?? message ?? 'no reason'})` };
  throw new TwoEyeError('invariant_broken', 'The PagerDuty client failed in a way that is not known.', {
    cause: error,
  });
}
