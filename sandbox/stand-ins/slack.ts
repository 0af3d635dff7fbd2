/**
 * A Slack for one machine: a workspace made from the policy, the Web API methods that two-eye uses (checked and refused as Slack
 * does), and people who click, type and submit, whose acts become real signed requests.
 *
 *   const slack = await startSlack({ policy, signingSecret, botToken, now, deliverTo })
 *   slack.url                        what SLACK_API_URL must be (ends in /api/)
 *   await slack.actAs('U01ADA', { act: 'command', text: 'notify-prod-admin terraform apply @ben' })
 *   await slack.actAs('U01BEN', { act: 'click', channel: 'C01NOTIFY', actionId: 'request.approve' })
 *   slack.messagesIn('C01NOTIFY')    messages with their threads' replies, oldest first; direct messages are `D` + the rest of the user id
 *   slack.ephemeralsFor('U01ADA'), slack.modalOf('U01ADA'), slack.homeOf('U01ADA')
 *   slack.workspace                  everything: users (deleted, guest …), user groups, channels (botIsMember, archived), steps
 *   slack.trouble('down')            'fine' | 'down' | 'slow' | 'rate-limited' | 'server-error' | 'html' | 'invalid-token'
 *
 * `deliverTo` gets each request and gives on-slack's answer; `httpApiEvent` makes the Lambda event of it.
 */
import type { Policy } from '../../lambdas/core/policy.ts';
import type { Instant } from '../../lambdas/core/time.ts';
import { json, type LoopbackAnswer, type LoopbackRequest, serveLoopback } from '../loopback.ts';
import { type Act, requestFor, type SlackRequest } from './slack-acting.ts';
import { isObject, optionProblems, viewProblems } from './slack-checks.ts';
import { METHODS } from './slack-methods.ts';
import {
  type EphemeralMessage,
  nextId,
  type OpenModal,
  type SlackWorkspace,
  type StoredMessage,
  workspaceOf,
} from './slack-workspace.ts';

type Json = Readonly<Record<string, unknown>>;

export type SlackTrouble = 'fine' | 'down' | 'slow' | 'rate-limited' | 'server-error' | 'html' | 'invalid-token';

export interface SlackOptions {
  readonly policy: Policy;
  readonly signingSecret: string;
  readonly botToken: string;
  readonly now: () => Instant;
  readonly deliverTo: (request: SlackRequest) => Promise<SlackAnswer>;
  /** Slack user ids by user group id; groups of the policy that are not named here are empty. */
  readonly userGroups?: Readonly<Record<string, readonly string[]>>;
  /** Posts to one channel within one second before Slack answers 429. Slack says one a second and allows short bursts. */
  readonly burst?: number;
  readonly port?: number;
}

/** What the app answered to a request: for HTTP API Lambdas the status and body. */
export interface SlackAnswer {
  readonly status: number;
  readonly body: string;
}

/** What an act led to: the app's answer as a person would see it, or why Slack would not have let them. */
export type ActOutcome =
  | {
      readonly outcome: 'answered';
      readonly status: number;
      readonly body: string;
      readonly errors?: Readonly<Record<string, string>>;
      readonly options?: readonly string[];
    }
  | { readonly outcome: 'impossible'; readonly why: string };

export interface SlackStandIn extends AsyncDisposable {
  readonly url: string;
  readonly workspace: SlackWorkspace;
  actAs(user: string, act: Act): Promise<ActOutcome>;
  messagesIn(channel: string): readonly StoredMessage[];
  ephemeralsFor(user: string): readonly EphemeralMessage[];
  modalOf(user: string): OpenModal | undefined;
  homeOf(user: string): Json | undefined;
  trouble(kind: SlackTrouble): void;
  /** Everything that was posted, opened and published is gone. */
  forget(): void;
  /** Calls of the Web API so far: method and whether Slack said ok. */
  readonly calls: readonly { readonly method: string; readonly outcome: string }[];
  close(): Promise<void>;
}

