import { plainText } from './escape.ts';

/** A Block Kit block. Source of shapes and limits: https://docs.slack.dev/reference/block-kit/blocks */
export type Block = { readonly type: string; readonly [field: string]: unknown };

/** What is sent to Slack: blocks to look at, text for notifications and screen readers. */
export interface Message {
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** Text of our own in Slack's mark-up; whatever a person typed must have gone through `escaped`. At most 3,000 characters. */
export function section(mrkdwn: string): Block {
  return { type: 'section', text: { type: 'mrkdwn', text: mrkdwn, verbatim: true } };
}

/** Two columns of short texts, at most ten. */
export function fields(...texts: readonly string[]): Block {
  return { type: 'section', fields: texts.map((text) => ({ type: 'mrkdwn', text, verbatim: true })) };
}

/** What a person wrote, as text: no mark-up, mention or link of theirs is live in it. */
export function said(words: string, max = 500): Block {
  return { type: 'section', text: plain(plainText(words, max) || '–') };
}

export function context(mrkdwn: string): Block {
  return { type: 'context', elements: [{ type: 'mrkdwn', text: mrkdwn, verbatim: true }] };
}

/** Buttons in a row; nothing at all when there are none. */
export function actions(...buttons: readonly Block[]): readonly Block[] {
  return buttons.length === 0 ? [] : [{ type: 'actions', elements: buttons }];
}

export function plain(text: string): Block & { readonly text: string } {
  return { type: 'plain_text', text, emoji: false };
}

/** A button whose value is read back as JSON. Its text is at most 75 characters, its value 2,000. */
export function button(
  label: string,
  actionId: string,
  value: Readonly<Record<string, string>>,
  extra: { readonly style?: 'primary' | 'danger'; readonly confirm?: string } = {},
): Block {
  return {
    type: 'button',
    action_id: actionId,
    text: plain(label),
    value: JSON.stringify(value),
    ...(extra.style && { style: extra.style }),
    ...(extra.confirm && { confirm: dialog(label, extra.confirm) }),
  };
}

function dialog(title: string, question: string): object {
  return { title: plain(title), text: plain(question), confirm: plain(title), deny: plain('Go back') };
}
