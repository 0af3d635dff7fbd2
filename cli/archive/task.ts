import type { Policy } from '../../lambdas/core/policy.ts';
import type { Hints } from './hints.ts';
import type { Source } from './paths.ts';
import type { Scanned } from './scan-files.ts';

// What the calling thread and the others say to each other.

/** What the threads are told once it is known what is to be read. Hints are worked out before: that takes modules that a thread does without. */
export interface Task {
  readonly hints: Hints;
  /** What parses a file where the scanner has a doubt, by the policy: a thread's own code has no place of its own. */
  readonly parser: string;
  readonly policy: Policy;
  /** All that is to be read, by whichever thread. */
  readonly batches: readonly (readonly Source[])[];
  /** In memory that all threads share: none waits until another answers. See `NEXT` and `UNHEARD`. */
  readonly shared: Int32Array;
}

/** Where in `shared` the index is of the next batch that nobody has taken. */
export const NEXT = 0;
/** Where in `shared` it counts how many answers the calling thread has not dealt with yet. */
export const UNHEARD = 1;
/** A thread that is so far ahead waits: what it has found takes memory, and longer to read than to find. */
export const MOST_UNHEARD = 16;

/** What a thread says of a batch, file by file; nothing of a file that is left to the calling thread. */
export interface Told {
  readonly batch: number;
  readonly answers: readonly (Scanned | undefined)[];
}
