// AssemblyScript. The smallest pieces of JSON (RFC 8259), checked as `JSON.parse` checks them.

/** The position behind the escape at `p`, or 0 when it is none. */
export function escapeEnd(p: usize): usize {
  const c = load<u8>(p + 1);
  if (c == 0x75) {
    for (let i: usize = 2; i < 6; i++) if (!isHex(load<u8>(p + i))) return 0;
    return p + 6;
  }
  return c == 0x22 || c == 0x5c || c == 0x2f || c == 0x62 || c == 0x66 || c == 0x6e || c == 0x72 || c == 0x74 ? p + 2 : 0;
}

function isHex(c: u8): bool {
  const letter = c | 0x20;
  return (c >= 0x30 && c <= 0x39) || (letter >= 0x61 && letter <= 0x66);
}

// @ts-ignore: decorator
@inline
export function isDigit(c: u8): bool {
  return c >= 0x30 && c <= 0x39;
}

/** The position behind the number, `true`, `false` or `null` at `p`, or 0. */
export function scalarEnd(p: usize): usize {
  const word = load<u32>(p);
  if (word == 0x65757274 || word == 0x6c6c756e) return p + 4;
  if (word == 0x736c6166 && load<u8>(p + 4) == 0x65) return p + 5;
  let q = p;
  if (load<u8>(q) == 0x2d) q++;
  if (load<u8>(q) == 0x30) q++;
  else {
    if (!isDigit(load<u8>(q))) return 0;
    while (isDigit(load<u8>(q))) q++;
  }
  if (load<u8>(q) == 0x2e) {
    q++;
    if (!isDigit(load<u8>(q))) return 0;
    while (isDigit(load<u8>(q))) q++;
  }
  if ((load<u8>(q) | 0x20) == 0x65) {
    q++;
    if (load<u8>(q) == 0x2b || load<u8>(q) == 0x2d) q++;
    if (!isDigit(load<u8>(q))) return 0;
    while (isDigit(load<u8>(q))) q++;
  }
  return q;
}
