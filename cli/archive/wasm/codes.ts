// AssemblyScript. The decoding tables of a DEFLATE block, built from the lengths of its codes.

// Working tables at the start of memory; buffers begin behind `BUFFERS`.
export const LITLEN_BITS: u32 = 10;
export const DIST_BITS: u32 = 8;
export const LITLEN_TABLE: usize = 1024; // room for 1024 and sub-tables, 4 bytes each
export const DIST_TABLE: usize = LITLEN_TABLE + 4 * 4096;
export const LENS: usize = DIST_TABLE + 4 * 2048; // code lengths of a block, a byte each
const COUNTS: usize = LENS + 512; // of each length, four bytes each
const OFFSETS: usize = COUNTS + 64;
const SORTED: usize = OFFSETS + 64; // symbols by length, two bytes each
export const PRECODE_TABLE: usize = SORTED + 1024; // 128 entries

// An entry: bits 0–5 all the bits it uses, 6–7 how many literals, 8–11 the bits of the code alone (or the width of a sub-table),
// 13–15 the kind, 16 and up the value. Extra bits are cut out of what was there before the bits were used up, so that nothing has to
// wait for them. A shift looks at the low bits of its count alone (six of 64, five of 32), so that an entry is a count as it is.
export const LITERAL: u32 = 0x8000;
export const SUBTABLE: u32 = 0x4000;
export const END: u32 = 0x2000; // of the block; with a value, of the trust in it
const NO_LENGTH: u32 = END | 0x10000;
export const DIST_SUBTABLE: u32 = 0x80000000; // distances reach up to bit 30

const LENGTH_BASE = memory.data<u16>([3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258]);
const LENGTH_EXTRA = memory.data<u8>([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]);
const DIST_BASE = memory.data<u16>([1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577]);
const DIST_EXTRA = memory.data<u8>([0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13]);

// What the entry of a symbol is but for the bits of its code, four bytes each.
const PRECODES: usize = 98304;
const LITLENS: usize = PRECODES + 4 * 19;
const DISTS: usize = LITLENS + 4 * 288;
for (let i: u32 = 0; i < 19; i++) store<u32>(PRECODES + (i << 2), i << 16);
for (let i: u32 = 0; i < 256; i++) store<u32>(LITLENS + (i << 2), LITERAL | (1 << 6) | (i << 16));
store<u32>(LITLENS + 4 * 256, END);
for (let i: u32 = 0; i < 29; i++) {
  store<u32>(LITLENS + 4 * 257 + (i << 2), ((load<u16>(LENGTH_BASE + (i << 1)) as u32) << 16) | (load<u8>(LENGTH_EXTRA + i) as u32));
}
store<u32>(LITLENS + 4 * 286, NO_LENGTH);
store<u32>(LITLENS + 4 * 287, NO_LENGTH);
for (let i: u32 = 0; i < 30; i++) {
  store<u32>(DISTS + (i << 2), ((load<u16>(DIST_BASE + (i << 1)) as u32) << 16) | (load<u8>(DIST_EXTRA + i) as u32));
}
// Symbols 30 and 31 stay 0: a distance of 0 is refused.

/** Builds a decoding table of `2 ** tableBits` entries and its sub-tables. False for a code that is not complete: zlib decides on those. */
function build(lens: usize, symbols: u32, entries: usize, table: usize, tableBits: u32, room: u32): bool {
  memory.fill(COUNTS, 0, 64);
  for (let i: u32 = 0; i < symbols; i++) {
    const slot = COUNTS + ((load<u8>(lens + i) as usize) << 2);
    store<u32>(slot, load<u32>(slot) + 1);
  }
  let left: i32 = 1;
  let offset: u32 = 0;
  for (let length: u32 = 1; length <= 15; length++) {
    const n = load<u32>(COUNTS + (length << 2));
    left = (left << 1) - (n as i32);
    if (left < 0) return false;
    store<u32>(OFFSETS + (length << 2), offset);
    offset += n;
  }
  if (left != 0) return false;
  for (let i: u32 = 0; i < symbols; i++) {
    const length = load<u8>(lens + i) as usize;
    if (length == 0) continue;
    const slot = OFFSETS + (length << 2);
    const position = load<u32>(slot);
    store<u16>(SORTED + (position << 1), i as u16);
    store<u32>(slot, position + 1);
  }
  return fillTable(offset, lens, entries, table, tableBits, room);
}

