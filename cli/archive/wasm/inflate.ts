// AssemblyScript, compiled to WebAssembly by `npm run build:wasm`. RFC 1951 (DEFLATE).
// Any doubt is an answer of -1: the caller then asks zlib, which is slower and knows every corner.

// Working tables at the start of memory; buffers begin behind `BUFFERS`.
const LITLEN_BITS: u32 = 11;
const DIST_BITS: u32 = 9;
const LITLEN_TABLE: usize = 1024; // room for 2048 + sub-tables, 4 bytes each
const DIST_TABLE: usize = LITLEN_TABLE + 4 * 4096;
const LENS: usize = DIST_TABLE + 4 * 2048; // code lengths of a block, a byte each
const COUNTS: usize = LENS + 512;
const OFFSETS: usize = COUNTS + 64;
const SORTED: usize = OFFSETS + 64; // symbols by length, two bytes each
const PRECODE_TABLE: usize = SORTED + 1024; // 128 entries

// An entry: bits 0–7 all the bits it uses, 8–15 those of the code alone (or the width of a sub-table), 16–30 value; the top of each
// kind is a flag. Extra bits are cut out of what was there before the bits were used up, so that nothing has to wait for them.
const LITERAL: u32 = 0x80000000;
const SUBTABLE: u32 = 0x40000000;
const END: u32 = 0x20000000;
const DIST_SUBTABLE: u32 = 0x80000000; // distances reach up to bit 30

const LENGTH_BASE = memory.data<u16>([3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258]);
const LENGTH_EXTRA = memory.data<u8>([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]);
const DIST_BASE = memory.data<u16>([1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577]);
const DIST_EXTRA = memory.data<u8>([0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13]);
const PRECODE_ORDER = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);

const KIND_PRECODE: u32 = 0;
const KIND_LITLEN: u32 = 1;
const KIND_DIST: u32 = 2;

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

// @ts-ignore: decorator
@inline
function entryOf(kind: u32, symbol: u32, length: u32): u32 {
  if (kind == KIND_PRECODE) return (symbol << 16) | length;
  if (kind == KIND_LITLEN) {
    if (symbol < 256) return LITERAL | (symbol << 16) | length;
    if (symbol == 256) return END | length;
    if (symbol > 285) return 0;
    const index = symbol - 257;
    return ((load<u16>(LENGTH_BASE + (index << 1)) as u32) << 16) | (length << 8) | (length + (load<u8>(LENGTH_EXTRA + index) as u32));
  }
  if (symbol > 29) return 0;
  return ((load<u16>(DIST_BASE + (symbol << 1)) as u32) << 16) | (length << 8) | (length + (load<u8>(DIST_EXTRA + symbol) as u32));
}

/** Builds a decoding table. False for a code that is not complete: zlib decides on those. */
function build(lens: usize, symbols: u32, table: usize, tableBits: u32, room: u32, kind: u32): bool {
  memory.fill(COUNTS, 0, 64);
  for (let i: u32 = 0; i < symbols; i++) {
    const slot = COUNTS + ((load<u8>(lens + i) as usize) << 1);
    store<u16>(slot, load<u16>(slot) + 1);
  }
  store<u16>(COUNTS, 0);
  let left: i32 = 1;
  let offset: u32 = 0;
  for (let length: u32 = 1; length <= 15; length++) {
    const n = load<u16>(COUNTS + (length << 1)) as i32;
    left = (left << 1) - n;
    if (left < 0) return false;
    store<u16>(OFFSETS + (length << 1), offset as u16);
    offset += n;
  }
  if (left != 0) return false;
  for (let i: u32 = 0; i < symbols; i++) {
    const length = load<u8>(lens + i) as u32;
    if (length == 0) continue;
    const slot = OFFSETS + (length << 1);
    const position = load<u16>(slot) as u32;
    store<u16>(SORTED + (position << 1), i as u16);
    store<u16>(slot, (position + 1) as u16);
  }
  return fillTable(offset, table, tableBits, room, kind, lens);
}

