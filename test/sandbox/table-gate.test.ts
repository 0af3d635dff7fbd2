import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TABLE_ACCESS } from '../../infra/table-access.ts';
import { createActivity } from '../../sandbox/activity.ts';
import { createClock } from '../../sandbox/clock.ts';
import { startEmbeddedDynamo } from '../../sandbox/embedded-dynamodb/start.ts';
import { type Runtime, startRuntime } from '../../sandbox/runtime.ts';
import { serveTableGate, type TableGate } from '../../sandbox/table-gate.ts';
import { askedOf, refusedOf } from '../../sandbox/table-permissions.ts';
import { openTable, TABLE, type TableView } from '../../sandbox/table-view.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const bundles = mkdtempSync(join(tmpdir(), 'two-eye-gate-'));
const LEDGER = { pk: 'LEDGER#person:ada@example.gov.uk', sk: 'LEDGER' };
const APPROVAL = { pk: 'APPROVALS#person:ada@example.gov.uk', sk: 'REQUEST#1' };
const PINS = { pk: 'PINS', sk: 'PINS' };
const DENIED = /AccessDenied|not authorized/;

let dynamo: Awaited<ReturnType<typeof startEmbeddedDynamo>>;
let table: TableView;
let gate: TableGate;
let runtime: Runtime;

/** A function of any name that does with the table what it is told, through the client that the functions have; what it throws is DynamoDB's word. */
const PROBE = `
  import * as table from './lambdas/edge/table.ts';
  export const handler = ({ call, given }) =>
    table[call](...given).catch((thrown) => {
      throw thrown.cause ?? thrown;
    });`;

beforeAll(async () => {
  const names = [...Object.keys(TABLE_ACCESS), 'on-slack', 'canary'];
  await Promise.all(
    names.map((name) =>
      build({
        stdin: { contents: PROBE, resolveDir: ROOT },
        outfile: join(bundles, name, 'index.mjs'),
        bundle: true,
        platform: 'node',
        format: 'esm',
        banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
        alias: { '@aws-sdk/credential-provider-node': join(ROOT, 'lambdas/edge/lambda-credentials.ts') },
      }),
    ),
  );
  dynamo = await startEmbeddedDynamo();
  table = await openTable(dynamo.endpoint);
  gate = await serveTableGate(dynamo.endpoint, () => false);
  runtime = startRuntime({
    bundles,
    environment: {
      TABLE_NAME: TABLE,
      AWS_REGION: 'eu-west-2',
      AWS_ENDPOINT_URL_DYNAMODB: gate.url,
      AWS_SECRET_ACCESS_KEY: 'sandbox',
      AWS_SESSION_TOKEN: 'sandbox',
    },
    clock: createClock(0, () => 0),
    activity: createActivity(),
  });
});
afterAll(async () => {
  await runtime.close();
  await gate.close();
  table.close();
  await dynamo.close();
  rmSync(bundles, { recursive: true });
});

const as = (name: string, call: string, ...given: readonly unknown[]) => runtime.invoke(name, { call, given });
const stored = async (): Promise<readonly string[]> => (await table.items()).map(({ pk }) => pk);

