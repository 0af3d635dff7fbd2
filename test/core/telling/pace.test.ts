import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  backlogMs,
  IDLE,
  type Lane,
  type Pace,
  quietUntil,
  spoken,
  takeSlot,
} from '../../../lambdas/core/telling/pace.ts';
import {
  CALM,
  type ChannelState,
  countInStorm,
  isListed,
  isStorm,
  planRefresh,
} from '../../../lambdas/core/telling/storm.ts';
import { MINUTE_MS } from '../../../lambdas/core/time.ts';

const lanes = fc.constantFrom<Lane>('top', 'notice', 'thread');

describe('the pace of a channel', () => {
  it('lets a single message go at once', () => {
    expect(takeSlot(IDLE, 'thread', 5_000_123).at).toBe(5_000_123);
  });

  it('always keeps a second between any two messages, in whatever lanes and at whatever times they come', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(lanes, fc.integer({ min: 0, max: 2_500 })), { maxLength: 80 }), (asked) => {
        let pace: Pace = IDLE;
        let now = 1_000_000_000_000;
        const slots: number[] = [];
        for (const [lane, after] of asked) {
          now += after;
          const taken = takeSlot(pace, lane, now);
          expect(taken.at).toBeGreaterThanOrEqual(now);
          pace = taken.pace;
          slots.push(taken.at);
        }
        const gaps = slots.sort((one, other) => one - other).map((slot, index) => slot - (slots[index - 1] ?? 0));
        expect(gaps.every((gap) => gap >= 1_000)).toBe(true);
      }),
    );
  });

  it('holds up no lane for another one’s storm', () => {
    let pace: Pace = IDLE;
    for (let count = 0; count < 1_000; count += 1) pace = takeSlot(pace, 'thread', 10_000).pace;
    expect(takeSlot(pace, 'top', 20_000).at).toBeLessThanOrEqual(23_000);
  });

  it('leaves a second behind what was said out of turn, in every lane, and takes nobody’s slot back', () => {
    fc.assert(
      fc.property(
        lanes,
        lanes,
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 0, max: 999 }),
        (lane, busy, slots, after) => {
          const now = 1_000_000_000_000;
          let pace: Pace = IDLE;
          let last = 0;
          for (let each = 0; each < slots; each += 1) ({ pace, at: last } = takeSlot(pace, busy, now));
          const next = takeSlot(spoken(pace, now), lane, now + after);
          expect(next.at).toBeGreaterThanOrEqual(now + 1_000);
          if (lane === busy) expect(next.at).toBeGreaterThan(last);
        },
      ),
    );
  });

  it('gives no slot while Slack wants quiet', () => {
    const quiet = quietUntil(IDLE, 90_500);
    expect(takeSlot(quiet, 'top', 10_000).at).toBe(93_000);
    expect(takeSlot(quiet, 'top', 90_499).at).toBe(93_000);
    expect(takeSlot(quiet, 'top', 90_500).at).toBe(90_500);
    expect(quietUntil(quiet, 90_400).quietUntil).toBe(90_500);
  });

  it('gives the first second of the lane that is free, each lane its own of three', () => {
    const { pace } = takeSlot(IDLE, 'top', 9_000);
    const slots = (['top', 'notice', 'thread'] as const).map((lane) => takeSlot(pace, lane, 9_001).at);
    expect(slots).toEqual([12_000, 10_000, 11_000]);
    expect(takeSlot(pace, 'notice', 9_999).at).toBe(10_000);
    expect(takeSlot(pace, 'notice', 10_000).at).toBe(10_000);
    expect(takeSlot(takeSlot(pace, 'notice', 9_001).pace, 'notice', 9_001).at).toBe(13_000);
  });

  it('lets the next go at once a second after the last, and no sooner', () => {
    const { pace } = takeSlot(IDLE, 'top', 9_300);
    expect(takeSlot(pace, 'top', 10_299).at).toBe(12_000);
    expect(takeSlot(pace, 'top', 10_300).at).toBe(10_300);
    expect(takeSlot(takeSlot(pace, 'thread', 9_400).pace, 'top', 11_999).at).toBe(12_000);
  });

  it('says how long a lane’s last slot is away, and nothing of one that has been', () => {
    const { pace } = takeSlot(takeSlot(IDLE, 'top', 9_000).pace, 'notice', 9_001);
    expect([backlogMs(pace, 'notice', 9_001), backlogMs(pace, 'notice', 10_000)]).toEqual([999, 0]);
    expect([backlogMs(pace, 'notice', 10_500), backlogMs(pace, 'top', 9_001)]).toEqual([0, 0]);
  });

  it('remembers the latest of what was said out of turn, whichever is heard of last', () => {
    const late = spoken(spoken(IDLE, 9_500), 9_000);
    expect(late).toEqual({ ...IDLE, last: { ...IDLE.last, notice: 9_500 }, lastAtOnce: 9_500 });
    expect(takeSlot(late, 'thread', 9_600).at).toBe(11_000);
  });
});

