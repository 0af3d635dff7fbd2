import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as table from '../../lambdas/edge/table.ts';
import { startEmbeddedDynamo } from '../../sandbox/embedded-dynamodb/start.ts';
import { useTable } from '../support/databases.ts';
import { type Asked, type Loopback, loopback } from '../support/loopback.ts';
import { type LosingProxy, losingProxy } from '../support/losing-proxy.ts';

const key = (sk: string, pk = 'P') => ({ pk, sk });
const values = (items: readonly table.Stored<unknown>[]) => items.map(({ value }) => value);

describe('the table', () => {
  let database: Awaited<ReturnType<typeof startEmbeddedDynamo>>;
  let proxy: LosingProxy;
  beforeAll(async () => {
    database = await startEmbeddedDynamo();
    proxy = await losingProxy(database.endpoint);
  });
  afterAll(async () => {
    table.forgetTable();
    await proxy.close();
    await database.close();
  });
  beforeEach(async () => {
    await useTable(proxy.endpoint);
  });

  it('creates an item once, and gives what is there to whoever comes second', async () => {
    expect(await table.read(key('a'))).toBeUndefined();
    expect(await table.create(key('a'), { says: 'first' })).toEqual({ outcome: 'created' });
    const there = { key: key('a'), value: { says: 'first' }, version: 1 };
    expect(await table.create(key('a'), { says: 'second' })).toEqual({ outcome: 'exists', there });
    expect(await table.read(key('a'))).toEqual(there);
  });

  it('replaces what was read and nothing newer, and counts every write', async () => {
    expect(await table.replace(key('a'), 'one', 0)).toEqual({ outcome: 'replaced' });
    expect(await table.replace(key('a'), 'two', 1)).toEqual({ outcome: 'replaced' });
    const there = { key: key('a'), value: 'two', version: 2 };
    expect(await table.replace(key('a'), 'late', 1)).toEqual({ outcome: 'changed', there });
    expect(await table.replace(key('gone'), 'late', 3)).toEqual({ outcome: 'changed', there: undefined });
    await table.overwrite(key('a'), 'three');
    await table.overwrite(key('new'), 'one');
    expect(await table.read(key('a'))).toMatchObject({ value: 'three', version: 3 });
    expect(await table.read(key('new'))).toMatchObject({ value: 'one', version: 1 });
    await table.remove(key('a'));
    await table.remove(key('a'));
    expect(await table.read(key('a'))).toBeUndefined();
  });

  it('knows its own write when the answer was lost and the SDK wrote again', async () => {
    proxy.lose = 1;
    expect(await table.create(key('a'), 'mine')).toEqual({ outcome: 'created' });
    proxy.lose = 1;
    expect(await table.replace(key('a'), 'mine still', 1)).toEqual({ outcome: 'replaced' });
    expect(await table.read(key('a'))).toMatchObject({ value: 'mine still', version: 2 });
  });

  it('writes all parts of a transaction under their versions, or none', async () => {
    const put = (sk: string, value: unknown, version?: number): table.Write => ({
      write: 'put',
      key: key(sk),
      value,
      ...(version === undefined ? {} : { version }),
    });
    expect(await table.transact([put('a', 1, 0), put('b', 1), put('c', 1)])).toEqual({ outcome: 'committed' });
    expect(
      await table.transact([
        put('a', 2, 1),
        put('b', 2),
        { write: 'remove', key: key('c') },
        { write: 'check', key: key('d'), version: 0 },
      ]),
    ).toEqual({ outcome: 'committed' });
    expect(await table.readPartition('P')).toEqual([
      { key: key('a'), value: 2, version: 2 },
      { key: key('b'), value: 2, version: 2 },
    ]);
    const lost = await table.transact([
      put('e', 1),
      put('a', 3, 1),
      { write: 'check', key: key('b'), version: 2 },
      { write: 'check', key: key('b', 'none'), version: 1 },
    ]);
    expect(lost).toEqual({ outcome: 'conflict', failed: [1, 3] });
    expect(await table.transact([put('a', 3, 0)])).toEqual({ outcome: 'conflict', failed: [0] });
    expect(values(await table.readPartition('P'))).toEqual([2, 2]);
  });

  it('adds to a set beside whatever else adds to it, and takes out of it', async () => {
    const add = (...members: string[]) => table.transact([{ write: 'add', key: key('set'), members }]);
    const members = async () => (await table.readPartitionWithSets('P'))[0]?.members.toSorted();
    await add('1');
    await add('2', '3');
    expect(await members()).toEqual(['1', '2', '3']);
    await table.takeOut(key('set'), ['1', '3']);
    await table.takeOut(key('set'), []);
    expect(await members()).toEqual(['2']);
    await table.overwrite(key('plain', 'Q'), 'no set');
    expect(await table.readPartitionWithSets('Q')).toEqual([
      { key: key('plain', 'Q'), value: 'no set', version: 1, members: [] },
    ]);
    expect(await table.readPartitionWithSets('P', { prefix: 'other' })).toEqual([]);
  });

  it('reads many, those that are there, more than a request takes, and each once', async () => {
    const keys = Array.from({ length: 130 }, (_, index) => key(String(index), `P${index}`));
    for (let from = 0; from < 130; from += 65)
      await table.transact(keys.slice(from, from + 65).map((one) => ({ write: 'put', key: one, value: one.sk })));
    const found = await table.readMany<string>([...keys, ...keys, key('not there')]);
    expect(
      values(found)
        .map(Number)
        .sort((one, other) => one - other),
    ).toEqual(keys.map(({ sk }) => Number(sk)));
    expect(await table.readMany([])).toEqual([]);
  });

  it('reads a partition by prefix, up to a sort key, so many, and the newest first', async () => {
    for (const sk of ['A#1', 'A#2', 'B#1', 'B#2', 'B#3'])
      await table.transact([{ write: 'put', key: key(sk), value: sk }]);
    const found = async (range?: table.Range) => values(await table.readPartition('P', range));
    expect(await found()).toEqual(['A#1', 'A#2', 'B#1', 'B#2', 'B#3']);
    expect(await found({ prefix: 'B#' })).toEqual(['B#1', 'B#2', 'B#3']);
    expect(await found({ upTo: 'B#1' })).toEqual(['A#1', 'A#2', 'B#1']);
    expect(await found({ upTo: 'B#1', limit: 2 })).toEqual(['A#1', 'A#2']);
    expect(await found({ newestFirst: true, limit: 2 })).toEqual(['B#3', 'B#2']);
  });
});

