import { createHmac } from 'node:crypto';
import type { Instant } from '../../lambdas/core/time.ts';
import { isObject } from './slack-checks.ts';
import { nextId, nextTs, type OpenModal, type SlackWorkspace } from './slack-workspace.ts';

type Json = Readonly<Record<string, unknown>>;

/** What a person does. `user` is a Slack user id. */
export type Act =
  /** Presses the button with this action id, on the message; without `ts` the newest message of the channel that has it. */
  | { readonly act: 'click'; readonly channel: string; readonly actionId: string; readonly ts?: string }
  /** Presses a button on their App Home. `value` tells two of the same action apart. */
  | { readonly act: 'click-home'; readonly actionId: string; readonly value?: string }
  | { readonly act: 'command'; readonly text: string; readonly command?: string; readonly channel?: string }
  | { readonly act: 'shortcut'; readonly callbackId?: string }
  /** Fills in the newest open modal (or `view`) and submits it: values by action id, several for a multi-select. */
  | {
      readonly act: 'submit';
      readonly values: Readonly<Record<string, string | readonly string[]>>;
      readonly view?: string;
    }
  /** Opens a drop-down that asks the app for its options. */
  | {
      readonly act: 'suggest';
      readonly actionId: string;
      readonly values?: Readonly<Record<string, string | readonly string[]>>;
      readonly query?: string;
    }
  /** Closes an open modal without sending it (the app asks for no `view_closed`). */
  | { readonly act: 'close'; readonly view?: string }
  | { readonly act: 'open-home' }
  /** A workflow runs the custom step; the inputs are whatever the workflow's editor wrote. */
  | { readonly act: 'run-step'; readonly inputs: Json; readonly execution?: string };

/** A request exactly as Slack would send it. */
export interface SlackRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request for an act, or in words why a person could not do it in Slack (no such button, no modal, a field left empty). */
export type Acted =
  | { readonly outcome: 'request'; readonly request: SlackRequest; readonly modal?: OpenModal }
  | { readonly outcome: 'impossible'; readonly why: string };

/** Makes the signed request that an act of a person causes. */
export function requestFor(
  workspace: SlackWorkspace,
  secret: string,
  user: string,
  act: Exclude<Act, { act: 'close' }>,
  at: Instant,
): Acted {
  switch (act.act) {
    case 'click':
      return click(workspace, secret, user, act, at);
    case 'click-home':
      return clickHome(workspace, secret, user, act, at);
    case 'command':
      return sent(secret, at, commandForm(workspace, user, act, at));
    case 'shortcut': {
      const callback_id = act.callbackId ?? 'action_notification';
      return payload(secret, at, {
        ...base(workspace, user, 'shortcut'),
        callback_id,
        trigger_id: trigger(workspace, user, at),
      });
    }
    case 'submit':
      return submit(workspace, secret, user, act, at);
    case 'suggest':
      return suggest(workspace, secret, user, act, at);
    case 'open-home':
      return event(workspace, secret, at, { type: 'app_home_opened', user, tab: 'home', channel: `D${user.slice(1)}` });
    case 'run-step':
      return runStep(workspace, secret, act, at);
  }
}

