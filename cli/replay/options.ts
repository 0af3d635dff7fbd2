import type { Filters } from './filters.ts';

/** What `--cache FOLDER` (the folder), `--no-cache` (false) or neither of them gives. */
export type CacheOption = string | boolean;

/** Where to keep what was found: in a folder, nowhere, or, unless told otherwise, beside the archive. */
export function keepOf(cache: CacheOption = true): { readonly keep?: true | string } {
  return cache === false ? {} : { keep: cache };
}

/** The options of `two-eye replay`, as commander gives them. */
export interface ReplayOptions extends Filters {
  readonly policy: string;
  readonly approvals?: string;
  readonly members?: string;
  readonly format: 'table' | 'jsonl' | 'html';
  readonly workers: number;
  readonly cache?: CacheOption;
  /** `TARGET=FILE` each. */
  readonly databaseLog?: readonly string[];
  readonly verifyDigests?: boolean;
  readonly failOn?: readonly string[];
}
