// AssemblyScript. The one way that CloudTrail writes a time.

import { isDigit } from './json';

function two(p: usize): u32 {
  const high = load<u8>(p);
  const low = load<u8>(p + 1);
  return isDigit(high) && isDigit(low) ? ((high - 48) as u32) * 10 + ((low - 48) as u32) : 99;
}

/** `2026-11-24T14:05:00Z`, of a day that every such month has. */
export function isPlainTime(p: usize, length: u32): bool {
  if (length != 20 || load<u8>(p + 19) != 0x5a || load<u8>(p + 10) != 0x54) return false;
  if (load<u8>(p + 4) != 0x2d || load<u8>(p + 7) != 0x2d || load<u8>(p + 13) != 0x3a || load<u8>(p + 16) != 0x3a) return false;
  if (two(p) > 98 || two(p + 2) > 98) return false;
  const month = two(p + 5);
  const day = two(p + 8);
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  if (day > 28 && month == 2) return false;
  if (day == 31 && (month == 4 || month == 6 || month == 9 || month == 11)) return false;
  return two(p + 11) < 24 && two(p + 14) < 60 && two(p + 17) < 60;
}