describe('at the table', () => {
  it('on-access writes a ledger, and no approval and no pin', async () => {
    await as('on-access', 'overwrite', LEDGER, { by: 'on-access' });
    await expect(as('on-access', 'overwrite', APPROVAL, {})).rejects.toThrow(DENIED);
    await expect(as('on-access', 'create', PINS, {})).rejects.toThrow(DENIED);
    expect(await stored()).toEqual([LEDGER.pk]);
  });

  it.each(Object.keys(TABLE_ACCESS).filter((name) => name !== 'on-access'))('%s writes no ledger', async (name) => {
    const before = await table.items();
    await expect(as(name, 'overwrite', LEDGER, { by: name })).rejects.toThrow(DENIED);
    await expect(as(name, 'create', LEDGER, { by: name })).rejects.toThrow(DENIED);
    await expect(as(name, 'remove', LEDGER)).rejects.toThrow(DENIED);
    expect(await table.items()).toEqual(before);
  });

  it.each(['on-slack', 'canary'])('%s, which has no right at the table, reads nothing of it', async (name) => {
    await expect(as(name, 'read', APPROVAL)).rejects.toThrow(DENIED);
    await expect(as(name, 'readPartition', LEDGER.pk)).rejects.toThrow(DENIED);
  });

  it('a ledger is not deleted, not even by who writes it', async () => {
    await as('on-access', 'overwrite', LEDGER, {});
    await expect(as('on-access', 'remove', LEDGER)).rejects.toThrow(DENIED);
    expect(await stored()).toContain(LEDGER.pk);
  });

  it('one part that is not allowed refuses a whole transaction; a check needs no more than the right to read', async () => {
    const event = { pk: 'EVENT#1', sk: 'EVENT' };
    const put = (key: object) => ({ write: 'put', key, value: {} });
    const check = { write: 'check', key: APPROVAL, version: 0 };
    await expect(as('on-access', 'transact', [put(event), put(APPROVAL)])).rejects.toThrow(DENIED);
    expect(await stored()).not.toContain(event.pk);
    expect(await as('on-access', 'transact', [put(event), check])).toEqual({ outcome: 'committed' });
    expect(await stored()).toContain(event.pk);
  });

  it('one key that is not allowed refuses all that is read with it', async () => {
    await expect(as('reconcile', 'readMany', [{ pk: 'EVENT#1', sk: 'EVENT' }, LEDGER])).rejects.toThrow(DENIED);
    await as('reconcile', 'readMany', [{ pk: 'EVENT#1', sk: 'EVENT' }]);
  });

  it('functions that run at the same time are told apart', async () => {
    const writes = Array.from({ length: 20 }, (_, index) => [
      as('on-access', 'overwrite', { ...LEDGER, sk: `ACTION#${index}` }, {}),
      as('slack-work', 'overwrite', { ...LEDGER, sk: `ACTION#${index}` }, {}),
    ]);
    const outcomes = await Promise.all(writes.map((both) => Promise.allSettled(both)));
    for (const both of outcomes) expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  it('a signature that is no function’s opens nothing, and nobody reads a table from end to end', async () => {
    const credentials = { accessKeyId: 'AKIASTOLEN', secretAccessKey: 'x' };
    const client = new DynamoDBClient({ endpoint: gate.url, region: 'eu-west-2', credentials });
    const Key = { pk: { S: LEDGER.pk }, sk: { S: LEDGER.sk } };
    await expect(client.send(new GetItemCommand({ TableName: TABLE, Key }))).rejects.toThrow(DENIED);
    await expect(client.send(new ScanCommand({ TableName: TABLE }))).rejects.toThrow(DENIED);
    client.destroy();
  });

  it('every refusal is remembered, with who asked for what', async () => {
    await expect(as('report', 'overwrite', PINS, {})).rejects.toThrow(DENIED);
    const asked = [{ action: 'dynamodb:UpdateItem', leadingKeys: ['PINS'] }];
    expect(gate.refusals().at(-1)).toEqual({ by: 'report', asked });
  });
});

describe('what IAM is asked', () => {
  const asked = (operation: string, request: object) => askedOf(operation, JSON.stringify(request));
  const item = (pk: string) => ({ pk: { S: pk }, sk: { S: 'x' } });

  it('names the key of a query, through the names that stand for it', () => {
    const request = {
      KeyConditionExpression: '#p = :p AND begins_with(sk, :s)',
      ExpressionAttributeNames: { '#p': 'pk' },
      ExpressionAttributeValues: { ':p': { S: 'OPEN#3' }, ':s': { S: 'OPEN#4' } },
    };
    expect(asked('Query', request)).toEqual([{ action: 'dynamodb:Query', leadingKeys: ['OPEN#3'] }]);
  });

  it('takes the parts of a transaction one by one', () => {
    const TransactItems = [
      { Put: { Item: item('A') } },
      { Update: { Key: item('B') } },
      { Delete: { Key: item('C') } },
      { ConditionCheck: { Key: item('D') } },
    ];
    expect(asked('TransactWriteItems', { TransactItems }).map((each) => [each.action, ...each.leadingKeys])).toEqual([
      ['dynamodb:PutItem', 'A'],
      ['dynamodb:UpdateItem', 'B'],
      ['dynamodb:DeleteItem', 'C'],
      ['dynamodb:ConditionCheckItem', 'D'],
    ]);
  });

  it.each([
    ['slack-work', 'PINS', 'allowed'],
    ['slack-work', 'PINS2', 'refused'],
    ['slack-work', 'XPINS', 'refused'],
    ['slack-work', 'STATE#asking-ada', 'allowed'],
    ['slack-work', 'STATE#policy', 'refused'],
    ['slack-work', 'approvals#person:ada', 'refused'],
    ['self-check', 'STATE#policy', 'allowed'],
    ['self-check', 'STATE#policy2', 'refused'],
    ['on-access', 'LEDGER', 'refused'],
    ['on-access', 'LEDGER#', 'allowed'],
    ['nobody', 'LEDGER#x', 'refused'],
    ['constructor', 'LEDGER#x', 'refused'],
  ])('%s putting %s is %s', (name, pk, expected) => {
    const refused = refusedOf(name, asked('PutItem', { Item: item(pk) }));
    expect(refused.length === 0 ? 'allowed' : 'refused').toBe(expected);
  });

  it.each(['Scan', 'DescribeTable', 'BatchWriteItem', 'DeleteTable', 'ExecuteStatement'])(
    '%s is nobody’s',
    (operation) => {
      for (const name of Object.keys(TABLE_ACCESS)) expect(refusedOf(name, asked(operation, {}))).not.toEqual([]);
    },
  );
});
