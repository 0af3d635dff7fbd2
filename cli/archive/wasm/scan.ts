// AssemblyScript. Walks the records of a trail file, checking the whole of the JSON, and rules out the records of which it can
// prove that they are no use of a target. What it cannot prove it hands over to be parsed; a shape it does not know is -1.

// What the host puts at the start of memory, each entry a length byte and its bytes.
// Event names, by length, with a byte for their class behind the length byte:
export const NAMES: usize = 32768;
const PARSE: u32 = 0; // may be a use
const ROLE: u32 = 1; // a use only if a needle is in the record
const TAMPERING: u32 = 2; // a use only if an account is in the record
const NEVER: u32 = 3; // of a door that the policy does not have
// Lower-case pieces of role names, and account ids:
export const NEEDLES: usize = 40960;
export const ACCOUNTS: usize = 45056;
// Where the names of each length begin, and how many there are: two words for each of 129 lengths.
const BUCKETS: usize = 61440;

let needles: u32 = 0;
let accounts: u32 = 0;

// Of the record under way.
let doubtful: bool = false;
let seen: u32 = 0;
let nameAt: usize = 0;
let nameLength: u32 = 0;
let escaped: bool = false;

let otherEvents: u32 = 0;
let notWatched: u32 = 0;

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

export function otherEventsOf(): u32 {
  return otherEvents;
}

export function notWatchedOf(): u32 {
  return notWatched;
}

// Stops: the positions of all quotes and backslashes, four bytes each. Strings are then walked from stop to stop, which a processor
// does far ahead, instead of from load to load, which it has to wait for.
let stops: usize = 0; // the next one

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

/** Writes the positions that are set in `word` to `out`, and returns where the next goes. May write 32 bytes too many. */
// @ts-ignore: decorator
@inline
function write(word: u64, p: usize, out: usize): usize {
  const next = out + ((popcnt(word) as usize) << 2);
  let left = word;
  let to = out;
  // Eight at a time whatever there are: guessing how many there are costs more than writing some too many.
  do {
    store<u32>(to, (p + (ctz(left) as usize)) as u32);
    left &= left - 1;
    store<u32>(to, (p + (ctz(left) as usize)) as u32, 4);
    left &= left - 1;
    store<u32>(to, (p + (ctz(left) as usize)) as u32, 8);
    left &= left - 1;
    store<u32>(to, (p + (ctz(left) as usize)) as u32, 12);
    left &= left - 1;
    store<u32>(to, (p + (ctz(left) as usize)) as u32, 16);
    left &= left - 1;
    store<u32>(to, (p + (ctz(left) as usize)) as u32, 20);
    left &= left - 1;
    store<u32>(to, (p + (ctz(left) as usize)) as u32, 24);
    left &= left - 1;
    store<u32>(to, (p + (ctz(left) as usize)) as u32, 28);
    left &= left - 1;
    to += 32;
  } while (left != 0);
  return next;
}

/**
 * Writes the stops of the text, and of the zeros behind it, to `to`. False when they do not fit below `room`, or when there is a
 * control character before the last bytes, where blanks may be: a document that holds any is for the parser.
 */
function markStops(from: usize, length: u32, to: usize, room: usize): bool {
  const end = from + length;
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
  stops = to;
  return true;
}

