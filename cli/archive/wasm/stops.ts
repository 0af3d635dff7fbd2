// AssemblyScript. Where the quotes of a text are.

// Stops: the positions of all quotes and backslashes, four bytes each. Strings are then walked from stop to stop, which a processor
// does far ahead, instead of from load to load, which it has to wait for.

// @ts-ignore: decorator
@inline
function quotesIn(v: v128): u64 {
  return i8x16.bitmask(v128.or(i8x16.eq(v, i8x16.splat(0x22)), i8x16.eq(v, i8x16.splat(0x5c)))) as u32 as u64;
}

/** Those of the last bytes, of which control characters, and the zeros behind the text, are stops too. */
function lastStopsIn(p: usize): u64 {
  let word: u64 = 0;
  for (let i: usize = 0; i < 64; i++) {
    const c = load<u8>(p + i);
    if (c == 0x22 || c == 0x5c || c < 0x20) word |= (1 as u64) << (i as u64);
  }
  return word;
}

// @ts-ignore: decorator
@inline
function put(to: usize, p: usize, left: u64): u64 {
  store<u32>(to, (p + (ctz(left) as usize)) as u32);
  return left & (left - 1);
}

/** Writes the positions that are set in `word` to `out`, and returns where the next goes. May write 32 bytes too many. */
// @ts-ignore: decorator
@inline
function write(word: u64, p: usize, out: usize): usize {
  const next = out + ((popcnt(word) as usize) << 2);
  let left = word;
  let to = out;
  // Eight at a time whatever there are: guessing how many there are costs more than writing some too many.
  do {
    left = put(to, p, left);
    left = put(to + 4, p, left);
    left = put(to + 8, p, left);
    left = put(to + 12, p, left);
    left = put(to + 16, p, left);
    left = put(to + 20, p, left);
    left = put(to + 24, p, left);
    left = put(to + 28, p, left);
    to += 32;
  } while (left != 0);
  return next;
}

/**
 * Writes the stops of `[from, end)`, and of the zeros behind it, to `to`. False when they do not fit below `room`, or when there is a
 * control character before the last bytes, where blanks may be: a document that holds any is for the parser.
 */
export function markStops(from: usize, end: usize, to: usize, room: usize): bool {
  let out = to;
  let p = from;
  let least = i8x16.splat(0x20);
  for (; p + 192 <= end; p += 64) {
    const a = v128.load(p);
    const b = v128.load(p, 16);
    const c = v128.load(p, 32);
    const d = v128.load(p, 48);
    least = i8x16.min_u(least, i8x16.min_u(i8x16.min_u(a, b), i8x16.min_u(c, d)));
    if (out + 256 > room) return false;
    out = write(quotesIn(a) | (quotesIn(b) << 16) | (quotesIn(c) << 32) | (quotesIn(d) << 48), p, out);
  }
  if (v128.any_true(v128.xor(least, i8x16.splat(0x20)))) return false;
  for (; p <= end; p += 64) {
    if (out + 256 > room) return false;
    out = write(lastStopsIn(p), p, out);
  }
  return true;
}
