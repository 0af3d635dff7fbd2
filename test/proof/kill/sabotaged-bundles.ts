import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundled } from '../../support/bundles.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A bug made by hand: `wrong` stands for `right` in one file. */
export interface Sabotage {
  readonly file: string;
  readonly right: string;
  readonly wrong: string;
}

/** The bundles as they are deployed, but for one function, which has the bug. Throws when the file does not say `right` once. */
export async function sabotagedBundles(
  name: string,
  { file, right, wrong }: Sabotage,
): Promise<{ readonly folder: string } & AsyncDisposable> {
  const whole = dirname(dirname(bundled(name)));
  const folder = await mkdtemp(join(tmpdir(), 'two-eye-sabotaged-'));
  const parts = (await readFile(join(ROOT, file), 'utf8')).split(right);
  if (parts.length !== 2) throw new Error(`${file} says ${parts.length - 1} times: ${right}`);
  for (const other of await readdir(whole, { withFileTypes: true }))
    if (other.isDirectory() && other.name !== name) await symlink(join(whole, other.name), join(folder, other.name));
  await mkdir(join(folder, name));
  await copyFile(join(whole, name, 'policy.json'), join(folder, name, 'policy.json'));
  await writeFile(join(folder, name, 'package.json'), '{"type":"module"}');
  await build({
    entryPoints: [join(ROOT, 'lambdas', `${name}.ts`)],
    outfile: join(folder, name, 'index.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
    plugins: [
      {
        name: 'sabotage',
        setup: ({ onLoad }) =>
          onLoad({ filter: /\.ts$/ }, ({ path }) =>
            path === join(ROOT, file) ? { contents: parts.join(wrong), loader: 'ts' } : undefined,
          ),
      },
    ],
  });
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
