import { readFileSync } from 'node:fs';
import { parseAst } from 'vitest/node';

/** A node of a syntax tree (ESTree): a type, where it stands in the text, and what belongs to its type. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** A source file's text with every node of its syntax tree, in the order in which they stand. Throws for what does not parse. */
export function syntaxOf(file: string | URL): { readonly text: string; readonly nodes: readonly SyntaxNode[] } {
  const text = readFileSync(file, 'utf8');
  const nodes: SyntaxNode[] = [];
  collect(parseAst(text, { lang: String(file).endsWith('x') ? 'tsx' : 'ts' }), nodes);
  return { text, nodes };
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as { readonly type?: unknown }).type === 'string';
}

function collect(value: unknown, into: SyntaxNode[]): void {
  if (Array.isArray(value)) for (const one of value) collect(one, into);
  if (!isNode(value)) return;
  into.push(value);
  for (const part of Object.values(value)) collect(part, into);
}
