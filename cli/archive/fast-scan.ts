import { closeSync, constants, openSync, readSync } from 'node:fs';
import type { Hints } from './hints.ts';
import { WASM_BASE64 } from './wasm-bytes.ts';

/** How many records were proved to be no use of a target. */
export interface RuledOut {
  readonly otherEvents: number;
  readonly notWatched: number;
}

/** What the fast path made of a file: the records that have to be read, and how many it has ruled out. */
export interface FastScan extends RuledOut {
  readonly records: readonly FoundRecord[];
}

interface FoundRecord {
  readonly text: string;
  readonly offset: number;
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
  readonly FILE: { readonly value: number };
  readonly FOUND: { readonly value: number };
  setCounts(names: number, needles: number, accounts: number): void;
  beginPacked(from: number, packed: number, textLength: number, textSum: number): void;
  nextStretch(most: number): number;
  shiftOf(): number;
  beginScan(): void;
  scan(from: number, end: number, isLast: boolean, marks: number, found: number, foundEnd: number): number;
  otherEventsOf(): number;
  notWatchedOf(): number;
}

/** Bytes unpacked at a time. */
const STRETCH = 262_144;
/** What may be read or written past the end of a buffer. */
const SLACK = 512;

/** Larger files are left to zlib: trail files are a few megabytes at most, and memory stays bounded. */
const MOST_BYTES = 24 * 1024 * 1024;
/** Unpacked it takes no more memory however long it is; but nobody waits longer for Ctrl-C to be heard than this takes. */
const MOST_TEXT_BYTES = 256 * 1024 * 1024;
/** DEFLATE cannot do better (RFC 1951: 258 bytes for two bits); a length that claims more is not true. */
const MOST_RATIO = 1_032;
const PAGE = 65_536;
/** Smaller ones are no trail file. */
const SHORTEST_FILE = 14;

/** Makes a scanner of its own memory; hints decide what it can rule out. What is found does not depend on the stretch. */
export function fastScanner(hints: Hints, stretch = STRETCH): FastScanner {
  const scanner = instantiate(stretch);
  writeLists(scanner, hints);
  return {
    file: (path, size) => scanPlaced(scanner, size, () => readInto(path, scanner, size)),
    bytes: (bytes) =>
      scanPlaced(scanner, bytes.length, () => {
        scanner.memory.set(bytes, scanner.file);
        return true;
      }),
  };
}

interface Scanner {
  readonly wasm: Exports;
  readonly stretch: number;
  /** Where the file is put, and where what is found in a packed one is. */
  readonly file: number;
  readonly found: number;
  /** All of the scanner's; made anew when that grows, and not for each file: an archive of small files has thousands. */
  memory: Buffer;
}

/** Has `size` bytes put where the scanner works, without a copy between, and scans them there. */
function scanPlaced(scanner: Scanner, size: number, place: () => boolean): FastScan | undefined {
  if (size < SHORTEST_FILE || size > MOST_BYTES) return undefined;
  const { file } = scanner;
  makeRoom(scanner, file + size + SLACK);
  if (!place()) return undefined;
  const { memory } = scanner;
  return memory[file] === 0x1f && memory[file + 1] === 0x8b ? scanPacked(scanner, size) : scanPlain(scanner, size);
}

/** False when the file has another length than it had a moment ago: somebody is writing it. */
function readInto(path: string, { memory, file }: Scanner, size: number): boolean {
  const opened = openSync(path, constants.O_RDONLY);
  try {
    return readSync(opened, memory, file, size, 0) === size;
  } finally {
    closeSync(opened);
  }
}

function instantiate(stretch: number): Scanner {
  const module = new WebAssembly.Module(Buffer.from(WASM_BASE64, 'base64'));
  const wasm = new WebAssembly.Instance(module, { env: { abort: () => undefined } }).exports as Exports;
  return { wasm, stretch, file: wasm.FILE.value, found: wasm.FOUND.value, memory: Buffer.from(wasm.memory.buffer) };
}

