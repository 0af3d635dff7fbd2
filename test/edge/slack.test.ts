import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forgetSecrets } from '../../lambdas/edge/secrets.ts';
import { findMessage, postMessage, updateMessage } from '../../lambdas/edge/slack.ts';
import { secretOf } from '../support/canaries.ts';
import { json, type Loopback, loopback, secretsExtension } from '../support/loopback.ts';

/** How the server misbehaves, by the channel it is asked to post to. */
const behaviours: Record<string, (response: ServerResponse) => void> = {
  C_SILENT: () => undefined,
  C_HALF: (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"ok":');
  },
  C_RESET: (response) => response.destroy(),
  C_429: (response) => json(response, 429, {}, { 'retry-after': '30' }),
  C_429_BARE: (response) => json(response, 429, {}),
  C_503: (response) => json(response, 503, { ok: false, error: 'service_unavailable' }),
  C_HTML: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Gateway</html>'),
  C_HTML_502: (response) => response.writeHead(502).end('<html>Bad gateway</html>'),
  C_ARCHIVED: (response) => json(response, 200, { ok: false, error: 'is_archived' }),
  C_REVOKED: (response) => json(response, 200, { ok: false, error: 'token_revoked' }),
  C_MOVED: (response) => response.writeHead(302, { location: 'https://slack.invalid/' }).end(),
};

let slack: Loopback;
let extension: Loopback;
const secrets = { 'two-eye/slack': { botToken: secretOf('xoxb-old') } };

beforeAll(async () => {
  extension = await secretsExtension(secrets);
  process.env.PARAMETERS_SECRETS_EXTENSION_HTTP_PORT = String(extension.port);
  slack = await loopback(({ body, headers, path }, response) => {
    const channel = new URLSearchParams(body).get('channel') ?? '';
    const behaviour = behaviours[channel];
    if (behaviour) return behaviour(response);
    if (channel === 'C_ROTATED' && headers.authorization === `Bearer ${secretOf('xoxb-old')}`) {
      secrets['two-eye/slack'] = { botToken: secretOf('xoxb-new') };
      return json(response, 200, { ok: false, error: 'invalid_auth' });
    }
    if (path.includes('conversations.')) {
      const metadata = { event_type: 'two_eye', event_payload: { id: 'f1' } };
      return json(response, 200, { ok: true, messages: [{ ts: '1.1' }, { ts: '2.2', metadata }] });
    }
    json(response, 200, { ok: true, channel, ts: '1.000001' });
  });
  process.env.SLACK_API_URL = slack.url;
});
afterAll(() => Promise.all([slack.close(), extension.close()]));

const post = (channel: string) => postMessage({ channel, text: 'hello', id: 'f1' });
const askedAbout = (channel: string) =>
  slack.asked.filter(({ body }) => new URLSearchParams(body).get('channel') === channel);

describe.concurrent('posting to Slack', () => {
  it('gives channel and time stamp, and carries our id, text and blocks', async () => {
    const blocks = [{ type: 'divider' }];
    const posted = await postMessage({ channel: 'C_WELL', text: 'hello', blocks, threadTs: '0.9', id: 'f1' });
    expect(posted).toMatchObject({ outcome: 'ok', value: { channel: 'C_WELL', ts: '1.000001' } });
    const form = new URLSearchParams(askedAbout('C_WELL')[0]?.body);
    expect(Object.fromEntries(form)).toMatchObject({
      text: 'hello',
      blocks: JSON.stringify(blocks),
      thread_ts: '0.9',
      unfurl_links: 'false',
    });
    expect(JSON.parse(form.get('metadata') ?? '')).toEqual({ event_type: 'two_eye', event_payload: { id: 'f1' } });
  });

  it('ends when Slack never answers, though the client by itself has no time-out', async () => {
    expect(await post('C_SILENT')).toMatchObject({ outcome: 'unreachable', mayHaveWorked: 'yes' });
    expect(askedAbout('C_SILENT')).toHaveLength(1);
  });

  it('ends when Slack stops in the middle of an answer', async () => {
    expect(await post('C_HALF')).toMatchObject({ outcome: 'unreachable', mayHaveWorked: 'yes' });
  });

  it('says how long to wait after a 429, and does not wait itself', async () => {
    expect(await post('C_429')).toEqual({ outcome: 'rate-limited', retryAfterMs: 30_000 });
    expect(await post('C_429_BARE')).toEqual({ outcome: 'rate-limited', retryAfterMs: 1_000 });
    expect(askedAbout('C_429')).toHaveLength(1);
  });

  it('does not repeat after a 503, a reset, a redirect or a page of HTML: the message may be there', async () => {
    for (const channel of ['C_503', 'C_RESET', 'C_HTML', 'C_HTML_502', 'C_MOVED']) {
      expect(await post(channel), channel).toMatchObject({ outcome: 'unreachable', mayHaveWorked: 'yes' });
      expect(askedAbout(channel), channel).toHaveLength(1);
    }
  });

  it('gives the refusal of a 200 with ok:false', async () => {
    expect(await post('C_ARCHIVED')).toEqual({ outcome: 'refused', code: 'is_archived' });
  });

  it('reads the token anew once when it is refused', async () => {
    expect(await post('C_REVOKED')).toEqual({ outcome: 'refused', code: 'token_revoked' });
    expect(askedAbout('C_REVOKED')).toHaveLength(2);
  });

  it('finds a message of ours by its id, in the channel and in a thread', async () => {
    const found = { outcome: 'ok', value: { channel: 'C_WELL', ts: '2.2' } };
    expect(await findMessage({ channel: 'C_WELL', text: '', id: 'f1' }, 1_000_000)).toEqual(found);
    expect(await findMessage({ channel: 'C_WELL', text: '', id: 'f1', threadTs: '1.1' }, 0)).toEqual(found);
    expect(await findMessage({ channel: 'C_WELL', text: '', id: 'f2' }, 0)).toEqual({
      outcome: 'ok',
      value: undefined,
    });
  });

  it('removes the blocks of a message that is updated without any', async () => {
    await updateMessage({ channel: 'C_UPDATE', ts: '1.1' }, { text: 'closed' });
    expect(new URLSearchParams(askedAbout('C_UPDATE')[0]?.body).get('blocks')).toBe('[]');
  });
});

describe('posting to Slack, one after another', () => {
  it('works with a rotated token without a new process', async () => {
    secrets['two-eye/slack'] = { botToken: secretOf('xoxb-old') };
    forgetSecrets();
    expect(await post('C_ROTATED')).toMatchObject({ outcome: 'ok' });
  });

  it('says that nothing arrived when there is nobody at the address', async () => {
    const gone = await loopback(() => undefined);
    await gone.close();
    process.env.SLACK_API_URL = gone.url;
    expect(await post('C_WELL')).toMatchObject({ outcome: 'unreachable', mayHaveWorked: 'no' });
    process.env.SLACK_API_URL = slack.url;
  });
});
