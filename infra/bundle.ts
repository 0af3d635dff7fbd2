import { copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildResult, build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

export interface BundleOptions {
  /** The policy file (YAML) to compile into every bundle. */
  readonly policyFile?: string;
  readonly outDir?: string;
}

/** One function's bundle: `<outDir>/<name>/index.mjs` with its chunks and `policy.json` beside it. */
export interface Bundle {
  readonly name: string;
  readonly folder: string;
  /** Bytes of what is loaded at start (`index.mjs` and the chunks that it imports statically), and of everything. */
  readonly startBytes: number;
  readonly bytes: number;
}

/**
 * Bundles every entry of `lambdas/*.ts`, compiles the policy beside each, and puts the lot in place at once. Throws when
 * an entry does not build or the policy is not valid. What is made is what tests, sandbox and deployment run.
 */
export async function bundle(options: BundleOptions = {}): Promise<readonly Bundle[]> {
  const outDir = resolve(options.outDir ?? join(root, 'dist'));
  const inProgress = `${outDir}.${process.pid}.new`;
  try {
    // Loaded here, so that a broken policy compiler breaks the build and not every file that only asks where bundles are.
    const { loadPolicy } = await import('../policy/load.ts');
    const policy = JSON.stringify(await loadPolicy(options.policyFile ?? join(root, 'policy', 'notify.yaml')));
    await mkdir(inProgress, { recursive: true });
    await writeFile(join(inProgress, 'policy.json'), policy);
    const bundles = await Promise.all((await entries()).map((entry) => bundleOne(entry, inProgress, outDir)));
    await putInPlace(inProgress, outDir);
    return bundles;
  } finally {
    await rm(inProgress, { recursive: true, force: true });
  }
}

/** Absolute paths of the entries, one a function. */
export async function entries(): Promise<readonly string[]> {
  const names = await readdir(join(root, 'lambdas'));
  return names.filter((name) => name.endsWith('.ts')).map((name) => join(root, 'lambdas', name));
}

async function bundleOne(entry: string, inProgress: string, outDir: string): Promise<Bundle> {
  const name = basename(entry, '.ts');
  const folder = join(inProgress, name);
  const result = await build({
    entryPoints: [{ in: entry, out: 'index' }],
    outdir: folder,
    bundle: true,
    // Split, so that what is only imported when needed (`await import`) is only loaded when needed.
    format: 'esm',
    splitting: true,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunk-[hash]',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    keepNames: false,
    legalComments: 'none',
    metafile: true,
    logLevel: 'silent',
    // Some dependencies are CommonJS and call `require`, which ES modules do not have.
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    alias: aliases,
    absWorkingDir: root,
  });
  await copyFile(join(inProgress, 'policy.json'), join(folder, 'policy.json'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  return { name, folder: join(outDir, name), ...sizes(result) };
}

/** What is swapped so that a cold start stays small; each is measured by `npm run bench`. */
const aliases = {
  // The SDK's search for credentials in files, SSO and metadata services: Lambda has them in the environment.
  '@aws-sdk/credential-provider-node': join(root, 'lambdas/edge/lambda-credentials.ts'),
  // 300 KB of `@pagerduty/pdjs`, for what Node has itself; and a time-out that works.
  'cross-fetch': join(root, 'lambdas/edge/pagerduty-fetch.ts'),
};

function sizes(result: BuildResult<{ metafile: true }>): { startBytes: number; bytes: number } {
  const { outputs } = result.metafile;
  const start = new Set<string>();
  const visit = (path: string): void => {
    if (start.has(path)) return;
    start.add(path);
    for (const { path: next, kind } of outputs[path]?.imports ?? [])
      if (kind === 'import-statement' && outputs[next]) visit(next);
  };
  for (const [path, { entryPoint }] of Object.entries(outputs))
    if (entryPoint && path.endsWith('index.mjs')) visit(path);
  const sum = (paths: Iterable<string>) => [...paths].reduce((total, path) => total + (outputs[path]?.bytes ?? 0), 0);
  return { startBytes: sum(start), bytes: sum(Object.keys(outputs)) };
}

/** Two renames, so that whoever reads the folder meanwhile finds the old lot or the new, and never half of one. */
async function putInPlace(made: string, outDir: string): Promise<void> {
  const old = `${outDir}.${process.pid}.old`;
  await rename(outDir, old).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'ENOENT') throw thrown;
  });
  await rename(made, outDir);
  await rm(old, { recursive: true, force: true });
}

if (import.meta.main) {
  for (const { name, startBytes, bytes } of await bundle()) {
    console.log(`dist/${name}/index.mjs  ${kilobytes(startBytes)} at start, ${kilobytes(bytes)} in all`);
  }
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KB`;
}
