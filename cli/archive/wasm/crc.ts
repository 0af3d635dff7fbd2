// AssemblyScript. CRC-32 (RFC 1952), by exclusive or for the greater part: WebAssembly has no carry-less multiplication, and Node's
// zlib takes three times as long a byte.
//
// A CRC is the remainder of dividing a polynomial, whose coefficients are the bits of the text, by another. 1 + x^89 + x^117 +
// x^155 + x^300 is a multiple of that other, and so it is with x^8, x^32 or x^128 in place of x, since squaring modulo 2 is
// squaring each term. Its remainder being 0, it may be added wherever one likes, times whatever one likes: a unit of one, four or
// sixteen bytes is taken away where it is when it is added 145, 183, 211 and 300 units further on. Of any text 300 units and
// less than sixteen bytes are left in the end, which have the same CRC.

const STEP: usize = 16;
const BACK: usize = 300 * STEP;
/** Steps at a time: what they leave behind fits a processor's first cache. */
const TURN: u32 = 1024;

const TABLE: usize = 102400; // remainders of the bytes, four bytes each
for (let i: u32 = 0; i < 256; i++) {
  let remainder = i;
  for (let bit: u32 = 0; bit < 8; bit++) remainder = (remainder >> 1) ^ (0xedb88320 & (0 - (remainder & 1)));
  store<u32>(TABLE + (i << 2), remainder);
}

/** What comes to the sixteen bytes for which `q` is 300 units back. */
// @ts-ignore: decorator
@inline
function added(q: usize, unit: usize): v128 {
  return v128.xor(
    v128.xor(v128.load(q), v128.load(q + 89 * unit)),
    v128.xor(v128.load(q + 117 * unit), v128.load(q + 155 * unit)),
  );
}

/**
 * The CRC of a text that goes on with `[from, from + length)`; `sum` is that of what came before, 0 before anything. `room` is for
 * 4,800 bytes and 16,384 more, `rest` for 4,832.
 */
export function crc(from: usize, length: u32, sum: u32, room: usize, rest: usize): u32 {
  let left = length;
  let p = from;
  let remainder = ~sum;
  if (left > 300) {
    left = fold(from, length, remainder, room, rest);
    p = shorten(rest, left, 4, room);
    left -= (p - rest) as u32;
    const q = shorten(p, left, 1, room);
    left -= (q - p) as u32;
    p = q;
    remainder = 0;
  }
  for (const stop = p + left; p < stop; p++) {
    remainder = load<u32>(TABLE + ((((remainder ^ (load<u8>(p) as u32)) & 0xff) as usize) << 2)) ^ (remainder >> 8);
  }
  return ~remainder;
}

/** Writes what is left of a text in units of sixteen bytes to `rest`, with what came before it put into it, and returns its length. */
function fold(from: usize, length: u32, remainder: u32, room: usize, rest: usize): u32 {
  if (length < (BACK as u32) + 16) {
    memory.copy(rest, from, length);
    store<u32>(rest, load<u32>(rest) ^ remainder);
    return length;
  }
  memory.fill(room, 0, BACK);
  // As if it had been taken away 300 steps before the beginning.
  store<u32>(room, remainder);
  let p = from;
  for (let left = (length >> 4) - 300; left > 0; ) {
    const turn = left < TURN ? left : TURN;
    let q = room;
    for (let i: u32 = 0; i < turn; i++) {
      v128.store(q, v128.xor(v128.load(p), added(q, STEP)), BACK);
      p += STEP;
      q += STEP;
    }
    left -= turn;
    memory.copy(room, q, BACK);
  }
  end(p, room, STEP, rest);
  memory.copy(rest + BACK, p + BACK, length & 15);
  return (BACK as u32) + (length & 15);
}

/** Takes away what 300 units and less than sixteen bytes of a short text do not need. Returns where they are: at its end. */
function shorten(from: usize, length: u32, unit: usize, room: usize): usize {
  const back: usize = 300 * unit;
  if (length < (back as u32) + 16) return from;
  memory.fill(room, 0, back);
  const to = from + (((length - (back as u32)) & ~15) as usize);
  let q = room;
  for (let p = from; p < to; p += STEP) {
    v128.store(q + back, v128.xor(v128.load(p), added(q, unit)));
    q += STEP;
  }
  end(to, q, unit, to);
  return to;
}

/** Adds to the last 300 units at `p` what was taken away before them, by what `q` is 300 units back of, and writes them to `to`. */
function end(p: usize, q: usize, unit: usize, to: usize): void {
  const back: usize = 300 * unit;
  for (let at: usize = 0; at < back; at += STEP) {
    v128.store(to + at, v128.xor(v128.load(p + at), added(q + at, unit)));
    // What is left where it is comes to nothing further on.
    v128.store(q + at + back, i32x4.splat(0));
  }
}
