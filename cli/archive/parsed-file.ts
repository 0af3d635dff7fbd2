import type { Policy } from '../../lambdas/core/policy.ts';
import { type Extract, emptyExtract } from './extract.ts';
import type { FastScanner } from './fast-scan.ts';
import type { Source } from './paths.ts';
import { bytesOf, extractOf } from './read-file.ts';
import { type ReadValue, valueReader } from './read-value.ts';
import { streamedExtract, type Watch } from './stream.ts';

/** Bytes beyond which a file (packed or plain) is read in pieces, and standard input always is, so that memory stays bounded. */
const MOST_AT_ONCE = 2_000_000;

/** Reads one file by parsing it. Never rejects: a file that cannot be read is unreadable. */
export async function parsedFile(
  source: Source,
  readValue: ReadValue,
  scanner: FastScanner,
  watch: Watch = {},
): Promise<Extract> {
  const shown = source.path === '-' ? 'standard input' : source.path;
  try {
    if (source.path === '-' || source.size > MOST_AT_ONCE)
      return await streamedExtract(source.path, shown, readValue, scanner, watch);
    return extractOf(await bytesOf(source.path), shown, readValue);
  } catch (error) {
    return { ...emptyExtract(), unreadable: [{ file: shown, why: whyOf(error), offset: 0 }] };
  }
}

/** The same by a policy, for a thread that has loaded nothing else of the reader. */
export async function parsedFileUnder(policy: Policy, source: Source, scanner: FastScanner): Promise<Extract> {
  return parsedFile(source, valueReader(policy), scanner);
}

function whyOf(error: unknown): string {
  return error instanceof Error && 'code' in error
    ? `it cannot be read (${String(error.code)})`
    : `it cannot be read: ${String(error)}`;
}
