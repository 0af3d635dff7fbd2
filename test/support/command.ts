import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('../../cli/two-eye.ts', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the real command as a process of its own, in a folder. */
export function twoEye(args: readonly string[], stdin = '', folder = process.cwd()): Promise<Ran> {
  const child = spawn(process.execPath, [entry, ...args], { cwd: folder, env: { ...process.env, NO_COLOR: '1' } });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.end(stdin);
  const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString('utf8');
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, stdout: text(out), stderr: text(err) }));
  });
}

/** A folder of its own that is gone when the test is over (`await using`). */
export async function scratchFolder(): Promise<
  AsyncDisposable & { readonly path: string; write(name: string, content: string | Buffer): Promise<string> }
> {
  const path = await mkdtemp(join(tmpdir(), 'two-eye-'));
  return {
    path,
    async write(name, content) {
      await writeFile(join(path, name), content);
      return join(path, name);
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
