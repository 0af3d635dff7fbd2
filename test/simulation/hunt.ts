import { violations } from './invariants.ts';
import { RIGHT, type Seams } from './seams.ts';
import { type Story, storyOf } from './story.ts';
import { type Play, play } from './world.ts';

export interface Bad {
  readonly seed: number;
  readonly rate: number;
  readonly violations: readonly string[];
}

/** Plays one seed and says what was wrong. What throws, or does not come to rest, is as wrong as a broken invariant. */
export async function trial(how: Play): Promise<readonly string[]> {
  try {
    return violations(await quietly(() => play(how)));
  } catch (thrown) {
    return [`thrown: ${thrown instanceof Error ? thrown.message : String(thrown)}`];
  }
}

/** Without the functions' own log lines, of which a million seeds write many millions. */
export async function quietly<T>(act: () => Promise<T>): Promise<T> {
  const { write } = process.stdout;
  process.stdout.write = () => true;
  try {
    return await act();
  } finally {
    process.stdout.write = write;
  }
}

/** The first bad one of the seeds, or undefined. */
export async function hunt(seeds: Iterable<number>, rate: number, seams: Seams = RIGHT): Promise<Bad | undefined> {
  for (const seed of seeds) {
    const found = await trial({ seed, rate, seams });
    if (found.length > 0) return { seed, rate, violations: found };
  }
  return undefined;
}

export function seedsFrom(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

/** Takes records and approvals away from a bad seed's story for as long as it stays bad. */
export async function shrink(
  { seed, rate }: Pick<Bad, 'seed' | 'rate'>,
  seams: Seams = RIGHT,
  story = storyOf(seed),
): Promise<Story> {
  const smaller = [
    ...story.events.map((gone) => ({ ...story, events: story.events.filter((one) => one !== gone) })),
    ...story.approvals.map((gone) => ({ ...story, approvals: story.approvals.filter((one) => one !== gone) })),
    ...story.pins.map((gone) => ({ ...story, pins: story.pins.filter((one) => one !== gone) })),
    ...(story.hasPeople ? [{ ...story, hasPeople: false }] : []),
  ];
  for (const candidate of smaller)
    if ((await trial({ seed, rate, seams, story: candidate })).length > 0)
      return shrink({ seed, rate }, seams, candidate);
  return story;
}
