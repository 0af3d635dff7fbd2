// AssemblyScript, compiled to WebAssembly by `npm run build:wasm`. RFC 1951 (DEFLATE), a stretch at a time.
// Any doubt is an answer of 0 or false: the caller then asks zlib, which is slower and knows every corner.

import {
  DIST_BITS,
  DIST_SUBTABLE,
  DIST_TABLE,
  END,
  fixedTables,
  LENS,
  LITERAL,
  LITLEN_BITS,
  LITLEN_TABLE,
  ownTables,
  PRECODE_TABLE,
  precodeTable,
  SUBTABLE,
} from './codes';
import { copy } from './copies';

const PRECODE_ORDER = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);

// The bit reader: `bits` holds at least `count & 63` bits of what comes before `at`.
let at: usize = 0;
let inEnd: usize = 0;
let bits: u64 = 0;
let count: u32 = 0;

// @ts-ignore: decorator
@inline
function refill(): void {
  bits |= load<u64>(at) << (count as u64);
  at += ((63 - count) >> 3) as usize;
  count |= 56;
}

// @ts-ignore: decorator
@inline
function take(n: u32): u32 {
  const value = (bits as u32) & ((1 << n) - 1);
  bits >>= n as u64;
  count -= n;
  return value;
}

function dynamicTables(): bool {
  refill();
  const litlens = take(5) + 257;
  const dists = take(5) + 1;
  const precodes = take(4) + 4;
  if (litlens > 286 || dists > 30) return false;
  memory.fill(LENS, 0, 19);
  for (let i: u32 = 0; i < precodes; i++) {
    if (count < 3) refill();
    store<u8>(LENS + load<u8>(PRECODE_ORDER + i), take(3) as u8);
    if ((i & 7) == 7) refill();
  }
  if (!precodeTable()) return false;
  const total = litlens + dists;
  let i: u32 = 0;
  let before: u32 = 0;
  while (i < total) {
    refill();
    if (at > inEnd + 8) return false;
    const entry = load<u32>(PRECODE_TABLE + (((bits as u32) & 127) << 2));
    take(entry & 63);
    const symbol = entry >> 16;
    if (symbol < 16) {
      store<u8>(LENS + i++, symbol as u8);
      before = symbol;
      continue;
    }
    if (symbol == 16 && i == 0) return false;
    const times = symbol == 16 ? 3 + take(2) : symbol == 17 ? 3 + take(3) : 11 + take(7);
    if (symbol != 16) before = 0;
    if (i + times > total) return false;
    memory.fill(LENS + i, before as u8, times);
    i += times;
  }
  if (load<u8>(LENS + 256) == 0) return false;
  return ownTables(litlens, dists);
}

// The inflating under way: where the output that is still there begins, has got to, and is to stop; whether a block is under way,
// and whether it is the last.
let outStart: usize = 0;
let out: usize = 0;
let enough: usize = 0;
let isInBlock: bool = false;
let last: u32 = 0;

/** Begins to inflate `length` bytes at `from` to `to`. The memory behind them must hold 32 bytes more. */
export function begin(from: usize, length: u32, to: usize): void {
  at = from;
  inEnd = from + length;
  bits = 0;
  count = 0;
  outStart = to;
  out = to;
  isInBlock = false;
  last = 0;
}

/**
 * Goes on until `most` bytes or more were written, at most 66,000 more, or all. Returns where the output has got to; 0 on any doubt.
 */
export function inflate(most: u32): usize {
  enough = out + most;
  while (isInBlock || last == 0) {
    if (out >= enough) return out;
    if (!(isInBlock ? inflateBlock() : inflateOne())) return 0;
  }
  return at - ((count >> 3) as usize) == inEnd ? out : 0;
}

/** Whether the last block has ended, where the data does. */
export function isInflated(): bool {
  return !isInBlock && last != 0;
}

/** Moves what was written from `from` on to the beginning. It must hold the last 32,768 bytes, which may still be copied from. */
export function slide(from: usize): void {
  const length = out - from;
  memory.copy(outStart, from, length);
  out = outStart + length;
}

/** One block, of whatever kind. */
function inflateOne(): bool {
  refill();
  if (at > inEnd + 8) return false;
  last = take(1);
  const type = take(2);
  if (type == 0) return copyStored();
  if (type == 3) return false;
  if (!(type == 1 ? fixedTables() : dynamicTables())) return false;
  isInBlock = true;
  return inflateBlock();
}

