import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Whether a PagerDuty V3 webhook is genuine: `X-PagerDuty-Signature` lists one or several `v1=<hex>` (several while secrets rotate), each the
 * HMAC-SHA256 of the raw body. Compared in constant time; no secret, an empty one or no signature is never genuine.
 * Source: https://developer.pagerduty.com/docs/verifying-webhook-signatures
 */
export function isGenuineWebhook(body: Buffer, header: string | undefined, secrets: readonly string[]): boolean {
  const given = (header ?? '').split(',').flatMap((part) => /^v1=([0-9a-f]{64})$/i.exec(part.trim())?.[1] ?? []);
  const wanted = secrets
    .filter((secret) => secret !== '')
    .map((secret) => createHmac('sha256', secret).update(body).digest());
  const matches = given
    .slice(0, 10)
    .flatMap((hex) => wanted.map((digest) => timingSafeEqual(Buffer.from(hex, 'hex'), digest)));
  return matches.includes(true);
}
