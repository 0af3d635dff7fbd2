import type { ComponentChildren } from 'preact';
import { state } from './state.ts';

export type Json = Readonly<Record<string, unknown>>;

const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const plain = (value: unknown): string =>
  typeof value === 'object' && value !== null ? String((value as Json).text ?? '') : String(value ?? '');

/** Block Kit as Slack draws it, of the JSON that was really sent. */
export function Blocks({
  blocks,
  press,
}: {
  readonly blocks: readonly Json[];
  readonly press?: (action: string, value?: string) => void;
}) {
  return (
    <>
      {blocks.map((block, index) => (
        <Block key={index} block={block} {...(press && { press })} />
      ))}
    </>
  );
}

function Block({ block, press }: { readonly block: Json; readonly press?: (action: string, value?: string) => void }) {
  switch (block.type) {
    case 'header':
      return <p class="slack-header">{plain(block.text)}</p>;
    case 'divider':
      return <hr />;
    case 'context':
      return (
        <p class="slack-context">
          <Text text={list(block.elements).map(plain).join('  ')} />
        </p>
      );
    case 'actions':
      return (
        <div class="slack-actions">
          {list(block.elements).map((element) => (
            <Button key={`${element.action_id} ${element.value}`} element={element} {...(press && { press })} />
          ))}
        </div>
      );
    default:
      return (
        <div class="slack-section">
          {block.text !== undefined && <Text text={plain(block.text)} />}
          {list(block.fields).length > 0 && (
            <div class="slack-fields">
              {list(block.fields).map((field) => (
                <div key={plain(field)}>
                  <Text text={plain(field)} />
                </div>
              ))}
            </div>
          )}
          {block.accessory !== undefined && <Button element={block.accessory as Json} {...(press && { press })} />}
        </div>
      );
  }
}

function Button({
  element,
  press,
}: {
  readonly element: Json;
  readonly press?: (action: string, value?: string) => void;
}) {
  if (element.type !== 'button') return null;
  if (typeof element.url === 'string') return <span class="slack-link">{plain(element.text)}</span>;
  return (
    <button
      type="button"
      class={String(element.style ?? 'plain')}
      onClick={() =>
        press?.(String(element.action_id), element.value === undefined ? undefined : String(element.value))
      }
    >
      {plain(element.text)}
    </button>
  );
}

/** Slack's mrkdwn, as far as two-eye uses it: bold, italics, code, mentions, links. Never as HTML. */
export function Text({ text }: { readonly text: string }) {
  return (
    <>
      {text.split('\n').map((line, index) => (
        <span class="slack-line" key={index}>
          {pieces(line)}
        </span>
      ))}
    </>
  );
}

const MARK = /(\*[^*\n]+\*|`[^`\n]+`|<[^>\n]+>)/;

function pieces(line: string): readonly ComponentChildren[] {
  return line.split(MARK).map((piece, index) => {
    if (piece.length > 2 && piece.startsWith('*')) return <strong key={index}>{unescaped(piece.slice(1, -1))}</strong>;
    if (piece.length > 2 && piece.startsWith('`')) return <code key={index}>{unescaped(piece.slice(1, -1))}</code>;
    if (piece.startsWith('<') && piece.endsWith('>')) return mention(piece.slice(1, -1));
    return withSiren(piece);
  });
}

/** Drawn, since not every machine has a font with it. */
function withSiren(text: string): ComponentChildren {
  return text.split(/(:rotating_light:)/).map((part, index) =>
    part === ':rotating_light:' ? (
      <svg key={index} class="siren" viewBox="0 0 16 16" role="img" aria-label="alarm">
        <path d="M3 12V8a5 5 0 0 1 10 0v4zM1 13h14v2H1zM7 0h2v2H7zM1 3l1.4-1.4 1.5 1.5-1.4 1.4zM15 3l-1.4-1.4-1.5 1.5 1.4 1.4z" />
      </svg>
    ) : (
      unescaped(part)
    ),
  );
}

function mention(inner: string): string {
  if (inner.startsWith('@'))
    return `@${(state.value?.people.find(({ slack }) => slack === inner.slice(1).split('|')[0])?.id ?? inner.slice(1)).split('@')[0]}`;
  if (inner.startsWith('!date')) return inner.split('|')[1] ?? '';
  if (inner.startsWith('!subteam'))
    return `@${state.value?.groups[inner.split('^')[1]?.split('|')[0] ?? ''] ?? 'group'}`;
  return inner.split('|').at(-1) ?? inner;
}

const EMOJI: Readonly<Record<string, string>> = {
  ':white_check_mark:': '\u2705',
  ':warning:': '\u26A0\uFE0F',
  ':pushpin:': '\u{1F4CC}',
  ':eyes:': '\u{1F440}',
};

const unescaped = (text: string): string =>
  text
    .replace(/:[a-z_]+:/g, (name) => EMOJI[name] ?? name)
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
