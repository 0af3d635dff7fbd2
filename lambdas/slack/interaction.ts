import type { RequestVerb, SlackActor } from '../core/slack-job.ts';
import type { Instant } from '../core/time.ts';

type Json = Readonly<Record<string, unknown>>;

/** Slack's payloads as far as two-eye reads them. Everything is optional: who signs is Slack, but shapes change. */
export interface SlackPayload {
  readonly type?: string;
  readonly team?: { readonly id?: string };
  readonly user?: { readonly id?: string; readonly team_id?: string };
  readonly channel?: { readonly id?: string };
  readonly trigger_id?: string;
  readonly callback_id?: string;
  readonly action_id?: string;
  readonly value?: string;
  readonly actions?: readonly { readonly action_id?: string; readonly value?: string; readonly action_ts?: string }[];
  readonly view?: SlackView;
}

export interface SlackView {
  readonly id?: string;
  readonly callback_id?: string;
  readonly private_metadata?: string;
  readonly state?: { readonly values?: Readonly<Record<string, Readonly<Record<string, Json>>>> };
}

/** Who acted. The person's own workspace counts, not that of the channel: shared channels hold strangers. */
export function actorOf(payload: SlackPayload, at: Instant): SlackActor {
  return {
    user: payload.user?.id ?? '',
    workspace: payload.user?.team_id ?? payload.team?.id ?? '',
    at,
    ...(payload.channel?.id && { channel: payload.channel.id }),
  };
}

/** What was filled in: texts, chosen values and people by field; fields left empty are absent. Blocks are named as their fields. */
export function filledIn(view: SlackView | undefined): Readonly<Record<string, string | readonly string[]>> {
  const fields = Object.values(view?.state?.values ?? {}).flatMap((block) => Object.entries(block));
  return Object.fromEntries(
    fields.flatMap(([name, state]) => {
      const value = filledValue(state);
      return value === undefined || value.length === 0 ? [] : [[name, value]];
    }),
  );
}

function filledValue(state: Json): string | readonly string[] | undefined {
  const option = state.selected_option as { value?: string } | null | undefined;
  const options = state.selected_options as readonly { value: string }[] | undefined;
  const users = state.selected_users as readonly string[] | undefined;
  const text = state.value ?? state.selected_user ?? option?.value;
  return typeof text === 'string' ? text.trim() : (users ?? options?.map(({ value }) => value));
}

/** One text of a form. */
export function textOf(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** Several values of a form. */
export function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined || typeof value === 'string' ? [] : value;
}

/** Buttons whose click is the whole act. The others open a form first. */
export const PLAIN_VERBS: Readonly<Record<string, RequestVerb>> = {
  'request.approve': 'approve',
  'request.cancel': 'cancel',
  'request.revoke': 'revoke',
  'request.disown': 'disown',
};
