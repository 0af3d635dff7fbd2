import { z } from 'zod';

/**
 * What Slack publishes of the messages and views it takes, as far as two-eye uses it; an unknown field is an error.
 * Sources: https://docs.slack.dev/reference/block-kit (blocks, elements, composition objects), https://docs.slack.dev/reference/methods/chat.postMessage,
 * https://docs.slack.dev/reference/methods/chat.update, https://docs.slack.dev/reference/views
 */

const plainText = (most: number) =>
  z.strictObject({ type: z.literal('plain_text'), text: z.string().min(1).max(most), emoji: z.boolean().optional() });
const mrkdwn = (most: number) =>
  z.strictObject({ type: z.literal('mrkdwn'), text: z.string().min(1).max(most), verbatim: z.boolean().optional() });
const anyText = (most: number) => z.discriminatedUnion('type', [plainText(most), mrkdwn(most)]);
const id = z.string().min(1).max(255);

const option = z.strictObject({
  text: plainText(75),
  value: z.string().min(1).max(150),
  description: plainText(75).optional(),
});
const confirm = z.strictObject({
  title: plainText(100),
  text: plainText(300),
  confirm: plainText(30),
  deny: plainText(30),
  style: z.enum(['primary', 'danger']).optional(),
});
const button = z.strictObject({
  type: z.literal('button'),
  action_id: id,
  text: plainText(75),
  value: z.string().max(2_000).optional(),
  url: z.url().max(3_000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
  confirm: confirm.optional(),
});
const common = { action_id: id, placeholder: plainText(150).optional() };
const optionGroups = z
  .array(z.strictObject({ label: plainText(75), options: z.array(option).min(1).max(100) }))
  .min(1)
  .max(100);
const inputs = [
  z.strictObject({
    ...common,
    type: z.literal('plain_text_input'),
    multiline: z.boolean().optional(),
    min_length: z.number().int().min(0).max(3_000).optional(),
    max_length: z.number().int().min(1).max(3_000).optional(),
    initial_value: z.string().optional(),
  }),
  z.strictObject({
    ...common,
    type: z.enum(['static_select', 'multi_static_select']),
    options: z.array(option).min(1).max(100).optional(),
    option_groups: optionGroups.optional(),
    initial_option: option.optional(),
  }),
  z.strictObject({ ...common, type: z.literal('external_select'), min_query_length: z.number().int().optional() }),
  z.strictObject({ ...common, type: z.enum(['users_select', 'multi_users_select']) }),
] as const;

const blocks = [
  z.strictObject({
    type: z.literal('section'),
    block_id: id.optional(),
    text: anyText(3_000).optional(),
    fields: z.array(anyText(2_000)).min(1).max(10).optional(),
    accessory: button.optional(),
  }),
  z.strictObject({
    type: z.literal('context'),
    block_id: id.optional(),
    elements: z.array(anyText(2_000)).min(1).max(10),
  }),
  z.strictObject({ type: z.literal('actions'), block_id: id.optional(), elements: z.array(button).min(1).max(25) }),
  z.strictObject({ type: z.literal('header'), block_id: id.optional(), text: plainText(150) }),
  z.strictObject({ type: z.literal('divider'), block_id: id.optional() }),
] as const;
const input = z.strictObject({
  type: z.literal('input'),
  block_id: id,
  label: plainText(2_000),
  hint: plainText(2_000).optional(),
  optional: z.boolean().optional(),
  dispatch_action: z.boolean().optional(),
  element: z.union(inputs),
});

const channel = z.string().regex(/^[CDGU][A-Z0-9]{2,}$/);
const ts = z.string().regex(/^\d+\.\d{6}$/);
const metadata = z.strictObject({
  event_type: z.string().regex(/^\w+$/),
  event_payload: z.strictObject({ id: z.string() }),
});
const message = {
  channel,
  // Slack cuts a text at 40,000 characters and advises 4,000.
  text: z.string().min(1).max(4_000),
  blocks: z.array(z.discriminatedUnion('type', blocks)).max(50).optional(),
  metadata: metadata.optional(),
};

/** Method of the Web API → its arguments, as they stand in the body (JSON values decoded). */
export const SLACK_METHODS: Readonly<Record<string, z.ZodType>> = {
  'chat.postMessage': z.strictObject({
    ...message,
    thread_ts: ts.optional(),
    reply_broadcast: z.boolean().optional(),
    unfurl_links: z.literal(false),
    unfurl_media: z.literal(false),
  }),
  'chat.update': z.strictObject({ ...message, ts }),
  'chat.postEphemeral': z.strictObject({ ...message, user: z.string().regex(/^[UW]/), thread_ts: ts.optional() }),
  'conversations.history': z.looseObject({ channel, limit: z.number().int().max(999) }),
  'conversations.replies': z.looseObject({ channel, ts, limit: z.number().int().max(999) }),
  'conversations.open': z.strictObject({ users: z.string() }),
  'users.info': z.strictObject({ user: z.string().regex(/^[UW]/) }),
  'usergroups.users.list': z.strictObject({ usergroup: z.string().regex(/^S/) }),
  'functions.completeSuccess': z.strictObject({
    function_execution_id: z.string(),
    outputs: z.record(z.string(), z.unknown()),
  }),
  'functions.completeError': z.strictObject({ function_execution_id: z.string(), error: z.string().min(1) }),
  'views.open': z.strictObject({
    trigger_id: z.string().min(1),
    view: z.strictObject({
      type: z.literal('modal'),
      title: plainText(24),
      submit: plainText(24),
      close: plainText(24).optional(),
      callback_id: id,
      private_metadata: z.string().max(3_000).optional(),
      blocks: z
        .array(z.discriminatedUnion('type', [...blocks, input]))
        .min(1)
        .max(100),
    }),
  }),
  'views.publish': z.strictObject({
    user_id: z.string().regex(/^[UW]/),
    view: z.strictObject({ type: z.literal('home'), blocks: z.array(z.discriminatedUnion('type', blocks)).max(100) }),
  }),
};

/** The arguments of a call as sent: a form whose structured values are JSON, or JSON as a whole. */
export function slackArguments(body: string): unknown {
  if (body.startsWith('{')) return JSON.parse(body) as unknown;
  const form = [...new URLSearchParams(body)];
  return Object.fromEntries(
    form.map(([name, value]) => [name, JSON_FIELDS.has(name) ? (JSON.parse(value) as unknown) : value]),
  );
}

const JSON_FIELDS: ReadonlySet<string> = new Set([
  ...['blocks', 'metadata', 'view', 'outputs', 'limit'],
  ...['unfurl_links', 'unfurl_media', 'reply_broadcast', 'include_all_metadata'],
]);
