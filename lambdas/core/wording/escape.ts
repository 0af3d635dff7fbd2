/**
 * Everything that somebody outside of this code wrote passes through here before it is shown: reasons, user agents, session names,
 * role names. Nothing a user typed is live: no mention, no link, no broadcast, no direction override.
 */

/** C0 and C1 controls, invisible and bidirectional marks, line separators, the byte order mark and the tag characters. */
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029\ufeff]/gu;
/** What most texts are: nothing in them to take out or to count by code point. */
const PLAIN = /^[ -~]*$/;
const CUT = '…';

/** Text as plain words: one line, no unseen characters, at most `most` characters (by code point), cut with an ellipsis. */
export function plainText(text: string, most = 300): string {
  if (text.length <= most && PLAIN.test(text)) return text.trim();
  const clean = text
    .slice(0, 4 * most + 64)
    .replace(/[\t\r\n\u2028\u2029]+/g, ' ')
    .replace(UNSEEN, '')
    .toWellFormed()
    .trim();
  const points = Array.from(clean);
  return points.length <= most ? clean : `${points.slice(0, most - 1).join('')}${CUT}`;
}

/**
 * Text for a Slack field of type `mrkdwn` (or the `text` fallback): as `plainText`, with `& < >` escaped, which is what makes links, mentions
 * and `<!channel>`, and with a joiner behind the characters that would format or start an emoji, a quote or a bare link.
 * Source: https://docs.slack.dev/messaging/formatting-message-text (escaping).
 */
export function escaped(text: string, most = 300): string {
  return unformatted(plainText(text, most)).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Text as Slack code: the backtick, which would end it, becomes an apostrophe. Empty text is a dash. */
export function code(text: string, most = 200): string {
  const clean = plainText(text, most).replaceAll('`', "'");
  return `\`${clean.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;') || '-'}\``;
}

/** As `escaped`, with ARNs as code: they are what people copy, and in code they are neither formatted nor need a joiner. */
export function escapedWithArns(text: string, most = 300): string {
  const parts = plainText(text, most).split(/(\barn:aws[\w-]*:[^\s,;]+)/);
  return parts.map((part) => (part.startsWith('arn:aws') ? code(part, most) : spaced(part, most))).join('');
}

/** `escaped` trims; between two ARNs the spaces count. */
function spaced(text: string, most: number): string {
  return `${/^ /.test(text) ? ' ' : ''}${escaped(text, most)}${/\S $/.test(text) ? ' ' : ''}`;
}

/** Bounds text that is already escaped, without cutting through an entity. For whole blocks, whose limit is 3000. */
export function bounded(markup: string, most: number): string {
  if (markup.length <= most) return markup;
  return `${markup.slice(0, most - 1).replace(/&[a-z]{0,4}$|<[^<>]{0,300}$|[\ud800-\udbff]$/, '')}${CUT}`;
}

/** A word joiner (U+2060) is not seen and keeps Slack from reading `*`, `_`, `~`, backticks, `@here`, `#`, `:x:` and bare addresses. */
function unformatted(text: string): string {
  return text.replace(/[*_~`@#]|:\/\/|:(?=[\w+-]+:)|\bwww\./gi, (mark) => `${mark.slice(0, 1)}\u2060${mark.slice(1)}`);
}
