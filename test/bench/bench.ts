import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { bundle } from '../../infra/bundle.ts';
import { askedBy } from '../../lambdas/access/arrivals.ts';
import { testPolicy } from '../support/policies.ts';
import { apiCall, envelope } from '../support/records.ts';
import { watchedRecords } from './records.ts';
import { sandboxStart } from './sandbox-start.ts';

// Ratios from one interleaved run: the machine's own speed and load cancel out. Nothing here passes or fails.

const RUNS = Number(process.env.BENCH_RUNS ?? 11);

const folder = await mkdtemp(join(tmpdir(), 'two-eye-bench-'));
try {
  await startUps();
  coldAnswer();
  ignoredRecords();
  await watchedRecords(RUNS);
  await sandboxStart(3);
} finally {
  await rm(folder, { recursive: true });
}

async function startUps(): Promise<void> {
  const bundles = await bundle({ outDir: join(folder, 'dist') });
  const files = new Map(bundles.map(({ name, folder: at }) => [name, join(at, 'index.mjs')]));
  const empty = await made('empty', 'export const handler = 1;');
  const client = await made('client', "export { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';");
  const imports = ['on-access', 'ping', 'page'].map(
    (name) => `export * as ${name.replace('-', '')} from './lambdas/${name}.ts';`,
  );
  const more = [
    "export * as slack from '@slack/web-api';",
    "export * as pagerDuty from '@pagerduty/pdjs';",
    "export * as sns from '@aws-sdk/client-sns';",
  ];
  const eager = await made('eager', [imports[0], ...more].join('\n'));
  const all = new Map([
    ...files,
    ['(empty)', empty],
    ['(client-dynamodb)', client],
    ['(on-access, everything eager)', eager],
  ]);
  const times = new Map([...all.keys()].map((name) => [name, [] as number[]]));
  for (let run = 0; run < RUNS; run += 1) for (const [name, file] of all) times.get(name)?.push(loadMs(file));
  const median = (name: string) => (times.get(name) ?? []).toSorted((one, other) => one - other)[RUNS >> 1] ?? 0;
  const over = (name: string, base: string) => (median(name) / median(base)).toFixed(2);
  console.log('start-up, ratios of medians: over an empty module, over client-dynamodb alone; bytes at start, in all');
  for (const { name, startBytes, bytes } of bundles) {
    console.log(
      `  ${name.padEnd(16)} ${over(name, '(empty)').padStart(7)}  ${over(name, '(client-dynamodb)')}  ${startBytes}  ${bytes}`,
    );
  }
  console.log(`on-access over client-dynamodb alone: ${over('on-access', '(client-dynamodb)')} (goal 1.10 at most)`);
  console.log(
    `on-access over everything eager: ${over('on-access', '(on-access, everything eager)')} (goal 0.55 at most)`,
  );
}

/** Slack gives up after three seconds; the Lambda's own start comes on top of this. */
function coldAnswer(): void {
  const at = join(folder, 'dist', 'on-slack');
  const script = join(import.meta.dirname, 'cold-slack.ts');
  const times = Array.from({ length: RUNS }, () => {
    const { stdout } = spawnSync(process.execPath, [script, join(at, 'index.mjs'), join(at, 'policy.json')], {
      encoding: 'utf8',
    });
    return Number(stdout || Number.NaN);
  }).toSorted((one, other) => one - other);
  const median = times[RUNS >> 1] ?? Number.NaN;
  console.log(`on-slack, cold, from loading it to the open form: ${median.toFixed(0)} ms (Slack waits 3,000 ms)`);
}

async function made(name: string, contents: string): Promise<string> {
  const outfile = join(folder, `${name}.mjs`);
  const banner = { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" };
  const options = { bundle: true, minify: true, format: 'esm', platform: 'node', target: 'node24' } as const;
  await build({
    ...options,
    stdin: { contents, resolveDir: process.cwd() },
    outfile,
    banner,
    mainFields: ['module', 'main'],
  });
  return outfile;
}

/** Milliseconds to import a module in a process of its own; booting the process does not count. */
function loadMs(file: string): number {
  const code = `const t=performance.now();await import(${JSON.stringify(pathToFileURL(file).href)});process.stdout.write(String(performance.now()-t));process.exit(0)`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
  return Number(stdout);
}

/** CPU for a record that is not watched, over `JSON.parse` of the same bytes. */
function ignoredRecords(): void {
  const policy = testPolicy();
  const body = JSON.stringify(envelope(apiCall({ source: 's3.amazonaws.com', name: 'PutObject' })));
  const parse: number[] = [];
  const ask: number[] = [];
  for (let run = 0; run < RUNS * 3; run += 1) {
    parse.push(cpuMs(() => JSON.parse(body)));
    ask.push(cpuMs(() => askedBy(body, policy)));
  }
  const ratio = Math.min(...ask) / Math.min(...parse);
  console.log(`CPU of an ignored record over JSON.parse of the same bytes: ${ratio.toFixed(2)} (goal 1.50 at most)`);
}

function cpuMs(act: () => unknown): number {
  const before = process.cpuUsage();
  for (let count = 0; count < 5_000; count += 1) act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
