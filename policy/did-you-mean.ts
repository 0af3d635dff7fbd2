/** A name that differs by more than this share of its letters is another name, not a slip. */
const CLOSE_ENOUGH = 0.4;

/** The known name that somebody most likely meant. */
export function didYouMean(written: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((name) => ({ name, distance: editDistance(written.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  if (best === undefined || best.distance > Math.max(1, best.name.length * CLOSE_ENOUGH)) return undefined;
  return best.name;
}

/** What to do about a name that is not known: the likely one first, else all there are. */
export function remedyFor(written: string, known: readonly string[], what: string): string {
  const likely = didYouMean(written, known);
  if (likely !== undefined) return `Did you mean "${likely}"?`;
  if (known.length === 0) return `There are no ${what} yet: add one.`;
  return `Use one of the ${what}: ${known.slice(0, 20).join(', ')}${known.length > 20 ? ', …' : ''}.`;
}

/** Letters to insert, remove, replace or swap with their neighbour. Names are short, so the plain table will do. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
