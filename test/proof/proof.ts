import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { hunt, seedsFrom, shrink, trial } from '../simulation/hunt.ts';
import { huntInThreads } from '../simulation/hunt-in-threads.ts';
import { SABOTAGE, sabotaged } from '../simulation/sabotage.ts';
import { storyInWords, storyOf } from '../simulation/story.ts';
import { atLength, FUZZ, HOSTILE_FILES, type Lengthy } from './at-length.ts';
import { FAULTS, INCUMBENT, isThere } from './faults.ts';
import { killReport } from './kill/report.ts';
import { modelReport } from './model.ts';

/**
 * `npm run proof`: every claim of docs/proof.md, made again, with as many seeds, inputs and files as are said or as stand below.
 * `npm run proof -- --seeds 60000 --from 300001 --parts simulation,model`: some of it.
 * `npm run proof -- --seed 7 --rate 0.15`: everything that happens in one of them.
 */
const OPTIONS = {
  seeds: { type: 'string', default: '1000000' },
  from: { type: 'string', default: '1' },
  kills: { type: 'string', default: '20' },
  fuzz: { type: 'string', default: '100000' },
  files: { type: 'string', default: '200000' },
  parts: { type: 'string' },
  seed: { type: 'string' },
  rate: { type: 'string', default: '0.15' },
} as const;

const { values } = given();
const seeds = Number(values.seeds);
const from = Number(values.from);
const RATES = [0.05, 0.15, 0.3] as const;
const MOST_SEEDS_A_BUG = 5_000;

const isWell = values.seed === undefined ? await main() : await retell(Number(values.seed), Number(values.rate));
process.exitCode = isWell ? 0 : 1;

async function main(): Promise<boolean> {
  const parts: Readonly<Record<string, () => boolean | Promise<boolean>>> = {
    simulation,
    sabotage,
    model,
    kills: () => killReport(Number(values.kills), say),
    fuzz: () => lengthy('Fuzz', FUZZ, Number(values.fuzz)),
    files: () => lengthy('Hostile files', HOSTILE_FILES, Number(values.files)),
    faults,
  };
  const wanted = values.parts?.split(',') ?? Object.keys(parts);
  const unknown = wanted.filter((name) => !Object.hasOwn(parts, name));
  if (unknown.length > 0) {
    say(`There is no part ${unknown.join(' and no part ')}; there are ${Object.keys(parts).join(', ')}.`);
    return false;
  }
  const outcomes: (readonly [name: string, isWell: boolean])[] = [];
  for (const [name, part] of Object.entries(parts)) if (wanted.includes(name)) outcomes.push([name, await part()]);
  const bad = outcomes.filter(([, isWell]) => !isWell).map(([name]) => name);
  say(`Proof: ${outcomes.length} parts, ${bad.length === 0 ? 'all of them well' : `not well: ${bad.join(', ')}`}.`);
  return bad.length === 0;
}

/** What was asked for; an option that there is not ends with one line. */
function given() {
  try {
    return parseArgs({ options: OPTIONS });
  } catch (error) {
    const known = Object.keys(OPTIONS).map((name) => `--${name}`);
    console.error(`${(error as Error).message.split('. ')[0]}. The options are ${known.join(', ')}.`);
    process.exit(1);
  }
}

async function simulation(): Promise<boolean> {
  say(`Simulation: ${seeds} seeds, a third at each fault rate.`);
  const outcomes = [];
  for (const rate of RATES) outcomes.push(await simulate(Math.ceil(seeds / RATES.length), rate));
  return outcomes.every(Boolean);
}

function model(): boolean {
  const { line, holds } = modelReport();
  say(line);
  return holds;
}

function lengthy(title: string, tests: Lengthy, count: number): boolean {
  say(`${title}: ${count} ${tests.cases}.`);
  return atLength(tests, count, say);
}

/** Whether each fault has tests, and they are there; that they pass is for `npm test` to say. */
function faults(): boolean {
  const proven = FAULTS.filter(({ provenBy }) => provenBy.length > 0 && provenBy.every(isThere));
  for (const one of FAULTS) {
    say(`  ${one.number} ${one.fault}${proven.includes(one) ? '' : ': NOT PROVEN'}`);
    for (const { file, title } of one.provenBy) say(`     ${file}: ${title}`);
  }
  say(`Faults: ${proven.length}/${FAULTS.length}. ${INCUMBENT}`);
  return proven.length === FAULTS.length;
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
  say(`Seed ${seed} when ${rate * 100} % of all calls go wrong:\n${storyInWords(story ?? storyOf(seed))}\n`);
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
