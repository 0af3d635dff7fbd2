import { type Milliseconds, SECOND_MS } from '../time.ts';

/** Lambda ends a run of `ping` or `page` after this. `infra` builds them so. */
export const TELLING_ENDS_MS: Milliseconds = 30 * SECOND_MS;

/**
 * An intent to call that is this old belongs to a run that died, and may be made good. Longer than a run can last: a slow one would send
 * after all, and a page that was resolved in between would ring for nothing.
 */
export const INTENT_MS: Milliseconds = TELLING_ENDS_MS + SECOND_MS;
