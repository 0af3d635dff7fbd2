// AssemblyScript. Matches of DEFLATE, copied more than a byte at a time.

/** Copies a match; may write up to 63 bytes past its end, which what follows overwrites. */
// @ts-ignore: decorator
@inline
export function copy(out: usize, source: usize, stop: usize, distance: u32): void {
  let to = out;
  let from = source;
  if (distance >= 16) {
    // Four at once whatever the length: guessing costs more.
    copy64(to, from);
    if (stop - to > 64) {
      do {
        to += 64;
        from += 64;
        copy64(to, from);
      } while (to + 64 < stop);
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

// @ts-ignore: decorator
@inline
function copy64(to: usize, from: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
  v128.store(to, v128.load(from, 32), 32);
  v128.store(to, v128.load(from, 48), 48);
}
