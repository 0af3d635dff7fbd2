import type { EmergencyWhy } from './core/approval.ts';
import { parseCommand } from './core/command.ts';
import { TwoEyeError } from './core/errors.ts';
import { findingValue, requestValue } from './core/request-value.ts';
import type { SlackActor, SlackJob } from './core/slack-job.ts';
import type { Instant } from './core/time.ts';
import { type Modal, pinModal } from './core/wording/approval-modal.ts';
import { now } from './edge/clock.ts';
import { compiledPolicy } from './edge/compiled-policy.ts';
import { plainHandler } from './edge/lambda-shell.ts';
import { logError } from './edge/log.ts';
import { secretString } from './edge/secrets.ts';
import { SLACK_SECRET } from './edge/slack.ts';
import { callSlackLight } from './edge/slack-light.ts';
import { isGenuineSlack } from './edge/slack-signature.ts';
import { confirmers, type FormServices } from './slack/confirmers.ts';
import { askForm, formOf } from './slack/forms.ts';
import { actorOf, PLAIN_VERBS, type SlackPayload } from './slack/interaction.ts';
import { submissionOf } from './slack/submission.ts';

/** An event of an HTTP API (payload 2.0); header names come in lower case. */
interface HttpEvent {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

interface HttpAnswer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface OnSlackServices extends FormServices {
  readonly now: () => Instant;
  readonly signingSecret: () => Promise<string>;
  readonly enqueue: (job: SlackJob) => Promise<void>;
}

/** Called by AWS: whatever Slack sends, answered within three seconds. Decides nothing: opens forms, hands everything else to `slack-work`. */
export const handler = plainHandler(liveServices, answer);

/** Cold start only. The queue's SDK is loaded when something is handed on, not before. */
function liveServices(): OnSlackServices {
  return {
    get policy() {
      return compiledPolicy();
    },
    now,
    signingSecret: () => secretString(SLACK_SECRET, 'signingSecret'),
    slack: callSlackLight,
    enqueue: async (job) => (await import('./edge/queues.ts')).enqueueSlack(job),
  };
}

/** Every request. Nothing of it is read before its signature holds. */
export async function answer(event: HttpEvent, services: OnSlackServices): Promise<HttpAnswer> {
  const raw = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  const { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature } = event.headers;
  const at = services.now();
  if (!isGenuineSlack(raw, timestamp, signature, await services.signingSecret(), at)) {
    logError(
      'A request that is not Slack’s was refused.',
      new TwoEyeError('unauthentic_request', 'Its signature or time does not hold.'),
      {},
    );
    return { statusCode: 401, body: 'The signature or its time does not hold.' };
  }
  const text = raw.toString('utf8');
  if (event.headers['content-type']?.startsWith('application/json')) return eventAnswer(jsonOf(text), at, services);
  const form = new URLSearchParams(text);
  const payload = form.get('payload');
  return payload === null
    ? commandAnswer(form, at, services)
    : payloadAnswer(jsonOf(payload) as SlackPayload, at, services);
}

interface SlackEvent {
  readonly type?: string;
  readonly challenge?: string;
  readonly team_id?: string;
  readonly event?: {
    readonly type?: string;
    readonly user?: string;
    readonly function?: { readonly callback_id?: string };
    readonly inputs?: Readonly<Record<string, unknown>>;
    readonly function_execution_id?: string;
  };
}

async function eventAnswer(body: unknown, at: Instant, { enqueue }: OnSlackServices): Promise<HttpAnswer> {
  const { type, challenge, team_id: workspace = '', event } = body as SlackEvent;
  if (type === 'url_verification') return ok({ challenge });
  if (event?.type === 'app_home_opened' && event.user) {
    await enqueue({ twoEye: 'home', by: { user: event.user, workspace, at } });
  }
  // The key is the run of the step, not the id of the event: one run can be told several times under different ids.
  const execution = event?.function_execution_id;
  if (event?.type === 'function_executed' && event.function?.callback_id === 'action_notification' && execution) {
    const input = (name: string) =>
      typeof event.inputs?.[name] === 'string' ? (event.inputs[name] as string).trim() : '';
    const by = { user: input('requester'), workspace, at };
    const optional = {
      picked: input('approver'),
      ticket: input('ticket'),
      emergency: input('emergency') as EmergencyWhy,
    };
    const filled = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== '')) as Partial<
      typeof optional
    >;
    const ask = { target: input('target'), reason: input('reason'), ...filled };
    await enqueue({ twoEye: 'step', key: `step/${execution}`, by, execution, ask });
  }
  return EMPTY;
}

