import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forgetSecrets, secret, secretString } from '../../lambdas/edge/secrets.ts';
import { secretOf } from '../support/canaries.ts';
import { json, type Loopback, loopback } from '../support/loopback.ts';

let extension: Loopback;
let token = secretOf('xoxb-first');

beforeAll(async () => {
  extension = await loopback(({ path }, response) => {
    const id = new URL(path, 'http://extension').searchParams.get('secretId');
    if (id === 'absent') return json(response, 400, { message: 'ResourceNotFoundException' });
    if (id === 'down') return json(response, 500, {});
    if (id === 'words') return json(response, 200, { SecretString: 'hunter2' });
    json(response, 200, { SecretString: JSON.stringify({ botToken: token, empty: '' }) });
  });
  process.env.PARAMETERS_SECRETS_EXTENSION_HTTP_PORT = String(extension.port);
  process.env.AWS_SESSION_TOKEN = secretOf('session-token');
});
afterAll(() => extension.close());
beforeEach(forgetSecrets);

describe('a secret', () => {
  it('comes from the extension, which wants the session token', async () => {
    expect(await secretString('two-eye/slack', 'botToken')).toBe(secretOf('xoxb-first'));
    expect(extension.asked.at(-1)?.path).toBe('/secretsmanager/get?secretId=two-eye%2Fslack');
    expect(extension.asked.at(-1)?.headers['x-aws-parameters-secrets-token']).toBe(secretOf('session-token'));
  });

  it('is asked for once, and again around every cache when it is wanted anew', async () => {
    const before = extension.asked.length;
    await secret('two-eye/slack');
    token = secretOf('xoxb-second');
    expect(await secretString('two-eye/slack', 'botToken')).toBe(secretOf('xoxb-first'));
    expect(await secretString('two-eye/slack', 'botToken', 'anew')).toBe(secretOf('xoxb-second'));
    expect(await secretString('two-eye/slack', 'botToken')).toBe(secretOf('xoxb-second'));
    expect(extension.asked.length - before).toBe(2);
    expect(extension.asked.at(-1)?.path).toContain('refreshNow=true');
  });

  it('that does not exist, is no JSON object or lacks the field is a wrong deployment, and is never quoted', async () => {
    const misconfigured = {
      name: 'TwoEyeError',
      code: 'misconfigured',
      message: expect.not.stringContaining('hunter2'),
    };
    await expect(secret('absent')).rejects.toMatchObject(misconfigured);
    await expect(secret('words')).rejects.toMatchObject(misconfigured);
    await expect(secretString('two-eye/slack', 'empty')).rejects.toMatchObject(misconfigured);
  });

  it('that cannot be fetched is a failed neighbour', async () => {
    await expect(secret('down')).rejects.toMatchObject({ code: 'dependency_failed' });
    process.env.PARAMETERS_SECRETS_EXTENSION_HTTP_PORT = '1';
    await expect(secret('two-eye/slack')).rejects.toMatchObject({ code: 'dependency_failed' });
    process.env.PARAMETERS_SECRETS_EXTENSION_HTTP_PORT = String(extension.port);
  });
});
