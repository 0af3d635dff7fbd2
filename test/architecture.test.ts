import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** Which folder may import from which (docs/architecture.md); a folder may always import from itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'lambdas/core': [],
  'lambdas/edge': ['lambdas/core'],
  'lambdas/access': ['lambdas/core', 'lambdas/edge'],
  'lambdas/slack': ['lambdas/core', 'lambdas/edge'],
  'lambdas/sweep': ['lambdas/core', 'lambdas/edge'],
  lambdas: ['lambdas/core', 'lambdas/edge', 'lambdas/access', 'lambdas/slack', 'lambdas/sweep'],
  policy: ['lambdas/core'],
  infra: ['lambdas/core', 'policy'],
  cli: ['lambdas/core', 'lambdas/edge', 'policy', 'infra/bundle.ts'],
  sandbox: ['lambdas', 'lambdas/core', 'lambdas/edge', 'policy', 'cli', 'infra/bundle.ts', 'infra/table-access.ts'],
};

interface Import {
  readonly file: string;
  readonly from: string;
}

describe('the architecture', () => {
  const imports = Object.keys(MAY_IMPORT).flatMap((folder) => sourcesOf(folder).flatMap(importsOf));

  it('has sources in every folder that it speaks of', () => {
    for (const folder of Object.keys(MAY_IMPORT)) expect(sourcesOf(folder), folder).not.toHaveLength(0);
  });

  it('lets a folder import only what it may', () => {
    const strangers = imports
      .filter(({ from }) => from.startsWith('.'))
      .map(({ file, from }) => ({ file, to: relative(ROOT, join(ROOT, dirname(file), from)) }))
      .filter(({ file, to }) => !mayImport(file, to))
      .map(({ file, to }) => `${file} → ${to}`);
    expect(strangers).toEqual([]);
  });

  it('keeps packages, and Node itself, out of the core', () => {
    const packages = imports.filter(({ file, from }) => file.startsWith('lambdas/core/') && !from.startsWith('.'));
    expect(packages).toEqual([]);
  });

  it('keeps the clock, the environment and the network out of the core', () => {
    const impure = /\bDate\.now\b|\bnew Date\(\)|\bprocess\.|\bfetch\(|\bMath\.random\b|\bset(?:Timeout|Interval)\b/;
    const found = sourcesOf('lambdas/core').filter((file) => impure.test(withoutComments(textOf(file))));
    expect(found).toEqual([]);
  });

  it('has no mocks of modules in its tests', () => {
    const mocking = /\bvi\.(?:mock|doMock)\(/;
    expect(allUnder('test').filter((file) => mocking.test(textOf(file)))).toEqual([]);
  });
});

function mayImport(file: string, to: string): boolean {
  const home = folderOf(file);
  const there = folderOf(to);
  const allowed = MAY_IMPORT[home] ?? [];
  return there === home || allowed.some((one) => one === there || one === to);
}

/** The longest folder of the table that a file lies in. */
function folderOf(file: string): string {
  const folders = Object.keys(MAY_IMPORT).filter((folder) => file.startsWith(`${folder}/`));
  return folders.sort((one, other) => other.length - one.length)[0] ?? dirname(file);
}

function sourcesOf(folder: string): readonly string[] {
  return allUnder(folder).filter((file) => folderOf(file) === folder);
}

function allUnder(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('architecture.test.ts'))
    .map((name) => `${folder}/${name}`);
}

function importsOf(file: string): readonly Import[] {
  const specifiers = textOf(file).matchAll(/\bfrom '([^']+)';$|^import '([^']+)';$|\bimport\('([^']+)'\)/gm);
  return [...specifiers].map(([, from, bare, lazily]) => ({ file, from: from ?? bare ?? lazily ?? '' }));
}

function textOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}
