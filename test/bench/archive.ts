import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Corpus, writeCorpus } from '../support/archive-corpus.ts';
import { sampleData } from '../support/sample-data.ts';

// Contenders take turns, and each is compared with two-eye's own turn of the same round: a busy machine is busy for both. What
// counts is the median of these ratios.

/** What one run of one contender took. `cpu` and `wall` in seconds. */
interface Took {
  readonly cpu: number;
  readonly wall: number;
  readonly megabytes: number;
}

type Contender = (corpus: Corpus) => Took & { readonly found: number };

/** What each contender took, a round an entry. */
type Rounds = ReadonlyMap<string, readonly Took[]>;

const EVENTS = Number(process.env.BENCH_EVENTS ?? 200_000);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 7);
/** `jq` takes as long as all others together. */
const JQ_ROUNDS = 3;
const worker = fileURLToPath(new URL('./archive-worker.ts', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'two-eye-bench-'));

const [US, TWO, AGAIN, NATIVE] = ['two-eye', 'two-eye, 2 workers', 'two-eye, again', 'libdeflate + memmem'];
/** A policy that names too little of a role to search for. */
const EVERY_ROLE = 'two-eye, every role';

const SETS = [
  {
    name: 'large files, 2 % AssumeRole',
    ...{ eventsPerFile: 1_000, assumeRoleShare: 0.02 },
    goals: { native: 1.8, json: 3.5, duckdb: 3 },
  },
  {
    name: 'large files, 20 % AssumeRole',
    ...{ eventsPerFile: 1_000, assumeRoleShare: 0.2 },
    goals: { native: 2, json: 3, duckdb: 2.5 },
  },
  {
    name: 'small files, 2 % AssumeRole',
    ...{ eventsPerFile: 50, assumeRoleShare: 0.02 },
    goals: { native: 2, json: 3, duckdb: 2.5 },
  },
];

/** What was compiled is kept, as the command does: else the stripping of types goes on in the background while a contender runs. */
const env = { ...process.env, NODE_COMPILE_CACHE: join(scratch, 'compiled') };

function inNode(way: string, workers = 1): Contender {
  return ({ folder }) =>
    JSON.parse(execFileSync(process.execPath, [worker, way, folder, String(workers)], { encoding: 'utf8', env }));
}

/** A command that prints how many it found and its own cpu seconds. */
function measured(program: string, args: (corpus: Corpus) => string[]): Contender {
  return (corpus) => {
    const startedAt = performance.now();
    const [found, cpu] = outputOf(program, args(corpus)).split(' ').map(Number);
    return { found: found ?? 0, cpu: cpu ?? 0, wall: (performance.now() - startedAt) / 1e3, megabytes: 0 };
  };
}

/** A command that only prints how many it found, of which the kernel says what it and its children took. */
function unmeasured(program: string, args: (corpus: Corpus) => string[]): Contender {
  return (corpus) => {
    const [startedAt, before] = [performance.now(), cpuOfChildren()];
    const found = Number(outputOf(program, args(corpus)));
    return { found, cpu: cpuOfChildren() - before, wall: (performance.now() - startedAt) / 1e3, megabytes: 0 };
  };
}

