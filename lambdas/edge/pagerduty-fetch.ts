/**
 * Stands in for `cross-fetch` in the bundles (an alias of the bundler), for `@pagerduty/pdjs` alone. It saves 300 KB and mends what
 * that client leaves open: a time-out that really ends the call and its body; a 429 that is thrown, where the client would sleep;
 * a body that is not JSON made into one, so that the status is not lost. Loopback hosts are spoken to over plain http.
 */

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);
const DEFAULT_TIMEOUT_MS = 4_000;

/** Thrown for a 429, with what its `Retry-After` said in milliseconds. */
export class TooManyRequests extends Error {
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super('too many requests');
    this.name = 'TooManyRequests';
    this.retryAfterMs = retryAfterMs;
  }
}

interface Options {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Headers;
  /** Of the whole call, in milliseconds. */
  readonly timeout?: number;
}

async function fetchJson(
  url: string,
  { method = 'GET', body, headers, timeout = DEFAULT_TIMEOUT_MS }: Options,
): Promise<Response> {
  const response = await fetch(speakable(url), {
    method,
    redirect: 'error',
    signal: AbortSignal.timeout(timeout),
    ...(body === undefined ? {} : { body }),
    ...(headers === undefined ? {} : { headers }),
  });
  const text = await response.text();
  if (response.status === 429) throw new TooManyRequests(retryAfterMs(response));
  return new Response(isJson(text) ? text : JSON.stringify({ status: 'not JSON', message: text.slice(0, 200) }), {
    status: response.status < 200 ? 502 : response.status,
  });
}

function speakable(url: string): string {
  const parsed = new URL(url);
  if (LOOPBACK.has(parsed.hostname)) parsed.protocol = 'http:';
  return parsed.toString();
}

function retryAfterMs(response: Response): number {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : 60_000;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const OwnHeaders = Headers;

export { OwnHeaders as Headers };
// biome-ignore lint/style/noDefaultExport: the module it stands in for has one.
export default fetchJson;
