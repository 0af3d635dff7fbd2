import type { Filters } from './filters.ts';

/** The options of `two-eye replay`, as commander gives them. */
export interface ReplayOptions extends Filters {
  readonly policy: string;
  readonly approvals?: string;
  readonly members?: string;
  readonly format: 'table' | 'jsonl' | 'html';
  readonly workers: number;
  /** Where to keep what was found: beside the archive, in a folder, or nowhere. */
  readonly cache: boolean | string;
  /** `TARGET=FILE` each. */
  readonly databaseLog?: readonly string[];
  readonly verifyDigests?: boolean;
  readonly failOn?: readonly string[];
}
