import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startOptions } from '../../sandbox/start-options.ts';

const root = join(import.meta.dirname, '..', '..');

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

/** `npm start` as npm runs it, with a temporary folder of its own. */
function npmStart(args: readonly string[], environment: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, ['--import', './infra/require-node-24.mjs', 'sandbox/start.ts', ...args], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function ended(child: ChildProcess): Promise<Ended> {
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'two-eye-start-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

test('a busy port ends with one line that says how to take another', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const { code, said } = await ended(npmStart([], { PORT: String(port) }));
  expect(code).toBe(1);
  expect(said).toBe(`Port ${port} is in use: give another, as in \`npm start -- --port ${port + 1}\`.\n`);
});

test('a broken policy ends with file, line and remedy', async () => {
  const file = join(await folder(), 'policy.yaml');
  await writeFile(file, 'version: 1\npeople: 5\n');
  const { code, said } = await ended(npmStart(['--policy', file, '--port', '0']));
  expect(code).toBe(1);
  expect(said).toContain(`${file}:2:`);
  expect(said).not.toContain('    at ');
});

test.each([
  [['--port', 'x'], {}, '"x" is not a port: give a number from 0 to 65535.'],
  [[], { PORT: '70000' }, '"70000" is not a port: give a number from 0 to 65535.'],
  [['--policy', 'none.yaml'], {}, 'There is no policy file none.yaml.'],
  [['--replay', 'none'], {}, 'There is nothing to replay at none.'],
  [
    ['--loud'],
    {},
    "Unknown option '--loud'. The options are --policy FILE, --replay DIR, --port N, --no-story, --dynamodb-local.",
  ],
])('%j with %j is refused in one line', (args, environment, line) => {
  expect(startOptions(args, environment)).toBe(line);
});

test('options win over the environment, and the port is 4020 when nobody says', () => {
  expect(startOptions([], {})).toEqual({ port: 4020, story: 'told', database: 'embedded' });
  expect(startOptions(['--port', '4021', '--no-story', '--dynamodb-local'], { PORT: '1' })).toEqual({
    port: 4021,
    story: 'untold',
    database: 'dynamodb-local',
  });
});

test('a Node that is too old says so in words, before anything else is loaded', async () => {
  const source = `Object.defineProperty(process.versions, 'node', { value: '20.11.0' }); await import('./infra/require-node-24.mjs');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { cwd: root });
  const { code, said } = await ended(child);
  expect(code).toBe(1);
  expect(said).toContain('two-eye runs on Node 24 or newer');
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s in the middle of the stories leaves nothing behind', async (signal) => {
  const temporary = await folder();
  const child = npmStart(['--port', '0'], { TMPDIR: temporary });
  const end = ended(child);
  let port = 0;
  await new Promise<void>((resolve) => {
    child.stdout?.on('data', (text: string) => {
      port ||= Number(/127\.0\.0\.1:(\d+)/.exec(text)?.[1] ?? 0);
      if (port > 0) resolve();
    });
  });
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  child.kill(signal);
  expect(await end).toMatchObject({ code: 0, said: expect.not.stringContaining('Error') });
  expect(await readdir(temporary)).toEqual([]);
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
});
