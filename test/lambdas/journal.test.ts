import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { verifyFolder } from '../../cli/journal/verify.ts';
import { EMPTY_JOURNAL, type JournalPage, verifyJournal } from '../../lambdas/core/journal-chain.ts';
import { pageName, readHead, writePage } from '../../lambdas/edge/journal-pages.ts';
import { handler, journal, type StreamEvent, tellHead } from '../../lambdas/journal.ts';
import { type Loopback, loopback } from '../support/loopback.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** S3 as far as the journal needs it: lists from the smallest name, and refuses to overwrite when asked to. */
const objects = new Map<string, string>();
let trouble = 0;
let s3: Loopback;

beforeAll(async () => {
  s3 = await loopback(({ method, path, headers, body }, response) => {
    const key = decodeURIComponent(path.split('?')[0] ?? '')
      .replace('/two-eye-journal', '')
      .replace(/^\//, '');
    if (trouble > 0) {
      trouble -= 1;
      response.writeHead(503).end();
    } else if (method === 'PUT') {
      const taken = headers['if-none-match'] === '*' && objects.has(key);
      if (!taken) objects.set(key, body);
      response.writeHead(taken ? 412 : 200).end();
    } else if (key === '') {
      const first = [...objects.keys()].sort()[0];
      const contents = first === undefined ? '' : `<Contents><Key>${first}</Key></Contents>`;
      response.end(`<?xml version="1.0"?><ListBucketResult>${contents}</ListBucketResult>`);
    } else {
      response.writeHead(objects.has(key) ? 200 : 404).end(objects.get(key));
    }
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_REGION: 'eu-west-2',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REQUEST_CHECKSUM_CALCULATION: 'WHEN_REQUIRED',
    JOURNAL_BUCKET: 'two-eye-journal',
  });
});
afterEach(() => objects.clear());
afterAll(() => s3.close());

function event(...ids: readonly string[]): StreamEvent {
  const changed = { ApproximateCreationDateTime: 1_795_514_400, NewImage: { pk: { S: 'LEDGER#person:ada' } } };
  return { Records: ids.map((eventID) => ({ eventID, eventName: 'INSERT', dynamodb: changed })) };
}

const kept = () =>
  [...objects.values()].map((text) => JSON.parse(text) as JournalPage).sort((one, other) => one.number - other.number);

it('appends each batch as a page that follows the one before', async () => {
  await handler(event('a', 'b'));
  await handler(event('c'));
  expect(verifyJournal(kept(), sha256)).toEqual({ pages: 2, changes: 3, head: { number: 2, hash: kept()[1]?.hash } });
  expect(kept()[0]?.changes[0]).toMatchObject({ id: 'a', at: 1_795_514_400_000, change: 'INSERT' });
});

it('keeps one chain when several shards write at once', async () => {
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map((id) => handler(event(id))));
  const verdict = verifyJournal(kept(), sha256);
  expect(verdict).toMatchObject({ pages: 5, changes: 5 });
  expect(verdict.fault).toBeUndefined();
});

it('never overwrites a page', async () => {
  await handler(event('a'));
  const page = kept()[0];
  if (page === undefined) throw new Error('no page');
  expect(await writePage({ ...page, changes: [] })).toBe('taken');
  expect(kept()).toEqual([page]);
});

it('fails when the bucket does not answer, so that the stream hands the batch over again', async () => {
  trouble = 99;
  await expect(handler(event('a'))).rejects.toMatchObject({ code: 'dependency_failed' });
  trouble = 0;
  await handler(event('a'));
  expect(kept()).toHaveLength(1);
});

it('gives up, loudly, when another writer always comes first', async () => {
  const services = { readHead: async () => EMPTY_JOURNAL, writePage: async () => 'taken' as const };
  await expect(journal(event('a'), services)).rejects.toMatchObject({ code: 'dependency_failed' });
});

it('is verified from a copy on disk, in words', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'two-eye-journal-'));
  try {
    for (const id of ['a', 'b', 'c']) await handler(event(id));
    const head = await readHead();
    for (const [key, text] of objects) writeFileSync(join(folder, basename(key)), text);
    expect(verifyFolder(folder, `${head.number}:${head.hash}`)).toMatchObject({
      ok: true,
      text: /^3 pages with 3 changes/,
    });
    expect(verifyFolder(folder, `4:${'0'.repeat(64)}`)).toMatchObject({ ok: false, text: /^Page 4 is dropped/ });
    expect(verifyFolder(folder, 'nonsense')).toMatchObject({ ok: false, text: /not a head/ });
    writeFileSync(join(folder, basename(pageName(2))), '{"half":');
    expect(verifyFolder(folder)).toMatchObject({ ok: false, text: /^Page 2 is not-a-page/ });
    expect(verifyFolder(join(folder, 'nowhere'))).toMatchObject({ ok: false, text: /not a folder/ });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('says its head once a day where it cannot be changed, with the command that checks it', async () => {
  const said: unknown[] = [];
  const metrics: unknown[] = [];
  await tellHead({
    now: () => Date.parse('2026-11-24T08:00:00Z'),
    readHead: async () => ({ number: 7, hash: 'abc' }),
    channel: () => 'C01CYBER',
    toPing: async (work) => void said.push(work),
    metric: (name, value) => void metrics.push([name, value, said.length]),
  });
  expect(metrics, 'counted once it was told').toEqual([['HeadTold', 1, 1]]);
  expect(said).toEqual([
    {
      twoEye: 'notice',
      channel: 'C01CYBER',
      id: 'journal-head-2026-11-24',
      text: expect.stringMatching(/page 7, hash abc.*--head 7:abc$/),
    },
  ]);
});
