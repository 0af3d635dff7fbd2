/** An event as Events API v2 takes it, checked. Limits: https://developer.pagerduty.com/docs/send-alert-event */
export interface TakenEvent {
  readonly routingKey: string;
  readonly action: 'trigger' | 'acknowledge' | 'resolve';
  readonly dedupKey: string;
  readonly summary: string;
  readonly severity: string;
  readonly source: string;
  readonly details: unknown;
  readonly links: unknown;
}

const MOST_BYTES = 512 * 1024;
const SEVERITIES = new Set(['critical', 'error', 'warning', 'info']);
const ACTIONS = new Set(['trigger', 'acknowledge', 'resolve']);

/** The event, or what PagerDuty would find wrong with it. */
export function readEvent(body: string): TakenEvent | { readonly errors: readonly string[] } {
  if (Buffer.byteLength(body) > MOST_BYTES) return { errors: ['Event is larger than 512 KB'] };
  const event = objectOf(parsed(body));
  if (!event) return { errors: ['Event is not a JSON object'] };
  const action = String(event.event_action ?? '');
  const payload = objectOf(event.payload) ?? {};
  const errors = [...envelopeErrors(event, action), ...(action === 'trigger' ? payloadErrors(payload) : [])];
  if (errors.length > 0) return { errors };
  return {
    routingKey: String(event.routing_key),
    action: action as TakenEvent['action'],
    dedupKey: typeof event.dedup_key === 'string' ? event.dedup_key : '',
    summary: String(payload.summary ?? ''),
    severity: String(payload.severity ?? ''),
    source: String(payload.source ?? ''),
    details: payload.custom_details,
    links: event.links,
  };
}

function envelopeErrors(event: Readonly<Record<string, unknown>>, action: string): readonly string[] {
  const dedupKey = event.dedup_key;
  return [
    typeof event.routing_key !== 'string' && "'routing_key' is missing or blank",
    !ACTIONS.has(action) && "'event_action' is invalid",
    typeof dedupKey === 'string' && dedupKey.length > 255 && "'dedup_key' is longer than 255 characters",
    action !== 'trigger' && !dedupKey && "'dedup_key' is missing or blank",
  ].filter((each) => typeof each === 'string');
}

function payloadErrors(payload: Readonly<Record<string, unknown>>): readonly string[] {
  const { summary, source, severity, timestamp } = payload;
  return [
    (typeof summary !== 'string' || summary === '') && "'payload.summary' is missing or blank",
    typeof summary === 'string' && summary.length > 1024 && "'payload.summary' is longer than 1024 characters",
    (typeof source !== 'string' || source === '') && "'payload.source' is missing or blank",
    !SEVERITIES.has(String(severity)) && "'payload.severity' is invalid",
    timestamp !== undefined && Number.isNaN(Date.parse(String(timestamp))) && "'payload.timestamp' is invalid",
  ].filter((each) => typeof each === 'string');
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
