// AssemblyScript. Walks the records of a trail file, checking the whole of the JSON, and rules out the records of which it can
// prove that they are no use of a target. What it cannot prove it hands over to be parsed; a shape it does not know is -1.

import { escapeEnd, isDigit, scalarEnd } from './json';
import { classOf, hasAccount, hasNeedle, isAscii, NEVER, PARSE, TAMPERING, unversioned } from './lists';
import { markStops } from './stops';
import { isPlainTime } from './time';

// Of the record under way.
let doubtful: bool = false;
let seen: u32 = 0;
let nameAt: usize = 0;
let nameLength: u32 = 0;
let escaped: bool = false;
let stops: usize = 0; // the next one

// Of the text under way: which part of it comes next, how far it was walked, and what was ruled out.
const HEAD: u32 = 0;
const RECORDS: u32 = 1;
const CLOSING: u32 = 2;
const BLANKS: u32 = 3;
let part: u32 = HEAD;
let reached: usize = 0;
let otherEvents: u32 = 0;
let notWatched: u32 = 0;

export function beginScan(): void {
  part = HEAD;
  otherEvents = 0;
  notWatched = 0;
}

/** How far the text was walked: what follows has to be given again, with more behind it. */
export function reachedAt(): usize {
  return reached;
}

export function otherEventsOf(): u32 {
  return otherEvents;
}

export function notWatchedOf(): u32 {
  return notWatched;
}

/**
 * Walks `{"Records":[…]}`, a stretch `[from, end)` after the other; 128 bytes behind it are overwritten. Of each record that must be parsed it
 * writes where it begins and ends to `found`, which ends at `foundEnd`; `marks` up to `found` is room for stops. Returns how many,
 * or -1 when the text is anything but exactly such a document. A record that the stretch does not hold whole is left, unless it is the last one.
 */
export function scan(from: usize, end: usize, isLast: bool, marks: usize, found: usize, foundEnd: usize): i32 {
  memory.fill(end, 0, 128);
  reached = from;
  if (part == HEAD && !passHead(end)) return -1;
  let to = found;
  if (part == RECORDS) {
    if (!markStops(reached, end, marks, found)) return -1;
    stops = marks;
  }
  while (part == RECORDS) {
    const p = reached;
    // An empty record, or what is none, is for the parser to name.
    if (p < end && (load<u8>(p) != 0x7b || load<u8>(p + 1) == 0x7d)) return -1;
    doubtful = false;
    escaped = false;
    seen = 0;
    const next = p < end ? recordEnd(p, end) : 0;
    if (next == 0 || next >= end) return isLast ? -1 : (((to - found) >> 3) as i32);
    const out = ruledOut(p, next);
    if (out == 1) otherEvents++;
    else if (out == 2) notWatched++;
    else {
      if (to == foundEnd) return -1;
      store<u32>(to, p as u32);
      store<u32>(to, next as u32, 4);
      to += 8;
    }
    const c = load<u8>(next);
    if (c == 0x5d) part = CLOSING;
    else if (c != 0x2c) return -1;
    reached = next + 1;
  }
  return passTail(end, isLast) ? (((to - found) >> 3) as i32) : -1;
}

/** `{"Records":[`, and `]` where it holds none. The first stretch holds all of it. */
function passHead(end: usize): bool {
  const p = reached;
  // {"Record s":[
  if (p + 14 > end || load<u64>(p) != 0x64726f636552227b || load<u32>(p + 8) != 0x5b3a2273) return false;
  part = load<u8>(p + 12) == 0x5d ? CLOSING : RECORDS;
  reached = p + (part == CLOSING ? 13 : 12);
  return true;
}

/** `}` and nothing but blanks behind it. */
function passTail(end: usize, isLast: bool): bool {
  if (part == CLOSING && reached < end) {
    if (load<u8>(reached++) != 0x7d) return false;
    part = BLANKS;
  }
  if (part == CLOSING) return !isLast;
  while (reached < end && (load<u8>(reached) == 0x0a || load<u8>(reached) == 0x20 || load<u8>(reached) == 0x0d)) reached++;
  return reached == end;
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
    // `stop` is the first at `p` or behind it, so that a quote at `p` is it. One `if` in the other: of `&&` V8 makes a value first.
    let isDone: bool = false;
    if (inObject) {
      if (load<u8>(p) == 0x22) {
        const close = load<u32>(stop, 4) as usize;
        if ((load<u32>(close) & 0xffffff) == 0x223a22) {
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
          if (next == 0x75) escaped = true;
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
  if (found == TAMPERING) return hasAccount(from, to) ? 0 : 1;
  if (found == PARSE || !isAscii(from, to)) return 0;
  return hasNeedle(from, to) ? 0 : 2;
}
