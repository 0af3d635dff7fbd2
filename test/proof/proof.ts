import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { hunt, seedsFrom, shrink, trial } from '../simulation/hunt.ts';
import { huntInThreads } from '../simulation/hunt-in-threads.ts';
import { randomOf } from '../simulation/random.ts';
import { SABOTAGE, sabotaged } from '../simulation/sabotage.ts';
import { storyInWords, storyOf } from '../simulation/story.ts';
import { FAULTS, INCUMBENT } from './faults.ts';
import { killReport } from './kill/report.ts';
import { modelReport } from './model.ts';

/**
 * `npm run proof -- --seeds 60000 --from 1`: every claim of docs/proof.md, made again; a million seeds, and twenty with killed processes, unless said otherwise.
 * `npm run proof -- --seed 7 --rate 0.15`: everything that happens in one of them.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000000' },
    from: { type: 'string', default: '1' },
    kills: { type: 'string', default: '20' },
    seed: { type: 'string' },
    rate: { type: 'string', default: '0.15' },
  },
});
const seeds = Number(values.seeds);
const from = Number(values.from);
const RATES = [0.05, 0.15, 0.3] as const;
const MOST_SEEDS_A_BUG = 5_000;

const isWell = values.seed === undefined ? await main() : await retell(Number(values.seed), Number(values.rate));
process.exitCode = isWell ? 0 : 1;

async function main(): Promise<boolean> {
  say(`Simulation: ${seeds} seeds, a third at each fault rate.`);
  const outcomes = [];
  for (const rate of RATES) outcomes.push(await simulate(Math.ceil(seeds / RATES.length), rate));
  const caught = await sabotage();
  const model = modelReport();
  say(model.line);
  const survived = await killReport(Number(values.kills), say);
  const proven = FAULTS.filter(({ provenBy }) => provenBy !== undefined).length;
  for (const { fault, because } of FAULTS.flatMap(({ fault, provenBy }) =>
    provenBy ? [] : [{ fault, because: 'no test yet' }],
  ))
    say(`  not proven: ${fault} (${because})`);
  say(`Faults: ${proven}/${FAULTS.length}. ${INCUMBENT}`);
  return outcomes.every(Boolean) && caught && model.holds && survived;
}

async function simulate(count: number, rate: number): Promise<boolean> {
  const began = performance.now();
  const progress = new SingleBar({ format: `  ${rate * 100} % [{bar}] {value}/{total} seeds, {eta_formatted} left` });
  progress.start(count, 0);
  const bad = await huntInThreads(from, count, rate, (played) => progress.increment(played));
  progress.stop();
  const perSecond = Math.round(count / ((performance.now() - began) / 1_000));
  if (bad === undefined) {
    say(`  ${rate * 100} %: ${count} seeds, none bad (${perSecond} a second)`);
    return true;
  }
  say(`  ${rate * 100} %: seed ${bad.seed} is bad: ${bad.violations.join('; ')}`);
  say(`  How it came: npm run proof -- --seed ${bad.seed} --rate ${rate}`);
  return false;
}

/** Plays one seed and tells everything that happened; a bad one is shrunk first to the least story that is still bad. */
async function retell(seed: number, rate: number): Promise<boolean> {
  const whole = await trial({ seed, rate });
  const story = whole.length === 0 ? undefined : await shrink({ seed, rate });
  const lines: string[] = [];
  const found = await trial({ seed, rate, trace: (line) => lines.push(line()), ...(story && { story }) });
  say(`Seed ${seed} when ${rate * 100} % of all calls go wrong:\n${storyInWords(story ?? storyOf(randomOf(seed)))}\n`);
  for (const line of lines) say(line);
  say(found.length === 0 ? '\nNothing is wrong.' : `\nWrong: ${found.join('; ')}`);
  return found.length === 0;
}

async function sabotage(): Promise<boolean> {
  const bugs = Object.entries(SABOTAGE);
  let caught = 0;
  for (const [name, wrong] of bugs) {
    const bad = await hunt(seedsFrom(1, MOST_SEEDS_A_BUG), 0.15, sabotaged(wrong));
    caught += bad === undefined ? 0 : 1;
    say(`  ${bad === undefined ? 'NOT CAUGHT' : `caught after ${bad.seed} seeds`}: ${name}`);
  }
  say(`Sabotage: ${caught}/${bugs.length} bugs caught.`);
  return caught === bugs.length;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
