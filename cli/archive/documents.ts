import { type Bounds, elementBounds, skipBlanks, valuesInARow } from './structure.ts';

/** One thing found in a file: a JSON value, or a stretch that is none. `offset` counts bytes of the unpacked file. */
export type Piece =
  | { readonly kind: 'value'; readonly value: unknown; readonly offset: () => number }
  | { readonly kind: 'broken'; readonly why: string; readonly offset: number };

const NEWLINE = 0x0a;

/**
 * Takes a file apart into records (or whatever else it holds): a trail file's `Records`, a list, one document, JSON Lines, or
 * documents joined without a line end. Every byte ends up in a value or in a `broken` piece; of a damaged trail file or
 * line the rest is still read. This is the oracle of the fast path: it understands everything and proves nothing.
 */
export function piecesOf(bytes: Buffer): Piece[] {
  const body = withoutBom(bytes);
  if (skipBlanks(body, 0) === body.length) return [];
  const whole = parsed(body.toString('utf8'));
  if (whole !== undefined) return ofDocument(whole.value, body, 0);
  return lines(body) ?? damagedTrailFile(body) ?? row(body, 0);
}

function withoutBom(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** A document's records, or the document itself when it is no container of records. */
function ofDocument(value: unknown, bytes: Buffer, base: number): Piece[] {
  const list = recordsOf(value);
  if (list === undefined) return [{ kind: 'value', value, offset: () => base }];
  let bounds: readonly Bounds[] | undefined;
  return list.map((element, index) => ({
    kind: 'value',
    value: element,
    // Only an unreadable record is ever named, so positions are worked out when the first one is.
    offset: () => {
      bounds ??= boundsOfList(value, bytes);
      return base + (bounds[index]?.start ?? 0);
    },
  }));
}

function recordsOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  const records = typeof value === 'object' && value !== null ? (value as { Records?: unknown }).Records : undefined;
  return Array.isArray(records) ? records : undefined;
}

/** Where the elements stand: in a list at its top, in a trail file behind the last `"Records":[` (of two equal keys the last counts). */
function boundsOfList(value: unknown, bytes: Buffer): readonly Bounds[] {
  const start = Array.isArray(value) ? bytes.indexOf('[') : recordsStart(bytes);
  return start < 0 ? [] : elementBounds(bytes, start + 1).bounds;
}

/** The position of the `[` of the records in a document that begins like a trail file; -1 when it does not. */
function recordsStart(bytes: Buffer): number {
  const head = bytes.subarray(0, 4096).toString('latin1');
  const match = /^\s*\{\s*"Records"\s*:\s*\[/.exec(head);
  return match === null ? -1 : match[0].length - 1;
}

/** JSON Lines, when at least one line is a document of its own. Lines that are none are broken pieces. */
function lines(bytes: Buffer): Piece[] | undefined {
  const pieces: Piece[] = [];
  let understood = false;
  let start = 0;
  while (start < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    const found = pieceOfLine(bytes.subarray(start, end), start);
    understood ||= found.some((piece) => piece.kind === 'value');
    for (const piece of found) pieces.push(piece);
    start = end + 1;
  }
  return understood ? pieces : undefined;
}

function pieceOfLine(line: Buffer, base: number): Piece[] {
  const first = skipBlanks(line, 0);
  if (first === line.length) return [];
  const document = parsed(line.toString('utf8'));
  if (line[first] !== 0x7b && line[first] !== 0x5b) {
    const why = document === undefined ? 'the line is not JSON' : 'the line is JSON, but no record';
    return [{ kind: 'broken', why, offset: base + first }];
  }
  return document === undefined ? row(line, base) : ofDocument(document.value, line, base);
}

/** Documents in a row without line ends; what follows the last whole one is broken. */
function row(bytes: Buffer, base: number): Piece[] {
  const { bounds, rest } = valuesInARow(bytes);
  const pieces = bounds.flatMap(({ start, end }) => pieceAt(bytes.subarray(start, end), base + start));
  if (rest === bytes.length) return pieces;
  return [...pieces, { kind: 'broken', why: 'not JSON, or it stops short', offset: base + rest }];
}

function pieceAt(slice: Buffer, base: number): Piece[] {
  const document = parsed(slice.toString('utf8'));
  if (document !== undefined) return ofDocument(document.value, slice, base);
  return damagedTrailFile(slice, base) ?? [{ kind: 'broken', why: 'not JSON', offset: base }];
}

/** The records of a trail file that is damaged or stops short, one by one: those that are whole are still read. */
function damagedTrailFile(bytes: Buffer, base = 0): Piece[] | undefined {
  const start = recordsStart(bytes);
  if (start < 0) return undefined;
  const { bounds, closed, end } = elementBounds(bytes, start + 1);
  const pieces = bounds.map((each) => recordAt(bytes, each, base));
  const problem = closed ? problemBehind(bytes, end) : 'the file stops short';
  const last = pieces.at(-1);
  const told = problem === undefined || (!closed && last?.kind === 'broken');
  return told ? pieces : [...pieces, { kind: 'broken', why: problem, offset: base + end }];
}

function recordAt(bytes: Buffer, { start, end }: Bounds, base: number): Piece {
  const record = parsed(bytes.toString('utf8', start, end));
  if (record === undefined)
    return { kind: 'broken', why: 'the record is not JSON, or it stops short', offset: base + start };
  return { kind: 'value', value: record.value, offset: () => base + start };
}

/** What a trail file has behind its records: `}` and nothing else. */
function problemBehind(bytes: Buffer, end: number): string | undefined {
  return bytes.toString('utf8', end).trim() === '}' ? undefined : 'what follows the records is not JSON';
}
