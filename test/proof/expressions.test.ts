import { globSync } from 'node:fs';
import { checkSync } from 'recheck';
import { describe, expect, it } from 'vitest';
import { isNode, type SyntaxNode, syntaxOf } from '../support/syntax.ts';

interface Expression {
  readonly file: string;
  readonly pattern: string;
  readonly flags: string;
}

const FILES = globSync('{lambdas,policy,cli}/**/*.{ts,tsx}').filter((file) => !file.startsWith('cli/archive/wasm/'));

/** Every expression of a file: literals, and those that are put together, with a letter in the place of each `${…}`. */
function expressionsIn(file: string): readonly (Expression | string)[] {
  const { nodes, text } = syntaxOf(file);
  return nodes.flatMap((node): readonly (Expression | string)[] => {
    const literal = node.regex as { readonly pattern: string; readonly flags: string } | undefined;
    if (node.type === 'Literal' && literal !== undefined) return [{ file, ...literal }];
    if (!isPutTogether(node)) return [];
    const [pattern, flags] = (node.arguments as readonly SyntaxNode[]).map(textIn);
    return [
      pattern === undefined
        ? `${file}: ${text.slice(node.start, node.end)} cannot be examined`
        : { file, pattern, flags: flags ?? '' },
    ];
  });
}

function isPutTogether({ type, callee }: SyntaxNode): boolean {
  return (type === 'NewExpression' || type === 'CallExpression') && isNode(callee) && callee.name === 'RegExp';
}

function textIn(node: SyntaxNode): string | undefined {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node.type !== 'TemplateLiteral') return undefined;
  const parts = node.quasis as readonly { readonly value: { readonly cooked: string } }[];
  return parts.map(({ value }) => value.cooked).join('x');
}

/** What is wrong with an expression, with a text that it takes too long for; undefined when its time grows as the text does. */
function troubleWith({ file, pattern, flags }: Expression): string | undefined {
  const found = checkSync(pattern, flags, { timeout: 60_000 });
  if (found.status === 'safe') return undefined;
  const why =
    found.status === 'vulnerable' ? `${found.complexity.summary}, by ${found.attack.pattern}` : found.error.kind;
  return `${file}: /${pattern}/${flags}: ${why}`;
}

const all = FILES.flatMap(expressionsIn);

describe('a regular expression of what is deployed, of the policy or of the command line', () => {
  it('never backtracks more than its text is long, whatever the text', () => {
    expect(all.length).toBeGreaterThan(100);
    expect(all.filter((one) => typeof one === 'string')).toEqual([]);
    const distinct = new Map(
      all.flatMap((one) => (typeof one === 'string' ? [] : [[`${one.pattern}/${one.flags}`, one]])),
    );
    expect([...distinct.values()].flatMap((one) => troubleWith(one) ?? [])).toEqual([]);
  }, 300_000);

  it.each([
    ['doubles with every letter', '^(a+)+$'],
    ['has two ways to share what it repeats', '^[^@]+@[^@]+\\.[^@]+$'],
    ['begins anew at each letter', '<@U[A-Z]+\\|([^>]*)>'],
    ['cuts blanks off the end', ' +$'],
  ])('is found when it %s', (_, pattern) => {
    expect(troubleWith({ file: 'bad.ts', pattern, flags: 'g' })).toContain('by ');
  });
});