describe('a storm in a channel', () => {
  function filled(count: number): ChannelState {
    let pace: Pace = IDLE;
    for (let each = 0; each < count; each += 1) pace = takeSlot(pace, 'top', 60_000).pace;
    return { pace };
  }

  it('begins when more than ten messages wait, and is over after five quiet minutes', () => {
    expect(isStorm(filled(8), 60_000)).toBe(false);
    expect(isStorm(filled(13), 60_000)).toBe(true);
    const counted = countInStorm(filled(13), 'C1', 'ada on x', 60_000);
    expect(isStorm({ ...CALM, storm: counted.storm }, 60_000 + 4 * MINUTE_MS)).toBe(true);
    expect(isStorm({ ...CALM, storm: counted.storm }, 60_000 + 5 * MINUTE_MS)).toBe(false);
  });

  it('counts every finding, by kind up to twenty kinds, and refreshes its summary at most every ten seconds', () => {
    let state: ChannelState = CALM;
    for (let count = 0; count < 50; count += 1) state = countInStorm(state, 'C1', `kind ${count}`, 60_000 + count);
    const { storm } = state;
    expect(storm?.count).toBe(50);
    expect(Object.keys(storm?.kinds ?? {})).toHaveLength(21);
    expect(storm?.kinds.others).toBe(30);
    const first = planRefresh({ ...(storm as NonNullable<typeof storm>), count: 1 }, 70_000);
    expect(first.at).toBe(70_000);
    const second = planRefresh({ ...first.storm, count: 2 }, 70_002);
    expect(second.at).toBe(80_002);
    expect(planRefresh(second.storm, 75_000).at).toBeUndefined();
    expect(planRefresh(second.storm, 75_000).storm).toBe(second.storm);
    expect(planRefresh(second.storm, 80_002).at).toBe(90_002);
    expect([first.storm.refreshAt, second.storm.refreshAt]).toEqual([70_001, 80_002]);
  });

  it('is counted by kind, a known one also when there are twenty', () => {
    let state: ChannelState = CALM;
    for (let count = 0; count < 20; count += 1) state = countInStorm(state, 'C1', `kind ${count}`, 60_000 + count);
    const { storm } = countInStorm(state, 'C1', 'kind 3', 60_030);
    expect(storm).toMatchObject({ id: 'storm/C1/60000', startedAt: 60_000, lastAt: 60_030, count: 21, refreshAt: 0 });
    expect([storm.kinds['kind 3'], Object.keys(storm.kinds).length, storm.kinds.others]).toEqual([2, 20, undefined]);
    const last = { ...state, storm };
    expect(countInStorm(last, 'C1', 'x', 60_030 + 5 * MINUTE_MS - 1).storm.count).toBe(22);
    const anew = countInStorm(last, 'C1', 'x', 60_030 + 5 * MINUTE_MS).storm;
    expect(anew).toMatchObject({ id: `storm/C1/${60_030 + 5 * MINUTE_MS}`, count: 1, kinds: { x: 1 } });
  });

  it('begins above thirty seconds of waiting, and not at them', () => {
    const waiting = (at: number): ChannelState => ({ pace: { ...IDLE, last: { ...IDLE.last, top: at } } });
    expect([isStorm(waiting(90_000), 60_000), isStorm(waiting(90_001), 60_000)]).toEqual([false, true]);
  });

  it('shows the first hundred in its thread, and lists the others', () => {
    const { storm } = countInStorm(CALM, 'C1', 'x', 60_000);
    expect([100, 101].map((count) => isListed({ ...storm, count }))).toEqual([false, true]);
  });
});
