import { freshenBundles } from '../../support/bundles.ts';
import { playAndKill } from './play.ts';
import { violationsOf } from './what-is-left.ts';

const STEPS = 12;

/** Plays so many seeds with a death at every step, and says each that ends badly; `say` is told of each as it ends. */
export async function killReport(seeds: number, say: (line: string) => void): Promise<boolean> {
  await freshenBundles();
  process.env.TWO_EYE_BUNDLES = 'fresh';
  let kills = 0;
  let bad = 0;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const left = await playAndKill({ seed, steps: STEPS });
    const wrong = violationsOf(left);
    kills += left.kills;
    bad += wrong.length > 0 ? 1 : 0;
    if (wrong.length > 0) say(`  seed ${seed} ends badly after ${left.kills} kills: ${wrong.join('; ')}`);
  }
  say(`Killed processes: ${kills} in ${seeds} seeds of ${STEPS} steps, ${bad === 0 ? 'none' : bad} of them bad.`);
  return bad === 0;
}
