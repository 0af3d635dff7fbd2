import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Policy } from '../../lambdas/core/policy.ts';
import type { Extract } from './extract.ts';
import { keepIn, keptFileOf, keptIn } from './kept-file.ts';
import type { Source } from './paths.ts';

/** What an earlier run read in the very same files, under the same policy and by the same code: the last one alone is kept. */
export interface KeptExtract {
  readonly extract?: Extract;
  /** False when it cannot be written. */
  keep(extract: Extract): boolean;
}

const FILE = 'read.json';

/** Undefined where there is nothing to keep it by: standard input, or code of which the files cannot be seen. */
export function keptExtractOf(
  sources: readonly Source[],
  policy: Policy,
  folder: string | undefined,
): KeptExtract | undefined {
  const root = sources[0]?.root;
  if (root === undefined || sources.some(({ path }) => path === '-')) return undefined;
  const code = codeVersion();
  if (code === undefined) return undefined;
  const file = keptFileOf(root, FILE, folder);
  const key = keyOf(sources, policy, code);
  const extract = extractIn(file, key);
  return {
    ...(extract === undefined ? {} : { extract }),
    keep: (extract) => keepIn(file, `${key}\n${JSON.stringify(extract)}`),
  };
}

function extractIn(file: string, key: string): Extract | undefined {
  const body = keptIn(file);
  if (body?.toString('latin1', 0, key.length) !== key) return undefined;
  return JSON.parse(body.toString('utf8', key.length + 1)) as Extract;
}

/** Names the question: files by name, size and time, the policy, the code. A root is named with the first of its files. */
function keyOf(sources: readonly Source[], policy: Policy, code: string): string {
  const numbers = new Float64Array(sources.length * 2);
  const names = sources.map(({ root, name, size, mtimeMs }, index) => {
    numbers[index * 2] = size;
    numbers[index * 2 + 1] = mtimeMs;
    return root === sources[index - 1]?.root ? name : [resolve(root), name];
  });
  return createHash('sha256')
    .update(numbers)
    .update(JSON.stringify([names, policy, code]))
    .digest('hex');
}

/** What decides what is read. */
const CODE = ['.', '../../lambdas/core', '../../lambdas/core/doors'];

/** Names, sizes and times of the reader's modules: they change with every version, released or not. */
function codeVersion(): string | undefined {
  try {
    return CODE.map((folder) => fileURLToPath(new URL(folder, import.meta.url)))
      .flatMap((folder) => readdirSync(folder).map((name) => [name, statSync(`${folder}/${name}`)] as const))
      .map(([name, { size, mtimeMs }]) => `${name} ${size} ${mtimeMs}`)
      .join('\n');
  } catch {
    return undefined;
  }
}
