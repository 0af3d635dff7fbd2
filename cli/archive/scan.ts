import type { Policy } from '../../lambdas/core/policy.ts';
import { addExtract, type Extract, emptyExtract } from './extract.ts';
import { type FastScanner, fastScanner } from './fast-scan.ts';
import { hintsOf } from './hints.ts';
import type { Source } from './paths.ts';
import { bytesOf, quickExtractOf } from './read-file.ts';
import { type ReadValue, valueReader } from './read-value.ts';

/** How to go about it. */
export interface ScanOptions {
  readonly workers: number;
  /** Once aborted no further file is begun; what was read so far is returned. */
  readonly stop?: AbortSignal;
  /** Told the size of each file that is done. */
  readonly progress?: (bytes: number) => void;
}

/** Reads every file, in order. A file that cannot be opened is unreadable, and the rest is finished first. */
export async function scanArchive(
  sources: readonly Source[],
  policy: Policy,
  options: ScanOptions,
): Promise<{ extract: Extract; files: number }> {
  const readValue = valueReader(policy);
  const scan = fastScanner(hintsOf(policy));
  const extract = emptyExtract();
  let files = 0;
  for (const source of sources) {
    if (options.stop?.aborted) break;
    addExtract(extract, await extractOfSource(source, readValue, scan));
    files += 1;
    options.progress?.(source.size);
  }
  return { extract, files };
}

async function extractOfSource({ path }: Source, readValue: ReadValue, scan: FastScanner): Promise<Extract> {
  try {
    return quickExtractOf(await bytesOf(path), path === '-' ? 'standard input' : path, readValue, scan);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    return { ...emptyExtract(), unreadable: [{ file: path, why: `it cannot be read${code}`, offset: 0 }] };
  }
}
