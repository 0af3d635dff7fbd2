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
