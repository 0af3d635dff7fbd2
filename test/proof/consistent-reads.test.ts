import { afterAll, beforeAll, expect, it } from 'vitest';
import { forgetTable, read, readMany, readPartition, readPartitionWithSets } from '../../lambdas/edge/table.ts';
import { type Loopback, loopback } from '../support/loopback.ts';

const asked: { readonly operation: string; readonly body: string }[] = [];
let table: Loopback;

beforeAll(async () => {
  table = await loopback(({ headers, body }, response) => {
    asked.push({ operation: String(headers['x-amz-target']).split('.')[1] ?? '', body });
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: table.url,
    AWS_REGION: 'eu-west-2',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    TABLE_NAME: 'stale',
  });
  forgetTable();
});

afterAll(async () => {
  forgetTable();
  await table.close();
});

it('every read of the table asks for what was written last, on the wire', async () => {
  const key = { pk: 'P', sk: 'S' };
  await read(key);
  await readMany([key]);
  await readPartition('P', { prefix: 'S' });
  await readPartitionWithSets('P');
  expect(asked.map(({ operation }) => operation)).toEqual(['GetItem', 'BatchGetItem', 'Query', 'Query']);
  for (const { body } of asked) {
    expect(body).toContain('"ConsistentRead":true');
    expect(body).not.toContain('IndexName');
  }
});
