import { z } from 'zod';

/**
 * What PagerDuty publishes of Events API v2; an unknown field is an error. An event has at most 512 KB.
 * Source: https://developer.pagerduty.com/docs/send-alert-event
 */
const payload = z.strictObject({
  summary: z.string().min(1).max(1_024),
  source: z.string().min(1),
  severity: z.enum(['critical', 'error', 'warning', 'info']),
  timestamp: z.iso.datetime({ offset: true }).optional(),
  component: z.string().optional(),
  group: z.string().optional(),
  class: z.string().optional(),
  custom_details: z.record(z.string(), z.unknown()).optional(),
});

const key = { routing_key: z.string().min(1), dedup_key: z.string().min(1).max(255) };

export const PAGERDUTY_EVENT = z.discriminatedUnion('event_action', [
  z.strictObject({
    ...key,
    event_action: z.literal('trigger'),
    payload,
    client: z.string().optional(),
    client_url: z.url().optional(),
    links: z.array(z.strictObject({ href: z.url(), text: z.string().optional() })).optional(),
    images: z.array(z.unknown()).optional(),
  }),
  // The published client wants a payload for these too, and PagerDuty ignores it.
  z.strictObject({ ...key, event_action: z.enum(['acknowledge', 'resolve']), payload: payload.optional() }),
]);

export const PAGERDUTY_MOST_BYTES = 512 * 1024;
