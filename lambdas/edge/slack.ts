import type { WebClient } from '@slack/web-api';
import { TwoEyeError } from '../core/errors.ts';
import type { Instant, Milliseconds } from '../core/time.ts';
import { type Freshness, secretString } from './secrets.ts';

export const SLACK_SECRET = 'two-eye/slack';
const TIMEOUT_MS = 4_000;

/** What became of a call. A refusal is Slack's own `ok:false`; `unreachable` says whether the call may have worked all the same. */
export type SlackResult<T> =
  | { readonly outcome: 'ok'; readonly value: T }
  | { readonly outcome: 'rate-limited'; readonly retryAfterMs: Milliseconds }
  | { readonly outcome: 'refused'; readonly code: string }
  | { readonly outcome: 'unreachable'; readonly why: string; readonly mayHaveWorked: 'yes' | 'no' };

/** A message as `chat.postMessage` takes it. `blocks` are Block Kit; `text` is what notifications and screen readers get. */
export interface SlackMessage {
  readonly channel: string;
  readonly text: string;
  readonly blocks?: readonly object[];
  readonly threadTs?: string;
  /** A reply in a thread that is shown in the channel too. */
  readonly broadcast?: 'yes';
  /** Our own id of the message, kept in its metadata: how a message of which the answer was lost is found again. */
  readonly id?: string;
}

export interface PostedMessage {
  readonly channel: string;
  readonly ts: string;
}

const METADATA_TYPE = 'two_eye';
/** Refusals after which the token is read anew, once: it may have been rotated. */
const TOKEN_REFUSED = new Set(['invalid_auth', 'not_authed', 'token_revoked', 'token_expired', 'account_inactive']);

/** Posts a message. Never repeats by itself: a repeated post is a second message. */
export function postMessage(message: SlackMessage): Promise<SlackResult<PostedMessage>> {
  return callSlack<PostedMessage>('chat.postMessage', {
    channel: message.channel,
    text: message.text,
    unfurl_links: false,
    unfurl_media: false,
    ...(message.blocks && { blocks: message.blocks }),
    ...(message.threadTs && { thread_ts: message.threadTs }),
    ...(message.threadTs && message.broadcast && { reply_broadcast: true }),
    ...(message.id && { metadata: { event_type: METADATA_TYPE, event_payload: { id: message.id } } }),
  });
}

/** Replaces a message. Blocks that are not given are removed, so that no stale button stays. */
export function updateMessage(
  posted: PostedMessage,
  message: Omit<SlackMessage, 'channel'>,
): Promise<SlackResult<PostedMessage>> {
  return callSlack<PostedMessage>('chat.update', {
    channel: posted.channel,
    ts: posted.ts,
    text: message.text,
    blocks: message.blocks ?? [],
    ...(message.id && { metadata: { event_type: METADATA_TYPE, event_payload: { id: message.id } } }),
  });
}

/**
 * Looks for a message of ours by its id, in the channel or in a thread, from an instant on (with a minute of tolerance for
 * clocks). Needs the `channels:history` scope; without it Slack refuses, and the caller sends again, marked.
 */
export async function findMessage(
  message: SlackMessage,
  since: Instant,
): Promise<SlackResult<PostedMessage | undefined>> {
  const oldest = String(Math.max(0, since / 1000 - 60));
  const method = message.threadTs ? 'conversations.replies' : 'conversations.history';
  const found = await callSlack<History>(method, {
    channel: message.channel,
    ...(message.threadTs && { ts: message.threadTs }),
    oldest,
    include_all_metadata: true,
    limit: 200,
  });
  if (found.outcome !== 'ok') return found;
  const ours = found.value.messages?.find((each) => each.metadata?.event_payload?.id === message.id);
  return { outcome: 'ok', value: ours && { channel: message.channel, ts: ours.ts } };
}

interface History {
  readonly messages?: readonly {
    readonly ts: string;
    readonly metadata?: { readonly event_payload?: { readonly id?: unknown } };
  }[];
}

