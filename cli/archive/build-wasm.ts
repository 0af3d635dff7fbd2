import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The module that holds the compiled scanner: generated, and committed so that a checkout needs no compiler to run. */
export const BYTES_MODULE = fileURLToPath(new URL('./wasm-bytes.ts', import.meta.url));

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
  const lines =
    Buffer.from(wasm)
      .toString('base64')
      .match(/.{1,112}/g) ?? [];
  const text = lines.map((line) => `  '${line}',`).join('\n');
  return `// Made by \`npm run build:wasm\` from cli/archive/wasm. Do not edit.\nexport const WASM_BASE64 = [\n${text}\n].join('');\n`;
}

if (import.meta.main) await writeFile(BYTES_MODULE, await compiledModule());
