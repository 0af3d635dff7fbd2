import { get } from 'node:http';
import { TwoEyeError } from '../core/errors.ts';
import { MINUTE_MS } from '../core/time.ts';

const TIMEOUT_MS = 2_000;
const KEPT_MS = 5 * MINUTE_MS;

interface Kept {
  readonly value: Readonly<Record<string, unknown>>;
  readonly readAtMs: number;
}

const kept = new Map<string, Kept>();

/** How fresh a secret must be: `anew` after a neighbour refused it, because it may have been rotated. */
export type Freshness = 'cached' | 'anew';

/**
 * A secret (a JSON object) from the Parameters and Secrets extension on loopback, kept for five minutes.
 * Throws `misconfigured` when it does not exist or is not a JSON object, `dependency_failed` when the extension does
 * not answer. Neither message contains any part of the secret.
 * Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_lambda.html
 */
export async function secret(id: string, freshness: Freshness = 'cached'): Promise<Readonly<Record<string, unknown>>> {
  const known = kept.get(id);
  if (known && freshness === 'cached' && performance.now() - known.readAtMs < KEPT_MS) return known.value;
  const value = objectOf(id, await fetchSecret(id, freshness));
  kept.set(id, { value, readAtMs: performance.now() });
  return value;
}

/** One string of a secret. Throws `misconfigured` when the secret has no such string. */
export async function secretString(id: string, field: string, freshness?: Freshness): Promise<string> {
  const value = (await secret(id, freshness))[field];
  if (typeof value === 'string' && value !== '') return value;
  throw new TwoEyeError('misconfigured', `The secret ${id} has no text in "${field}".`);
}

/** Forgets every kept secret. For tests, and for a process that changes its neighbours. */
export function forgetSecrets(): void {
  kept.clear();
}

function objectOf(id: string, body: string): Readonly<Record<string, unknown>> {
  const parsed = jsonOf((jsonOf(body) as { SecretString?: unknown } | undefined)?.SecretString);
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  throw new TwoEyeError('misconfigured', `The secret ${id} is not a JSON object.`);
}

function jsonOf(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

/** `refreshNow` goes around the extension's own cache of five minutes. */
async function fetchSecret(id: string, freshness: Freshness): Promise<string> {
  const query = new URLSearchParams({ secretId: id, ...(freshness === 'anew' ? { refreshNow: 'true' } : {}) });
  const answer = await request(`/secretsmanager/get?${query}`).catch((cause: unknown) => {
    throw new TwoEyeError('dependency_failed', `The secrets extension did not answer for ${id}.`, { cause });
  });
  if (answer.status === 200) return answer.body;
  if (answer.status < 500) {
    throw new TwoEyeError(
      'misconfigured',
      `The secret ${id} cannot be read: does it exist, may this function read it?`,
    );
  }
  throw new TwoEyeError('dependency_failed', `The secrets extension answered ${answer.status} for ${id}.`);
}

function request(path: string): Promise<{ readonly status: number; readonly body: string }> {
  const port = Number(process.env.PARAMETERS_SECRETS_EXTENSION_HTTP_PORT ?? 2773);
  const headers = { 'X-Aws-Parameters-Secrets-Token': process.env.AWS_SESSION_TOKEN ?? '' };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, headers, signal, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', reject);
    }).on('error', reject);
  });
}
