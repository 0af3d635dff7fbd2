// AssemblyScript. The greater part of CRC-32 (RFC 1952), by exclusive or alone: WebAssembly has no carry-less multiplication, and
// Node's zlib, which has to do the rest, takes ten times as long a byte.
//
// A CRC is the remainder of dividing a polynomial, whose coefficients are the bits of the text, by another. 1 + x^89 + x^117 +
// x^155 + x^300 is a multiple of that other, and so it is with x^128 in place of x, since squaring modulo 2 is squaring each
// term. Its remainder being 0, it may be added wherever one likes, times whatever one likes: sixteen bytes are taken away where
// they are when they are added 145, 183, 211 and 300 times sixteen bytes further on. Of any text 4,800 bytes and less than
// sixteen are left in the end, which have the same CRC.

const STEP: usize = 16;
const BACK: usize = 300 * STEP;
const SECOND: usize = BACK - 211 * STEP;
const THIRD: usize = BACK - 183 * STEP;
const FOURTH: usize = BACK - 145 * STEP;
/** Steps at a time: what they leave behind fits a processor's first cache. */
const TURN: u32 = 1024;

/** What comes to the sixteen bytes for which `q` is 300 steps back. */
// @ts-ignore: decorator
@inline
function added(q: usize): v128 {
  return v128.xor(v128.xor(v128.load(q), v128.load(q, SECOND)), v128.xor(v128.load(q, THIRD), v128.load(q, FOURTH)));
}

/**
 * Folds `[from, from + length)`, 4,800 bytes or more, to what it writes to `rest`, and returns how many bytes that is. Begun at 0, their
 * CRC is that of the text begun at `sum`. `room` is 4,800 bytes and 16,384 more.
 */
export function fold(from: usize, length: u32, sum: u32, room: usize, rest: usize): usize {
  memory.fill(room, 0, BACK);
  // As if it had been taken away 300 steps before the beginning.
  store<u32>(room, sum);
  let p = from;
  for (let left = (length >> 4) - 300; left > 0; ) {
    const turn = left < TURN ? left : TURN;
    let q = room;
    for (let i: u32 = 0; i < turn; i++) {
      v128.store(q, v128.xor(v128.load(p), added(q)), BACK);
      p += STEP;
      q += STEP;
    }
    left -= turn;
    memory.copy(room, q, BACK);
  }
  for (let at: usize = 0; at < BACK; at += STEP) {
    v128.store(rest + at, v128.xor(v128.load(p + at), added(room + at)));
    // What is left where it is comes to nothing further on.
    v128.store(room + at, i32x4.splat(0), BACK);
  }
  memory.copy(rest + BACK, p + BACK, length & 15);
  return BACK + (length & 15);
}
