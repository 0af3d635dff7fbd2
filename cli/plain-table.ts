import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';

/** Between two columns. */
export const GAP = '  ';

/** Columns of a terminal that a text takes: none for colours, two for a wide sign. */
export const widthOf = stringWidth;

/** How wide each column has to be. */
export function widthsOf(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
  return widths;
}

/** Rows under a head, in columns as wide as they need: a line each, with its line break. Of an archive there may be hundreds of thousands. */
export function* plainTable(head: readonly string[], rows: readonly (readonly string[])[]): Iterable<string> {
  const all = [head, ...rows];
  const widths = widthsOf(all);
  for (const row of all) {
    const cells = row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)));
    yield `${cells.join(GAP).trimEnd()}\n`;
  }
}

/** The text in at most so many columns, whole signs only, its end left out. What is cut loses its colour: half of one would paint the rest. */
export function cut(text: string, most: number): string {
  return widthOf(text) <= most ? text : `${fitting(signsOf(text), most - 1).join('')}…`;
}

/** The same with the middle left out: titles and paths often differ only at their end. */
export function cutMiddle(text: string, most: number): string {
  if (widthOf(text) <= most) return text;
  const signs = signsOf(text);
  const end = fitting(signs.toReversed(), Math.floor((most - 1) / 2)).reverse();
  return `${fitting(signs, Math.ceil((most - 1) / 2)).join('')}…${end.join('')}`;
}

const SIGNS = new Intl.Segmenter('en');

/** What a reader takes for one sign each: a letter with its accents, a flag. */
function signsOf(text: string): string[] {
  return Array.from(SIGNS.segment(stripVTControlCharacters(text)), ({ segment }) => segment);
}

/** The first of the signs, as many as the room has columns for. */
function fitting(signs: readonly string[], room: number): string[] {
  let left = room;
  const end = signs.findIndex((sign) => {
    left -= widthOf(sign);
    return left < 0;
  });
  return signs.slice(0, end < 0 ? signs.length : end);
}
