import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { EXTRACT_FOLDER, sourcesOf } from '../../../cli/archive/paths.ts';
import { scanArchive } from '../../../cli/archive/scan.ts';
import { scratchFolder } from '../../support/command.ts';
import { testPolicy } from '../../support/policies.ts';
import { apiCall, assumeRole, SESSION_TOKEN } from '../../support/records.ts';

const policy = testPolicy();
const other = apiCall({ source: 's3.amazonaws.com', name: 'ListBuckets' });
const trail = (...records: unknown[]) => gzipSync(JSON.stringify({ Records: records }));
const scan = (folder: string, over: object = {}) =>
  scanArchive(sourcesOf([folder]).sources, policy, { keep: true, ...over });

test('a second run takes what the first found, and finds the same', async () => {
  await using folder = await scratchFolder();
  await folder.write('a.json.gz', trail(assumeRole({ key: 'one' }), other));
  await folder.write('b.json.gz', trail(other, assumeRole({ key: 'two' })));
  const first = await scan(folder.path);
  const second = await scan(folder.path);
  expect(second).toEqual({ ...first, kept: 2 });
  expect(first).toMatchObject({ kept: 0, extract: { ignored: { 'other-event': 2 } } });
});

test('a file that changed is read again, and the others are not', async () => {
  await using folder = await scratchFolder();
  await folder.write('a.json.gz', trail(assumeRole({ key: 'one' })));
  await folder.write('b.json.gz', trail(other));
  await scan(folder.path);
  await folder.write('a.json.gz', trail(assumeRole({ key: 'changed' }), other));
  const second = await scan(folder.path);
  expect(second.kept).toBe(1);
  expect(second.extract.records.map(({ key }) => key)).toEqual(['changed']);
  await folder.write('c.json.gz', trail(assumeRole({ key: 'new' })));
  const third = await scan(folder.path);
  expect(third.kept).toBe(2);
  expect(third.extract.records.map(({ key }) => key)).toEqual(['changed', 'new']);
});

test('what is kept and was damaged or cut short is not believed', async () => {
  await using folder = await scratchFolder();
  await folder.write('a.json.gz', trail(assumeRole({ key: 'changed' }), other));
  const first = await scan(folder.path);
  for (const damage of [
    (text: string) => text.replace('changed', 'forged!'),
    (text: string) => text.slice(0, -1),
    (text: string) => text.replace('\n', ''),
    () => '',
  ]) {
    for (const file of await keptFiles(folder.path)) await writeFile(file, damage(await readFile(file, 'utf8')));
    expect(await scan(folder.path)).toEqual(first);
    expect((await scan(folder.path)).kept).toBe(1);
  }
});

test('another policy takes the records of the first, and reads them for itself', async () => {
  await using folder = await scratchFolder();
  await folder.write('a.json.gz', trail(assumeRole({ key: 'one' }), other));
  expect((await scan(folder.path)).extract.records).toMatchObject([{ actor: 'ada@example.gov.uk' }]);
  const strangers = testPolicy({ people: [] });
  const options = { keep: true } as const;
  const second = await scanArchive(sourcesOf([folder.path]).sources, strangers, options);
  expect(second).toMatchObject({ kept: 1, extract: { records: [{ actor: 'unknown' }] } });
});

test('what could not be read is tried again although the file is the same', async () => {
  await using folder = await scratchFolder();
  await folder.write('a.json.gz', trail(assumeRole({ key: 'one' })));
  await folder.write('b.json.gz', trail(other).subarray(0, 60));
  const first = await scan(folder.path);
  expect(first.extract.unreadable).toHaveLength(1);
  expect(await scan(folder.path)).toEqual({ ...first, kept: 1 });
});

const keptFiles = async (folder: string) =>
  (await readdir(join(folder, EXTRACT_FOLDER))).map((name) => join(folder, EXTRACT_FOLDER, name));

test('keeps no session token, and nothing of a policy that watches something else', async () => {
  await using folder = await scratchFolder();
  await folder.write('a.json.gz', trail(assumeRole({ key: 'one' })));
  await scan(folder.path);
  const files = await keptFiles(folder.path);
  expect(files).toHaveLength(2);
  for (const file of files) expect(await readFile(file, 'utf8')).not.toContain(SESSION_TOKEN);
  const less = testPolicy({ targets: policy.targets.slice(1) });
  expect((await scanArchive(sourcesOf([folder.path]).sources, less, { keep: true })).kept).toBe(0);
});

test('without leave to keep nothing is written', async () => {
  await using folder = await scratchFolder();
  await folder.write('a.json.gz', trail(other));
  await scanArchive(sourcesOf([folder.path]).sources, policy, {});
  expect(existsSync(join(folder.path, EXTRACT_FOLDER))).toBe(false);
});

test('tells of a large file while it is read, and in the end of every byte once, kept files too', async () => {
  await using folder = await scratchFolder();
  await folder.write('a.json.gz', trail(assumeRole({ key: 'one' })));
  await folder.write('b.jsonl', `${JSON.stringify(assumeRole())}\n`.repeat(3_000));
  const told: number[] = [];
  const progress = (bytes: number) => told.push(bytes);
  for (const times of [1, 2]) {
    const { sources } = sourcesOf([folder.path]);
    expect((await scan(folder.path, { progress })).kept).toBe(times === 1 ? 0 : 2);
    expect(told.length).toBeGreaterThan(times === 1 ? 10 : 0);
    const total = sources.reduce((sum, { size }) => sum + size, 0);
    expect(told.splice(0).reduce((sum, bytes) => sum + bytes, 0)).toBe(total);
  }
});
