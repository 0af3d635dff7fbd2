import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Instant, MINUTE_MS } from '../core/time.ts';

const WINDOW_MS = 5 * MINUTE_MS;

/**
 * Whether a request is Slack's own: `v0=` and the HMAC-SHA256 of `v0:<timestamp>:<raw body>`, compared in constant time, at most
 * five minutes old or, by the clock of another, five minutes in the future. An empty secret makes nothing genuine.
 * Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function isGenuineSlack(
  rawBody: Buffer,
  timestamp: string | undefined,
  signature: string | undefined,
  secret: string,
  at: Instant,
): boolean {
  if (secret === '' || !/^\d{1,12}$/.test(timestamp ?? '') || !/^v0=[0-9a-f]{64}$/.test(signature ?? '')) return false;
  if (Math.abs(Math.floor(at / 1000) * 1000 - Number(timestamp) * 1000) > WINDOW_MS) return false;
  const wanted = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(rawBody).digest();
  return timingSafeEqual(wanted, Buffer.from((signature ?? '').slice(3), 'hex'));
}
