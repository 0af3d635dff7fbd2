import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshenBundles } from './support/bundles.ts';
import { runScanned } from './support/leak-scan.ts';

// What `npm test` runs: lint, types, bundles and every test, and whether any of them let out a secret; ends with one line that counts them all.

/** Lines with a secret in them, of all that was printed. */
const leaks: string[] = [];

/** The part of vitest's JSON report that is counted. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly success: boolean;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const checks = await Promise.all([
  check('lint', () => run('biome', ['check', '.'])),
  check('types', () => run('tsc', ['--noEmit'])),
  check('types of the page', () => run('tsc', ['--noEmit', '-p', 'sandbox/page'])),
  check('bundles', async () => {
    await freshenBundles();
    return 0;
  }),
]);
const tests = await runTests(process.argv.slice(2));
const secrets = await check('secrets', async () => tellLeaks());
const total = sum([...checks, tests, secrets]);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;

/** A check counts as one test, so that a failed one fails the run and is seen in the last line. */
async function check(name: string, act: () => Promise<number>): Promise<Count> {
  const code = await act().catch((thrown: unknown) => {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    return 1;
  });
  console.log(`${name}: ${code === 0 ? 'passed' : 'failed'}`);
  return code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

async function runTests(filters: readonly string[]): Promise<Count> {
  const folder = await mkdtemp(join(tmpdir(), 'two-eye-test-'));
  const file = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const code = await run('vitest', ['run', ...reporters, ...filters]);
    return countOf(await reportIn(file), code);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function reportIn(file: string): Promise<Report | undefined> {
  return readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Report,
    () => undefined,
  );
}

/** A file that could not be loaded has no tests to count, and an error outside any test neither: each is one failure. */
function countOf(report: Report | undefined, code: number): Count {
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  const failed = report.numFailedTests + broken.length;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function sum(counts: readonly Count[]): Count {
  const add = (key: keyof Count) => counts.reduce((total, count) => total + count[key], 0);
  return { passed: add('passed'), failed: add('failed'), skipped: add('skipped') };
}

/** Runs a tool of `node_modules/.bin` (on the path of every npm script) and gives its exit code. */
async function run(tool: string, args: readonly string[]): Promise<number> {
  const ran = await runScanned([join('node_modules', '.bin', tool), ...args]);
  leaks.push(...ran.leaks);
  return ran.code;
}

function tellLeaks(): number {
  for (const line of leaks) console.error(`A secret came out: ${line}`);
  return leaks.length === 0 ? 0 : 1;
}