/** The position behind the escape at `p`, or 0 when it is none. */
function escapeEnd(p: usize): usize {
  const c = load<u8>(p + 1);
  if (c == 0x75) {
    for (let i: usize = 2; i < 6; i++) if (!isHex(load<u8>(p + i))) return 0;
    escaped = true;
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
function isDigit(c: u8): bool {
  return c >= 0x30 && c <= 0x39;
}

/** The position behind the number, `true`, `false` or `null` at `p`, or 0. */
function scalarEnd(p: usize): usize {
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

/** The position behind the record that opens at `start`, or 0 when its JSON is not right, holds blanks or is nested deeply. */
function recordEnd(start: usize, limit: usize): usize {
  let p = start + 1;
  let inObject: bool = true;
  let stack: u64 = 1;
  let depth: u32 = 1;
  let stop = stops;
  while (true) {
    // Most members are `"key":"value",` without an escape: four stops in a row, three of which the bytes around the second vouch for.
    let isDone: bool = false;
    const close = load<u32>(stop, 4) as usize;
    if (inObject && (load<u32>(stop) as usize) == p && load<u8>(p) == 0x22 && (load<u32>(close) & 0xffffff) == 0x223a22) {
      const end = load<u32>(stop, 12) as usize;
      const behind = load<u16>(end) as u32;
      if ((behind & 0xff) == 0x22) {
        if (depth == 1) topField(p + 1, (close - p - 1) as u32, close + 3, (end - close - 3) as u32);
        stop += 16;
        if (behind == 0x2c22) {
          p = end + 2;
          continue;
        }
        p = end + 1;
        isDone = true;
      }
    }
    if (!isDone) {
      let key: usize = 0;
      let keyLength: u32 = 0;
      // Twice at most: a key, then a value that is a string.
      let isKey: bool = inObject;
      let isString: bool = false;
      while (true) {
        if (load<u8>(p) != 0x22) {
          if (isKey) return 0;
          break;
        }
        if (p >= limit) return 0;
        // The opening quote is the next stop: what comes before it is outside strings and holds no quote.
        if ((load<u32>(stop) as usize) != p) return 0;
        let end = load<u32>(stop, 4) as usize;
        stop += 8;
        while (load<u8>(end) != 0x22) {
          if (load<u8>(end) != 0x5c || escapeEnd(end) == 0) return 0;
          const next = load<u8>(end + 1);
          if (next == 0x22 || next == 0x5c) stop += 4;
          end = load<u32>(stop) as usize;
          stop += 4;
        }
        if (isKey) {
          if (load<u8>(end + 1) != 0x3a) return 0;
          key = p + 1;
          keyLength = (end - key) as u32;
          p = end + 2;
          isKey = false;
          continue;
        }
        if (depth == 1) topField(key, keyLength, p + 1, (end - p - 1) as u32);
        p = end + 1;
        isString = true;
        break;
      }
      if (!isString) {
        const c = load<u8>(p);
        if (depth == 1) topOther(key, keyLength);
        if (c == 0x7b || c == 0x5b) {
          if (load<u8>(p + 1) != c + 2) {
            if (depth == 60) return 0;
            inObject = c == 0x7b;
            stack = (stack << 1) | (inObject as u64);
            depth++;
            p++;
            continue;
          }
          p += 2;
        } else {
          p = scalarEnd(p);
          if (p == 0) return 0;
        }
      }
    }
    while (true) {
      const d = load<u8>(p++);
      if (d == 0x2c) break;
      if (d != (inObject ? 0x7d : 0x5d)) return 0;
      depth--;
      if (depth == 0) {
        stops = stop;
        return p;
      }
      stack >>= 1;
      inObject = (stack & 1) == 1;
    }
  }
}

/** Which of the four core fields a key is: eventID 1, eventTime 2, eventSource 4, eventName 8; 0 for any other. */
// @ts-ignore: decorator
@inline
function coreField(key: usize, length: u32): u32 {
  if (load<u32>(key) != 0x6e657665) return 0; // even
  if (length == 7) return load<u64>(key) == 0x224449746e657665 ? 1 : 0; // eventID"
  if (length == 9) {
    if (load<u8>(key + 8) != 0x65) return 0;
    const word = load<u64>(key);
    return word == 0x6d6954746e657665 ? 2 : word == 0x6d614e746e657665 ? 8 : 0;
  }
  if (length != 11) return 0;
  return load<u64>(key) == 0x756f53746e657665 && load<u32>(key + 7) == 0x65637275 ? 4 : 0;
}

/** A field at the top of the record whose value is a string. */
// @ts-ignore: decorator
@inline
function topField(key: usize, keyLength: u32, value: usize, length: u32): void {
  const field = coreField(key, keyLength);
  if (field == 0) return;
  if (seen & field) doubtful = true;
  seen |= field;
  if (length == 0 || length > 128 || hasBackslash(value, length)) doubtful = true;
  if (field == 2) {
    if (!isPlainTime(value, length)) doubtful = true;
  } else if (field == 8) {
    nameAt = value;
    nameLength = length;
  }
}

/** A field at the top of the record whose value is not a string: no core field may be one. */
// @ts-ignore: decorator
@inline
function topOther(key: usize, keyLength: u32): void {
  if (coreField(key, keyLength) != 0) doubtful = true;
}

function hasBackslash(from: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) if (load<u8>(from + i) == 0x5c) return true;
  return false;
}

function two(p: usize): u32 {
  const high = load<u8>(p);
  const low = load<u8>(p + 1);
  return isDigit(high) && isDigit(low) ? ((high - 48) as u32) * 10 + ((low - 48) as u32) : 99;
}

/** `2026-11-24T14:05:00Z`, of a day that every such month has. */
function isPlainTime(p: usize, length: u32): bool {
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

/** The class of an event name, or -1 when it is not in the list. */
function classOf(text: usize, length: u32): i32 {
  const bucket = BUCKETS + ((length as usize) << 3);
  let p = load<u32>(bucket) as usize;
  for (let left = load<u32>(bucket + 4); left > 0; left--) {
    if (memory.compare(p + 2, text, length) == 0) return load<u8>(p + 1) as i32;
    p += length + 2;
  }
  return -1;
}

/** The length of an event name without the version of an API that it ends in (`20150331v2`). */
function unversioned(text: usize, length: u32): u32 {
  let end = text + length;
  if (length > 10 && isDigit(load<u8>(end - 1)) && load<u8>(end - 2) == 0x76) end -= 2;
  if (end - text < 9 || load<u8>(end - 8) != 0x32 || load<u8>(end - 7) != 0x30) return length;
  for (let i: usize = 1; i <= 6; i++) if (!isDigit(load<u8>(end - i))) return length;
  return (end - 8 - text) as u32;
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

function contains(from: usize, to: usize, needle: usize, length: u32): bool {
  const first = i8x16.splat(load<u8>(needle));
  const last = i8x16.splat(load<u8>(needle + length - 1));
  const space = i8x16.splat(0x20);
  const end = to - length;
  for (let p = from; p <= end; p += 16) {
    const one = v128.load(p);
    const other = v128.load(p + length - 1);
    // Setting the sixteenth's bit folds letters; it also takes some signs for others, which the comparison below sorts out.
    let mask = i8x16.bitmask(
      v128.and(
        v128.or(i8x16.eq(one, first), i8x16.eq(v128.or(one, space), first)),
        v128.or(i8x16.eq(other, last), i8x16.eq(v128.or(other, space), last)),
      ),
    );
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
function isAscii(from: usize, to: usize): bool {
  let p = from;
  for (; p + 16 <= to; p += 16) if (i8x16.bitmask(v128.load(p)) != 0) return false;
  for (; p < to; p++) if (load<u8>(p) > 0x7f) return false;
  return true;
}

/** 0: must be parsed. 1: another event. 2: of something that is not watched. */
function ruledOut(from: usize, to: usize): u32 {
  if (doubtful || escaped || seen != 15) return 0;
  let found = classOf(nameAt, nameLength);
  if (found < 0) {
    if (!isDigit(load<u8>(nameAt + nameLength - 1))) return 1;
    found = classOf(nameAt, unversioned(nameAt, nameLength));
    if (found < 0) return 1;
    if (found != TAMPERING) return 0;
  }
  if (found == NEVER) return 2;
  if (found == TAMPERING) return hasAny(ACCOUNTS, accounts, from, to) ? 0 : 1;
  if (found == PARSE || !isAscii(from, to)) return 0;
  return hasAny(NEEDLES, needles, from, to) ? 0 : 2;
}

/**
 * Walks `{"Records":[…]}` at `[from, from + length)`, with 128 zeros behind it. Writes start and end of each record that must be
 * parsed to `found`, at most `room` of them; `marks` up to `found` is room for stops. Returns how many, or -1 when the text is anything but exactly such a document.
 */
export function scan(from: usize, length: u32, marks: usize, found: usize, room: u32): i32 {
  otherEvents = 0;
  notWatched = 0;
  const end = from + length;
  // {"Record s":[
  if (length < 14 || load<u64>(from) != 0x64726f636552227b || load<u32>(from + 8) != 0x5b3a2273) return -1;
  let p = from + 12;
  let hits: u32 = 0;
  if (load<u8>(p) == 0x5d) return isEnd(p + 1, end) ? 0 : -1;
  if (!markStops(from, length, marks, found)) return -1;
  // The two quotes of "Records" are the first stops.
  stops += 8;
  while (true) {
    // An empty record, or what is none, is for the parser to name.
    if (load<u8>(p) != 0x7b || load<u8>(p + 1) == 0x7d) return -1;
    doubtful = false;
    escaped = false;
    seen = 0;
    const next = recordEnd(p, end);
    if (next == 0 || next > end) return -1;
    const out = ruledOut(p, next);
    if (out == 1) otherEvents++;
    else if (out == 2) notWatched++;
    else {
      if (hits == room) return -1;
      store<u32>(found + (hits << 3), (p - from) as u32);
      store<u32>(found + (hits << 3) + 4, (next - from) as u32);
      hits++;
    }
    const c = load<u8>(next);
    p = next + 1;
    if (c == 0x2c) continue;
    if (c != 0x5d) return -1;
    return isEnd(p, end) ? (hits as i32) : -1;
  }
}

/** `}` and nothing but blanks behind it. */
function isEnd(p: usize, end: usize): bool {
  if (load<u8>(p++) != 0x7d) return false;
  while (p < end && (load<u8>(p) == 0x0a || load<u8>(p) == 0x20 || load<u8>(p) == 0x0d)) p++;
  return p == end;
}
