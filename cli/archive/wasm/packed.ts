// AssemblyScript. A packed file, a stretch at a time: unpacked, summed up and walked at the same place again and again. So much is
// still in the processor's second cache when it is walked, and memory that was never touched is dear.

import { crc } from './crc';
import { begin, inflate, isInflated, slide } from './inflate';
import { beginScan, reachedAt, scan } from './scan';

/** How far back DEFLATE may copy from. */
const WINDOW: usize = 32768;
/** What may be written beyond a stretch. */
const BEYOND: usize = 66560;

// Tables and lists lie below; the file comes last, behind room for stops, for what is found and for what a CRC comes down to.
const TEXT: usize = 131072;
/** A stretch, what is still to be walked of the one before, and the window. A record that has no room in it is for the parser. */
const TEXT_BYTES: usize = 1048576;
const MARKS: usize = TEXT + TEXT_BYTES;
/** Where a record begins and where it ends, four bytes each. */
export const FOUND: usize = MARKS + TEXT_BYTES;
const SUMS: usize = FOUND + 131072;
const REST: usize = SUMS + 24576;
/** Where the host puts the file. */
export const FILE: usize = REST + 8192;

// What the file claims, and what it has come to so far.
let length: u32 = 0;
let sum: u32 = 0;
let sumSoFar: u32 = 0;
// Of the text: how far it was walked, how far unpacked, and where its beginning would be.
let walked: usize = 0;
let done: usize = 0;
let shift: usize = 0;

/** Begins with `packed` bytes of DEFLATE at `from`, of which the text has so many bytes and such a CRC. */
export function beginPacked(from: usize, packed: u32, textLength: u32, textSum: u32): void {
  begin(from, packed, TEXT);
  beginScan();
  length = textLength;
  sum = textSum;
  sumSoFar = 0;
  walked = TEXT;
  done = TEXT;
  shift = TEXT;
}

/**
 * Goes on by some `most` bytes of text. Returns twice the number of records that must be parsed, and 1 more when that was all and
 * length and CRC are true; what is found counts only then. -1 on any doubt.
 */
export function nextStretch(most: u32): i32 {
  dropWalked();
  if (done + most + BEYOND > MARKS) return -1;
  const to = inflate(most);
  if (to == 0 || to - shift > (length as usize)) return -1;
  const isLast = isInflated();
  sumSoFar = crc(done, (to - done) as u32, sumSoFar, SUMS, REST);
  const hits = scan(walked, to, isLast, MARKS, FOUND, SUMS);
  if (hits < 0) return -1;
  walked = reachedAt();
  done = to;
  if (!isLast) return hits << 1;
  return done - shift == (length as usize) && sumSoFar == sum ? (hits << 1) | 1 : -1;
}

/** Makes room by what was walked, but for what DEFLATE may still copy from. */
function dropWalked(): void {
  const from = min(walked, done - WINDOW);
  if (from <= TEXT) return;
  slide(from);
  const moved = from - TEXT;
  walked -= moved;
  done -= moved;
  shift -= moved;
}

/** The position that offsets of the records just found are counted from. */
export function shiftOf(): i32 {
  return shift as i32;
}