function fillTable(used: u32, table: usize, tableBits: u32, room: u32, kind: u32, lens: usize): bool {
  const mask: u32 = (1 << tableBits) - 1;
  let next: u32 = 1 << tableBits; // where the next sub-table goes
  let code: u32 = 0; // bit-reversed
  let prefix: u32 = 0xffffffff;
  let sub: u32 = 0;
  let subBits: u32 = 0;
  for (let i: u32 = 0; i < used; i++) {
    const symbol = load<u16>(SORTED + (i << 1)) as u32;
    const length = load<u8>(lens + symbol) as u32;
    if (length <= tableBits) {
      const entry = entryOf(kind, symbol, length);
      for (let slot = code; slot <= mask; slot += 1 << length) store<u32>(table + (slot << 2), entry);
    } else {
      if ((code & mask) != prefix) {
        prefix = code & mask;
        subBits = length - tableBits;
        // As wide as the codes with this prefix need: they come in order of length, so count until they fill it.
        let space: i32 = 1 << subBits;
        let j = i;
        let widest: u32 = length;
        while (true) {
          let sameLength: i32 = 0;
          while (j < used && (load<u8>(lens + (load<u16>(SORTED + (j << 1)) as u32)) as u32) == widest && sameLength < space) {
            sameLength++;
            j++;
          }
          space -= sameLength;
          if (space <= 0 || widest == 15) break;
          widest++;
          space <<= 1;
        }
        subBits = widest - tableBits;
        sub = next;
        next += 1 << subBits;
        if (next > room) return false;
        store<u32>(table + (prefix << 2), (kind == KIND_DIST ? DIST_SUBTABLE : SUBTABLE) | (sub << 16) | (subBits << 8) | tableBits);
      }
      const entry = entryOf(kind, symbol, length - tableBits);
      for (let slot = code >> tableBits; slot < ((1 as u32) << subBits); slot += 1 << (length - tableBits)) {
        store<u32>(table + ((sub + slot) << 2), entry);
      }
    }
    // The next code in canonical order, kept bit-reversed: carry from the top of this length downwards.
    let bit: u32 = 1 << (length - 1);
    while ((code & bit) != 0) {
      code ^= bit;
      bit >>= 1;
    }
    code |= bit;
  }
  return true;
}