const POSTS = new Set(['chat.postMessage', 'chat.postEphemeral']);

/** Starts the stand-in on loopback. */
export async function startSlack(options: SlackOptions): Promise<SlackStandIn> {
  const workspace = workspaceOf(options.policy, options.userGroups ?? {});
  const calls: { method: string; outcome: string }[] = [];
  const state = { trouble: 'fine' as SlackTrouble, posted: new Map<string, number[]>() };
  const server = await serveLoopback(async (request, response) => {
    if (state.trouble === 'down') {
      response.destroy();
      return 'answered';
    }
    if (state.trouble === 'slow') await new Promise((resolve) => setTimeout(resolve, 6_000).unref());
    const answer = answerTo(request, options, workspace, state);
    calls.push({ method: methodOf(request), outcome: outcomeOf(answer) });
    return answer;
  }, options.port);
  const close = () => server.close();
  return {
    url: `${server.url}/api/`,
    workspace,
    calls,
    actAs: (user, act) => actAs(options, workspace, user, act),
    messagesIn: (channel) => workspace.messages.filter((each) => each.channel === channel),
    ephemeralsFor: (user) => workspace.ephemerals.filter((each) => each.user === user),
    modalOf: (user) => workspace.modals.findLast((each) => each.user === user),
    homeOf: (user) => workspace.homes.get(user),
    trouble: (kind) => {
      state.trouble = kind;
    },
    forget: () => {
      for (const list of [workspace.messages, workspace.ephemerals, workspace.modals]) list.length = 0;
      workspace.homes.clear();
      workspace.steps.clear();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function answerTo(
  request: LoopbackRequest,
  options: SlackOptions,
  workspace: SlackWorkspace,
  state: { readonly trouble: SlackTrouble; readonly posted: Map<string, number[]> },
): LoopbackAnswer {
  if (state.trouble === 'server-error') return { status: 503, type: 'text/plain', body: 'upstream error' };
  if (state.trouble === 'html') return { status: 200, type: 'text/html', body: '<html>Sign in to the proxy</html>' };
  if (state.trouble === 'rate-limited') return tooMany(30);
  const args = argumentsOf(request);
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? args.token;
  if (token === undefined) return json(200, { ok: false, error: 'not_authed' });
  if (token !== options.botToken || state.trouble === 'invalid-token')
    return json(200, { ok: false, error: 'invalid_auth' });
  const method = methodOf(request);
  const act = METHODS[method];
  if (!act) return json(200, { ok: false, error: 'unknown_method', req_method: method });
  if (POSTS.has(method) && isTooFast(String(args.channel), state.posted, options)) return tooMany(1);
  return json(200, act(workspace, args, options.now()));
}

/** Counts by the clock of the sandbox and by the real one: with the former standing still, waiting must still help. */
function isTooFast(channel: string, posted: Map<string, number[]>, { now, burst = 10 }: SlackOptions): boolean {
  const at = now() + performance.now();
  const recent = (posted.get(channel) ?? []).filter((each) => at - each < 1_000 && at >= each);
  if (recent.length >= burst) return true;
  posted.set(channel, [...recent, at]);
  return false;
}

function tooMany(seconds: number): LoopbackAnswer {
  return { ...json(429, { ok: false, error: 'ratelimited' }), headers: { 'retry-after': String(seconds) } };
}

function methodOf(request: LoopbackRequest): string {
  return request.path.replace(/^\/api\//, '');
}

/** From a form, where objects are JSON texts, or from a JSON body. */
function argumentsOf({ body, headers, query }: LoopbackRequest): Readonly<Record<string, unknown>> {
  const fromQuery = Object.fromEntries(query);
  if (!headers['content-type']?.startsWith('application/json'))
    return { ...fromQuery, ...Object.fromEntries(new URLSearchParams(body)) };
  try {
    const parsed: unknown = JSON.parse(body);
    return isObject(parsed) ? { ...fromQuery, ...parsed } : fromQuery;
  } catch {
    return fromQuery;
  }
}

function outcomeOf(answer: LoopbackAnswer): string {
  if (answer.status !== 200 || answer.type === 'text/html') return String(answer.status);
  const { ok, error } = JSON.parse(String(answer.body)) as { ok: boolean; error?: string };
  return ok ? 'ok' : String(error);
}

async function actAs(options: SlackOptions, workspace: SlackWorkspace, user: string, act: Act): Promise<ActOutcome> {
  if (act.act === 'close') {
    const kept = workspace.modals.filter((each) => each.user !== user || (act.view && each.id !== act.view));
    workspace.modals.splice(0, workspace.modals.length, ...kept);
    return { outcome: 'answered', status: 200, body: '' };
  }
  const acted = requestFor(workspace, options.signingSecret, user, act, options.now());
  if (acted.outcome === 'impossible') return acted;
  const { status, body } = await options.deliverTo(acted.request);
  if (status !== 200) return { outcome: 'answered', status, body };
  if (acted.modal) return { outcome: 'answered', status, body, ...afterSubmission(workspace, acted.modal, body) };
  if (act.act === 'suggest') return { outcome: 'answered', status, body, options: suggested(body) };
  // The answer to a slash command is shown to who typed it.
  if (act.act === 'command' && body) showReply(workspace, user, act.channel, body, options.now());
  return { outcome: 'answered', status, body };
}

/** An empty answer closes the modal; `errors` keep it open; `update` and `push` replace or cover it; `clear` closes all. */
function afterSubmission(
  workspace: SlackWorkspace,
  modal: OpenModal,
  body: string,
): { readonly errors?: Readonly<Record<string, string>> } {
  const answer = parsed(body);
  if (answer.response_action === 'errors') return { errors: errorsOf(modal, answer.errors) };
  if (answer.response_action === 'update' || answer.response_action === 'push') {
    const problems = viewProblems(answer.view);
    if (problems.length > 0) throw new Error(`Slack would not show this view: ${problems.join('; ')}`);
    if (answer.response_action === 'push')
      workspace.modals.push({ id: nextId(workspace, 'V'), user: modal.user, hash: 'h', view: answer.view as Json });
    else modal.view = answer.view as Json;
    return {};
  }
  const own = (each: OpenModal) =>
    answer.response_action === 'clear' ? each.user === modal.user : each.id === modal.id;
  workspace.modals.splice(0, workspace.modals.length, ...workspace.modals.filter((each) => !own(each)));
  return {};
}

/** Slack shows an error only beside an input block that exists. */
function errorsOf(modal: OpenModal, errors: unknown): Readonly<Record<string, string>> {
  const ids = new Set(((modal.view.blocks ?? []) as readonly Json[]).map((block) => block.block_id));
  const stray = Object.keys(errors as object).find((id) => !ids.has(id));
  if (stray) throw new Error(`Slack would not show the error for ${stray}: the view has no such block.`);
  return errors as Readonly<Record<string, string>>;
}

function suggested(body: string): readonly string[] {
  const { options, option_groups: groups } = parsed(body) as {
    options?: Json[];
    option_groups?: { options: Json[] }[];
  };
  const all = options ?? groups?.flatMap((group) => group.options) ?? [];
  const problems = all.flatMap((option, index) => optionProblems(option, `/options/${index}`));
  if (problems.length > 0 || all.length > 100)
    throw new Error(`Slack would not show these options: ${problems.join('; ') || 'more than 100'}`);
  return all.map((option) => String(option.value));
}

function showReply(
  workspace: SlackWorkspace,
  user: string,
  channel: string | undefined,
  body: string,
  at: Instant,
): void {
  const { text } = parsed(body);
  workspace.ephemerals.push({
    channel: channel ?? `D${user.slice(1)}`,
    user,
    text: typeof text === 'string' ? text : body,
    at,
  });
}

function parsed(body: string): Json {
  if (!body) return {};
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
