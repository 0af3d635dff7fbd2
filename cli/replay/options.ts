import type { Filters } from './filters.ts';

/** The options of `two-eye replay`, as commander gives them. */
export interface ReplayOptions extends Filters {
  readonly policy: string;
  readonly approvals?: string;
  readonly members?: string;
  readonly format: 'table' | 'jsonl' | 'html';
  readonly workers: number;
  readonly failOn?: readonly string[];
}
