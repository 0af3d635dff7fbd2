import { closeSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { isGzip } from './gunzip.ts';
import type { Hints } from './hints.ts';
import { WASM_BASE64 } from './wasm-bytes.ts';

/** What the fast path made of a file: the records that have to be read, and how many it has ruled out. */
export interface FastScan {
  readonly records: readonly { readonly text: string; readonly offset: number }[];
  readonly otherEvents: number;
  readonly notWatched: number;
}

/** Scans trail files in a memory of its own. `undefined` on any doubt: everything has to be parsed then. */
export interface FastScanner {
  /** Of a file of which the size is known. Throws what opening it throws. */
  file(path: string, size: number): FastScan | undefined;
  /** Of bytes, packed or plain. */
  bytes(bytes: Uint8Array): FastScan | undefined;
}

/** The little of WebAssembly that is used; Node's types leave it to the browser's. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly NAMES: { readonly value: number };
  readonly NEEDLES: { readonly value: number };
  readonly ACCOUNTS: { readonly value: number };
  setCounts(names: number, needles: number, accounts: number): void;
  begin(from: number, length: number, to: number, size: number): void;
  inflate(most: number): number;
  scan(from: number, length: number, marks: number, found: number, room: number): number;
  otherEventsOf(): number;
  notWatchedOf(): number;
}

/** Where buffers begin in the scanner's memory; its tables and lists lie below. */
const BUFFERS = 131_072;
/** What may be read or written past the end of a buffer. */
const SLACK = 512;
/** Larger files are left to zlib: trail files are a few megabytes at most, and memory stays bounded. */
const MOST_BYTES = 24 * 1024 * 1024;
/** DEFLATE cannot do better (RFC 1951: 258 bytes for two bits); a length that claims more is not true. */
const MOST_RATIO = 1_032;
const PAGE = 65_536;
/** Bytes inflated at a time: they and what they come from fit a processor's second cache. */
const STRETCH = 262_144;
/** Room for stops that a short text may have beyond one in four bytes. */
const FEW_STOPS = 65_536;
/** Smaller ones are no trail file. */
const SHORTEST_FILE = 14;

/** Makes a scanner of its own memory; hints decide what it can rule out. */
export function fastScanner(hints: Hints): FastScanner {
  const wasm = instantiate();
  writeLists(wasm, hints);
  return {
    file: (path, size) => scanPlaced(wasm, size, (room) => readInto(path, room)),
    bytes: (bytes) => scanPlaced(wasm, bytes.length, (room) => room.set(bytes)),
  };
}

/** Has the bytes put where the scanner works, without a copy between, and scans them there. */
function scanPlaced(wasm: Exports, size: number, place: (room: Buffer) => unknown): FastScan | undefined {
  if (size < SHORTEST_FILE || size > MOST_BYTES) return undefined;
  memoryFor(wasm, BUFFERS + size + SLACK);
  const file = Buffer.from(wasm.memory.buffer, BUFFERS, size);
  if (place(file) === false) return undefined;
  const text = isGzip(file) ? unpack(wasm, file) : { at: BUFFERS, length: size };
  return text === undefined ? undefined : scanText(wasm, text);
}

/** False when the file has another length than it had a moment ago: somebody is writing it. */
function readInto(path: string, room: Buffer): boolean {
  const file = openSync(path, 'r');
  try {
    return readSync(file, room, 0, room.length, 0) === room.length;
  } finally {
    closeSync(file);
  }
}

interface Text {
  readonly at: number;
  readonly length: number;
}

function instantiate(): Exports {
  const module = new WebAssembly.Module(Buffer.from(WASM_BASE64, 'base64'));
  return new WebAssembly.Instance(module, { env: { abort: () => undefined } }).exports as Exports;
}

function writeLists(wasm: Exports, { names, needles, accounts }: Hints): void {
  writeList(
    wasm,
    wasm.NAMES.value,
    names.map(([name, kind]) => Buffer.from(`${String.fromCharCode(name.length, kind)}${name}`, 'latin1')),
  );
  writeList(
    wasm,
    wasm.NEEDLES.value,
    needles.map((needle) => Buffer.from(`${String.fromCharCode(needle.length)}${needle}`, 'latin1')),
  );
  writeList(
    wasm,
    wasm.ACCOUNTS.value,
    accounts.map((account) => Buffer.from(`${String.fromCharCode(account.length)}${account}`, 'latin1')),
  );
  wasm.setCounts(names.length, needles.length, accounts.length);
}

function writeList(wasm: Exports, start: number, entries: readonly Buffer[]): void {
  new Uint8Array(wasm.memory.buffer).set(Buffer.concat(entries), start);
}

function memoryFor(wasm: Exports, end: number): Uint8Array {
  const missing = end - wasm.memory.buffer.byteLength;
  if (missing > 0) wasm.memory.grow(Math.ceil(missing / PAGE));
  return new Uint8Array(wasm.memory.buffer);
}

/** Unpacks one gzip member with a plain header that is the whole file, behind it in memory, and checks its CRC. */
function unpack(wasm: Exports, packed: Buffer): Text | undefined {
  const start = headerEnd(packed);
  if (start === undefined || packed.length < start + 8) return undefined;
  const length = packed.length - 8 - start;
  const size = packed.readUInt32LE(packed.length - 4);
  const crc = packed.readUInt32LE(packed.length - 8);
  if (size > MOST_BYTES || size > length * MOST_RATIO) return undefined;
  const to = BUFFERS + align(packed.length + SLACK);
  const bytes = memoryFor(wasm, to + size + 2 * SLACK);
  wasm.begin(BUFFERS + start, length, to, size);
  const isWhole = crcOf(wasm, bytes.subarray(to, to + size)) === crc;
  return isWhole ? { at: to, length: size } : undefined;
}

/** Inflates and sums up by turns, each stretch while it is still in the processor's cache. Undefined on any doubt. */
function crcOf(wasm: Exports, text: Uint8Array): number | undefined {
  let crc = 0;
  let done = -1;
  while (done < text.length) {
    const next = wasm.inflate(STRETCH);
    if (next < 0) return undefined;
    crc = crc32(text.subarray(Math.max(done, 0), next), crc);
    done = next;
  }
  return crc;
}

/** Position behind the gzip header (RFC 1952), when it has a name at most. */
function headerEnd(packed: Buffer): number | undefined {
  const flags = packed[3];
  if (packed[2] !== 8 || flags === undefined || (flags & ~0b1001) !== 0) return undefined;
  if ((flags & 8) === 0) return 10;
  const end = packed.indexOf(0, 10);
  return end < 0 ? undefined : end + 1;
}

/** So many pairs of positions may be found as records of this length fit; shorter ones are for the parser. */
const SHORTEST_RECORD = 64;

function scanText(wasm: Exports, { at, length }: Text): FastScan | undefined {
  const marks = at + align(length + SLACK);
  // A stop is four bytes; of real text one byte in ten is one. What has more is for the parser.
  const found = marks + align(length + FEW_STOPS);
  const room = Math.ceil(length / SHORTEST_RECORD) + 1;
  const memory = memoryFor(wasm, found + room * 8);
  memory.fill(0, at + length, at + length + 128);
  const hits = wasm.scan(at, length, marks, found, room);
  if (hits < 0) return undefined;
  const bounds = new Uint32Array(wasm.memory.buffer, found, hits * 2);
  const bytes = Buffer.from(wasm.memory.buffer, at, length);
  const records = Array.from({ length: hits }, (_, index) => {
    const [start, end] = [bounds[index * 2] ?? 0, bounds[index * 2 + 1] ?? 0];
    return { text: bytes.toString('utf8', start, end), offset: start };
  });
  return { records, otherEvents: wasm.otherEventsOf(), notWatched: wasm.notWatchedOf() };
}

function align(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}
