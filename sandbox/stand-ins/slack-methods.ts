import type { Instant } from '../../lambdas/core/time.ts';
import { blockProblems, isObject, viewProblems } from './slack-checks.ts';
import {
  directWith,
  nextId,
  nextTs,
  type SlackChannel,
  type SlackWorkspace,
  type StoredMessage,
} from './slack-workspace.ts';

type Json = Readonly<Record<string, unknown>>;
/** Arguments as they came: from a form every one is text, objects as JSON. */
type Arguments = Readonly<Record<string, unknown>>;
/** Slack's answer; a refusal is `ok: false` with HTTP 200. */
export type MethodAnswer = Json & { readonly ok: boolean };
type Method = (workspace: SlackWorkspace, args: Arguments, at: Instant) => MethodAnswer;

/** A `trigger_id` opens one view within three seconds of the click. */
export const TRIGGER_LIVES_MS = 3_000;

/** The methods of the Web API that two-eye uses. Anything else is `unknown_method`, as from Slack. */
export const METHODS: Readonly<Record<string, Method>> = {
  'auth.test': (workspace) => ({ ok: true, team_id: workspace.id, user_id: workspace.botUser, bot_id: 'B00TWOEYE' }),
  'chat.postMessage': post,
  'chat.update': update,
  'chat.postEphemeral': postEphemeral,
  'conversations.open': openDirect,
  'conversations.info': (workspace, args) =>
    inChannel(workspace, args, (channel) => ({ ok: true, channel: channelJson(channel) })),
  'conversations.join': (workspace, args) =>
    inChannel(workspace, args, (channel) => {
      channel.botIsMember = true;
      return { ok: true, channel: channelJson(channel) };
    }),
  'conversations.history': history,
  'conversations.replies': history,
  'views.open': openView,
  'views.update': updateView,
  'views.publish': publishHome,
  'users.info': userInfo,
  'usergroups.users.list': groupMembers,
  'functions.completeSuccess': (workspace, args) => completeStep(workspace, args, 'succeeded'),
  'functions.completeError': (workspace, args) => completeStep(workspace, args, 'failed'),
};

function post(workspace: SlackWorkspace, args: Arguments, at: Instant): MethodAnswer {
  return inChannel(workspace, args, (channel) => {
    const refusal = memberProblem(channel) ?? contentProblem(args);
    if (refusal) return refusal;
    const threadTs = textOf(args.thread_ts);
    if (threadTs && !find(workspace, channel.id, threadTs)) return no('thread_not_found');
    const message: StoredMessage = {
      channel: channel.id,
      ts: nextTs(workspace, at),
      text: textOf(args.text),
      blocks: blocksOf(args),
      updatedAt: [],
      ...(threadTs && { threadTs }),
      ...(args.metadata !== undefined && { metadata: jsonOf(args.metadata) as Json }),
    };
    workspace.messages.push(message);
    return { ok: true, channel: channel.id, ts: message.ts, message: messageJson(message) };
  });
}

function update(workspace: SlackWorkspace, args: Arguments, at: Instant): MethodAnswer {
  return inChannel(workspace, args, (channel) => {
    const message = find(workspace, channel.id, textOf(args.ts));
    if (!message) return no('message_not_found');
    const refusal = contentProblem(args);
    if (refusal) return refusal;
    message.text = textOf(args.text);
    message.blocks = blocksOf(args);
    if (args.metadata !== undefined) message.metadata = jsonOf(args.metadata) as Json;
    message.updatedAt.push(at);
    return { ok: true, channel: channel.id, ts: message.ts, text: message.text };
  });
}

function postEphemeral(workspace: SlackWorkspace, args: Arguments, at: Instant): MethodAnswer {
  return inChannel(workspace, args, (channel) => {
    const user = textOf(args.user);
    if (!workspace.users.has(user)) return no('user_not_in_channel');
    const refusal = memberProblem(channel) ?? contentProblem(args);
    if (refusal) return refusal;
    workspace.ephemerals.push({ channel: channel.id, user, text: textOf(args.text), at });
    return { ok: true, message_ts: nextTs(workspace, at) };
  });
}

function openDirect(workspace: SlackWorkspace, args: Arguments): MethodAnswer {
  const users = textOf(args.users);
  if (!users) return no('invalid_arguments', 'missing required field: users');
  const direct = directWith(workspace, users);
  if (!direct) return no('user_not_found');
  return workspace.users.get(users)?.deleted ? no('user_disabled') : { ok: true, channel: { id: direct.id } };
}

function history(workspace: SlackWorkspace, args: Arguments): MethodAnswer {
  return inChannel(workspace, args, (channel) => {
    const thread = textOf(args.ts);
    const oldest = Number(textOf(args.oldest) || 0);
    const messages = workspace.messages
      .filter((each) => each.channel === channel.id && Number(each.ts) >= oldest)
      .filter((each) => (thread ? each.threadTs === thread || each.ts === thread : !each.threadTs))
      .map(messageJson)
      .reverse();
    return { ok: true, messages, has_more: false };
  });
}