function writeLists({ wasm, memory }: Scanner, { names, needles, accounts }: Hints): void {
  const { fromCharCode } = String;
  const write = (at: { readonly value: number }, entries: readonly string[]) => {
    memory.write(entries.join(''), at.value, 'latin1');
  };
  const lengthFirst = (text: string) => fromCharCode(text.length) + text;
  write(
    wasm.NAMES,
    names.map(([name, kind]) => fromCharCode(name.length, kind) + name),
  );
  write(wasm.NEEDLES, needles.map(lengthFirst));
  write(wasm.ACCOUNTS, accounts.map(lengthFirst));
  wasm.setCounts(names.length, needles.length, accounts.length);
}

function makeRoom(scanner: Scanner, end: number): void {
  const missing = end - scanner.memory.length;
  if (missing <= 0) return;
  scanner.wasm.memory.grow(Math.ceil(missing / PAGE));
  scanner.memory = Buffer.from(scanner.wasm.memory.buffer);
}

/** One gzip member with a plain header that is the whole file: what is found counts only once its length and CRC are true. */
function scanPacked(scanner: Scanner, size: number): FastScan | undefined {
  const { wasm, memory, stretch, file, found } = scanner;
  const end = file + size;
  const start = headerEnd(memory, file, end);
  if (start === undefined || end < start + 8) return undefined;
  const packed = end - 8 - start;
  const length = memory.readUInt32LE(end - 4);
  if (length > MOST_TEXT_BYTES || length > packed * MOST_RATIO) return undefined;
  wasm.beginPacked(start, packed, length, memory.readUInt32LE(end - 8));
  const records: FoundRecord[] = [];
  for (let went = 0; (went & 1) === 0; ) {
    went = wasm.nextStretch(stretch);
    if (went < 0) return undefined;
    if (went > 1) addFound(records, memory, found, went >> 1, wasm.shiftOf());
  }
  return { records, otherEvents: wasm.otherEventsOf(), notWatched: wasm.notWatchedOf() };
}

/** So many stops a byte may have that is not packed: of real text one byte in ten is one. What has more is for the parser. */
const FEWEST_BYTES_A_STOP = 4;
const FEW_STOPS = 65_536;
/** So many pairs of positions may be found as records of this length fit; shorter ones are for the parser. */
const SHORTEST_RECORD = 64;

function scanPlain(scanner: Scanner, length: number): FastScan | undefined {
  const { wasm, file } = scanner;
  const marks = file + align(length + SLACK);
  const found = marks + align((length * 4) / FEWEST_BYTES_A_STOP + FEW_STOPS);
  const foundEnd = found + 8 * Math.ceil(length / SHORTEST_RECORD);
  makeRoom(scanner, foundEnd);
  const { memory } = scanner;
  wasm.beginScan();
  const hits = wasm.scan(file, file + length, true, marks, found, foundEnd);
  if (hits < 0) return undefined;
  const records: FoundRecord[] = [];
  addFound(records, memory, found, hits, file);
  return { records, otherEvents: wasm.otherEventsOf(), notWatched: wasm.notWatchedOf() };
}

/** What was found at positions of which the text began at `shift`. */
function addFound(records: FoundRecord[], memory: Buffer, found: number, hits: number, shift: number): void {
  for (let at = found; at < found + hits * 8; at += 8) {
    const [start, end] = [memory.readUInt32LE(at), memory.readUInt32LE(at + 4)];
    records.push({ text: memory.toString('utf8', start, end), offset: start - shift });
  }
}

/** Position behind the gzip header (RFC 1952) of the file, when it has a name at most. */
function headerEnd(memory: Buffer, file: number, end: number): number | undefined {
  const flags = memory[file + 3];
  if (memory[file + 2] !== 8 || flags === undefined || (flags & ~0b1001) !== 0) return undefined;
  if ((flags & 8) === 0) return file + 10;
  const name = memory.indexOf(0, file + 10);
  return name < 0 || name >= end ? undefined : name + 1;
}

function align(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}
