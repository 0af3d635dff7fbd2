import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sourcesOf } from '../../cli/archive/paths.ts';
import { threadsFor } from '../../cli/archive/threads.ts';

// One contender, as a process of its own: prints how many watched records it found, its cpu seconds, its wall seconds and its peak memory in MB.
const [way = '', folder = '', workers = '1'] = process.argv.slice(2);
// As `two-eye replay` goes about it: what helps is started first, then the rest of the command is loaded, and the policy. No contender's loading counts.
const threads = workers === '1' ? undefined : threadsFor(sourcesOf([folder]).sources, Number(workers));
threads?.start();
await import('../../cli/replay/run.ts');
const { scanArchive } = await import('../../cli/archive/scan.ts');
const { loadPolicy } = await import('../../policy/load.ts');
await loadPolicy('policy/notify.yaml');
const { testPolicy } = await import('../support/policies.ts');
/** Too little of a name to search for, and of one role only. */
const everyRole = () => {
  const [target, ...others] = testPolicy().targets;
  if (target?.door.kind !== 'role') throw new Error('the first target is no role');
  const door = { ...target.door, roleArn: 'arn:aws:iam::111111111111:role/not*' };
  return testPolicy({ targets: [{ ...target, door }, ...others] });
};
const names = () =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json.gz'))
    .map((name) => join(folder, name))
    .sort();
const isWatched = (event: { eventName?: string; requestParameters?: { roleArn?: string } | null }) =>
  event.eventName === 'AssumeRole' &&
  event.requestParameters?.roleArn === 'arn:aws:iam::111111111111:role/notify-prod-admin';

/** Brought by hand for the race: its bindings are 60 MB for each platform, and not every registry has all of them. */
const DUCKDB: string = '@duckdb/node-api';

/** The little of DuckDB's client that is used. */
interface DuckDb {
  readonly DuckDBInstance: {
    create(
      path: string,
      options: Readonly<Record<string, string>>,
    ): Promise<{
      connect(): Promise<{
        runAndReadAll(query: string): Promise<{ getRows(): readonly (readonly unknown[])[] }>;
      }>;
    }>;
  };
}

const ways: Readonly<Record<string, () => Promise<number>>> = {
  'two-eye': async () =>
    (await scanArchive(sourcesOf([folder]).sources, testPolicy(), { threads })).extract.records.length,
  'every-role': async () => (await scanArchive(sourcesOf([folder]).sources, everyRole(), {})).extract.records.length,
  // What an earlier run kept answers: the first run, if there was none, is not measured apart.
  again: async () =>
    (await scanArchive(sourcesOf([folder]).sources, testPolicy(), { keep: `${folder}-kept` })).extract.records.length,
  'JSON.parse': async () =>
    names().reduce(
      (sum, name) => sum + JSON.parse(gunzipSync(readFileSync(name)).toString('utf8')).Records.filter(isWatched).length,
      0,
    ),
  duckdb: async () => {
    const { DuckDBInstance } = (await import(DUCKDB)) as DuckDb;
    const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
    const columns = `{Records: 'STRUCT(eventName VARCHAR, requestParameters STRUCT(roleArn VARCHAR))[]'}`;
    const query = `SELECT count(*) FROM (SELECT unnest(Records) AS r FROM read_json('${folder}/*.json.gz', columns=${columns}, maximum_object_size=67108864)) WHERE r.eventName = 'AssumeRole' AND r.requestParameters.roleArn = 'arn:aws:iam::111111111111:role/notify-prod-admin'`;
    return Number((await connection.runAndReadAll(query)).getRows()[0]?.[0]);
  },
};

const [startedAt, before] = [performance.now(), process.cpuUsage()];
const found = await ways[way]?.();
const { user, system } = process.cpuUsage(before);
console.log(
  JSON.stringify({
    found,
    cpu: (user + system) / 1e6,
    wall: (performance.now() - startedAt) / 1e3,
    megabytes: process.resourceUsage().maxRSS / 1024,
  }),
);
process.exit(0);
