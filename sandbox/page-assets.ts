import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keptScript } from './kept.ts';
import type { LoopbackAnswer } from './loopback.ts';

const folder = join(import.meta.dirname, 'page');
let script: Promise<string> | undefined;

/** The page, its style and its script; the script is bundled at the first request that finds none kept, so that nobody has to build. */
export async function pageAsset(path: string): Promise<LoopbackAnswer | undefined> {
  if (path === '/') return asset('text/html', await readFile(join(folder, 'index.html'), 'utf8'));
  if (path === '/page.css') return asset('text/css', await readFile(join(folder, 'page.css'), 'utf8'));
  if (path === '/page.js') return asset('text/javascript', await bundledScript());
  if (path === '/favicon.ico') return { status: 204, body: '' };
  return undefined;
}

const asset = (type: string, body: string): LoopbackAnswer => ({
  status: 200,
  type: `${type}; charset=utf-8`,
  headers: { 'cache-control': 'no-store', 'content-security-policy': "default-src 'self'; img-src 'self' data:" },
  body,
});

function bundledScript(): Promise<string> {
  script ??= keptScript(bundle);
  return script;
}

async function bundle(): Promise<string> {
  const { build } = await import('esbuild');
  const result = await build({
    entryPoints: [join(folder, 'main.tsx')],
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'silent',
  });
  return result.outputFiles[0]?.text ?? '';
}
