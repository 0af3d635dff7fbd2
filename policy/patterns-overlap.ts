/** Whether some text matches both patterns. `*` stands for any run of characters. */
export function patternsOverlap(a: string, b: string): boolean {
  const seen = new Map<string, boolean>();
  const from = (i: number, j: number): boolean => {
    const key = `${i},${j}`;
    const known = seen.get(key);
    if (known !== undefined) return known;
    seen.set(key, false);
    const overlap = step(i, j);
    seen.set(key, overlap);
    return overlap;
  };
  const step = (i: number, j: number): boolean => {
    if (i === a.length && j === b.length) return true;
    if (a[i] === '*') return from(i + 1, j) || (j < b.length && from(i, j + 1));
    if (b[j] === '*') return from(i, j + 1) || (i < a.length && from(i + 1, j));
    return i < a.length && j < b.length && a[i] === b[j] && from(i + 1, j + 1);
  };
  return from(0, 0);
}
