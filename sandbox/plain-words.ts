import type { Sandbox } from './sandbox.ts';
import type { StandInIncident } from './stand-ins/pagerduty.ts';
import type { StoredMessage } from './stand-ins/slack-workspace.ts';

type Json = Readonly<Record<string, unknown>>;

const WIDTH = 92;
const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const textOf = (value: unknown): string =>
  typeof value === 'object' && value !== null ? String((value as Json).text ?? '') : String(value ?? '');

/** A message as people read it in Slack, in lines of text that fit a terminal. */
export function messageLines(message: StoredMessage, { policy }: Sandbox): readonly string[] {
  const lines = message.blocks.length === 0 ? [message.text] : message.blocks.flatMap(blockLines);
  const nameOf = (slackId: string): string => policy.people.find(({ slack }) => slack === slackId)?.id ?? slackId;
  return lines.flatMap((line) => wrapped(plain(line, nameOf)));
}

const OF_MACHINES = new Set(['finding', 'paged']);

/** A page as the person who is woken reads it. */
export function incidentLines({ summary, details }: StandInIncident): readonly string[] {
  const facts = Object.entries((details ?? {}) as Json).filter(
    ([name, value]) => !OF_MACHINES.has(name) && (!Array.isArray(value) || value.length > 0),
  );
  const said = facts.map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join('; ') : String(value)}`);
  return [summary, ...said].flatMap(wrapped);
}

function blockLines(block: Json): readonly string[] {
  const elements = list(block.elements);
  if (block.type === 'actions') return [elements.map((each) => `[ ${textOf(each.text)} ]`).join('  ')];
  if (block.type === 'context') return elements.flatMap((each) => textOf(each).split('\n'));
  const fields = list(block.fields).map((field) => textOf(field).replace('\n', ': '));
  return [...(block.text === undefined ? [] : textOf(block.text).split('\n')), ...fields].filter(Boolean);
}

const EMOJI: Readonly<Record<string, string>> = {
  ':rotating_light:': '\u{1F6A8}',
  ':white_check_mark:': '\u2705',
  ':warning:': '\u26A0\uFE0F',
  ':pushpin:': '\u{1F4CC}',
};

/** Slack's marks as characters; the joiner that keeps names from becoming links is not shown. */
function plain(text: string, nameOf: (slackId: string) => string): string {
  return text
    .replace(/<@([UW][A-Z0-9]+)(?:\|[^>]*)?>/g, (_, id: string) => `@${nameOf(id).split('@')[0]}`)
    .replace(/<[^>|]*\|([^>]*)>/g, '$1')
    .replace(/:[a-z_]+:/g, (name) => EMOJI[name] ?? name)
    .replace(/\*([^*\n]+)\*/g, '$1')
    .replaceAll('`', '')
    .replaceAll('\u2060', '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length >= WIDTH) {
      lines.push(line);
      line = '  ';
    }
    line += line === '' || line === '  ' ? word : ` ${word}`;
  }
  return [...lines, line];
}
