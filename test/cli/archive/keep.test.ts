import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { EXTRACT_FOLDER, sourcesOf } from '../../../cli/archive/paths.ts';
import { scanArchive } from '../../../cli/archive/scan.ts';
import { scratchFolder, twoEye } from '../../support/command.ts';
import { testPolicy } from '../../support/policies.ts';
import { ada, apiCall, assumeRole, ben, SESSION_TOKEN } from '../../support/records.ts';

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

/** Two files that only their names tell apart. */
async function alikeArchive() {
  const folder = await scratchFolder();
  await mkdir(join(folder.path, 'archive'));
  for (const [name, who, at] of [
    ['a', ada, '2026-11-24T10:00:00Z'],
    ['b', ben, '2026-11-24T11:00:00Z'],
  ] as const) {
    const file = await folder.write(
      `archive/${name}.json`,
      JSON.stringify({ Records: [assumeRole({ key: name, who, at })] }),
    );
    await utimes(file, 1_700_000_000, 1_700_000_000);
  }
  return { ...folder, archive: join(folder.path, 'archive') };
}

test('the two files of these tests have the same size and time', async () => {
  await using given = await alikeArchive();
  const [a, b] = [await stat(join(given.archive, 'a.json')), await stat(join(given.archive, 'b.json'))];
  expect([a.size, a.mtimeMs]).toEqual([b.size, b.mtimeMs]);
});

const SPELLINGS: readonly (readonly [string, (archive: string) => readonly string[]])[] = [
  ['absolute', (archive) => [archive]],
  ['with a slash at the end', (archive) => [`${archive}/`]],
  ['with more slashes than it takes', (archive) => [`${archive.replace('/archive', '//archive')}//`]],
  ['with a dot', (archive) => [`${archive}/.`]],
  ['with two dots', (archive) => [`${archive}/../archive`]],
  ['relative', (archive) => [relative(process.cwd(), archive)]],
  ['relative, with a dot', (archive) => [`./${relative(process.cwd(), archive)}/`]],
  ['as files', (archive) => [`${archive}/a.json`, `${archive}/./b.json`]],
  ['as the folder around it', (archive) => [join(archive, '..')]],
];

test.each(SPELLINGS)(
  'files of one size and time are kept apart where the archive is named %s',
  async (_how, spelled) => {
    await using given = await alikeArchive();
    const keysUnder = async (people: typeof policy.people) => {
      const { sources } = sourcesOf(spelled(given.archive));
      const { extract, kept } = await scanArchive(sources, testPolicy({ people }), { keep: true });
      return { kept, keys: extract.records.map(({ key }) => key) };
    };
    expect(await keysUnder(policy.people)).toEqual({ kept: 0, keys: ['a', 'b'] });
    expect(await keysUnder(policy.people.slice(0, 1))).toEqual({ kept: 2, keys: ['a', 'b'] });
  },
);

test('however an archive is named, what was kept of it is found again', async () => {
  await using given = await alikeArchive();
  await scan(given.archive);
  const kept = SPELLINGS.slice(0, -2).map(async ([how, spelled]) => {
    const { sources } = sourcesOf(spelled(given.archive));
    return [how, (await scanArchive(sources, testPolicy({ people: [] }), { keep: true })).kept];
  });
  expect(await Promise.all(kept)).toEqual(SPELLINGS.slice(0, -2).map(([how]) => [how, 2]));
});

test('files of one name in two archives are kept apart, in one folder too', async () => {
  await using folder = await scratchFolder();
  const archives = ['one', 'two'].map((name) => join(folder.path, name));
  for (const archive of archives) {
    await mkdir(archive);
    const file = join(archive, 'a.json');
    await writeFile(file, JSON.stringify({ Records: [assumeRole({ key: archive.slice(-3) })] }));
    await utimes(file, 1_700_000_000, 1_700_000_000);
  }
  for (const keep of [true, join(folder.path, 'kept')] as const) {
    const keysUnder = async (people: typeof policy.people) =>
      (await scanArchive(sourcesOf(archives).sources, testPolicy({ people }), { keep })).extract.records.map(
        ({ key }) => key,
      );
    for (const people of [policy.people, []]) expect(await keysUnder(people)).toEqual(['one', 'two']);
  }
});

test.each([
  ['the folder it stands in', ['.']],
  ['that folder with a slash', ['./']],
  ['plain names', ['a.json', 'b.json']],
  ['names with a dot', ['./a.json', './b.json']],
  ['a folder above', ['../archive']],
])('replay loses no use of files alike, asked twice for %s', async (_what, paths) => {
  await using given = await alikeArchive();
  const text = await readFile('policy/notify.yaml', 'utf8');
  const policies = [
    await given.write('first.yaml', text),
    await given.write('second.yaml', text.replaceAll('pageAfter: 15m', 'pageAfter: 20m')),
  ];
  for (const [index, file] of policies.entries()) {
    const ran = await twoEye(['replay', ...paths, '--policy', file], '', given.archive);
    expect(ran.stderr).toContain('read 2 = watched 2 + ignored 0 + unreadable 0');
    expect(ran.stderr.includes('(2 kept from an earlier run)')).toBe(index === 1);
  }
});
