import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { scratchFolder } from '../support/command.ts';
import { assumeRole } from '../support/records.ts';

const entry = fileURLToPath(new URL('../../cli/two-eye.ts', import.meta.url));

/** Runs a command that says something on stderr before it reads, and presses Ctrl-C at that. */
async function interrupted(args: readonly string[]) {
  const child = spawn(process.execPath, [entry, ...args]);
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (chunk: Buffer) => {
    if (stderr === '') child.kill('SIGINT');
    stderr += chunk.toString();
  });
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

test('Ctrl-C ends the reading cleanly, with what was done so far and the exit of input that was not read', async () => {
  await using folder = await scratchFolder();
  const records = Array.from({ length: 4_000 }, (_, index) => assumeRole({ key: `k${index}` }));
  const packed = gzipSync(JSON.stringify({ Records: records }), { level: 1 });
  for (let file = 0; file < 25; file += 1) await folder.write(`${file}.json.gz`, packed);
  const options = ['--policy', 'policy/notify.yaml', '--format', 'jsonl', '--workers', '1', '--no-cache'];
  const replayed = await interrupted(['replay', folder.path, ...options]);
  expect(replayed.stderr).toContain('stopped before the end');
  expect(replayed.stderr).toMatch(/read \d+ = watched/);
  expect(replayed.code).toBe(2);
  const same = ['policy/notify.yaml', 'policy/notify.yaml'];
  const previewed = await interrupted(['policy', 'preview', ...same, folder.path, '--no-cache']);
  expect(previewed.stdout).toContain('> **Note:** stopped before the end: only the files read so far count');
  expect(previewed.code).toBe(2);
});

test('Ctrl-C ends one large file, and a pipe that nobody writes to', async () => {
  await using folder = await scratchFolder();
  const line = `${JSON.stringify(assumeRole())}\n`;
  const file = await folder.write('large.jsonl', line.repeat(20_000));
  const options = ['--policy', 'policy/notify.yaml', '--format', 'jsonl', '--no-cache'];
  for (const path of [file, '-']) {
    const ran = await interrupted(['replay', path, ...options]);
    expect(ran.stderr).toContain('stopped before the end');
    expect(Number(/^read (\d+) = watched/m.exec(ran.stderr)?.[1])).toBeLessThan(20_000);
    expect(ran.stderr).not.toContain('unreadable:');
    expect(ran.code).toBe(2);
  }
});

test('a page that Ctrl-C cut short says so', async () => {
  await using folder = await scratchFolder();
  const file = await folder.write('large.jsonl', `${JSON.stringify(assumeRole())}\n`.repeat(20_000));
  const options = ['--policy', 'policy/notify.yaml', '--format', 'html', '--no-cache'];
  const ran = await interrupted(['replay', file, ...options]);
  expect(ran.stdout).toContain('<b>Note:</b> the reading was stopped before the end');
  expect(ran.code).toBe(2);
});