/**
 * Calls any method of Slack's Web API with our token. Results are values; throws `misconfigured` or `dependency_failed`
 * only when the token cannot be read. A refused token is read anew and tried once more.
 */
export async function callSlack<T>(method: string, args: Readonly<Record<string, unknown>>): Promise<SlackResult<T>> {
  const first = await callWith<T>('cached', method, args);
  if (first.outcome !== 'refused' || !TOKEN_REFUSED.has(first.code)) return first;
  return callWith<T>('anew', method, args);
}

async function callWith<T>(
  freshness: Freshness,
  method: string,
  args: Readonly<Record<string, unknown>>,
): Promise<SlackResult<T>> {
  const client = await clientFor(await secretString(SLACK_SECRET, 'botToken', freshness));
  try {
    return { outcome: 'ok', value: (await client.apiCall(method, { ...args })) as unknown as T };
  } catch (error) {
    return outcomeOf(error);
  }
}

let built: { readonly token: string; readonly url: string; readonly client: WebClient } | undefined;

/** The client, built at the first call. By default it has no time-out and retries for half an hour; the queue retries, not the client. */
async function clientFor(token: string): Promise<WebClient> {
  const url = process.env.SLACK_API_URL ?? 'https://slack.com/api/';
  if (built?.token === token && built.url === url) return built.client;
  const { WebClient, LogLevel } = await import('./slack-client.ts');
  const client = new WebClient(token, {
    slackApiUrl: url,
    timeout: TIMEOUT_MS,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logLevel: LogLevel.ERROR,
  });
  built = { token, url, client };
  return client;
}

/** Reads the client's errors by their documented codes, so that its classes need not be loaded. */
function outcomeOf(error: unknown): SlackResult<never> {
  const { code, data, retryAfter, statusCode, original, message } = error as SlackFailure;
  if (code === 'slack_webapi_platform_error') return refusalOf(data?.error);
  if (code === 'slack_webapi_rate_limited_error')
    return { outcome: 'rate-limited', retryAfterMs: (retryAfter ?? 1) * 1000 };
  if (code === 'slack_webapi_http_error') return unreachable(`Slack answered ${statusCode}`, 'yes');
  if (code === 'slack_webapi_request_error')
    return unreachable(reasonOf(original), neverArrived(original) ? 'no' : 'yes');
  // A 429 without a usable Retry-After is not given a code by the client.
  if (message?.startsWith('Retry header did not contain')) return { outcome: 'rate-limited', retryAfterMs: 1000 };
  if (isNetworkError(error)) return unreachable(reasonOf(error), 'yes');
  throw new TwoEyeError('invariant_broken', 'The Slack client failed in a way that is not known.', { cause: error });
}

interface SlackFailure {
  readonly code?: string;
  readonly message?: string;
  readonly data?: { readonly error?: string };
  readonly retryAfter?: number;
  readonly statusCode?: number;
  readonly original?: unknown;
}

/** Slack's error codes are snake_case words; the client puts a whole body there when it was not JSON (a proxy's HTML). */
function refusalOf(code: string | undefined): SlackResult<never> {
  if (code && /^[a-z0-9_.-]{1,80}$/i.test(code)) return { outcome: 'refused', code };
  return unreachable('Slack answered something that is not JSON', 'yes');
}

function unreachable(why: string, mayHaveWorked: 'yes' | 'no'): SlackResult<never> {
  return { outcome: 'unreachable', why, mayHaveWorked };
}

/** While the body is read an abort or a reset comes as the platform's own error. */
function isNetworkError(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof Error && /abort|timeout/i.test(error.name));
}

function neverArrived(error: unknown): boolean {
  const code = (error as { cause?: { code?: unknown } } | undefined)?.cause?.code;
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN';
}

function reasonOf(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  if (/timeout/i.test(name)) return `Slack did not answer within ${TIMEOUT_MS / 1000} seconds`;
  const code = (error as { cause?: { code?: unknown } } | undefined)?.cause?.code;
  return `Slack could not be reached${typeof code === 'string' ? ` (${code})` : ''}`;
}
