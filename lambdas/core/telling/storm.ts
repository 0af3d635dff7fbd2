import { type Instant, MINUTE_MS, SECOND_MS } from '../time.ts';
import { backlogMs, IDLE, type Pace } from './pace.ts';

/** What a channel remembers: its slots, and the storm that is going on in it. */
export interface ChannelState {
  readonly pace: Pace;
  readonly storm?: Storm;
}

/** More findings than can be shown one by one: counted in one summary, the first hundred shown in its thread, all of them in the Home tab. */
export interface Storm {
  /** Names the summary: `storm/<channel>/<epoch milliseconds>`. */
  readonly id: string;
  readonly startedAt: Instant;
  readonly lastAt: Instant;
  readonly count: number;
  /** Findings by actor and target, the first twenty kinds; the rest is `others`. */
  readonly kinds: Readonly<Record<string, number>>;
  /** When the summary is made anew next; in the past when nobody has planned it. */
  readonly refreshAt: Instant;
}

export const CALM: ChannelState = { pace: IDLE };

/** So many messages may wait for their turn (three seconds each) before the rest is summed up. */
const MOST_WAITING_MS = 30 * SECOND_MS;
/** So many are shown in the summary's thread (three seconds each): nobody reads more, and later ones would be hours late. */
export const MOST_IN_THREAD = 100;
const OVER_AFTER_MS = 5 * MINUTE_MS;
const REFRESH_MS = 10 * SECOND_MS;
const MOST_KINDS = 20;

/** Whether a further finding goes into a summary: too many wait already, or a storm goes on. */
export function isStorm(state: ChannelState, now: Instant): boolean {
  const goesOn = state.storm !== undefined && now - state.storm.lastAt < OVER_AFTER_MS;
  return goesOn || backlogMs(state.pace, 'top', now) > MOST_WAITING_MS;
}

/** Counts a finding of a kind (`ada@example.gov.uk on Notify production admin`), and starts a storm when there is none. */
export function countInStorm(
  state: ChannelState,
  channel: string,
  kind: string,
  now: Instant,
): ChannelState & { readonly storm: Storm } {
  const current = state.storm && now - state.storm.lastAt < OVER_AFTER_MS ? state.storm : started(channel, now);
  const counted = kind in current.kinds || Object.keys(current.kinds).length < MOST_KINDS ? kind : 'others';
  const kinds = { ...current.kinds, [counted]: (current.kinds[counted] ?? 0) + 1 };
  return { ...state, storm: { ...current, count: current.count + 1, lastAt: now, kinds } };
}

/** Whether the finding that was counted last is only listed, and not shown in the thread. */
export function isListed({ count }: Storm): boolean {
  return count > MOST_IN_THREAD;
}

/** Plans the next refresh of the summary, unless one is planned: at once for the first, then at most every ten seconds. */
export function planRefresh(storm: Storm, now: Instant): { readonly storm: Storm; readonly at?: Instant } {
  if (storm.refreshAt > now) return { storm };
  const at = storm.count === 1 ? now : now + REFRESH_MS;
  return { storm: { ...storm, refreshAt: Math.max(at, now + 1) }, at };
}

function started(channel: string, now: Instant): Storm {
  return { id: `storm/${channel}/${now}`, startedAt: now, lastAt: now, count: 0, kinds: {}, refreshAt: 0 };
}
