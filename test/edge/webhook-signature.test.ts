import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isGenuineWebhook } from '../../lambdas/edge/webhook-signature.ts';

const sign = (body: string | Buffer, secret: string) => `v1=${createHmac('sha256', secret).update(body).digest('hex')}`;
const body = Buffer.from('{"event":{"id":"E1"}}');

describe('the signature of a webhook', () => {
  it('holds for the raw body, with any of the secrets and any of the signatures while they rotate', () => {
    expect(isGenuineWebhook(body, sign(body, 'new'), ['old', 'new'])).toBe(true);
    expect(isGenuineWebhook(body, `${sign(body, 'gone')}, ${sign(body, 'old')}`, ['old'])).toBe(true);
  });

  it('does not hold without a secret, with an empty one, without a signature or with another version', () => {
    expect(isGenuineWebhook(body, sign(body, ''), [''])).toBe(false);
    expect(isGenuineWebhook(body, sign(body, 'old'), [])).toBe(false);
    expect(isGenuineWebhook(body, undefined, ['old'])).toBe(false);
    expect(isGenuineWebhook(body, '', ['old'])).toBe(false);
    expect(isGenuineWebhook(body, sign(body, 'old').replace('v1', 'v0'), ['old'])).toBe(false);
    expect(isGenuineWebhook(body, 'v1=abc,v1=zz,,', ['old'])).toBe(false);
  });

  it('never holds once any byte of the body was changed', () => {
    fc.assert(
      fc.property(fc.nat({ max: body.length - 1 }), fc.integer({ min: 1, max: 255 }), (index, mask) => {
        const changed = Buffer.from(body);
        changed[index] = (changed[index] ?? 0) ^ mask;
        expect(isGenuineWebhook(changed, sign(body, 'old'), ['old'])).toBe(false);
      }),
    );
  });
});