function fixedTables(): bool {
  for (let i: u32 = 0; i < 288; i++) store<u8>(LENS + i, i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8);
  if (!build(LENS, 288, LITLEN_TABLE, LITLEN_BITS, 4096, KIND_LITLEN)) return false;
  for (let i: u32 = 0; i < 32; i++) store<u8>(LENS + i, 5);
  return build(LENS, 32, DIST_TABLE, DIST_BITS, 2048, KIND_DIST);
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
  if (!build(LENS, 19, PRECODE_TABLE, 7, 128, KIND_PRECODE)) return false;
  const total = litlens + dists;
  let i: u32 = 0;
  let before: u32 = 0;
  while (i < total) {
    refill();
    if (at > inEnd + 8) return false;
    const entry = load<u32>(PRECODE_TABLE + (((bits as u32) & 127) << 2));
    take(entry & 255);
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
  if (!build(LENS, litlens, LITLEN_TABLE, LITLEN_BITS, 4096, KIND_LITLEN)) return false;
  return build(LENS + litlens, dists, DIST_TABLE, DIST_BITS, 2048, KIND_DIST);
}

// The inflating under way: where the output begins, has got to and must end, and whether the last block was met.
let outStart: usize = 0;
let out: usize = 0;
let outEnd: usize = 0;
let last: u32 = 0;

/** Begins to inflate `length` bytes at `from` into `to`, exactly `size` bytes. The memory behind both must hold 16 and 320 bytes more. */
export function begin(from: usize, length: u32, to: usize, size: u32): void {
  at = from;
  inEnd = from + length;
  bits = 0;
  count = 0;
  outStart = to;
  out = to;
  outEnd = to + size;
  last = 0;
}

/**
 * Inflates whole blocks until `most` bytes or more were written, or all. Returns how many bytes there are in all so far, which is
 * `size` only once the data ended where it should; -1 on any doubt.
 */
export function inflate(most: u32): i32 {
  const enough = out + most;
  while (last == 0 && (out < enough || out == outEnd)) if (!inflateOne()) return -1;
  if (last == 0) return (out - outStart) as i32;
  const used = at - ((count >> 3) as usize);
  return used == inEnd && out == outEnd ? ((out - outStart) as i32) : -1;
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
  out = inflateBlock(out, outStart, outEnd);
  return out != 0;
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
  if (at + stored > inEnd || out + stored > outEnd) return false;
  memory.copy(out, at, stored);
  at += stored;
  out += stored;
  return true;
}

/** The extra bits of a length or distance: those it used that are not its code's. */
// @ts-ignore: decorator
@inline
function extra(before: u64, entry: u32): u32 {
  return ((before as u32) & ((1 << (entry & 31)) - 1)) >> ((entry >> 8) & 31);
}

/** One block of codes. Returns where the output has got to, or 0. */
function inflateBlock(start: usize, to: usize, outEnd: usize): usize {
  let out = start;
  let p = at;
  let b = bits;
  let n = count;
  const pEnd = inEnd + 8;
  while (true) {
    if (p > pEnd || out > outEnd) return 0;
    b |= load<u64>(p) << (n as u64);
    p += ((63 - n) >> 3) as usize;
    n |= 56;
    let entry = load<u32>(LITLEN_TABLE + (((b as u32) & 2047) << 2));
    if (entry & LITERAL) {
      b >>= (entry & 255) as u64;
      n -= entry & 255;
      store<u8>(out++, (entry >> 16) as u8);
      entry = load<u32>(LITLEN_TABLE + (((b as u32) & 2047) << 2));
      if (entry & LITERAL) {
        b >>= (entry & 255) as u64;
        n -= entry & 255;
        store<u8>(out++, (entry >> 16) as u8);
        entry = load<u32>(LITLEN_TABLE + (((b as u32) & 2047) << 2));
        if (entry & LITERAL) {
          b >>= (entry & 255) as u64;
          n -= entry & 255;
          store<u8>(out++, (entry >> 16) as u8);
          continue;
        }
      }
      b |= load<u64>(p) << (n as u64);
      p += ((63 - n) >> 3) as usize;
      n |= 56;
    }
    if (entry & SUBTABLE) {
      b >>= LITLEN_BITS as u64;
      n -= LITLEN_BITS;
      const slot = ((entry >> 16) & 0xfff) + ((b as u32) & ((1 << ((entry >> 8) & 31)) - 1));
      entry = load<u32>(LITLEN_TABLE + (slot << 2));
      if (entry & LITERAL) {
        b >>= (entry & 255) as u64;
        n -= entry & 255;
        store<u8>(out++, (entry >> 16) as u8);
        continue;
      }
    }
    if (entry == 0) return 0;
    let before = b;
    b >>= (entry & 255) as u64;
    n -= entry & 255;
    if (entry & END) break;
    const length = (entry >> 16) + extra(before, entry);
    let dist = load<u32>(DIST_TABLE + (((b as u32) & 511) << 2));
    if (dist & DIST_SUBTABLE) {
      b >>= DIST_BITS as u64;
      n -= DIST_BITS;
      const slot = ((dist >> 16) & 0xfff) + ((b as u32) & ((1 << ((dist >> 8) & 31)) - 1));
      dist = load<u32>(DIST_TABLE + (slot << 2));
    }
    if (dist == 0) return 0;
    before = b;
    b >>= (dist & 255) as u64;
    n -= dist & 255;
    const distance = ((dist >> 16) & 0x7fff) + extra(before, dist);
    const source = out - distance;
    if (source < to) return 0;
    const stop = out + length;
    if (stop > outEnd) return 0;
    copy(out, source, stop, distance);
    out = stop;
  }
  at = p;
  bits = b;
  count = n;
  return out;
}

/** Copies a match; may write up to 63 bytes past its end, which what follows overwrites. */
// @ts-ignore: decorator
@inline
function copy(out: usize, source: usize, stop: usize, distance: u32): void {
  let to = out;
  let from = source;
  if (distance >= 16) {
    // Two at once whatever the length: guessing costs more.
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    if (stop - to > 32) {
      do {
        to += 32;
        from += 32;
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
      } while (to + 32 < stop);
    }
  } else if (distance >= 8) {
    do {
      store<u64>(to, load<u64>(from));
      to += 8;
      from += 8;
    } while (to < stop);
  } else {
    while (to < stop) store<u8>(to++, load<u8>(from++));
  }
}
