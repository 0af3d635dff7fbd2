import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';
import { scratchFolder, twoEye } from '../support/command.ts';
import { assumeRole } from '../support/records.ts';

const POLICY = ['--policy', 'policy/notify.yaml'];

test.each([
  [
    'policy',
    ['replay', '.', '--policy', 'nope.yaml'],
    'The policy nope.yaml cannot be read: there is no such file. Give',
  ],
  ['policy', ['policy', 'check', '.'], 'The policy . cannot be read: it is a folder. Give'],
  [
    'members',
    ['replay', '.', ...POLICY, '--members', 'nope.yaml'],
    '--members nope.yaml cannot be read: there is no such',
  ],
  ['approvals', ['replay', '.', ...POLICY, '--approvals', '.'], '--approvals . cannot be read: it is a folder; give'],
])('a file of the command line that cannot be read is named with why and what to give: %s', async (_, args, text) => {
  const { code, stderr } = await twoEye(args);
  expect(code).toBe(1);
  expect(stderr.startsWith(text), stderr).toBe(true);
});

test('a members file that is neither JSON nor YAML says so', async () => {
  await using folder = await scratchFolder();
  const members = await folder.write('members.yaml', 'cyber: [dan');
  const { code, stderr } = await twoEye(['replay', '.', ...POLICY, '--members', members]);
  expect({ code, stderr }).toEqual({ code: 1, stderr: `${members}: cannot be read as JSON or YAML\n` });
});

test('a line that is JSON and no record is not said to be no JSON', async () => {
  await using folder = await scratchFolder();
  const lines = [JSON.stringify(assumeRole()), 'null', '123', '"x"', 'nul'];
  const file = await folder.write('trail.jsonl', lines.join('\n'));
  const { stderr, code } = await twoEye(['replay', file, ...POLICY, '--no-cache']);
  expect(code).toBe(2);
  expect(stderr.match(/the line is .*/g)).toEqual([
    ...Array(3).fill('the line is JSON, but no record'),
    'the line is not JSON',
  ]);
});

test('a folder of --cache that cannot be written is named', async () => {
  await using folder = await scratchFolder();
  const file = await folder.write('trail.json', JSON.stringify({ Records: [assumeRole()] }));
  const { stderr } = await twoEye(['replay', file, ...POLICY, '--cache', '/dev/null/x']);
  expect(stderr).toContain(
    'could not be kept in /dev/null/x; give --cache a folder that can be written, or --no-cache',
  );
});

test('an option that the proof does not have ends with the options that it has', async () => {
  const stderr = await new Promise<string>((resolve) => {
    execFile(process.execPath, ['test/proof/proof.ts', '--sed', '3'], (_error, _stdout, told) => resolve(told));
  });
  expect(stderr).toMatch(/^Unknown option '--sed'\. The options are --seeds, .*--seed, --rate\.\n$/);
});
