import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type Source, sourcesOf } from '../../../cli/archive/paths.ts';
import { scanArchive } from '../../../cli/archive/scan.ts';
import { type Threads, threadsFor } from '../../../cli/archive/threads.ts';
import { readInput } from '../../../lambdas/core/read.ts';
import { scratchFolder } from '../../support/command.ts';
import { chance } from '../../support/hostile-files.ts';
import { testPolicy } from '../../support/policies.ts';
import { apiCall, assumeRole } from '../../support/records.ts';

const policy = testPolicy();

const random = chance(7);

/** 24 files that are worth a thread, each with one use of a target; of every third the fast path has its doubts. */
const files = Array.from({ length: 24 }, (_, file) => {
  const note = Buffer.from(Array.from({ length: 300_000 }, () => random() * 256)).toString('base64');
  const other = { ...apiCall({ source: 's3.amazonaws.com', name: 'ListBuckets' }), note };
  const whole = gzipSync(JSON.stringify({ Records: [assumeRole({ key: `use-${file}` }), other] }));
  return file % 3 === 2 ? Buffer.concat([whole, gzipSync('\n')]) : whole;
});

async function archive() {
  const folder = await scratchFolder();
  for (const [index, file] of files.entries()) await folder.write(`${String(index).padStart(2, '0')}.json.gz`, file);
  const { sources } = sourcesOf([folder.path]);
  return { folder, sources, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

function threadsOf(sources: readonly Source[], most = 2): Threads {
  const threads = threadsFor(sources, most);
  if (threads === undefined) throw new Error('the files are not worth a thread');
  return threads;
}

test.for([2, 4])('%d threads find what one finds, in the same order', async (count) => {
  await using given = await archive();
  const one = await scanArchive(given.sources, policy, {});
  const threads = threadsOf(given.sources, count);
  threads.start();
  expect(await scanArchive(given.sources, policy, { threads })).toEqual(one);
  threads.end();
  expect(one.extract.records).toHaveLength(24);
});

test('threads that nobody has started are started when they are needed', async () => {
  await using given = await archive();
  const threads = threadsOf(given.sources);
  expect((await scanArchive(given.sources, policy, { threads })).extract.records).toHaveLength(24);
  threads.end();
});

test('what is read otherwise than by the policy alone is read by the calling thread, whoever has scanned it', async () => {
  await using given = await archive();
  const threads = threadsOf(given.sources);
  const seen: unknown[] = [];
  const readValue = (value: unknown) => {
    seen.push(value);
    return readInput(value, policy);
  };
  const one = await scanArchive(given.sources, policy, {});
  expect(await scanArchive(given.sources, policy, { threads, readValue })).toEqual(one);
  threads.end();
  // Of the files of which the fast path has its doubts, the other record too.
  expect(seen).toHaveLength(24 + 8);
});

test('progress tells of every byte once, whoever has read it', async () => {
  await using given = await archive();
  const threads = threadsOf(given.sources);
  const told: number[] = [];
  await scanArchive(given.sources, policy, { threads, progress: (bytes) => told.push(bytes) });
  threads.end();
  expect(told.reduce((sum, bytes) => sum + bytes, 0)).toBe(given.sources.reduce((sum, { size }) => sum + size, 0));
});

test('a file that is gone when its turn comes is unreadable, and the others are read', async () => {
  await using given = await archive();
  const [first, ...others] = given.sources;
  if (first === undefined) throw new Error('there is no file');
  const gone = { ...first, path: join(given.folder.path, 'gone.json.gz') };
  const threads = threadsOf(given.sources);
  const { extract } = await scanArchive([gone, ...others], policy, { threads });
  threads.end();
  expect(extract.unreadable).toMatchObject([{ file: gone.path, why: 'it cannot be read (ENOENT)' }]);
  expect(extract.records).toHaveLength(23);
});

test('a thread that dies of a bug ends the scan with its error', async () => {
  await using given = await archive();
  const threads = threadsOf(given.sources);
  const confused: Threads = {
    ...threads,
    help: (task, told, died) => {
      // As if it had died of the first batch, which it has taken.
      Atomics.add(task.next, 0, 1);
      threads.help({ ...task, batches: undefined as never }, told, died);
    },
  };
  await expect(scanArchive(given.sources, policy, { threads: confused })).rejects.toThrow(TypeError);
  threads.end();
});

test('once stopped no further file is begun, and what was read so far is returned', async () => {
  await using given = await archive();
  const threads = threadsOf(given.sources);
  threads.start();
  const stop = new AbortController();
  const progress = () => stop.abort();
  const { files, extract } = await scanArchive(given.sources, policy, { threads, progress, stop: stop.signal });
  threads.end();
  expect(files).toBeLessThan(24);
  expect(extract.records).toHaveLength(files);
});

test('few bytes are worth no thread', async () => {
  await using folder = await scratchFolder();
  await folder.write('a.json', '{"Records":[]}');
  await folder.write('b.json', '{"Records":[]}');
  expect(threadsFor(sourcesOf([folder.path]).sources, 8)).toBeUndefined();
});
