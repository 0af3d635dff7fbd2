import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { BANK_HOLIDAYS } from '../../lambdas/core/bank-holidays.ts';
import { snapshotFrom } from '../../policy/holidays-update.ts';
import { loopback } from '../support/loopback.ts';

type Feed = Record<string, { division: string; events: { title: string; date: string }[] }>;

/** The feed as it would be if it held what the snapshot holds, with half of another year. */
function feed(): Feed {
  return Object.fromEntries(
    Object.entries(BANK_HOLIDAYS).map(([division, { days }]) => [
      division,
      {
        division,
        events: [...days, '2028-01-03'].map((date) => ({ title: 'Holiday', date, notes: '', bunting: true })),
      },
    ]),
  );
}

async function answering(status: number, body: string): Promise<string> {
  await using server = await loopback((_asked, response) => response.writeHead(status).end(body));
  return await snapshotFrom(server.url);
}

it('writes the file that is vendored, and leaves out a year that the feed has only begun', async () => {
  const vendored = await readFile('lambdas/core/bank-holidays.ts', 'utf8');
  expect(await answering(200, JSON.stringify(feed()))).toBe(vendored);
});

it.each([
  ['an error', 503, 'busy', /answered 503/],
  ['a page instead of a feed', 200, '{"hello":1}', /not a list of bank holidays/],
  ['a feed without Scotland', 200, JSON.stringify({ ...feed(), scotland: undefined }), /scotland/],
  ['a day that does not exist', 200, JSON.stringify(feed()).replace('2026-12-25', '2026-13-25'), /date/],
])('refuses %s', async (_what, status, body, message) => {
  await expect(answering(status, body)).rejects.toThrow(message);
});
