import { chmod, mkdir, symlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { EXTRACT_FOLDER, sourcesOf } from '../../../cli/archive/paths.ts';
import { scratchFolder } from '../../support/command.ts';

async function archive(...files: readonly string[]) {
  const folder = await scratchFolder();
  for (const file of files) {
    await mkdir(join(folder.path, file, '..'), { recursive: true });
    await folder.write(file, '{}');
  }
  const found = () => sourcesOf([folder.path]);
  const names = () => found().sources.map(({ path }) => path.slice(folder.path.length + 1));
  return { ...folder, found, names };
}

test('finds the files of all folders in the order of their names, and counts those that are called otherwise', async () => {
  await using given = await archive(
    'b.json.gz',
    'a/2026/x.jsonl',
    'a/2026/notes.txt',
    'c.ndjson',
    'AWSLogs/1/y.gz',
    'z',
  );
  expect(given.names()).toEqual(['AWSLogs/1/y.gz', 'a/2026/x.jsonl', 'b.json.gz', 'c.ndjson']);
  expect(given.found()).toMatchObject({ others: 2, missing: [] });
  expect(given.found().sources).toMatchObject(given.found().sources.map(() => ({ size: 2, root: given.path })));
});

test('a file is named below its root by the same name, however the root is spelled', async () => {
  await using given = await archive('a/b.json', 'a.json');
  for (const root of [given.path, `${given.path}/`, `${given.path}/./`, `./${relative('.', given.path)}`])
    expect(sourcesOf([root]).sources.map(({ name }) => name)).toEqual(['a.json', 'a/b.json']);
  for (const file of [join(given.path, 'a.json'), `${relative('.', given.path)}//a.json`])
    expect(sourcesOf([file]).sources).toMatchObject([{ name: 'a.json' }]);
});

test('a folder that is called like a file is gone into, and what is kept beside the archive is not', async () => {
  await using given = await archive('all.json/a.json', `${EXTRACT_FOLDER}/read.json`);
  expect(given.names()).toEqual(['all.json/a.json']);
});

test('a file is read once, however often it is named, and whatever it is called when it is named itself', async () => {
  await using given = await archive('a.json', 'notes.txt');
  const [one, other] = [join(given.path, 'a.json'), join(given.path, 'notes.txt')];
  expect(sourcesOf([given.path, one, other, '-']).sources.map(({ path }) => path)).toEqual([one, other, '-']);
  expect(sourcesOf([join(given.path, 'b.json')])).toMatchObject({
    sources: [],
    missing: [{ why: 'there is no such file or folder' }],
  });
});

test('links to files are read, those to folders are not gone into, and one that leads nowhere, or to itself, is named when it is read', async () => {
  await using given = await archive('a.json', 'folder/b.json');
  await symlink(join(given.path, 'a.json'), join(given.path, 'link.json'));
  await symlink(given.path, join(given.path, 'round'));
  await symlink(join(given.path, 'gone'), join(given.path, 'nowhere.json'));
  await symlink(join(given.path, 'self.json'), join(given.path, 'self.json'));
  expect(given.names()).toEqual(['a.json', 'folder/b.json', 'link.json', 'nowhere.json', 'self.json']);
  expect(given.found()).toMatchObject({ others: 1, missing: [] });
});

test.skipIf(process.getuid?.() === 0)('a folder that may not be opened is named, and the others are read', async () => {
  await using given = await archive('a.json', 'secret/b.json');
  await chmod(join(given.path, 'secret'), 0o000);
  expect(given.names()).toEqual(['a.json']);
  expect(given.found().missing).toEqual([{ path: join(given.path, 'secret'), why: 'it cannot be opened' }]);
  await chmod(join(given.path, 'secret'), 0o700);
});
