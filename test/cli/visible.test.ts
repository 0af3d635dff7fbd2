import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolder, twoEye } from '../support/command.ts';

const POLICY = 'policy/notify.yaml';
/** Red on a terminal, and the rest of the line backwards. */
const BAD = '\u001b[31mbad\u202e.json';
/** What a terminal acts on, line ends apart. */
const obeyed = (text: string) => text.replaceAll('\n', '').match(/\p{C}/gu) ?? [];
const DIGEST = `\u001b[31m${'1'.repeat(12)}_CloudTrail-Digest_x.json`;

test.each([
  ['replay', ['replay', '--policy', POLICY, '--no-cache', '--format', 'jsonl', '--verify-digests']],
  ['policy suggest', ['policy', 'suggest']],
  ['policy preview', ['policy', 'preview', POLICY, POLICY, '--no-cache']],
])('%s shows control characters in the names of files instead of obeying them', async (_what, args) => {
  await using folder = await scratchFolder();
  await mkdir(join(folder.path, 'archive'));
  for (const name of [BAD, DIGEST]) await folder.write(`archive/${name}`, 'garbage');
  const ran = await twoEye([...args, join(folder.path, 'archive'), join(folder.path, `gone${BAD}`)]);
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain('·[31mbad·.json');
  expect(ran.stderr).toContain('gone·[31mbad·.json');
  expect(obeyed(ran.stderr)).toEqual([]);
});

test.each([
  ['a policy to check', ['policy', 'check', BAD]],
  ['a policy', ['replay', '.', '--policy', BAD]],
  [
    'a database log',
    ['replay', 'package.json', '--no-cache', '--policy', POLICY, '--database-log', `notify-prod-db-write=${BAD}`],
  ],
  ['a target', ['replay', 'package.json', '--no-cache', '--policy', POLICY, '--target', BAD]],
])('the name of %s that is not right is shown, not obeyed', async (_what, args) => {
  const ran = await twoEye(args);
  expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('·[31mbad·.json') });
  expect(obeyed(ran.stderr)).toEqual([]);
});
