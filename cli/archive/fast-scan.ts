import { closeSync, constants, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
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
  const scanner = instantiate();
  writeLists(scanner.wasm, hints);
  return {
    file: (path, size) => scanPlaced(scanner, size, () => readInto(path, scanner.memory, size)),
    bytes: (bytes) =>
      scanPlaced(scanner, bytes.length, () => {
        scanner.memory.set(bytes, BUFFERS);
        return true;
      }),
  };
}

/** `memory` is all of the scanner's; made anew when that grows, and not for each file: an archive of small files has thousands. */
interface Scanner {
  readonly wasm: Exports;
  memory: Buffer;
}

/** Has `size` bytes put where the scanner works, without a copy between, and scans them there. */
function scanPlaced(scanner: Scanner, size: number, place: () => boolean): FastScan | undefined {
  if (size < SHORTEST_FILE || size > MOST_BYTES) return undefined;
  makeRoom(scanner, BUFFERS + size + SLACK);
  if (!place()) return undefined;
  const { memory } = scanner;
  const text =
    memory[BUFFERS] === 0x1f && memory[BUFFERS + 1] === 0x8b ? unpack(scanner, size) : { at: BUFFERS, length: size };
  return text === undefined ? undefined : scanText(scanner, text);
}

/** False when the file has another length than it had a moment ago: somebody is writing it. */
function readInto(path: string, memory: Buffer, size: number): boolean {
  const file = openSync(path, constants.O_RDONLY);
  try {
    return readSync(file, memory, BUFFERS, size, 0) === size;
  } finally {
    closeSync(file);
  }
}

interface Text {
  readonly at: number;
  readonly length: number;
}

function instantiate(): Scanner {
  const module = new WebAssembly.Module(Buffer.from(WASM_BASE64, 'base64'));
  const wasm = new WebAssembly.Instance(module, { env: { abort: () => undefined } }).exports as Exports;
  return { wasm, memory: Buffer.from(wasm.memory.buffer) };
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

function makeRoom(scanner: Scanner, end: number): void {
  const missing = end - scanner.memory.length;
  if (missing <= 0) return;
  scanner.wasm.memory.grow(Math.ceil(missing / PAGE));
  scanner.memory = Buffer.from(scanner.wasm.memory.buffer);
}

/** Unpacks one gzip member with a plain header that is the whole file, behind it in memory, and checks its CRC. */
function unpack(scanner: Scanner, packedLength: number): Text | undefined {
  const end = BUFFERS + packedLength;
  const start = headerEnd(scanner.memory, end);
  if (start === undefined || end < start + 8) return undefined;
  const packed = end - 8 - start;
  const length = scanner.memory.readUInt32LE(end - 4);
  const crc = scanner.memory.readUInt32LE(end - 8);
  if (length > MOST_BYTES || length > packed * MOST_RATIO) return undefined;
  const at = align(end + SLACK);
  makeRoom(scanner, at + length + 2 * SLACK);
  scanner.wasm.begin(start, packed, at, length);
  return crcOf(scanner, at, length) === crc ? { at, length } : undefined;
}

/** Inflates and sums up by turns, each stretch while it is still in the processor's cache. Undefined on any doubt. */
function crcOf({ wasm, memory }: Scanner, at: number, length: number): number | undefined {
  let crc = 0;
  let done = 0;
  do {
    const next = wasm.inflate(STRETCH);
    if (next < 0 || next > length) return undefined;
    crc = crc32(memory.subarray(at + done, at + next), crc);
    done = next;
  } while (done < length);
  return crc;
}

/** Position behind the gzip header (RFC 1952), when it has a name at most. */
function headerEnd(memory: Buffer, end: number): number | undefined {
  const flags = memory[BUFFERS + 3];
  if (memory[BUFFERS + 2] !== 8 || flags === undefined || (flags & ~0b1001) !== 0) return undefined;
  if ((flags & 8) === 0) return BUFFERS + 10;
  const name = memory.indexOf(0, BUFFERS + 10);
  return name < 0 || name >= end ? undefined : name + 1;
}

/** So many pairs of positions may be found as records of this length fit; shorter ones are for the parser. */
const SHORTEST_RECORD = 64;

function scanText(scanner: Scanner, { at, length }: Text): FastScan | undefined {
  const marks = at + align(length + SLACK);
  // A stop is four bytes; of real text one byte in ten is one. What has more is for the parser.
  const found = marks + align(length + FEW_STOPS);
  const room = Math.ceil(length / SHORTEST_RECORD) + 1;
  makeRoom(scanner, found + room * 8);
  const { wasm, memory } = scanner;
  memory.fill(0, at + length, at + length + 128);
  const hits = wasm.scan(at, length, marks, found, room);
  if (hits < 0) return undefined;
  const records = Array.from({ length: hits }, (_, index) => {
    const [start, end] = [memory.readUInt32LE(found + index * 8), memory.readUInt32LE(found + index * 8 + 4)];
    return { text: memory.toString('utf8', at + start, at + end), offset: start };
  });
  return { records, otherEvents: wasm.otherEventsOf(), notWatched: wasm.notWatchedOf() };
}

function align(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}
