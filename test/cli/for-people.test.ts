import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { Writable } from 'node:stream';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { valueReader } from '../../cli/archive/read-value.ts';
import { judgeRecords } from '../../cli/replay/judge-records.ts';
import { progressOn } from '../../cli/replay/progress.ts';
import { type Paper, tableOf } from '../../cli/replay/table.ts';
import { program } from '../../cli/two-eye.ts';
import { scratchFolder, twoEye } from '../support/command.ts';
import { testPolicy } from '../support/policies.ts';
import { assumeRole } from '../support/records.ts';

const run = promisify(execFile);
const policy = testPolicy();

/** What bash offers for a command line that ends where the cursor is, in a folder without files. */
async function offered(...words: string[]): Promise<string[]> {
  await using folder = await scratchFolder();
  const { stdout: script } = await twoEye(['completion', 'bash']);
  const line = ['two-eye', ...words].map((word) => `'${word}'`).join(' ');
  const asked = `${script}\nCOMP_WORDS=(${line})\nCOMP_CWORD=${words.length}\n_two_eye\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await run('bash', ['-c', asked], { cwd: folder.path });
  return stdout.split('\n').filter(Boolean);
}

test('the command of package.json runs wherever it is called from, and an older Node is told which one it takes', async () => {
  const { bin } = JSON.parse(await readFile('package.json', 'utf8')) as { readonly bin: Record<string, string> };
  const command = resolve(bin['two-eye'] ?? '');
  const { stdout } = await run(process.execPath, [command, '--version'], { cwd: tmpdir() });
  expect(stdout).toBe('0.1.0\n');
  // The version alone is what the check looks at.
  const old = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.19.0'})`;
  await expect(run(process.execPath, ['--import', old, command, '--version'])).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^two-eye runs on Node 24 or newer.* this is Node 20\.19\.0\./),
  });
  expect((await stat(command)).mode & 0o111).not.toBe(0);
});

test('bash completes commands, options, also behind a path, and the values that an option takes', async () => {
  expect(await offered('pol')).toEqual(['policy']);
  expect(await offered('policy', 's')).toEqual(['suggest']);
  expect(await offered('replay', '--f')).toEqual(['--format', '--fail-on']);
  expect(await offered('replay', 'trail/', '--wor')).toEqual(['--workers']);
  expect(await offered('replay', 'trail/', '--format', '')).toEqual(['table', 'jsonl', 'html']);
  expect(await offered('replay', '--fail-on', 'und')).toEqual(['undecided']);
  expect(await offered('completion', 'f')).toEqual(['fish']);
});

test.each(['zsh', 'fish'])('the script for %s names every command, and every option of replay', async (shell) => {
  const { stdout, code } = await twoEye(['completion', shell]);
  expect(code).toBe(0);
  for (const command of commandsOf(program())) expect(stdout).toContain(command.name());
  for (const option of ['database-log', 'verify-digests', 'fail-on', 'members']) expect(stdout).toContain(option);
});

test('a shell that is not known is bad usage', async () => {
  expect(await twoEye(['completion', 'csh'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('bash, zsh, fish'),
  });
});

function commandsOf(command: Command): Command[] {
  return command.commands.flatMap((each) => [each, ...commandsOf(each)]);
}

test('the help of every command says what it does, as a sentence, and has examples', () => {
  const root = program();
  for (const command of [root, ...commandsOf(root)]) {
    const shown: string[] = [];
    command.configureOutput({ writeOut: (text) => void shown.push(text) }).outputHelp();
    expect(command.description(), command.name()).toMatch(/^[A-Z].*\.$/);
    if (command.commands.length === 0 || command === root)
      expect(shown.join(''), command.name()).toContain('\nExamples:\n');
  }
});

function screen(isTTY: boolean) {
  const shown: string[] = [];
  const stream = Object.assign(
    new Writable({
      write(chunk, _, done) {
        shown.push(String(chunk));
        done();
      },
    }),
    {
      isTTY,
      columns: 120,
      rows: 24,
      cursorTo: () => true,
      clearLine: () => true,
      moveCursor: () => true,
      clearScreenDown: () => true,
    },
  );
  return { stream, shown };
}

test('a terminal sees how far it is, at what rate, and how long it takes; a file sees nothing', async () => {
  const sources = [{ path: 'a', root: '', name: 'a', size: 60_000_000, mtimeMs: 0 }];
  for (const isTTY of [true, false]) {
    const { stream, shown } = screen(isTTY);
    const progress = await progressOn(stream as unknown as Parameters<typeof progressOn>[0], sources);
    progress.update(30_000_000);
    progress.stop();
    if (isTTY) expect(shown.join('')).toMatch(/50 % \| 30 MB \| \d+ MB\/s \| .+ left/);
    else expect(shown).toEqual([]);
  }
});

test('the table is cut to the terminal, coloured only when told to, and bears no blanks at the end of a line', () => {
  const records = valueReader(policy)(assumeRole()).flatMap((reading) =>
    reading.outcome === 'access' ? reading.record : [],
  );
  const lines = judgeRecords(records, { approvals: [], pins: [] }, policy).map((line) => ({
    ...line,
    nearMisses: [{ approval: 'an-approval-with-a-long-name', because: 'already-used', usedBy: 'another-action' }],
  }));
  const shown = (paper: Paper) => [...tableOf(lines, [], policy, paper)].join('');
  const whole = shown({ coloured: false });
  const longest = Math.max(...whole.split('\n').map((line) => line.length));
  const narrow = shown({ coloured: false, width: longest - 20 });
  expect(Math.max(...narrow.split('\n').map((line) => line.length))).toBe(longest - 20);
  expect(narrow).toContain('…');
  expect(whole).not.toMatch(/ $/m);
  expect(shown({ coloured: true })).toContain('\u001b[31m');
});

test('a filter for a target that the policy does not have is bad usage, not good news', async () => {
  await using folder = await scratchFolder();
  const ran = await twoEye(['replay', folder.path, '--policy', 'policy/notify.yaml', '--target', 'notify-prod-admni']);
  expect(ran).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('the policy has no such target (it has: notify-prod-admin,'),
  });
});