/** Signs a body as Slack does. Source: https://docs.slack.dev/authentication/verifying-requests-from-slack */
export function signed(secret: string, at: Instant, body: string, contentType: string): SlackRequest {
  const timestamp = String(Math.floor(at / 1000));
  const signature = `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
  return {
    headers: { 'content-type': contentType, 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature },
    body,
  };
}

function click(
  workspace: SlackWorkspace,
  secret: string,
  user: string,
  act: Act & { act: 'click' },
  at: Instant,
): Acted {
  const message = workspace.messages.findLast(
    (each) => each.channel === act.channel && (!act.ts || each.ts === act.ts) && buttonOf(each.blocks, act.actionId),
  );
  const button = message && buttonOf(message.blocks, act.actionId);
  if (!message || !button)
    return { outcome: 'impossible', why: `There is no button ${act.actionId} in ${act.channel}.` };
  return payload(secret, at, {
    ...base(workspace, user, 'block_actions'),
    trigger_id: trigger(workspace, user, at),
    channel: { id: message.channel },
    container: { type: 'message', message_ts: message.ts, channel_id: message.channel },
    message: { ts: message.ts, text: message.text, ...(message.threadTs && { thread_ts: message.threadTs }) },
    actions: [actionJson(workspace, button, at)],
  });
}

function clickHome(
  workspace: SlackWorkspace,
  secret: string,
  user: string,
  act: Act & { act: 'click-home' },
  at: Instant,
): Acted {
  const blocks = (workspace.homes.get(user)?.blocks ?? []) as readonly Json[];
  const button = buttonOf(blocks, act.actionId, act.value);
  if (!button) return { outcome: 'impossible', why: `There is no button ${act.actionId} on the App Home of ${user}.` };
  return payload(secret, at, {
    ...base(workspace, user, 'block_actions'),
    trigger_id: trigger(workspace, user, at),
    container: { type: 'view' },
    actions: [actionJson(workspace, button, at)],
  });
}

function actionJson(workspace: SlackWorkspace, button: Json, at: Instant): Json {
  return { type: 'button', action_id: button.action_id, value: button.value, action_ts: nextTs(workspace, at) };
}

function buttonOf(blocks: readonly Json[], actionId: string, value?: string): Json | undefined {
  const elements = blocks.flatMap((block) => [
    ...((block.elements ?? []) as readonly Json[]),
    ...(isObject(block.accessory) ? [block.accessory] : []),
  ]);
  return elements.find((each) => each.action_id === actionId && (value === undefined || each.value === value));
}

function commandForm(workspace: SlackWorkspace, user: string, act: Act & { act: 'command' }, at: Instant): string {
  return new URLSearchParams({
    command: act.command ?? '/2i',
    text: act.text,
    team_id: workspace.id,
    user_id: user,
    channel_id: act.channel ?? `D${user.slice(1)}`,
    trigger_id: trigger(workspace, user, at),
  }).toString();
}

function submit(
  workspace: SlackWorkspace,
  secret: string,
  user: string,
  act: Act & { act: 'submit' },
  at: Instant,
): Acted {
  const modal = workspace.modals.findLast((each) => each.user === user && (!act.view || each.id === act.view));
  if (!modal) return { outcome: 'impossible', why: `${user} has no open modal.` };
  const problem = fieldProblem(modal, act.values);
  if (problem) return { outcome: 'impossible', why: problem };
  const request = payload(secret, at, {
    ...base(workspace, user, 'view_submission'),
    trigger_id: trigger(workspace, user, at),
    view: viewJson(modal, act.values),
  });
  return { ...request, modal };
}

function suggest(
  workspace: SlackWorkspace,
  secret: string,
  user: string,
  act: Act & { act: 'suggest' },
  at: Instant,
): Acted {
  const modal = workspace.modals.findLast((each) => each.user === user);
  if (!modal) return { outcome: 'impossible', why: `${user} has no open modal.` };
  return payload(secret, at, {
    ...base(workspace, user, 'block_suggestion'),
    action_id: act.actionId,
    block_id: inputsOf(modal.view).find(({ element }) => element.action_id === act.actionId)?.blockId,
    value: act.query ?? '',
    view: viewJson(modal, act.values ?? {}),
  });
}

function runStep(workspace: SlackWorkspace, secret: string, act: Act & { act: 'run-step' }, at: Instant): Acted {
  const execution = act.execution ?? nextId(workspace, 'Fx');
  if (!workspace.steps.has(execution)) workspace.steps.set(execution, { state: 'running' });
  return event(workspace, secret, at, {
    type: 'function_executed',
    function: { id: 'Fn00000001', callback_id: 'action_notification', type: 'app' },
    inputs: act.inputs,
    function_execution_id: execution,
    workflow_execution_id: 'Wx00000001',
    bot_access_token: 'xwfp-not-used',
  });
}

function event(workspace: SlackWorkspace, secret: string, at: Instant, inner: Json): Acted {
  const body = JSON.stringify({
    type: 'event_callback',
    team_id: workspace.id,
    event_id: nextId(workspace, 'Ev'),
    event_time: Math.floor(at / 1000),
    event: { ...inner, event_ts: nextTs(workspace, at) },
  });
  return { outcome: 'request', request: signed(secret, at, body, 'application/json') };
}

function base(workspace: SlackWorkspace, user: string, type: string): Json {
  const team = workspace.users.get(user)?.teamId ?? workspace.id;
  return {
    type,
    team: { id: team },
    user: { id: user, team_id: team, username: workspace.users.get(user)?.name ?? user },
  };
}

function payload(secret: string, at: Instant, json: Json): Acted & { readonly outcome: 'request' } {
  return sent(secret, at, new URLSearchParams({ payload: JSON.stringify(json) }).toString());
}

function sent(secret: string, at: Instant, form: string): Acted & { readonly outcome: 'request' } {
  return { outcome: 'request', request: signed(secret, at, form, 'application/x-www-form-urlencoded') };
}

function trigger(workspace: SlackWorkspace, user: string, at: Instant): string {
  const id = `${nextId(workspace, '')}.trigger`;
  workspace.triggers.set(id, { user, at, used: false });
  return id;
}

interface Input {
  readonly blockId: string;
  readonly element: Json;
  readonly optional: boolean;
}

/** Slack makes up a block's id where the app gives none. */
function inputsOf(view: Json): readonly Input[] {
  return ((view.blocks ?? []) as readonly Json[]).flatMap((block, index) => {
    const element = block.element ?? block.accessory ?? ((block.elements ?? []) as readonly Json[])[0];
    if (!isObject(element) || element.type === 'button') return [];
    return [
      {
        blockId: String(block.block_id ?? `b${index}`),
        element,
        optional: block.optional === true || block.type !== 'input',
      },
    ];
  });
}

/** What Slack's own client refuses before anything is sent. */
function fieldProblem(
  modal: OpenModal,
  values: Readonly<Record<string, string | readonly string[]>>,
): string | undefined {
  const inputs = inputsOf(modal.view);
  const stray = Object.keys(values).find((name) => !inputs.some(({ element }) => element.action_id === name));
  if (stray) return `The modal has no field ${stray}.`;
  for (const { element, optional } of inputs) {
    const value = values[String(element.action_id)] ?? initialOf(element);
    if (value === undefined || value.length === 0) {
      if (!optional) return `The field ${String(element.action_id)} must be filled in.`;
    } else if (typeof value === 'string' && element.type === 'plain_text_input') {
      if (value.length < Number(element.min_length ?? 0))
        return `The field ${String(element.action_id)} needs at least ${element.min_length} characters.`;
      if (value.length > Number(element.max_length ?? 3000))
        return `The field ${String(element.action_id)} takes at most ${element.max_length ?? 3000} characters.`;
    }
  }
  return undefined;
}

function viewJson(modal: OpenModal, values: Readonly<Record<string, string | readonly string[]>>): Json {
  const state: Record<string, Json> = {};
  for (const { blockId, element } of inputsOf(modal.view)) {
    const id = String(element.action_id);
    state[blockId] = { ...state[blockId], [id]: stateOf(element, values[id] ?? initialOf(element)) };
  }
  return { ...modal.view, id: modal.id, hash: modal.hash, state: { values: state } };
}

function initialOf(element: Json): string | readonly string[] | undefined {
  if (typeof element.initial_value === 'string') return element.initial_value;
  if (isObject(element.initial_option)) return String(element.initial_option.value);
  if (Array.isArray(element.initial_options))
    return element.initial_options.map((option: Json) => String(option.value));
  if (Array.isArray(element.initial_users)) return element.initial_users as readonly string[];
  return undefined;
}

function stateOf(element: Json, value: string | readonly string[] | undefined): Json {
  const type = String(element.type);
  const option = (one: string) => ({ text: { type: 'plain_text', text: one }, value: one });
  if (type === 'plain_text_input') return { type, value: value ?? null };
  if (type === 'users_select') return { type, selected_user: value ?? null };
  if (type === 'multi_users_select') return { type, selected_users: listOf(value) };
  if (type === 'checkboxes' || type.startsWith('multi_')) return { type, selected_options: listOf(value).map(option) };
  return { type, selected_option: typeof value === 'string' ? option(value) : null };
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}