function copyStored(): bool {
  take(count & 7);
  at -= (count >> 3) as usize;
  bits = 0;
  count = 0;
  if (at + 4 > inEnd) return false;
  const stored = load<u16>(at) as u32;
  if ((stored ^ (load<u16>(at + 2) as u32)) != 0xffff) return false;
  at += 4;
  if (at + stored > inEnd) return false;
  memory.copy(out, at, stored);
  at += stored;
  out += stored;
  return true;
}

/** The extra bits of a length or distance: those it used that are not its code's. */
// @ts-ignore: decorator
@inline
function extra(before: u64, after: u64, entry: u32): u32 {
  return ((before ^ (after << (entry as u64))) >> ((entry >> 8) as u64)) as u32;
}

// @ts-ignore: decorator
@inline
function litlenAt(b: u64): u32 {
  return load<u32>((((b as u32) & ((1 << LITLEN_BITS) - 1)) << 2) as usize, LITLEN_TABLE);
}

/**
 * A block of codes, from where it was left to its end, or to where there is enough. False on any doubt. Of `n` only the low six bits
 * count. The next entry is always read before what the present one asks for is done: it is there when a processor that guessed
 * wrong begins again.
 */
function inflateBlock(): bool {
  const to = outStart;
  const outEnd = enough;
  let q = out;
  let p = at;
  let b = bits;
  let n = count;
  const pEnd = inEnd + 8;
  b |= load<u64>(p) << (n as u64);
  p += (((63 - n) >> 3) & 7) as usize;
  n |= 56;
  let entry = litlenAt(b);
  while (true) {
    // Here are 56 bits or more. An entry uses 10 at most (what has more is in a sub-table): five fit.
    if (p > pEnd) return false;
    if (q >= outEnd) break;
    if (entry & LITERAL) {
      b >>= entry as u64;
      n -= entry;
      store<u16>(q, (entry >> 16) as u16);
      q += ((entry >> 6) & 3) as usize;
      entry = litlenAt(b);
      if (entry & LITERAL) {
        b >>= entry as u64;
        n -= entry;
        store<u16>(q, (entry >> 16) as u16);
        q += ((entry >> 6) & 3) as usize;
        entry = litlenAt(b);
        if (entry & LITERAL) {
          b >>= entry as u64;
          n -= entry;
          store<u16>(q, (entry >> 16) as u16);
          q += ((entry >> 6) & 3) as usize;
          entry = litlenAt(b);
          if (entry & LITERAL) {
            b >>= entry as u64;
            n -= entry;
            store<u16>(q, (entry >> 16) as u16);
            q += ((entry >> 6) & 3) as usize;
            entry = litlenAt(b);
            b |= load<u64>(p) << (n as u64);
            p += (((63 - n) >> 3) & 7) as usize;
            n |= 56;
            continue;
          }
        }
      }
      b |= load<u64>(p) << (n as u64);
      p += (((63 - n) >> 3) & 7) as usize;
      n |= 56;
    }
    if (entry & SUBTABLE) {
      b >>= LITLEN_BITS as u64;
      n -= LITLEN_BITS;
      const slot = (entry >> 16) + ((b as u32) & ((1 << ((entry >> 8) & 15)) - 1));
      entry = load<u32>((slot << 2) as usize, LITLEN_TABLE);
      if (entry & LITERAL) {
        b >>= entry as u64;
        n -= entry;
        store<u8>(q++, (entry >> 16) as u8);
        b |= load<u64>(p) << (n as u64);
        p += (((63 - n) >> 3) & 7) as usize;
        n |= 56;
        entry = litlenAt(b);
        continue;
      }
    }
    let before = b;
    b >>= entry as u64;
    n -= entry;
    if (entry & END) {
      if (entry >> 16 != 0) return false;
      isInBlock = false;
      break;
    }
    const length = (entry >> 16) + extra(before, b, entry);
    let dist = load<u32>((((b as u32) & ((1 << DIST_BITS) - 1)) << 2) as usize, DIST_TABLE);
    if (dist & DIST_SUBTABLE) {
      b >>= DIST_BITS as u64;
      n -= DIST_BITS;
      const slot = ((dist >> 16) & 0x7fff) + ((b as u32) & ((1 << ((dist >> 8) & 15)) - 1));
      dist = load<u32>((slot << 2) as usize, DIST_TABLE);
    }
    before = b;
    b >>= dist as u64;
    n -= dist;
    const distance = (dist >> 16) + extra(before, b, dist);
    const source = q - distance;
    if (source < to || distance == 0) return false;
    b |= load<u64>(p) << (n as u64);
    p += (((63 - n) >> 3) & 7) as usize;
    n |= 56;
    entry = litlenAt(b);
    copy(q, source, q + length, distance);
    q += length;
  }
  at = p;
  bits = b;
  count = n & 63;
  out = q;
  return true;
}
