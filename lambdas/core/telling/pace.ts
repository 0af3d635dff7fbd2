import { type Instant, type Milliseconds, SECOND_MS } from '../time.ts';

/**
 * Slack takes one message a second and channel and, above that, hides messages without an error. So a channel hands out slots, a second
 * apart, in three lanes: a storm in one of them holds up none of the others.
 * - `top`: a finding's own message in the channel
 * - `notice`: updates and words in a thread that people wait for
 * - `thread`: findings that are shown in another one's thread
 */
export type Lane = 'top' | 'notice' | 'thread';

const LANES: readonly Lane[] = ['top', 'notice', 'thread'];
const CYCLE_MS = LANES.length * SECOND_MS;

/** Slots that a channel has given out: the last of each lane, the last that was given at once, and until when Slack wants quiet. */
export interface Pace {
  readonly last: Readonly<Record<Lane, Instant>>;
  readonly lastAtOnce: Instant;
  readonly quietUntil: Instant;
}

export const IDLE: Pace = { last: { top: 0, notice: 0, thread: 0 }, lastAtOnce: 0, quietUntil: 0 };

/** The next slot of a lane: at once when nothing else was sent or is waiting within a second, else on the lane's own seconds. */
export function takeSlot(pace: Pace, lane: Lane, now: Instant): { readonly pace: Pace; readonly at: Instant } {
  const taken = Math.max(...LANES.map((each) => pace.last[each]));
  if (taken + SECOND_MS <= now && pace.quietUntil <= now) return { pace: withSlot(pace, lane, now, now), at: now };
  const after = Math.max(now, pace.quietUntil, pace.last[lane] + 1, pace.lastAtOnce + SECOND_MS);
  const at = nextOfLane(lane, after);
  return { pace: withSlot(pace, lane, at, pace.lastAtOnce), at };
}

/** How long a lane's next slot is away. */
export function backlogMs(pace: Pace, lane: Lane, now: Instant): Milliseconds {
  return Math.max(0, pace.last[lane] - now);
}

/** Something was said out of turn: the next at once, or in any lane, is a second later. */
export function spoken(pace: Pace, at: Instant): Pace {
  return withSlot(pace, 'notice', Math.max(at, pace.last.notice), Math.max(at, pace.lastAtOnce));
}

/** After a 429: nothing new before the instant that Slack named. */
export function quietUntil(pace: Pace, until: Instant): Pace {
  return { ...pace, quietUntil: Math.max(pace.quietUntil, until) };
}

function withSlot(pace: Pace, lane: Lane, at: Instant, lastAtOnce: Instant): Pace {
  return { ...pace, last: { ...pace.last, [lane]: at }, lastAtOnce };
}

/** The first whole second at or after an instant that belongs to the lane. */
function nextOfLane(lane: Lane, after: Instant): Instant {
  const offset = LANES.indexOf(lane) * SECOND_MS;
  return Math.ceil((after - offset) / CYCLE_MS) * CYCLE_MS + offset;
}
