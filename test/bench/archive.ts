import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Corpus, writeCorpus } from '../support/archive-corpus.ts';
import { sampleData } from '../support/sample-data.ts';

/** What one run of one contender took. `cpu` and `wall` in seconds. */
interface Took {
  readonly cpu: number;
  readonly wall: number;
  readonly megabytes: number;
}

type Contender = (corpus: Corpus) => Took & { readonly found: number };

const EVENTS = Number(process.env.BENCH_EVENTS ?? 200_000);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const worker = fileURLToPath(new URL('./archive-worker.ts', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'two-eye-bench-'));

const SETS = [
  { name: 'large files, 2 % AssumeRole', eventsPerFile: 1_000, assumeRoleShare: 0.02 },
  { name: 'large files, 20 % AssumeRole', eventsPerFile: 1_000, assumeRoleShare: 0.2 },
  { name: 'small files, 2 % AssumeRole', eventsPerFile: 50, assumeRoleShare: 0.02 },
];

function inNode(way: string, workers = 1): Contender {
  return ({ folder }) =>
    JSON.parse(execFileSync(process.execPath, [worker, way, folder, String(workers)], { encoding: 'utf8' }));
}

/** A native command under `time`: cpu of it and its children. */
function native(program: string, args: (corpus: Corpus) => string[]): Contender {
  return (corpus) => {
    const [startedAt, before] = [performance.now(), cpuOfChildren()];
    const { stdout, status } = spawnSync(program, args(corpus), { encoding: 'utf8', maxBuffer: 1 << 28 });
    if (status !== 0) throw new Error(`${program} failed`);
    const found = stdout
      .trim()
      .split('\n')
      .reduce((sum, line) => sum + Number(line), 0);
    return { found, cpu: cpuOfChildren() - before, wall: (performance.now() - startedAt) / 1e3, megabytes: 0 };
  };
}

/** User and system seconds of children that ended, from /proc (fields 16 and 17 of stat, in hundredths). */
function cpuOfChildren(): number {
  const fields =
    execFileSync('cat', [`/proc/${process.pid}/stat`], { encoding: 'utf8' })
      .split(') ')[1]
      ?.split(' ') ?? [];
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

function contenders(): Map<string, Contender> {
  const all = new Map<string, Contender>([
    ['two-eye', inNode('two-eye')],
    ['two-eye, 2 workers', inNode('two-eye', 2)],
    ['two-eye, again', inNode('again')],
    ['JSON.parse', inNode('JSON.parse')],
  ]);
  if (hasDuckDb()) all.set('DuckDB', inNode('duckdb'));
  else console.log('DuckDB: skipped (`npm install --no-save @duckdb/node-api@1.5.6-r.1` brings it)');
  const limit = buildNative();
  if (limit === undefined) console.log('libdeflate + memmem: skipped (no C compiler or no libdeflate-dev)');
  else
    all.set(
      'libdeflate + memmem',
      native(limit, ({ files }) => ['"roleArn":"arn:aws:iam::111111111111:role/notify-prod-admin"', ...files]),
    );
  if (spawnSync('jq', ['--version']).status !== 0) console.log('jq: skipped (not installed)');
  else
    all.set(
      'jq',
      native('sh', ({ folder }) => [
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

/** Runs all contenders in turn, round after round, so that a busy machine is busy for all of them; the least of each counts. */
function race(corpus: Corpus, all: Map<string, Contender>): Map<string, Took> {
  const best = new Map<string, Took>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, run] of all) {
      if (name === 'jq' && round > 0) continue;
      const { found, ...took } = run(corpus);
      if (found !== corpus.watched.size)
        throw new Error(`${name} found ${found} of ${corpus.watched.size}: a wrong answer has no speed`);
      const before = best.get(name);
      best.set(name, {
        cpu: Math.min(took.cpu, before?.cpu ?? Infinity),
        wall: Math.min(took.wall, before?.wall ?? Infinity),
        megabytes: Math.max(took.megabytes, before?.megabytes ?? 0),
      });
    }
  }
  return best;
}

async function main(): Promise<void> {
  if (sampleData === undefined) return console.log('skipped: the published sample records are not here');
  const all = contenders();
  for (const [index, { name, ...shape }] of SETS.entries()) {
    const corpus = await writeCorpus(join(sampleData, 'cloudtrail/trail-files'), join(scratch, String(index)), {
      events: EVENTS,
      seed: 20261124 + index,
      ...shape,
    });
    console.log(
      `\n${name}: ${EVENTS} events, ${corpus.files.length} files, ${(corpus.bytes / 1e6).toFixed(0)} MB, ${corpus.watched.size} watched`,
    );
    const best = race(corpus, all);
    const ours = best.get('two-eye');
    for (const [each, { cpu, wall, megabytes }] of best) {
      const ratio = (cpu / (ours?.cpu ?? cpu)).toFixed(2);
      console.log(
        `  ${each.padEnd(22)} cpu ${cpu.toFixed(2)} s  wall ${wall.toFixed(2)} s  ${ratio}× two-eye${megabytes === 0 ? '' : `  ${megabytes.toFixed(0)} MB`}`,
      );
    }
    rmSync(corpus.folder, { recursive: true });
  }
}

try {
  await main();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
