import { HOUR_MS, type Instant, type Milliseconds } from './time.ts';

/** When something begins and ends; infinite where it has no end yet. */
export interface Life {
  readonly from: Instant;
  readonly until: Instant;
}

/** Finds what was alive within `reachMs` of an instant without looking at everything: an archive has years of it. */
export type Nearby<T> = (at: Instant, reachMs: Milliseconds) => readonly T[];

/** What lives longer would be looked at for days on end by the search; there is little of it. */
const LASTING_MS = 72 * HOUR_MS;

/** May find more than asked for, never less, in no particular order. */
export function nearbyOf<T>(all: readonly T[], lifeOf: (one: T) => Life): Nearby<T> {
  const lives = all.map((one) => ({ one, ...lifeOf(one) }));
  const isLasting = ({ from, until }: Life) => !(until - from <= LASTING_MS);
  const lasting = lives.filter(isLasting).map(({ one }) => one);
  const brief = lives.filter((life) => !isLasting(life)).sort((one, other) => one.from - other.from);
  return (at, reachMs) => {
    const first = firstFrom(brief, at - reachMs - LASTING_MS);
    const found: T[] = [...lasting];
    for (let index = first; index < brief.length; index += 1) {
      const life = brief[index];
      if (life === undefined || life.from > at + reachMs) break;
      found.push(life.one);
    }
    return found;
  };
}

/** Position of the first that began at or after the instant, of those in order of their beginnings. */
function firstFrom(lives: readonly Life[], from: Instant): number {
  let [low, high] = [0, lives.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lives[middle]?.from ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
