import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { SingleBar } from 'cli-progress';

/** A test file that looks at more cases when it is told to by the environment. */
export interface Lengthy {
  readonly file: string;
  /** What is counted, for people. */
  readonly cases: string;
  /** How many are looked at by one run of the file: few enough to show that it goes on, enough to be worth the start. */
  readonly slice: number;
  /** How the file is told to look at `count` cases, others than those before `from`, which begins at 1. */
  readonly environment: (from: number, count: number) => Readonly<Record<string, string>>;
}

export const FUZZ: Lengthy = {
  file: 'test/proof/fuzz.test.ts',
  cases: 'inputs of each kind',
  slice: 5_000,
  environment: (from, count) => ({ FUZZ_RUNS: String(count), PROPERTY_SEED: String(from) }),
};

export const HOSTILE_FILES: Lengthy = {
  file: 'test/cli/archive/fast-scan.test.ts',
  cases: 'hostile files',
  slice: 10_000,
  environment: (from, count) => ({ HOSTILE_FROM: String(from), HOSTILE_FILES: String(count) }),
};

/** Runs the file in slices until so many cases were looked at, or until a slice fails; `say` is told how it ended, and how to see that again. */
export function atLength(
  { file, cases, slice, environment }: Lengthy,
  total: number,
  say: (line: string) => void,
): boolean {
  const progress = new SingleBar({ format: `  [{bar}] {value}/{total} ${cases}, {eta_formatted} left` });
  progress.start(total, 0);
  for (let from = 1; from <= total; from += slice) {
    const count = Math.min(slice, total - from + 1);
    const told = environment(from, count);
    const { status, output } = run(file, told);
    if (status !== 0) {
      progress.stop();
      const again = Object.entries(told).map(([name, value]) => `${name}=${value}`);
      say(`${output}\n  Not well among the ${cases} from ${from} on: ${again.join(' ')} npx vitest run ${file}`);
      return false;
    }
    progress.increment(count);
  }
  progress.stop();
  say(`  ${total} ${cases}, none bad.`);
  return true;
}

function run(file: string, environment: Readonly<Record<string, string>>) {
  const given = ['run', '--testTimeout=3600000', file];
  const { status, stdout, stderr } = spawnSync(process.execPath, [join('node_modules', '.bin', 'vitest'), ...given], {
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return { status, output: `${stdout}${stderr}`.slice(-10_000) };
}
