import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { scratchFolder, twoEye } from '../support/command.ts';
import { assumeRole } from '../support/records.ts';

test('Ctrl-C ends the reading cleanly, with what was done so far and the exit of input that was not read', async () => {
  await using folder = await scratchFolder();
  const records = Array.from({ length: 4_000 }, (_, index) => assumeRole({ key: `k${index}` }));
  const packed = gzipSync(JSON.stringify({ Records: records }), { level: 1 });
  for (let file = 0; file < 25; file += 1) await folder.write(`${file}.json.gz`, packed);
  const entry = fileURLToPath(new URL('../../cli/two-eye.ts', import.meta.url));
  const child = spawn(process.execPath, [
    entry,
    'replay',
    folder.path,
    '--workers',
    '1',
    '--no-cache',
    '--policy',
    'policy/notify.yaml',
    '--format',
    'jsonl',
  ]);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    // The first word on stderr comes just before the reading begins.
    if (stderr === '') child.kill('SIGINT');
    stderr += chunk.toString();
  });
  child.stdout.resume();
  const [code] = await once(child, 'close');
  expect(stderr).toContain('stopped before the end');
  expect(stderr).toMatch(/read \d+ = watched/);
  expect(code).toBe(2);
});

test('completion scripts name every command', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout, code } = await twoEye(['completion', shell]);
    expect(code).toBe(0);
    for (const word of ['replay', 'explain', 'preview', 'suggest']) expect(stdout).toContain(word);
  }
});

test('help has examples', async () => {
  for (const command of [['replay'], ['explain'], ['policy']]) {
    expect((await twoEye([...command, '--help'])).stdout).toContain('Examples:');
  }
});