async function commandAnswer(form: URLSearchParams, at: Instant, services: OnSlackServices): Promise<HttpAnswer> {
  const by: SlackActor = {
    user: form.get('user_id') ?? '',
    workspace: form.get('team_id') ?? '',
    at,
    ...(form.get('channel_id') && { channel: form.get('channel_id') as string }),
  };
  const trigger = form.get('trigger_id') ?? '';
  const command = parseCommand(form.get('text') ?? '');
  switch (command.command) {
    case 'help':
      return toThem(command.text);
    case 'status':
      await services.enqueue({ twoEye: 'status', by });
      return EMPTY;
    case 'ask':
      await services.enqueue({ twoEye: 'ask', key: `command/${trigger}`, by, ask: command.ask, via: 'command' });
      return EMPTY;
    default: {
      const modal =
        command.command === 'pin'
          ? pinModal(services.policy.targets, services.policy)
          : await askForm(by.user, services);
      const problem = await open(modal, trigger, services);
      return problem
        ? toThem(`The form could not be opened (${problem}). Try again, or ask in words: \`/2i TARGET why @approver\`.`)
        : EMPTY;
    }
  }
}

async function payloadAnswer(payload: SlackPayload, at: Instant, services: OnSlackServices): Promise<HttpAnswer> {
  const by = actorOf(payload, at);
  switch (payload.type) {
    case 'shortcut':
      return opened(await askForm(by.user, services), payload, services);
    case 'block_actions':
      return clicked(payload, by, services);
    case 'view_submission': {
      const submission = submissionOf(payload, by, services.policy);
      if (submission?.outcome === 'errors') return ok({ response_action: 'errors', errors: submission.errors });
      if (!submission) throw new TwoEyeError('unreadable_input', 'A form was submitted that is not known.');
      await services.enqueue(submission.job);
      return EMPTY;
    }
    case 'block_suggestion':
      return ok({ options: await confirmers(payload, by, services) });
    default:
      return EMPTY;
  }
}

async function clicked(payload: SlackPayload, by: SlackActor, services: OnSlackServices): Promise<HttpAnswer> {
  const { action_id: id = '', value, action_ts: ts = '' } = payload.actions?.[0] ?? {};
  const modal = await formOf(id, value, by, services);
  if (modal) return opened(modal, payload, services);
  const job = jobOf(id, value, ts, by);
  if (job) await services.enqueue(job);
  return EMPTY;
}

function jobOf(id: string, value: string | undefined, ts: string, by: SlackActor): SlackJob | undefined {
  const request = requestValue(value);
  const verb = PLAIN_VERBS[id];
  if (verb && request) return { twoEye: 'request', verb, by, ...request };
  const finding = findingValue(value);
  const said = id === 'finding.acknowledge' ? 'acknowledge' : id === 'finding.not-genuine' ? 'not-genuine' : undefined;
  if (said && finding) return { twoEye: 'finding', key: `click/${by.user}/${ts}`, verb: said, by, ...finding };
  const pin = id === 'pin.end' ? (jsonOf(value ?? '{}') as { pin?: unknown }).pin : undefined;
  return typeof pin === 'string' ? { twoEye: 'pin-end', by, pin } : undefined;
}

/** A click whose form does not open is a failure, and Slack tells the person so. */
async function opened(modal: Modal, { trigger_id }: SlackPayload, services: OnSlackServices): Promise<HttpAnswer> {
  const problem = await open(modal, trigger_id ?? '', services);
  if (!problem) return EMPTY;
  logError('A form could not be opened.', new TwoEyeError('dependency_failed', problem), {});
  return { statusCode: 502, body: 'The form could not be opened.' };
}

async function open(view: Modal, trigger_id: string, { slack }: OnSlackServices): Promise<string | undefined> {
  const { ok: done, error } = await slack('views.open', { trigger_id, view });
  return done ? undefined : (error ?? 'no reason given');
}

const EMPTY: HttpAnswer = { statusCode: 200, body: '' };

function ok(body: unknown): HttpAnswer {
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function toThem(text: string): HttpAnswer {
  return ok({ response_type: 'ephemeral', text });
}

/** Signed by Slack and yet not JSON is a failure of ours to understand. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TwoEyeError('unreadable_input', 'Slack sent a body that is not JSON.', { cause });
  }
}
