// AssemblyScript. Where the quotes of a text are.

// Stops: the positions of all quotes and backslashes, four bytes each. Strings are then walked from stop to stop, which a processor
// does far ahead, instead of from load to load, which it has to wait for.

// Sixteen of each, read from memory: V8 makes a constant of sixteen bytes anew wherever it is used, of three instructions each time.
const QUOTES = memory.data<u64>([0x2222222222222222, 0x2222222222222222]);
const BACKSLASHES = memory.data<u64>([0x5c5c5c5c5c5c5c5c, 0x5c5c5c5c5c5c5c5c]);

// @ts-ignore: decorator
@inline
function quotesIn(v: v128, quotes: v128, backslashes: v128): u64 {
  return i8x16.bitmask(v128.or(i8x16.eq(v, quotes), i8x16.eq(v, backslashes))) as u32 as u64;
}

// @ts-ignore: decorator
@inline
function wordOf(a: v128, b: v128, c: v128, d: v128, quotes: v128, backslashes: v128): u64 {
  return (
    quotesIn(a, quotes, backslashes) |
    (quotesIn(b, quotes, backslashes) << 16) |
    (quotesIn(c, quotes, backslashes) << 32) |
    (quotesIn(d, quotes, backslashes) << 48)
  );
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
function next(p: usize, left: u64): u32 {
  return (p + (ctz(left) as usize)) as u32;
}

/** Writes the positions that are set in `word` to `out`, and returns where the next goes. May write 32 bytes too many. */
// @ts-ignore: decorator
@inline
function write(word: u64, p: usize, out: usize): usize {
  let left = word;
  let to = out;
  // Eight at a time whatever there are: guessing how many there are costs more than writing some too many.
  do {
    store<u32>(to, next(p, left));
    left &= left - 1;
    store<u32>(to, next(p, left), 4);
    left &= left - 1;
    store<u32>(to, next(p, left), 8);
    left &= left - 1;
    store<u32>(to, next(p, left), 12);
    left &= left - 1;
    store<u32>(to, next(p, left), 16);
    left &= left - 1;
    store<u32>(to, next(p, left), 20);
    left &= left - 1;
    store<u32>(to, next(p, left), 24);
    left &= left - 1;
    store<u32>(to, next(p, left), 28);
    left &= left - 1;
    to += 32;
  } while (left != 0);
  return out + ((popcnt(word) as usize) << 2);
}

/**
 * Writes the stops of `[from, end)`, and of the zeros behind it, to `to`. False when they do not fit below `room`, or when there is a
 * control character before the last bytes, where blanks may be: a document that holds any is for the parser.
 */
export function markStops(from: usize, end: usize, to: usize, room: usize): bool {
  let out = to;
  let p = from;
  const quotes = v128.load(QUOTES);
  const backslashes = v128.load(BACKSLASHES);
  let least = i8x16.splat(0x20);
  for (; p + 192 <= end; p += 64) {
    const a = v128.load(p);
    const b = v128.load(p, 16);
    const c = v128.load(p, 32);
    const d = v128.load(p, 48);
    least = i8x16.min_u(least, i8x16.min_u(i8x16.min_u(a, b), i8x16.min_u(c, d)));
    if (out + 256 > room) return false;
    out = write(wordOf(a, b, c, d, quotes, backslashes), p, out);
  }
  if (v128.any_true(v128.xor(least, i8x16.splat(0x20)))) return false;
  for (; p <= end; p += 64) {
    if (out + 256 > room) return false;
    out = write(lastStopsIn(p), p, out);
  }
  return true;
}
