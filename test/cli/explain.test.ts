import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolder, twoEye } from '../support/command.ts';
import { assumeRole } from '../support/records.ts';

const explain = async (record: object) => {
  await using folder = await scratchFolder();
  const event = await folder.write('event.json', JSON.stringify(record));
  return await twoEye(['explain', event, '--policy', 'policy/notify.yaml']);
};

test('what a record says cannot command the terminal of whoever reads the explanation', async () => {
  const hostile = '\u001b[2J\u202e1.1.1.1\u0007';
  const used = await explain({
    ...assumeRole(),
    sourceIPAddress: hostile,
    userAgent: hostile,
    eventID: `id-${hostile}`,
  });
  expect(used.stdout).toContain('from ·[2J·1.1.1.1·.');
  const unreadable = await explain({ ...assumeRole(), eventTime: hostile });
  expect(unreadable.stdout).toContain('eventTime "·[2J·1.1.1.1·" is no time');
  for (const { stdout, stderr } of [used, unreadable]) expect(stdout + stderr).not.toMatch(/[^\P{C}\n]/u);
});

test('a record without an address is said to come from an unknown one', async () => {
  const { sourceIPAddress: _, ...record } = assumeRole() as Record<string, unknown>;
  expect((await explain(record)).stdout).toContain(', from an unknown address.');
});

test('a file that is not there, a folder and a file behind a file are a sentence and exit 2, as in a replay', async () => {
  await using folder = await scratchFolder();
  await mkdir(join(folder.path, 'trail'));
  const file = await folder.write('event.json', '{}');
  const ran = async (path: string) => twoEye(['explain', path, '--policy', 'policy/notify.yaml']);
  for (const [path, why] of [
    [join(folder.path, 'gone.json'), 'there is no such file'],
    [join(folder.path, 'trail'), 'it is a folder'],
    [join(file, 'event.json'), 'there is no such file'],
  ] as const) {
    const { code, stderr, stdout } = await ran(path);
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
      new RegExp(`^${path}: ${why}\\. Give a file .* use replay\\.$`),
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toMatch(/^ +at /m);
  }
});
