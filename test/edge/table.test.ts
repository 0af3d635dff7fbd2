import { afterAll, beforeAll, expect, it } from 'vitest';
import { HOUR_MS } from '../../lambdas/core/time.ts';
import { forgetTable, read } from '../../lambdas/edge/table.ts';
import { json, type Loopback, loopback } from '../support/loopback.ts';

let table: Loopback;
const signedAt: number[] = [];

/** A table whose clock is two hours ahead, and that refuses what is not signed within five minutes of it, as AWS does. */
beforeAll(async () => {
  table = await loopback(({ headers }, response) => {
    const now = Date.now() + 2 * HOUR_MS;
    const at = instantOf(String(headers['x-amz-date']));
    signedAt.push(at);
    const date = { date: new Date(now).toUTCString() };
    if (Math.abs(now - at) > 5 * 60_000)
      json(
        response,
        400,
        { __type: 'com.amazon.coral.service#InvalidSignatureException', message: 'Signature expired' },
        date,
      );
    else json(response, 200, {}, date);
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: table.url,
    AWS_REGION: 'eu-west-2',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    TABLE_NAME: 'ahead',
  });
  forgetTable();
});

afterAll(async () => {
  forgetTable();
  await table.close();
});

/** `20261124T140000Z`. */
function instantOf(stamp: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(stamp) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

it('signs anew by the table’s clock when its own is wrong', async () => {
  const key = { pk: 'P', sk: 'S' };
  expect(await read(key)).toBeUndefined();
  expect(signedAt).toHaveLength(2);
  expect(await read(key)).toBeUndefined();
  // It has learnt: one request, and no refusal.
  expect(signedAt).toHaveLength(3);
  expect(Math.abs((signedAt[1] ?? 0) - (signedAt[0] ?? 0))).toBeGreaterThan(HOUR_MS);
});
