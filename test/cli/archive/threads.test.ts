import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type Source, sourcesOf } from '../../../cli/archive/paths.ts';
import { scanArchive } from '../../../cli/archive/scan.ts';
import { NEXT, type Told } from '../../../cli/archive/task.ts';
import { type Threads, threadsFor } from '../../../cli/archive/threads.ts';
import { readInput } from '../../../lambdas/core/read.ts';
import { scratchFolder, twoEye } from '../../support/command.ts';
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

function plainThreads(sources: readonly Source[], most = 2) {
  const threads = threadsFor(sources, most);
  if (threads === undefined) throw new Error('the files are not worth a thread');
  return { ...threads, [Symbol.dispose]: () => threads.end() };
}

/** Threads of which one has taken a batch before the calling thread takes any, and what answers were heard. */
function threadsOf(sources: readonly Source[], most = 2) {
  const threads = plainThreads(sources, most);
  const heard: Told[] = [];
  const help: Threads['help'] = (task, told, died) => {
    const hear = (each: Told) => {
      heard.push(each);
      told(each);
    };
    threads.help(task, hear, died);
    while (Atomics.load(task.shared, NEXT) === 0) Atomics.wait(task.shared, NEXT, 0, 5);
  };
  return { ...threads, help, heard };
}

test.for([2, 4])('%d threads find what one finds, in the same order', async (count) => {
  await using given = await archive();
  const one = await scanArchive(given.sources, policy, {});
  using threads = threadsOf(given.sources, count);
  threads.start();
  expect(await scanArchive(given.sources, policy, { threads })).toEqual(one);
  expect(threads.heard.length).toBeGreaterThan(0);
  expect(one.extract.records).toHaveLength(24);
});

test('threads that nobody has started are started when they are needed', async () => {
  await using given = await archive();
  using threads = threadsOf(given.sources);
  expect((await scanArchive(given.sources, policy, { threads })).extract.records).toHaveLength(24);
  expect(threads.heard.length).toBeGreaterThan(0);
});

test('what is read otherwise than by the policy alone has no help', async () => {
  await using given = await archive();
  using threads = threadsOf(given.sources);
  const readValue = (value: unknown) => readInput(value, policy);
  const { extract } = await scanArchive(given.sources, policy, { threads, readValue });
  expect(extract.records).toHaveLength(24);
  expect(threads.heard).toEqual([]);
});

test('progress tells of every byte once, whoever has read it', async () => {
  await using given = await archive();
  using threads = threadsOf(given.sources);
  const told: number[] = [];
  await scanArchive(given.sources, policy, { threads, progress: (bytes) => told.push(bytes) });
  expect(threads.heard.length).toBeGreaterThan(0);
  expect(told.reduce((sum, bytes) => sum + bytes, 0)).toBe(given.sources.reduce((sum, { size }) => sum + size, 0));
});

test('a file that is gone when the turn of a thread comes is unreadable, and the others are read', async () => {
  await using given = await archive();
  const [first, ...others] = given.sources;
  if (first === undefined) throw new Error('there is no file');
  const gone = { ...first, path: join(given.folder.path, 'gone.json.gz') };
  using threads = threadsOf(given.sources);
  const { extract } = await scanArchive([gone, ...others], policy, { threads });
  // The first batch is the other thread's.
  expect(threads.heard.map(({ batch }) => batch)).toContain(0);
  expect(extract.unreadable).toMatchObject([{ file: gone.path, why: 'it cannot be read (ENOENT)' }]);
  expect(extract.records).toHaveLength(23);
});

test('standard input is read by the calling thread, whoever has taken its batch', async () => {
  await using given = await archive();
  const input = JSON.stringify({ Records: [assumeRole({ key: 'from-a-pipe' })] });
  const options = ['--policy', 'policy/notify.yaml', '--no-cache', '--workers', '4', '--format', 'jsonl'];
  const { stdout } = await twoEye(['replay', given.folder.path, '-', ...options], input);
  expect(stdout).toContain('from-a-pipe');
  expect(stdout).not.toContain('the file is empty');
});

test('what a thread that dies had begun is read by the calling one, and what it died of is said', async () => {
  await using given = await archive();
  const one = await scanArchive(given.sources, policy, {});
  for (const when of ['before it is told what to do', 'in the middle']) {
    using threads = plainThreads(given.sources);
    const dying: Threads = {
      ...threads,
      help: (task, told, died) => {
        if (when === 'in the middle') Atomics.add(task.shared, NEXT, 1);
        threads.help({ ...task, hints: undefined as never }, told, died);
      },
    };
    const { threadDied, ...archive } = await scanArchive(given.sources, policy, { threads: dying });
    expect(archive, when).toEqual(one);
    // Of a death before it took anything the scan may be over first.
    if (when === 'in the middle') expect(threadDied).toBeInstanceOf(TypeError);
  }
});

test('once stopped no further file is begun, of a batch neither, and what was read so far is returned', async () => {
  await using given = await archive();
  using threads = threadsOf(given.sources);
  for (const help of [threads, undefined]) {
    const stop = new AbortController();
    const progress = () => stop.abort();
    const { files, extract } = await scanArchive(given.sources, policy, { threads: help, progress, stop: stop.signal });
    expect(files).toBe(1);
    expect(extract.records).toHaveLength(1);
  }
  await using small = await scratchFolder();
  for (const name of ['a', 'b', 'c']) await small.write(`${name}.json.gz`, gzipSync('{"Records":[]}'));
  const stop = new AbortController();
  const { sources } = sourcesOf([small.path]);
  expect((await scanArchive(sources, policy, { progress: () => stop.abort(), stop: stop.signal })).files).toBe(1);
});

test('few bytes are worth no thread', async () => {
  await using folder = await scratchFolder();
  await folder.write('a.json', '{"Records":[]}');
  await folder.write('b.json', '{"Records":[]}');
  expect(threadsFor(sourcesOf([folder.path]).sources, 8)).toBeUndefined();
});
