import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { handler } from '../../lambdas/on-access.ts';
import { approval, minute, TEN } from '../support/ledger-records.ts';
import { testPolicy } from '../support/policies.ts';
import { apiCall, assumeRole, envelope } from '../support/records.ts';
import { type StubbedNetwork, stubNetwork } from './stubbed-network.ts';

/** So many records an interleaved turn. */
const RECORDS = 100;

interface Kind {
  readonly name: string;
  readonly body: string;
  readonly items: StubbedNetwork['items'];
}

/**
 * CPU of one record through the real handler and the real SDK, the network stubbed below it, over the CPU of one bare read by
 * the same SDK; and the round trips that wait for each other. All kinds in turn within each run.
 */
export async function watchedRecords(runs: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'two-eye-bench-'));
  using network = stubNetwork();
  const write = process.stdout.write;
  try {
    await prepare(folder);
    process.stdout.write = () => true;
    const client = new DynamoDBClient({});
    const read = new GetItemCommand({ TableName: 't', Key: { pk: { S: 'p' }, sk: { S: 's' } }, ConsistentRead: true });
    const base: number[] = [];
    const times = new Map(kinds().map(({ name }) => [name, [] as number[]]));
    for (let run = 0; run < runs; run += 1) {
      base.push(await cpuMs(() => client.send(read)));
      for (const kind of kinds()) times.get(kind.name)?.push(await cpuMs(() => once(kind, network)));
    }
    const seen: Rounds[] = [];
    for (const kind of kinds()) seen.push(await roundsOf(kind, network));
    process.stdout.write = write;
    report(base, times, seen);
  } finally {
    process.stdout.write = write;
    await rm(folder, { recursive: true });
  }
}

async function prepare(folder: string): Promise<void> {
  const file = join(folder, 'policy.json');
  await writeFile(file, JSON.stringify(testPolicy()));
  Object.assign(process.env, {
    ...{ AWS_REGION: 'eu-west-2', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
    ...{ TABLE_NAME: 'two-eye', POLICY_FILE: file },
    VERDICTS_TOPIC_ARN: 'arn:aws:sns:eu-west-2:333333333333:verdicts',
  });
  Object.assign(globalThis, { [Symbol.for('two-eye.clock')]: () => minute(5) });
}

function kinds(): readonly Kind[] {
  const body = JSON.stringify(envelope(assumeRole({ key: 'u-1', at: minute(1) })));
  const yes = [{ sk: 'REQUEST#r-1', body: JSON.stringify(approval({ approvedAt: TEN })) }];
  const ignored = JSON.stringify(envelope(apiCall({ source: 's3.amazonaws.com', name: 'PutObject' })));
  return [
    { name: 'ignored', body: ignored, items: () => [] },
    { name: 'approved', body, items: (pk) => (pk.startsWith('APPROVALS#') ? yes : []) },
    { name: 'unapproved', body, items: () => [] },
  ];
}

async function once({ body, items }: Kind, network: StubbedNetwork): Promise<void> {
  network.items = items;
  const { batchItemFailures } = await handler({ Records: [{ messageId: 'm', body }] });
  if (batchItemFailures.length > 0) throw new Error('A record failed; the figures would mean nothing.');
}

async function cpuMs(act: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  for (let count = 0; count < RECORDS; count += 1) await act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / RECORDS;
}

interface Rounds {
  readonly name: string;
  readonly steps: readonly (readonly string[])[];
  readonly durable: number;
  readonly told: number;
}

async function roundsOf(kind: Kind, network: StubbedNetwork): Promise<Rounds> {
  network.calls.length = 0;
  await once(kind, network);
  const rounds = Map.groupBy(network.calls, ({ round }) => round);
  const steps = [...rounds.values()].map((calls) => calls.map(({ operation }) => operation));
  const upTo = (operation: string) => steps.findIndex((step) => step.includes(operation)) + 1;
  return { name: kind.name, steps, durable: upTo('TransactWriteItems'), told: upTo('Publish') };
}

function report(base: readonly number[], times: ReadonlyMap<string, readonly number[]>, seen: readonly Rounds[]): void {
  const least = Math.min(...base);
  console.log(`CPU of a record, network stubbed below the SDK; one bare read by the SDK: ${least.toFixed(2)} ms`);
  for (const { name, steps, durable, told } of seen) {
    const ms = Math.min(...(times.get(name) ?? []));
    console.log(
      `  ${name.padEnd(11)} ${ms.toFixed(2)} ms = ${(ms / least).toFixed(1)} bare reads, ${steps.flat().length} calls`,
    );
    if (durable > 0)
      console.log(`    round trips until durable ${durable} (goal 2), until told ${told} (goal 3): ${shown(steps)}`);
  }
}

const shown = (steps: readonly (readonly string[])[]): string => steps.map((step) => step.join('+')).join(' → ');