function outputOf(program: string, args: string[]): string {
  const { stdout, status } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${program} failed`);
  return stdout.trim();
}

/** User and system seconds of children that ended, from /proc (fields 16 and 17 of stat, in hundredths). */
function cpuOfChildren(): number {
  const fields = readFileSync('/proc/self/stat', 'latin1').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

function contenders(): Map<string, Contender> {
  const all = new Map<string, Contender>([
    [US, inNode('two-eye')],
    [TWO, inNode('two-eye', 2)],
    [AGAIN, inNode('again')],
    [EVERY_ROLE, inNode('every-role')],
    ['JSON.parse', inNode('JSON.parse')],
  ]);
  if (hasDuckDb()) all.set('DuckDB', inNode('duckdb'));
  else console.log('DuckDB: skipped (`npm install --no-save @duckdb/node-api@1.5.6-r.1` brings it)');
  const limit = buildNative();
  if (limit === undefined) console.log('libdeflate + memmem: skipped (no C compiler or no libdeflate-dev)');
  else
    all.set(
      NATIVE,
      measured(limit, ({ files }) => ['"roleArn":"arn:aws:iam::111111111111:role/notify-prod-admin"', ...files]),
    );
  if (spawnSync('jq', ['--version']).status !== 0) console.log('jq: skipped (not installed)');
  else
    all.set(
      'jq',
      unmeasured('sh', ({ folder }) => [
        '-c',
        `find ${folder} -name '*.json.gz' | xargs zcat | jq -n '[inputs.Records[] | select(.eventName == "AssumeRole" and .requestParameters.roleArn == "arn:aws:iam::111111111111:role/notify-prod-admin")] | length'`,
      ]),
    );
  return all;
}

function hasDuckDb(): boolean {
  try {
    return import.meta.resolve('@duckdb/node-api') !== '';
  } catch {
    return false;
  }
}

function buildNative(): string | undefined {
  const [source, out] = [fileURLToPath(new URL('./archive-native.c', import.meta.url)), join(scratch, 'native')];
  return spawnSync('cc', ['-O3', '-o', out, source, '-ldeflate']).status === 0 ? out : undefined;
}

function race(corpus: Corpus, all: Map<string, Contender>): Rounds {
  const rounds = new Map([...all.keys()].map((name) => [name, [] as Took[]]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, run] of all) {
      if (name === 'jq' && round >= JQ_ROUNDS) continue;
      const { found, ...took } = run(corpus);
      if (found !== corpus.watched.size)
        throw new Error(`${name} found ${found} of ${corpus.watched.size}: a wrong answer has no speed`);
      rounds.get(name)?.push(took);
    }
  }
  return rounds;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}

/** How many times what `other` took `one` took, round by round, and the median of that. The first run of the extract makes it, and does not count. */
function ratio(rounds: Rounds, one: string, other: string, of: 'cpu' | 'wall'): number {
  const others = rounds.get(other) ?? [];
  const ratios = (rounds.get(one) ?? []).map((took, round) => took[of] / (others[round]?.[of] ?? Number.NaN));
  return median(one === AGAIN || other === AGAIN ? ratios.slice(1) : ratios);
}

function report(rounds: Rounds, { native, json, duckdb }: (typeof SETS)[number]['goals']): void {
  for (const [name, all] of rounds) {
    const took = name === AGAIN ? all.slice(1) : all;
    const seconds = (of: 'cpu' | 'wall') => median(took.map((each) => each[of])).toFixed(2);
    const times = (of: 'cpu' | 'wall') => `${ratio(rounds, name, US, of).toFixed(2)}×`;
    const megabytes = Math.max(...took.map((each) => each.megabytes));
    const memory = megabytes === 0 ? '' : `  ${megabytes.toFixed(0)} MB`;
    console.log(
      `  ${name.padEnd(20)} cpu ${seconds('cpu')} s  wall ${seconds('wall')} s  of two-eye's cpu ${times('cpu')}, wall ${times('wall')}${memory}`,
    );
  }
  judged('times native, at most', ratio(rounds, US, NATIVE, 'cpu'), (value) => value <= native, native);
  judged('JSON.parse over us', ratio(rounds, 'JSON.parse', US, 'cpu'), (value) => value >= json, json);
  judged('DuckDB over us', ratio(rounds, 'DuckDB', US, 'cpu'), (value) => value >= duckdb, duckdb);
  judged('jq over us', ratio(rounds, 'jq', US, 'cpu'), (value) => value >= 12, 12);
  judged(
    'JSON.parse over us, every role parsed',
    ratio(rounds, 'JSON.parse', EVERY_ROLE, 'cpu'),
    (value) => value > 1,
    1,
  );
  judged('DuckDB over us, every role parsed', ratio(rounds, 'DuckDB', EVERY_ROLE, 'cpu'), (value) => value > 1, 1);
  judged('one thread over two (wall)', ratio(rounds, US, TWO, 'wall'), (value) => value >= 1.6, 1.6);
  judged('first over again (cpu)', ratio(rounds, US, AGAIN, 'cpu'), (value) => value >= 20, 20);
}

function judged(what: string, value: number, isMet: (value: number) => boolean, goal: number): void {
  if (!Number.isNaN(value))
    console.log(`  ${what}: ${value.toFixed(2)} (goal ${goal}) ${isMet(value) ? 'met' : 'missed'}`);
}

async function main(): Promise<void> {
  if (sampleData === undefined) return console.log('skipped: the published sample records are not here');
  const all = contenders();
  for (const [index, { name, goals, ...shape }] of SETS.entries()) {
    const corpus = await writeCorpus(join(sampleData, 'cloudtrail/trail-files'), join(scratch, String(index)), {
      events: EVENTS,
      seed: 20261124 + index,
      ...shape,
    });
    console.log(
      `\n${name}: ${EVENTS} events, ${corpus.files.length} files, ${(corpus.bytes / 1e6).toFixed(0)} MB, ${corpus.watched.size} watched`,
    );
    report(race(corpus, all), goals);
    rmSync(corpus.folder, { recursive: true });
  }
}

try {
  await main();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
