import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { SingleBar } from 'cli-progress';
import { type Bad, hunt, shrink } from '../simulation/hunt.ts';
import { randomOf } from '../simulation/random.ts';
import { SABOTAGE, sabotaged } from '../simulation/sabotage.ts';
import { storyOf } from '../simulation/story.ts';
import { FAULTS, INCUMBENT } from './faults.ts';
import { modelReport } from './model.ts';

/** `npm run proof -- --seeds 60000`: every claim of docs/proof.md, made again; a million seeds unless said otherwise. */
const { values } = parseArgs({ options: { seeds: { type: 'string', default: '1000000' } } });
const seeds = Number(values.seeds);
const RATES = [0.05, 0.15, 0.3] as const;
const MOST_SEEDS_A_BUG = 5_000;

process.exitCode = (await main()) ? 0 : 1;

async function main(): Promise<boolean> {
  say(`Simulation: ${seeds} seeds, a third at each fault rate.`);
  const outcomes = [];
  for (const rate of RATES) outcomes.push(await simulate(Math.ceil(seeds / RATES.length), rate));
  const caught = await sabotage();
  const model = modelReport();
  say(model.line);
  const proven = FAULTS.filter(({ provenBy }) => provenBy !== undefined).length;
  for (const { fault, because } of FAULTS.flatMap(({ fault, provenBy }) =>
    provenBy ? [] : [{ fault, because: 'no test yet' }],
  ))
    say(`  not proven: ${fault} (${because})`);
  say(`Faults: ${proven}/${FAULTS.length}. ${INCUMBENT}`);
  return outcomes.every(Boolean) && caught && model.holds;
}

async function simulate(count: number, rate: number): Promise<boolean> {
  const began = performance.now();
  const bad = await huntOnEveryCore(count, rate);
  const perSecond = Math.round(count / ((performance.now() - began) / 1_000));
  if (bad === undefined) {
    say(`  ${rate * 100} %: ${count} seeds, none bad (${perSecond} a second)`);
    return true;
  }
  const story = await shrink(bad, storyOf(randomOf(bad.seed)));
  say(`  ${rate * 100} %: seed ${bad.seed} is bad: ${bad.violations.join('; ')}\n${JSON.stringify(story, null, 2)}`);
  return false;
}

/** The seeds from 1 on in equal shares, one a core; the smallest bad one that was met, or undefined. */
async function huntOnEveryCore(count: number, rate: number): Promise<Bad | undefined> {
  const share = Math.ceil(count / availableParallelism());
  const progress = new SingleBar({ format: `  ${rate * 100} % [{bar}] {value}/{total} seeds, {eta_formatted} left` });
  progress.start(count, 0);
  const workers = Array.from({ length: availableParallelism() }, (_, index) =>
    huntInWorker(
      { from: 1 + index * share, count: Math.max(0, Math.min(share, count - index * share)), rate },
      progress,
    ),
  );
  const bad = (await Promise.all(workers)).flatMap((one) => one ?? []);
  progress.stop();
  return bad.toSorted((one, other) => one.seed - other.seed)[0];
}

function huntInWorker(
  share: { readonly from: number; readonly count: number; readonly rate: number },
  progress: SingleBar,
): Promise<Bad | undefined> {
  const worker = new Worker(new URL('./hunt-worker.ts', import.meta.url), { workerData: share });
  let found: Bad | undefined;
  worker.on('message', ({ played, bad }: { readonly played: number; readonly bad?: Bad }) => {
    progress.increment(played);
    found ??= bad;
  });
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', () => resolve(found));
  });
}

async function sabotage(): Promise<boolean> {
  const bugs = Object.entries(SABOTAGE);
  let caught = 0;
  for (const [name, wrong] of bugs) {
    const bad = await hunt(1, MOST_SEEDS_A_BUG, 0.15, sabotaged(wrong));
    caught += bad === undefined ? 0 : 1;
    say(`  ${bad === undefined ? 'NOT CAUGHT' : `caught after ${bad.seed} seeds`}: ${name}`);
  }
  say(`Sabotage: ${caught}/${bugs.length} bugs caught.`);
  return caught === bugs.length;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
