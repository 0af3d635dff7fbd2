import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createGunzip } from 'node:zlib';
import { addExtract, type Extract, emptyExtract, type Unreadable } from './extract.ts';
import type { FastScanner } from './fast-scan.ts';
import { isGzip } from './gunzip.ts';
import { quickExtractOf } from './read-file.ts';
import type { ReadValue } from './read-value.ts';
import { RecordCutter } from './record-cutter.ts';

/** Whoever waits for a large file: it can end the reading, and hears of each stretch of (packed) bytes. */
export interface Watch {
  readonly stop?: AbortSignal;
  readonly progress?: (bytes: number) => void;
}

/** How much text is read at once. A record, or a line, that is longer is held whole. */
const BATCH_BYTES = 1_000_000;

/**
 * Reads a file of any size, or standard input, in batches: those of a trail file end behind a record, those of other text
 * behind a line, and each is read as a file of its own would be. Of gzip that is damaged nothing is kept. Once stopped, what was
 * read so far is returned.
 */
export async function streamedExtract(
  path: string,
  file: string,
  readValue: ReadValue,
  scanner: FastScanner,
  watch: Watch = {},
): Promise<Extract> {
  const input = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: 65_536 });
  // A pipe that nobody writes to would keep us waiting.
  const end = (): void => void input.destroy();
  watch.stop?.addEventListener('abort', end);
  if (watch.stop?.aborted) end();
  try {
    return await extractOfChunks(input as AsyncIterable<Buffer>, file, readValue, scanner, BATCH_BYTES, watch);
  } finally {
    watch.stop?.removeEventListener('abort', end);
  }
}

/** V8 lets 64 MB of buffers pile up before it collects; a minor collection after so many bytes takes less than a millisecond. */
const COLLECT_AFTER_BYTES = 8_000_000;

/** Node gives its collector only to who asks for it by this flag; without it all works, with more memory. */
function minorCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('globalThis.gc') as ((options: object) => void) | undefined;
  return () => collect?.({ type: 'minor' });
}

/** As `streamedExtract`, of bytes from anywhere. */
export async function extractOfChunks(
  chunks: AsyncIterable<Buffer>,
  file: string,
  readValue: ReadValue,
  scanner: FastScanner,
  batchBytes: number,
  { stop, progress }: Watch = {},
): Promise<Extract> {
  const extract = emptyExtract();
  const collect = minorCollector();
  const cutter = new RecordCutter(batchBytes);
  const add = ({ text, shift }: { readonly text: Buffer; readonly shift: number }) =>
    addExtract(extract, moved(quickExtractOf(text, file, readValue, scanner), shift));
  let read = 0;
  const counted = async function* () {
    for await (const chunk of chunks) {
      read += chunk.length;
      progress?.(chunk.length);
      yield chunk;
    }
  };
  const broken = (why: string, offset: number): Unreadable => ({ file, why, offset });
  try {
    let piled = 0;
    for await (const chunk of await unpacked(counted())) {
      for (const batch of cutter.take(chunk)) add(batch);
      piled += chunk.length;
      if (piled < COLLECT_AFTER_BYTES) continue;
      piled = 0;
      collect();
    }
  } catch (error) {
    if (stop?.aborted) return extract;
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))) throw error;
    if (error.code !== 'Z_BUF_ERROR') return { ...emptyExtract(), unreadable: [broken('the gzip data is damaged', 0)] };
    extract.unreadable.push(broken('the gzip data stops short', read));
  }
  if (stop?.aborted) return extract;
  for (const batch of cutter.rest()) add(batch);
  if (read === 0) extract.unreadable.push(broken('the file is empty', 0));
  return extract;
}

function moved(extract: Extract, shift: number): Extract {
  return {
    ...extract,
    unreadable: extract.unreadable.map((each) => ({ ...each, offset: Math.max(0, each.offset + shift) })),
  };
}

/** The bytes, unpacked when they begin as gzip does. */
async function unpacked(chunks: AsyncGenerator<Buffer>): Promise<AsyncIterable<Buffer>> {
  const head: Buffer[] = [];
  while (Buffer.concat(head).length < 2) {
    const next = await chunks.next();
    if (next.done) break;
    head.push(next.value);
  }
  const all = async function* () {
    yield* head;
    yield* chunks;
  };
  if (!isGzip(Buffer.concat(head))) return all();
  const source = Readable.from(all());
  const gunzip = createGunzip({ chunkSize: 65_536 });
  source.on('error', (error) => gunzip.destroy(error));
  return source.pipe(gunzip);
}