/** `SORTED` holds `end` symbols in order of their codes. */
function fillTable(end: u32, lens: usize, entries: usize, table: usize, tableBits: u32, room: u32): bool {
  const mask: u32 = (1 << tableBits) - 1;
  let width: u32 = 0; // so many bits wide the table is already
  let next: u32 = 1 << tableBits; // where the next sub-table goes
  let code: u32 = 0; // bit-reversed
  let prefix: u32 = 0xffffffff;
  let sub: u32 = 0;
  let subBits: u32 = 0;
  for (let i: u32 = 0; i < end; i++) {
    const symbol = load<u16>(SORTED + (i << 1)) as u32;
    const length = load<u8>(lens + symbol) as u32;
    const entry = load<u32>(entries + (symbol << 2));
    while (width < tableBits && width < length) double(table, width++);
    if (length <= tableBits) store<u32>(table + (code << 2), entry + length * 0x101);
    else {
      if ((code & mask) != prefix) {
        prefix = code & mask;
        subBits = subTableBits(i, end, lens, length, tableBits) - tableBits;
        sub = next;
        next += 1 << subBits;
        if (next > room) return false;
        store<u32>(table + (prefix << 2), (entries == DISTS ? DIST_SUBTABLE : SUBTABLE) | (sub << 16) | (subBits << 8) | tableBits);
      }
      const rest = length - tableBits;
      for (let slot = code >> tableBits; slot < ((1 as u32) << subBits); slot += 1 << rest) store<u32>(table + ((sub + slot) << 2), entry + rest * 0x101);
    }
    // The next code in canonical order, kept bit-reversed: the highest 0 becomes 1, and what is above it 0.
    const zeros = code ^ (((1 as u32) << length) - 1);
    if (zeros == 0) break;
    const bit: u32 = 0x80000000 >> clz(zeros);
    code = (code & (bit - 1)) | bit;
  }
  while (width < tableBits) double(table, width++);
  return true;
}

/** Writes what a table of `2 ** width` entries holds a second time behind it: codes so far do not look at the next bit. */
function double(table: usize, width: u32): void {
  const size = (4 as usize) << width;
  if (width < 2) for (let i: usize = 0; i < size; i += 4) store<u32>(table + size + i, load<u32>(table + i));
  else for (let i: usize = 0; i < size; i += 16) v128.store(table + size + i, v128.load(table + i));
}

/** The longest code that shares a prefix with the code at `i`: they come in order of length, so count until they fill it. */
function subTableBits(i: u32, end: u32, lens: usize, length: u32, tableBits: u32): u32 {
  let space: i32 = 1 << (length - tableBits);
  let widest = length;
  while (true) {
    while (i < end && space > 0 && (load<u8>(lens + (load<u16>(SORTED + (i << 1)) as u32)) as u32) == widest) {
      space--;
      i++;
    }
    if (space <= 0 || widest == 15) return widest;
    widest++;
    space <<= 1;
  }
}

/**
 * Makes one entry of two literals wherever the bits of one hold both: half of what CloudTrail packs to are ids and tokens, which
 * are runs of literals. From the top down, so that what an entry leads to, which is below, is still single.
 */
function pairLiterals(): void {
  for (let slot: i32 = (1 << LITLEN_BITS) - 1; slot >= 0; slot--) {
    const at = LITLEN_TABLE + ((slot as usize) << 2);
    const one = load<u32>(at);
    const other = load<u32>(LITLEN_TABLE + (((slot as u32) >> one) << 2));
    // By arithmetic alone: which symbols follow each other cannot be guessed. All ones where it is two literals that fit.
    const both = 0 - (((one & other) >> 15) & (((one & 63) + (other & 63) - LITLEN_BITS - 1) >> 31));
    store<u32>(at, one + (both & ((other & 0xff) + ((other & 0xff0000) << 8))));
  }
}

/** The tables of a block of fixed codes. False never, unless there is a bug. */
export function fixedTables(): bool {
  for (let i: u32 = 0; i < 288; i++) store<u8>(LENS + i, i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8);
  if (!build(LENS, 288, LITLENS, LITLEN_TABLE, LITLEN_BITS, 4096)) return false;
  pairLiterals();
  for (let i: u32 = 0; i < 32; i++) store<u8>(LENS + i, 5);
  return build(LENS, 32, DISTS, DIST_TABLE, DIST_BITS, 2048);
}

/** The table of the codes that a block's code lengths are written in, from the lengths at `LENS`. */
export function precodeTable(): bool {
  return build(LENS, 19, PRECODES, PRECODE_TABLE, 7, 128);
}

/** The tables of a block of its own codes, from so many lengths at `LENS`. */
export function ownTables(litlens: u32, dists: u32): bool {
  if (!build(LENS, litlens, LITLENS, LITLEN_TABLE, LITLEN_BITS, 4096)) return false;
  pairLiterals();
  return build(LENS + litlens, dists, DISTS, DIST_TABLE, DIST_BITS, 2048);
}
