/** Words that mean nothing to Markdown, and times. */
const WORDS = /^(?:[\p{L}\p{N} ,.;()/…→"'-]|:(?= )|(?<=\d):(?=\d\d))*$/u;

/**
 * What GitHub makes a link of without any mark: addresses, `GH-1` and the keys of other trackers, names of commits.
 * Source: https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
 */
const LINKED = /www\.|\p{L}-\p{N}|\b[0-9a-f]{7,40}\b/iu;

/**
 * Text of a record as a comment on GitHub shows it, in a table too, and nothing more: what is not plain words becomes code, in which
 * nobody is mentioned and nothing is a link, a reference or markup. A backslash is not enough: GitHub looks for mentions when Markdown is done.
 * Source of what is left alone in code: https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax
 */
export function inert(text: string, most = 120): string {
  const seen = cut(text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '·'), most);
  return WORDS.test(seen) && !LINKED.test(seen) ? seen : code(seen);
}

/** The signs that would end the code or the cell of a table become others that look alike: inside of code neither can be escaped. */
function code(text: string): string {
  return `\`${text.replaceAll('`', "'").replaceAll('|', '¦')}\``;
}

function cut(text: string, most: number): string {
  const points = Array.from(text);
  return points.length > most ? `${points.slice(0, most - 1).join('')}…` : text;
}
