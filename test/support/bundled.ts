import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = new URL('../../', import.meta.url).pathname;

/** Imports a module of the project as it is shipped: bundled, with our own module in place of `cross-fetch`. */
export async function bundled<Module>(entry: string): Promise<Module> {
  const folder = await mkdtemp(join(tmpdir(), 'two-eye-bundle-'));
  const outfile = join(folder, 'index.mjs');
  await build({
    entryPoints: [join(ROOT, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    alias: { 'cross-fetch': join(ROOT, 'lambdas/edge/pagerduty-fetch.ts') },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  const module: Module = await import(pathToFileURL(outfile).href);
  await rm(folder, { recursive: true });
  return module;
}
