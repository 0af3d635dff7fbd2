import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What is built is kept here, by the hash of what it was built of; the folder can be deleted at any time. */
const root = join(import.meta.dirname, '..');
const kept = join(root, '.two-eye', 'sandbox');
const MOST_KEPT = 6;

/** The functions' bundles, built once for the same sources. No policy is in them: `POLICY_FILE` names one. */
export async function keptBundles(print: (line: string) => void): Promise<string> {
  const folder = join(kept, `functions-${await hashOf(['lambdas', 'policy', 'infra/bundle.ts', 'package-lock.json'])}`);
  if (existsSync(folder)) return folder;
  print('Bundling the functions, once until their sources change …');
  const { bundle } = await import('../infra/bundle.ts');
  await mkdir(kept, { recursive: true });
  await bundle({ outDir: folder });
  await forgetOldest();
  return folder;
}

/** The page's script, built once for the same sources. */
export async function keptScript(build: () => Promise<string>): Promise<string> {
  const sources = ['sandbox/page', 'sandbox/command-line.ts', 'sandbox/control-api.ts', 'package-lock.json'];
  const file = join(kept, `page-${await hashOf(sources)}.js`);
  if (existsSync(file)) return readFile(file, 'utf8');
  const script = await build();
  await mkdir(kept, { recursive: true });
  // Renamed into place, so that whoever reads meanwhile finds nothing or all of it.
  await writeFile(`${file}.${process.pid}`, script);
  await rename(`${file}.${process.pid}`, file);
  await forgetOldest();
  return script;
}

async function hashOf(sources: readonly string[]): Promise<string> {
  const files = (await Promise.all(sources.map((source) => filesUnder(join(root, source))))).flat().sort();
  const hash = createHash('sha256');
  for (const [index, content] of (await Promise.all(files.map((file) => readFile(file)))).entries())
    hash
      .update(`${files[index]?.slice(root.length)}\0`)
      .update(content)
      .update('\0');
  return hash.digest('hex').slice(0, 16);
}

async function filesUnder(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const below = await readdir(path, { recursive: true, withFileTypes: true });
  return below.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
}

/** A sandbox that runs may still load from a folder that is no longer the newest, so some are kept. */
async function forgetOldest(): Promise<void> {
  const paths = (await readdir(kept)).map((name) => join(kept, name));
  const aged = await Promise.all(paths.map(async (path) => ({ path, at: (await stat(path)).mtimeMs })));
  const old = aged.sort((a, b) => b.at - a.at).slice(MOST_KEPT);
  await Promise.all(old.map(({ path }) => rm(path, { recursive: true, force: true })));
}
