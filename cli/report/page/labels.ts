/** Of the text in a chart, in pixels; the family is that which the chart library sets. */
export const FONT_SIZE = 13;

const pen = document.createElement('canvas').getContext('2d');

/** How wide the widest of the texts is drawn, in pixels. */
export function widest(texts: readonly string[]): number {
  if (pen === null) return 0;
  pen.font = `${FONT_SIZE}px system-ui, sans-serif`;
  return Math.ceil(Math.max(0, ...texts.map((text) => pen.measureText(text).width)));
}

/**
 * A label for each name, at most as wide as the first of the rooms (in pixels) in which all are told apart, the middle left out, or the domain
 * first; numbered where even the last room is too small. Without the domain where everybody has the same one.
 */
export function labelsOf(names: readonly string[], rooms: readonly [number, ...number[]]): (name: string) => string {
  const domains = new Set(names.flatMap((name) => (name.includes('@') ? [name.slice(name.indexOf('@'))] : [])));
  const local = names.map((name) => name.split('@', 1)[0] ?? name);
  const ways = domains.size === 1 ? [local] : [names, local];
  const tries = rooms.flatMap((room) => ways.map((way) => way.map((name) => fitting(name, room))));
  const labels = tries.find(areDistinct) ?? numbered(names, rooms.at(-1) ?? 0);
  const labelOf = new Map(names.map((name, index) => [name, labels[index] ?? name]));
  return (name) => labelOf.get(name) ?? name;
}

function areDistinct(labels: readonly string[]): boolean {
  return new Set(labels).size === labels.length;
}

function numbered(names: readonly string[], room: number): string[] {
  return names.map((name, index) => `${index + 1} ${fitting(name, room - widest(['000 ']))}`);
}

function fitting(name: string, room: number): string {
  const signs = [...name];
  let shown = name;
  for (let most = Math.min(signs.length, 200) - 1; widest([shown]) > room && most > 2; most -= 1)
    shown = `${signs.slice(0, Math.ceil(most / 2)).join('')}…${signs.slice(signs.length - Math.floor(most / 2)).join('')}`;
  return shown;
}
