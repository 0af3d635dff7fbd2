import type { Policy } from '../../lambdas/core/policy.ts';
import type { Extract } from './extract.ts';
import { type FastScan, fastScanner } from './fast-scan.ts';
import { hintsOf } from './hints.ts';
import { parsedFile } from './parsed-file.ts';
import type { Source } from './paths.ts';
import type { ReadValue } from './read-value.ts';
import type { Watch } from './stream.ts';

/** What one file came to: what the fast path found, to be read and kept for the next run; where that had a doubt, the file read whole. */
export type Scanned = { readonly fast: FastScan } | { readonly extract: Extract };

/**
 * Makes the function that reads one file: the fast path first, at once, since an archive of small files has thousands; everything
 * parsed where that has a doubt. Never rejects.
 */
export function fileScanner(
  policy: Policy,
  readValue: ReadValue,
  watch: Watch = {},
): (source: Source) => Scanned | Promise<Scanned> {
  const scanner = fastScanner(hintsOf(policy));
  const quick = ({ path, size }: Source): FastScan | undefined => {
    try {
      return path === '-' ? undefined : scanner.file(path, size);
    } catch {
      return undefined; // A file that cannot be opened is named when it is opened to be parsed.
    }
  };
  return (source) => {
    const fast = quick(source);
    if (fast !== undefined) return { fast };
    return parsedFile(source, readValue, scanner, watch).then((extract) => ({ extract }));
  };
}
