import { constants, gunzipSync } from 'node:zlib';

/** What a file holds once it is unpacked. */
export interface Unpacked {
  readonly bytes: Buffer;
  /** Why what follows `bytes` is lost, and where in the packed file it shows. */
  readonly broken?: { readonly why: string; readonly offset: number };
}

/** Whether the bytes begin as gzip does, whatever the file is called. */
export function isGzip(packed: Uint8Array): boolean {
  return packed[0] === 0x1f && packed[1] === 0x8b;
}

/**
 * Unpacks gzip of one or more members, checking each member's CRC and length. Of a file that stops short, what came before
 * is kept; of one that is damaged, nothing is: its bytes may be wrong anywhere. Bytes behind the last member are no gzip
 * and are named, not skipped.
 */
export function gunzip(packed: Buffer): Unpacked {
  try {
    const { buffer, engine } = gunzipWithInfo(packed);
    const used = engine.bytesWritten;
    if (used >= packed.length || isPadding(packed, used)) return { bytes: buffer };
    return { bytes: buffer, broken: { why: 'what follows the gzip data is no gzip', offset: used } };
  } catch (error) {
    return brokenGzip(packed, codeOf(error));
  }
}

/** Zeros behind the data are how tape and block devices fill up; gzip(1) ignores them too. */
function isPadding(packed: Buffer, from: number): boolean {
  return packed.subarray(from).every((byte) => byte === 0);
}

function brokenGzip(packed: Buffer, code: string): Unpacked {
  if (code !== 'Z_BUF_ERROR') {
    return { bytes: Buffer.alloc(0), broken: { why: 'the gzip data is damaged', offset: 0 } };
  }
  return { bytes: gunzipAsFarAsPossible(packed), broken: { why: 'the gzip data stops short', offset: packed.length } };
}

function gunzipAsFarAsPossible(packed: Buffer): Buffer {
  try {
    return gunzipSync(packed, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0);
  }
}

interface WithInfo {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/** Node returns the engine beside the bytes when asked for `info`; its types do not say so. */
function gunzipWithInfo(packed: Buffer): WithInfo {
  return gunzipSync(packed, { info: true } as object) as unknown as WithInfo;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
