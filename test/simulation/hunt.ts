import { violations } from './invariants.ts';
import type { Story } from './story.ts';
import { play, RIGHT, type Seams } from './world.ts';

export interface Bad {
  readonly seed: number;
  readonly rate: number;
  readonly violations: readonly string[];
}

/** Plays one seed and says what was wrong. What throws, or does not come to rest, is as wrong as a broken invariant. */
export async function trial(
  seed: number,
  rate: number,
  seams: Seams = RIGHT,
  story?: Story,
): Promise<readonly string[]> {
  try {
    return violations(await quietly(() => play(seed, rate, seams, story)));
  } catch (thrown) {
    return [`thrown: ${thrown instanceof Error ? thrown.message : String(thrown)}`];
  }
}

/** Without the functions' own log lines, of which a million seeds write many millions. */
async function quietly<T>(act: () => Promise<T>): Promise<T> {
  const { write } = process.stdout;
  process.stdout.write = () => true;
  try {
    return await act();
  } finally {
    process.stdout.write = write;
  }
}

/** The first bad seed of a range, or undefined. */
export async function hunt(from: number, count: number, rate: number, seams: Seams = RIGHT): Promise<Bad | undefined> {
  for (let seed = from; seed < from + count; seed += 1) {
    const found = await trial(seed, rate, seams);
    if (found.length > 0) return { seed, rate, violations: found };
  }
  return undefined;
}

/** Takes records and approvals away from a bad seed's story for as long as it stays bad. */
export async function shrink({ seed, rate }: Bad, story: Story, seams: Seams = RIGHT): Promise<Story> {
  const smaller = [
    ...story.events.map((gone) => ({ ...story, events: story.events.filter((one) => one !== gone) })),
    ...story.approvals.map((gone) => ({ ...story, approvals: story.approvals.filter((one) => one !== gone) })),
    ...story.pins.map((gone) => ({ ...story, pins: story.pins.filter((one) => one !== gone) })),
    ...(story.hasPeople ? [{ ...story, hasPeople: false }] : []),
  ];
  for (const candidate of smaller)
    if ((await trial(seed, rate, seams, candidate)).length > 0)
      return shrink({ seed, rate, violations: [] }, candidate, seams);
  return story;
}