describe('a table that misbehaves', () => {
  let server: Loopback;
  let answer: (asked: { readonly operation: string; readonly body: Record<string, unknown> }) => unknown;
  let isSilent = false;
  const requests: Record<string, unknown>[] = [];
  const operationOf = ({ headers }: Asked) => String(headers['x-amz-target']).split('.')[1] ?? '';
  beforeAll(async () => {
    server = await loopback((asked, response) => {
      const body = JSON.parse(asked.body) as Record<string, unknown>;
      requests.push(body);
      if (isSilent) return;
      const said = answer({ operation: operationOf(asked), body });
      const isError = typeof said === 'object' && said !== null && '__type' in said;
      response.writeHead(isError ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(said));
    });
  });
  afterAll(async () => {
    table.forgetTable();
    await server.close();
  });
  beforeEach(() => {
    requests.length = 0;
    isSilent = false;
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_DYNAMODB: server.url,
      AWS_REGION: 'eu-west-2',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      TABLE_NAME: `two-eye-${randomUUID()}`,
    });
    table.forgetTable();
  });

  const item = (sk: string) => ({
    pk: { S: 'P' },
    sk: { S: sk },
    body: { S: JSON.stringify(sk) },
    version: { N: '1' },
  });
  const exception = (type: string, more = {}) => ({
    __type: `com.amazonaws.dynamodb.v20120810#${type}`,
    message: type,
    ...more,
  });
  const cancelled = (...codes: readonly (string | undefined)[]) =>
    exception('TransactionCanceledException', { CancellationReasons: codes.map((Code) => ({ Code })) });
  const twoPuts = ['a', 'b'].map((sk): table.Write => ({ write: 'put', key: key(sk), value: sk }));

  it('is asked again for the keys that it left', async () => {
    answer = ({ body }) => {
      const [[name, { Keys }]] = Object.entries(
        body.RequestItems as Record<string, { Keys: { sk: { S: string } }[] }>,
      ) as [[string, { Keys: { sk: { S: string } }[] }]];
      const [first, ...left] = Keys;
      return {
        Responses: { [name]: first ? [item(first.sk.S)] : [] },
        ...(left.length > 0 ? { UnprocessedKeys: { [name]: { Keys: left } } } : {}),
      };
    };
    expect(values(await table.readMany([key('a'), key('b'), key('c')]))).toEqual(['a', 'b', 'c']);
    expect(requests).toHaveLength(3);
  });

  it('is asked for every page, and for no more than is wanted', async () => {
    answer = ({ body }) => {
      const from = Number((body.ExclusiveStartKey as { sk: { S: string } } | undefined)?.sk.S ?? '0');
      const next = { pk: { S: 'P' }, sk: { S: String(from + 2) } };
      return {
        Items: [item(String(from + 1)), item(String(from + 2))].slice(0, (body.Limit as number | undefined) ?? 2),
        ...(from < 4 ? { LastEvaluatedKey: next } : {}),
      };
    };
    expect(values(await table.readPartition('P'))).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(requests).toHaveLength(3);
    requests.length = 0;
    expect(values(await table.readPartition('P', { limit: 3 }))).toEqual(['1', '2', '3']);
    expect(requests.map(({ Limit }) => Limit)).toEqual([3, 1]);
    requests.length = 0;
    expect(values(await table.readPartition('P', { limit: 2 }))).toEqual(['1', '2']);
    expect(requests).toHaveLength(1);
  });

  it('is in conflict when a condition did not hold or another transaction was under way, and then alone', async () => {
    answer = () => cancelled('None', 'TransactionConflict');
    expect(await table.transact(twoPuts)).toEqual({ outcome: 'conflict', failed: [1] });
    answer = () => cancelled('ConditionalCheckFailed', undefined);
    expect(await table.transact(twoPuts)).toEqual({ outcome: 'conflict', failed: [0] });
    for (const codes of [
      ['ConditionalCheckFailed', 'ValidationError'],
      ['ThrottlingError', 'None'],
      ['None', 'None'],
      [],
    ]) {
      answer = () => cancelled(...codes);
      await expect(table.transact(twoPuts)).rejects.toMatchObject({ code: 'dependency_failed' });
    }
  });

  it('has failed, with what it said as the cause, whatever was asked of it', async () => {
    answer = () => exception('ValidationException');
    const because = (message: string) => ({
      code: 'dependency_failed',
      message,
      cause: expect.objectContaining({ name: 'ValidationException' }),
    });
    const read = because('The table could not be read.');
    const written = because('The table could not be written.');
    await expect(table.read(key('a'))).rejects.toMatchObject(read);
    await expect(table.readMany([key('a')])).rejects.toMatchObject(read);
    await expect(table.readPartition('P')).rejects.toMatchObject(read);
    await expect(table.create(key('a'), 1)).rejects.toMatchObject(written);
    await expect(table.replace(key('a'), 1, 1)).rejects.toMatchObject(written);
    await expect(table.overwrite(key('a'), 1)).rejects.toMatchObject(written);
    await expect(table.remove(key('a'))).rejects.toMatchObject(written);
    await expect(table.takeOut(key('a'), ['1'])).rejects.toMatchObject(written);
    await expect(table.transact(twoPuts)).rejects.toMatchObject(written);
  });

  it('is not blamed for a variable that is not set', async () => {
    delete process.env.TABLE_NAME;
    await expect(table.read(key('a'))).rejects.toMatchObject({ code: 'misconfigured' });
    await expect(table.transact(twoPuts)).rejects.toMatchObject({ code: 'misconfigured' });
  });

  it('cannot say that an item is there and not give it', async () => {
    answer = () => exception('ConditionalCheckFailedException');
    await expect(table.create(key('a'), 1)).rejects.toMatchObject({
      code: 'dependency_failed',
      message: 'P was there and was gone again.',
    });
  });

  it('may leave out all but the key of an item', async () => {
    answer = () => ({ Item: { pk: { S: 'P' }, sk: { S: 'a' } } });
    expect(await table.read(key('a'))).toEqual({ key: key('a'), value: undefined, version: 0 });
    answer = () => ({});
    expect(await table.readMany([key('a')])).toEqual([]);
    expect(await table.readPartition('P')).toEqual([]);
  });

  it('has failed when it does not answer, however often it is asked, and is not waited for without end', async () => {
    isSilent = true;
    await expect(table.read(key('a'))).rejects.toMatchObject({
      code: 'dependency_failed',
      cause: expect.objectContaining({ name: 'TimeoutError' }),
    });
    expect(requests).toHaveLength(3);
  });
});
