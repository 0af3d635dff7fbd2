/** Byte positions of one JSON value: `[start, end)`. */
export interface Bounds {
  readonly start: number;
  readonly end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Bounds of an array's elements, found by brackets and quotes alone, without understanding the values: also those of an
 * array that is damaged or stops short. `at` is the position behind its `[`; `closed` says whether its `]` was found, and
 * `end` is the position behind it.
 */
export function elementBounds(bytes: Uint8Array, at: number): { bounds: Bounds[]; closed: boolean; end: number } {
  const bounds: Bounds[] = [];
  let start = skipBlanks(bytes, at);
  if (bytes[start] === CLOSE_ARRAY) return { bounds, closed: true, end: start + 1 };
  while (start < bytes.length) {
    const end = endOfElement(bytes, start);
    bounds.push({ start, end: trimEnd(bytes, start, end) });
    if (bytes[end] !== COMMA) return { bounds, closed: bytes[end] === CLOSE_ARRAY, end: end + 1 };
    start = skipBlanks(bytes, end + 1);
  }
  return { bounds, closed: false, end: bytes.length };
}

/** The position of the `,` or closing bracket that ends the element, or the end of the bytes. */
function endOfElement(bytes: Uint8Array, start: number): number {
  let depth = 0;
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfString(bytes, at);
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1;
    if (depth < 0 || (depth === 0 && bytes[at] === COMMA)) return at;
  }
  return bytes.length;
}

/** The position of the closing quote of the string that opens at `at`, or the end of the bytes. */
function endOfString(bytes: Uint8Array, at: number): number {
  let end = at + 1;
  while (end < bytes.length && bytes[end] !== QUOTE) end += bytes[end] === BACKSLASH ? 2 : 1;
  return end;
}

/**
 * Bounds of the JSON values that stand in a row with nothing but blanks between them, as some deliveries join records
 * without a line end. What is neither object nor array ends the row: `rest` is where.
 */
export function valuesInARow(bytes: Uint8Array): { bounds: Bounds[]; rest: number } {
  const bounds: Bounds[] = [];
  let at = skipBlanks(bytes, 0);
  while (bytes[at] === OPEN_OBJECT || bytes[at] === OPEN_ARRAY) {
    const end = endOfValue(bytes, at);
    if (end === undefined) break;
    bounds.push({ start: at, end });
    at = skipBlanks(bytes, end);
  }
  return { bounds, rest: at };
}

function endOfValue(bytes: Uint8Array, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfString(bytes, at);
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1;
    if (depth === 0) return at + 1;
  }
  return undefined;
}

export function skipBlanks(bytes: Uint8Array, at: number): number {
  let next = at;
  while (next < bytes.length && isBlank(bytes[next])) next += 1;
  return next;
}

function trimEnd(bytes: Uint8Array, start: number, end: number): number {
  let last = end;
  while (last > start && isBlank(bytes[last - 1])) last -= 1;
  return last;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
