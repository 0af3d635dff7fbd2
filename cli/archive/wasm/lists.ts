// AssemblyScript. What the host says of a policy: names of events, pieces of role names, accounts; and how they are looked for.

import { isDigit } from './json';

// What the host puts at the start of memory, each entry a length byte and its bytes.
// Event names, by length, with a byte for their class behind the length byte:
export const NAMES: usize = 32768;
export const PARSE: u32 = 0; // may be a use
const ROLE: u32 = 1; // a use only if a needle is in the record
export const TAMPERING: u32 = 2; // a use only if an account is in the record
export const NEVER: u32 = 3; // of a door that the policy does not have
// Lower-case pieces of role names, and account ids:
export const NEEDLES: usize = 40960;
export const ACCOUNTS: usize = 45056;
// Where the names of each length begin, and how many there are: two words for each of 129 lengths.
const BUCKETS: usize = 61440;

let needles: u32 = 0;
let accounts: u32 = 0;

/** Tells how long the lists are. */
export function setCounts(nameCount: u32, needleCount: u32, accountCount: u32): void {
  needles = needleCount;
  accounts = accountCount;
  let p = NAMES;
  memory.fill(BUCKETS, 0, 129 * 8);
  for (let i: u32 = 0; i < nameCount; i++) {
    const length = load<u8>(p) as usize;
    const bucket = BUCKETS + (length << 3);
    if (load<u32>(bucket + 4) == 0) store<u32>(bucket, p as u32);
    store<u32>(bucket + 4, load<u32>(bucket + 4) + 1);
    p += length + 2;
  }
}

/** The class of an event name, or -1 when it is not in the list. */
export function classOf(text: usize, length: u32): i32 {
  const bucket = BUCKETS + ((length as usize) << 3);
  let p = load<u32>(bucket) as usize;
  for (let left = load<u32>(bucket + 4); left > 0; left--) {
    if (memory.compare(p + 2, text, length) == 0) return load<u8>(p + 1) as i32;
    p += length + 2;
  }
  return -1;
}

/** The length of an event name without the version of an API that it ends in (`20150331v2`). */
export function unversioned(text: usize, length: u32): u32 {
  let end = text + length;
  if (length > 10 && isDigit(load<u8>(end - 1)) && load<u8>(end - 2) == 0x76) end -= 2;
  if (end - text < 9 || load<u8>(end - 8) != 0x32 || load<u8>(end - 7) != 0x30) return length;
  for (let i: usize = 1; i <= 6; i++) if (!isDigit(load<u8>(end - i))) return length;
  return (end - 8 - text) as u32;
}

/** Whether a piece of a watched role's name is in `[from, to)`. */
export function hasNeedle(from: usize, to: usize): bool {
  return hasAny(NEEDLES, needles, from, to);
}

/** Whether an account of the policy is. */
export function hasAccount(from: usize, to: usize): bool {
  return hasAny(ACCOUNTS, accounts, from, to);
}

/** Whether any text of a list is in `[from, to)`, whatever the case. */
function hasAny(list: usize, count: u32, from: usize, to: usize): bool {
  let p = list;
  for (let i: u32 = 0; i < count; i++) {
    const length = load<u8>(p) as u32;
    if (contains(from, to, p + 1, length)) return true;
    p += length + 1;
  }
  return false;
}

// Of letters this is the difference between the cases. Read from memory: V8 makes a constant of sixteen bytes anew wherever it is used.
const SPACES = memory.data<u64>([0x2020202020202020, 0x2020202020202020]);

function contains(from: usize, to: usize, needle: usize, length: u32): bool {
  const spaces = v128.load(SPACES);
  const first = v128.or(i8x16.splat(load<u8>(needle)), spaces);
  const last = v128.or(i8x16.splat(load<u8>(needle + length - 1)), spaces);
  const end = to - length;
  for (let p = from; p <= end; p += 16) {
    // Setting that bit folds letters; it also takes some signs for others, which the comparison below sorts out.
    const one = v128.or(v128.load(p), spaces);
    const other = v128.or(v128.load(p + length - 1), spaces);
    let mask = i8x16.bitmask(v128.and(i8x16.eq(one, first), i8x16.eq(other, last)));
    while (mask != 0) {
      const at = p + ctz(mask);
      if (at <= end && sameFolded(at, needle, length)) return true;
      mask &= mask - 1;
    }
  }
  return false;
}

function sameFolded(at: usize, needle: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) {
    let c = load<u8>(at + i);
    if (c >= 0x41 && c <= 0x5a) c |= 0x20;
    if (c != load<u8>(needle + i)) return false;
  }
  return true;
}

/** Letters beyond ASCII may fold to ASCII ones. */
export function isAscii(from: usize, to: usize): bool {
  let p = from;
  let all = i8x16.splat(0);
  for (; p + 16 <= to; p += 16) all = v128.or(all, v128.load(p));
  if (i8x16.bitmask(all) != 0) return false;
  for (; p < to; p++) if (load<u8>(p) > 0x7f) return false;
  return true;
}
