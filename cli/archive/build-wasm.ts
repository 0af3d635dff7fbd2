import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The module that holds the compiled scanner: generated, and committed so that a checkout needs no compiler to run. */
export const BYTES_MODULE = fileURLToPath(new URL('./wasm-bytes.ts', import.meta.url));

export const WORKER_MODULE = fileURLToPath(new URL('./worker-code.ts', import.meta.url));

/** Compiles the AssemblyScript scanner and returns the text of `wasm-bytes.ts`. Throws with the compiler's words. */
export async function compiledModule(): Promise<string> {
  const { main } = await import('assemblyscript/asc');
  const root = fileURLToPath(new URL('./wasm', import.meta.url));
  const flags =
    '-O3 --converge --noAssert --runtime stub --memoryBase 65536 --initialMemory 4 --enable simd,bulk-memory'.split(
      ' ',
    );
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await main(['index.ts', '--baseDir', root, ...flags, '-o', 'scanner.wasm'], {
    writeFile: (_name: string, contents: Uint8Array | string) => {
      if (typeof contents !== 'string') wasm = contents;
    },
  });
  if (error !== null || wasm === undefined) throw new Error(stderr.toString(), { cause: error });
  return moduleOf('WASM_BASE64', 'cli/archive/wasm', wasm);
}

/** The text of `worker-code.ts`: a thread that strips types loads the stripper first, which takes longer than its share of the work. */
export async function workerModule(): Promise<string> {
  const entry = fileURLToPath(new URL('./scan-worker.ts', import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    // The loader of ECMAScript modules takes a thread another tenth of its start.
    format: 'cjs',
    minifyWhitespace: true,
    legalComments: 'none',
    write: false,
    logLevel: 'silent',
  });
  return moduleOf('WORKER_BASE64', 'cli/archive/scan-worker.ts', outputFiles[0]?.contents ?? new Uint8Array());
}

function moduleOf(name: string, source: string, content: Uint8Array): string {
  const lines =
    Buffer.from(content)
      .toString('base64')
      .match(/.{1,112}/g) ?? [];
  const text = lines.map((line) => `  '${line}',`).join('\n');
  return `// Made by \`npm run build:wasm\` from ${source}. Do not edit.\nexport const ${name} = [\n${text}\n].join('');\n`;
}

if (import.meta.main) {
  await writeFile(BYTES_MODULE, await compiledModule());
  await writeFile(WORKER_MODULE, await workerModule());
}
