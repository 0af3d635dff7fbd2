import { readFileSync } from 'node:fs';
import { piecesOf } from './documents.ts';
import { addReading, countIgnored, type Extract, emptyExtract, type IgnoredCounts } from './extract.ts';
import type { FastScan, FastScanner, RuledOut } from './fast-scan.ts';
import { gunzip, isGzip } from './gunzip.ts';
import type { ReadValue } from './read-value.ts';

/** Reads one file by parsing everything in it. Never throws for what is in the file: that ends as `unreadable`. */
export function extractOf(packed: Buffer, file: string, readValue: ReadValue): Extract {
  const extract = emptyExtract();
  const { bytes, broken } = isGzip(packed) ? gunzip(packed) : { bytes: packed, broken: undefined };
  for (const piece of piecesOf(bytes)) {
    if (piece.kind === 'broken') extract.unreadable.push({ why: piece.why, file, offset: piece.offset });
    else for (const reading of readValue(piece.value)) addReading(extract, reading, file, piece.offset);
  }
  if (broken !== undefined) extract.unreadable.push({ file, ...broken });
  if (packed.length === 0) extract.unreadable.push({ why: 'the file is empty', file, offset: 0 });
  return extract;
}

/** All of a file's bytes, or of standard input's for `-`. */
export async function bytesOf(path: string): Promise<Buffer> {
  if (path !== '-') return readFileSync(path);
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The records that the fast path found, read; what it ruled out is not counted here. */
export function extractOfFound(fast: FastScan, file: string, readValue: ReadValue): Extract {
  const extract = emptyExtract();
  for (const { text, offset } of fast.records) {
    for (const reading of readValue(JSON.parse(text))) addReading(extract, reading, file, () => offset);
  }
  return extract;
}

/** Counts what the fast path ruled out. */
export function countRuledOut(ignored: IgnoredCounts, { otherEvents, notWatched }: RuledOut): void {
  countIgnored(ignored, 'other-event', otherEvents);
  countIgnored(ignored, 'not-watched', notWatched);
}

/** Reads bytes by the fast path, or, wherever that has a doubt, by parsing everything: the records are the same. */
export function quickExtractOf(bytes: Buffer, file: string, readValue: ReadValue, scanner: FastScanner): Extract {
  const fast = scanner.bytes(bytes);
  if (fast === undefined) return extractOf(bytes, file, readValue);
  const extract = extractOfFound(fast, file, readValue);
  countRuledOut(extract.ignored, fast);
  return extract;
}
