import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { secretString } from './secrets.ts';
import { SLACK_SECRET } from './slack.ts';

/** Slack's answer, or `ok: false` with why there is none. */
export type LightAnswer = Readonly<Record<string, unknown>> & { readonly ok: boolean; readonly error?: string };

/** Slack itself waits three seconds for what is waited for here. */
export const CALL_TIMEOUT_MS = 2_000;

/**
 * One call of the Web API without the SDK: for the function that must answer Slack within three seconds of a cold start. Never repeats and
 * never throws for a neighbour's failure; objects are sent as JSON texts in a form, as the SDK does.
 */
export async function callSlackLight(
  method: string,
  args: Readonly<Record<string, unknown>>,
  timeoutMs = CALL_TIMEOUT_MS,
): Promise<LightAnswer> {
  const token = await secretString(SLACK_SECRET, 'botToken');
  const url = new URL(method, process.env.SLACK_API_URL ?? 'https://slack.com/api/');
  const form = new URLSearchParams(
    Object.entries(args).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  ).toString();
  return send(url, token, form, timeoutMs).then(parsed, (error: Error) => ({
    ok: false,
    error: `unreachable: ${error.name}`,
  }));
}

function send(url: URL, token: string, body: string, timeoutMs: number): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-www-form-urlencoded' };
  const options = { method: 'POST', headers, signal: AbortSignal.timeout(timeoutMs), agent: false as const };
  return new Promise((resolve, reject) => {
    const call = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve(text));
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}

function parsed(text: string): LightAnswer {
  try {
    const value = JSON.parse(text) as LightAnswer;
    return typeof value.ok === 'boolean' ? value : { ok: false, error: 'not an answer of Slack' };
  } catch {
    return { ok: false, error: 'not JSON' };
  }
}
