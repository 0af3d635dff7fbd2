import type { Policy } from '../../lambdas/core/policy.ts';
import { type Extract, emptyExtract } from './extract.ts';
import { type FastScan, fastScanner } from './fast-scan.ts';
import { hintsOf } from './hints.ts';
import type { Source } from './paths.ts';
import { bytesOf, extractOf, extractOfFast } from './read-file.ts';
import { valueReader } from './read-value.ts';

/** What one file came to, and, where the fast path was sure of it, what can be kept for the next run. */
export interface Scanned {
  readonly extract: Extract;
  readonly fast?: FastScan;
}

/** Makes the function that reads one file: the fast path first, everything parsed where that has a doubt. Never rejects. */
export function fileScanner(policy: Policy): (source: Source) => Promise<Scanned> {
  const readValue = valueReader(policy);
  const scanner = fastScanner(hintsOf(policy));
  return async ({ path, size }) => {
    const shown = path === '-' ? 'standard input' : path;
    try {
      const fast = path === '-' ? undefined : scanner.file(path, size);
      if (fast !== undefined) return { extract: extractOfFast(fast, shown, readValue), fast };
      return { extract: extractOf(await bytesOf(path), shown, readValue) };
    } catch (error) {
      return { extract: { ...emptyExtract(), unreadable: [{ file: shown, why: whyOf(error), offset: 0 }] } };
    }
  };
}

function whyOf(error: unknown): string {
  return error instanceof Error && 'code' in error
    ? `it cannot be read (${String(error.code)})`
    : `it cannot be read: ${String(error)}`;
}