function openView(workspace: SlackWorkspace, args: Arguments, at: Instant): MethodAnswer {
  const view = jsonOf(args.view);
  const problems = viewProblems(view);
  if (problems.length > 0) return no('invalid_arguments', ...problems);
  const trigger = workspace.triggers.get(textOf(args.trigger_id));
  if (!trigger) return no('invalid_trigger_id');
  if (trigger.used) return no('exchanged_trigger_id');
  if (at - trigger.at > TRIGGER_LIVES_MS) return no('expired_trigger_id');
  trigger.used = true;
  const modal = { id: nextId(workspace, 'V'), user: trigger.user, hash: nextId(workspace, 'h'), view: view as Json };
  workspace.modals.push(modal);
  return { ok: true, view: { ...modal.view, id: modal.id, hash: modal.hash } };
}

function updateView(workspace: SlackWorkspace, args: Arguments): MethodAnswer {
  const view = jsonOf(args.view);
  const problems = viewProblems(view);
  if (problems.length > 0) return no('invalid_arguments', ...problems);
  const modal = workspace.modals.find(({ id }) => id === textOf(args.view_id));
  if (!modal) return no('not_found');
  if (args.hash !== undefined && args.hash !== modal.hash) return no('hash_conflict');
  modal.view = view as Json;
  modal.hash = nextId(workspace, 'h');
  return { ok: true, view: { ...modal.view, id: modal.id, hash: modal.hash } };
}

function publishHome(workspace: SlackWorkspace, args: Arguments): MethodAnswer {
  const view = jsonOf(args.view);
  const problems = viewProblems(view);
  if (problems.length > 0) return no('invalid_arguments', ...problems);
  if (!isObject(view) || view.type !== 'home') return no('invalid_arguments', 'only home views can be published');
  const user = textOf(args.user_id);
  if (!workspace.users.has(user)) return no('user_not_found');
  workspace.homes.set(user, view);
  return { ok: true, view };
}

function userInfo(workspace: SlackWorkspace, args: Arguments): MethodAnswer {
  const user = workspace.users.get(textOf(args.user));
  if (!user) return no('user_not_found');
  return {
    ok: true,
    user: {
      id: user.id,
      name: user.name,
      team_id: user.teamId,
      deleted: user.deleted,
      is_bot: user.isBot,
      is_restricted: user.guest !== 'no',
      is_ultra_restricted: user.guest === 'single-channel',
      is_stranger: user.teamId !== workspace.id,
    },
  };
}

function groupMembers(workspace: SlackWorkspace, args: Arguments): MethodAnswer {
  const members = workspace.userGroups.get(textOf(args.usergroup));
  return members ? { ok: true, users: [...members] } : no('no_such_subteam');
}

function completeStep(workspace: SlackWorkspace, args: Arguments, state: 'succeeded' | 'failed'): MethodAnswer {
  const step = workspace.steps.get(textOf(args.function_execution_id));
  if (!step) return no('function_execution_not_found');
  if (step.state !== 'running') return no('execution_not_in_running_state');
  if (state === 'succeeded' && !isObject(jsonOf(args.outputs))) return no('parameter_validation_failed');
  step.state = state;
  if (state === 'succeeded') step.outputs = jsonOf(args.outputs) as Json;
  else step.error = textOf(args.error);
  return { ok: true };
}

function inChannel(
  workspace: SlackWorkspace,
  args: Arguments,
  act: (channel: SlackChannel) => MethodAnswer,
): MethodAnswer {
  const id = textOf(args.channel);
  if (!id) return no('invalid_arguments', 'missing required field: channel');
  // A user's id stands for the direct message with them.
  const channel = workspace.channels.get(id) ?? directWith(workspace, id);
  return channel ? act(channel) : no('channel_not_found');
}

function memberProblem(channel: SlackChannel): MethodAnswer | undefined {
  if (channel.archived) return no('is_archived');
  return channel.botIsMember ? undefined : no('not_in_channel');
}

function contentProblem(args: Arguments): MethodAnswer | undefined {
  const blocks = args.blocks === undefined ? [] : jsonOf(args.blocks);
  if (blocks === undefined) return no('invalid_blocks_format');
  const problems = blockProblems(blocks);
  if (problems.length > 0) return no('invalid_blocks', ...problems);
  if (textOf(args.text).length > 40_000) return no('msg_too_long');
  return textOf(args.text) || (blocks as unknown[]).length > 0 ? undefined : no('no_text');
}

function blocksOf(args: Arguments): readonly Json[] {
  return args.blocks === undefined ? [] : (jsonOf(args.blocks) as readonly Json[]);
}

function find(workspace: SlackWorkspace, channel: string, ts: string): StoredMessage | undefined {
  return workspace.messages.find((each) => each.channel === channel && each.ts === ts);
}

function messageJson({ ts, text, blocks, threadTs, metadata }: StoredMessage): Json {
  return {
    type: 'message',
    ts,
    text,
    blocks,
    bot_id: 'B00TWOEYE',
    ...(threadTs && { thread_ts: threadTs }),
    ...(metadata && { metadata }),
  };
}

function channelJson({ id, name, botIsMember, archived }: SlackChannel): Json {
  return { id, name, is_member: botIsMember, is_archived: archived };
}

function no(error: string, ...messages: readonly string[]): MethodAnswer {
  return { ok: false, error, ...(messages.length > 0 && { response_metadata: { messages } }) };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : String(value);
}

/** An object argument: as JSON in a form, as it is in a JSON body. Undefined when it is neither. */
function jsonOf(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
