import { randomUUID } from 'node:crypto';
import { DynamoDBClient, type TransactWriteItem, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as table from '../../lambdas/edge/table.ts';
import { databases, useTable } from '../support/databases.ts';

// One suite for both: what the embedded DynamoDB does is what Amazon's own does, for every request that the project makes.
describe.for(databases)('$name', ({ name, start, absence }) => {
  if (absence) {
    it.skip(`${name} does not run here: ${absence}`, () => undefined);
    return;
  }
  let database: Awaited<ReturnType<typeof start>>;
  let client: DynamoDBClient;
  let TableName: string;
  beforeAll(async () => {
    database = await start();
    TableName = await useTable(database.endpoint);
    client = new DynamoDBClient({ maxAttempts: 1 });
  });
  afterAll(async () => {
    client.destroy();
    await database.close();
  });

  const key = (sk: string) => ({ pk: 'P', sk });
  const put = (sk: string, version?: number): table.Write => ({
    write: 'put',
    key: key(sk),
    value: sk,
    ...(version === undefined ? {} : { version }),
  });
  const rawPut = (sk: string, more: object = {}): TransactWriteItem => ({
    Put: { TableName, Item: { pk: { S: 'RAW' }, sk: { S: sk } }, ...more },
  });
  const send = (TransactItems: TransactWriteItem[], ClientRequestToken = randomUUID()) =>
    client.send(new TransactWriteItemsCommand({ TransactItems, ClientRequestToken }));
  const refusalOf = (act: Promise<unknown>) =>
    act.then(
      () => undefined,
      (error: Error & { CancellationReasons?: readonly { Code?: string; Item?: unknown }[] }) => ({
        name: error.name,
        reasons: error.CancellationReasons?.map(({ Code, Item }) => [Code, Item]),
      }),
    );

  it('writes all parts of a transaction or none, and says which did not hold', async () => {
    expect(
      await table.transact([put('a', 0), put('b'), { write: 'add', key: key('set'), members: ['x', 'y'] }]),
    ).toEqual({
      outcome: 'committed',
    });
    const refused = await table.transact([
      put('new', 0),
      put('a', 0),
      { write: 'check', key: key('b'), version: 1 },
      { write: 'check', key: key('b2'), version: 3 },
      { write: 'check', key: key('b3'), version: 0 },
    ]);
    expect(refused).toEqual({ outcome: 'conflict', failed: [1, 3] });
    expect(await table.read(key('new'))).toBeUndefined();
    expect(await table.read(key('b3'))).toBeUndefined();
    expect(await table.read(key('a'))).toMatchObject({ value: 'a', version: 1 });
  });

  it('lets one of many that race for an item win', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () => table.transact([put('race', 0), put(randomUUID())])),
    );
    expect(outcomes.filter(({ outcome }) => outcome === 'committed')).toHaveLength(1);
  });

  it('does a transaction with a known token once, and refuses the token for another', async () => {
    const token = randomUUID();
    const once = { ConditionExpression: 'attribute_not_exists(pk)' };
    await send([rawPut('token', once)], token);
    await send([rawPut('token', once)], token);
    expect(await refusalOf(send([rawPut('other')], token))).toMatchObject({
      name: 'IdempotentParameterMismatchException',
    });
  });

  it('gives the item that stood against a condition, in the order of the parts, when asked', async () => {
    await send([rawPut('stands')]);
    const once = { ConditionExpression: 'attribute_not_exists(pk)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };
    expect(await refusalOf(send([rawPut('free'), rawPut('stands', once)]))).toEqual({
      name: 'TransactionCanceledException',
      reasons: [
        ['None', undefined],
        ['ConditionalCheckFailed', { pk: { S: 'RAW' }, sk: { S: 'stands' } }],
      ],
    });
  });

  it('refuses two operations on one item, none, and more than a hundred', async () => {
    const many = Array.from({ length: 101 }, (_, index) => rawPut(`many${index}`));
    for (const wrong of [[rawPut('twice'), rawPut('twice')], [], many]) {
      expect(await refusalOf(send(wrong))).toMatchObject({ name: 'ValidationException' });
    }
  });

  it('creates once, replaces what was read, and gives what is there instead', async () => {
    expect(await table.create(key('one'), { n: 1 })).toEqual({ outcome: 'created' });
    expect(await table.create(key('one'), { n: 2 })).toMatchObject({
      outcome: 'exists',
      there: { value: { n: 1 }, version: 1 },
    });
    expect(await table.replace(key('one'), { n: 2 }, 1)).toEqual({ outcome: 'replaced' });
    expect(await table.replace(key('one'), { n: 3 }, 1)).toMatchObject({ outcome: 'changed', there: { version: 2 } });
    expect(await table.replace(key('nothing'), { n: 3 }, 1)).toEqual({ outcome: 'changed', there: undefined });
  });

  it('takes members out of a set, and counts the writes of an item that was never read', async () => {
    await table.transact([{ write: 'add', key: key('bag'), members: ['1', '2', '3'] }]);
    await table.takeOut(key('bag'), ['1', '3']);
    expect((await table.readPartitionWithSets('P', { prefix: 'bag' }))[0]?.members).toEqual(['2']);
    await table.takeOut(key('bag'), ['2']);
    expect((await table.readPartitionWithSets('P', { prefix: 'bag' }))[0]?.members).toEqual([]);
    for (const value of [1, 2, 3]) await table.overwrite(key('counted'), value);
    expect(await table.read(key('counted'))).toMatchObject({ value: 3, version: 3 });
  });

  it('reads a partition over all its pages and in both directions, and many items at once', async () => {
    const big = 'x'.repeat(200_000);
    const names = Array.from({ length: 12 }, (_, index) => String(index).padStart(3, '0'));
    for (const name of names) await table.overwrite({ pk: 'BIG', sk: name }, big);
    expect((await table.readPartition('BIG')).map((item) => item.key.sk)).toEqual(names);
    expect((await table.readPartition('BIG', { newestFirst: true, limit: 2 })).map((item) => item.key.sk)).toEqual([
      '011',
      '010',
    ]);
    expect(await table.readPartition('BIG', { upTo: '003' })).toHaveLength(4);
    expect(await table.readMany([...names, 'none'].map((sk) => ({ pk: 'BIG', sk })))).toHaveLength(12);
  });
});
