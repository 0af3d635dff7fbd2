import type { Ask } from './slack-job.ts';

/** What the words after `/2i` mean. */
export type Command =
  | { readonly command: 'open' }
  | { readonly command: 'pin' }
  | { readonly command: 'status' }
  | { readonly command: 'ask'; readonly ask: Ask }
  | { readonly command: 'help'; readonly text: string };

export const HELP =
  'Usage: `/2i` opens the form; `/2i TARGET why you need it @approver` asks at once; `/2i status` shows what is open; `/2i pin` (cyber) pins approvals for an incident.';

/** Reads `/2i notify-prod-admin terraform apply for #123 @approver`. The mention may be Slack's `<@U01BEN|ben>` or a plain `@ben.bitdiddle`. */
export function parseCommand(text: string): Command {
  const words = text.trim().split(/\s+/).filter(Boolean);
  const [first, ...rest] = words;
  if (first === undefined) return { command: 'open' };
  if (rest.length === 0 && (first === 'pin' || first === 'status')) return { command: first };
  if (rest.length === 0) return { command: 'help', text: HELP };
  const last = rest.at(-1) ?? '';
  const picked = /^<@([UW][A-Z0-9]+)(?:\|[^>]*)?>$/.exec(last)?.[1] ?? /^@(\S+)$/.exec(last)?.[1];
  const reason = asTyped((picked ? rest.slice(0, -1) : rest).join(' '));
  return { command: 'ask', ask: { target: first, reason, ...(picked && { picked }) } };
}

/** Slack escapes what was typed after a command: links, channels and `& < >`. The reason is kept as the person wrote it. */
function asTyped(text: string): string {
  return text
    .replace(/<#[A-Z0-9]+\|([^<>]*)>/g, '#$1')
    .replace(/<@[UW][A-Z0-9]+\|([^<>]*)>/g, '@$1')
    .replace(/<((?:https?|mailto):[^|<>]*)(?:\|[^<>]*)?>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
