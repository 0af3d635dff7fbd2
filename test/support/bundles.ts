import { existsSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../infra/bundle.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const mark = join(root, 'dist', '.fresh');
const sources = ['lambdas', 'policy', 'infra/bundle.ts', 'package-lock.json'];

/** Bundles into `dist` when a source is newer than what is there. */
export async function freshenBundles(): Promise<void> {
  const newest = String(await newestChange());
  const made = existsSync(mark) ? await readFile(mark, 'utf8') : 'never';
  if (made === newest) return;
  await bundle();
  await writeFile(mark, newest);
}

/** Absolute path of a function's bundle. Throws when the bundles could not be made of the sources as they are. */
export function bundled(name: string): string {
  const file = join(root, 'dist', name, 'index.mjs');
  if (process.env.TWO_EYE_BUNDLES !== 'fresh')
    throw new Error('The bundles are stale: see why above, or run `npm run build`.');
  if (!existsSync(file)) throw new Error(`There is no bundle ${file}.`);
  return file;
}

async function newestChange(): Promise<number> {
  const times = await Promise.all(sources.map((source) => newestUnder(join(root, source))));
  return Math.max(...times);
}

async function newestUnder(path: string): Promise<number> {
  const { mtimeMs } = await stat(path);
  if (path.includes('.')) return mtimeMs;
  const below = await readdir(path, { recursive: true });
  const times = await Promise.all(below.map(async (name) => (await stat(join(path, name))).mtimeMs));
  return Math.max(mtimeMs, ...times);
}
