import type { Message } from '../../lambdas/core/wording/blocks.ts';

interface Rendered {
  readonly type?: string;
  readonly text?: string | { readonly text: string };
  readonly fields?: readonly { readonly text: string }[];
  readonly elements?: readonly { readonly text: string | { readonly text: string }; readonly action_id?: string }[];
}

/** A message roughly as it looks in Slack, for golden files: a change of wording is a change of lines. The joiner that keeps text from being live is shown as `·|`. */
export function rendered(message: Message): string {
  const blocks = message.blocks.map((block) => blockText(block as unknown as Rendered));
  return [`text: ${message.text}`, ...blocks].join('\n---\n').replaceAll('\u2060', '·|');
}

function blockText({ text, fields, elements }: Rendered): string {
  const buttons = elements?.map((each) => (each.action_id ? `[${textOf(each.text)}]` : textOf(each.text)));
  return [text && textOf(text), fields?.map((field) => field.text).join('\n'), buttons?.join(' ')]
    .filter(Boolean)
    .join('\n');
}

function textOf(text: string | { readonly text: string }): string {
  return typeof text === 'string' ? text : text.text;
}
