import { isNode, type SyntaxNode, syntaxOf } from './syntax.ts';

/**
 * Titles of the tests of a file as they stand in it, without those of the suites around them: `%s` and `${…}` are not filled in. Tests
 * that are never run (`it.skip`, `it.todo`) are none.
 */
export function testTitlesIn(file: string | URL): readonly string[] {
  const { text, nodes } = syntaxOf(file);
  return nodes.flatMap((node) => (isTest(node) ? (titleOf(node, text) ?? []) : []));
}

/** `it('…', …)`, `it.each([…])('…', …)`, `it.skipIf(…)('…', …)`. */
function isTest({ type, callee }: SyntaxNode): boolean {
  return type === 'CallExpression' && isNode(callee) && isTestFunction(callee);
}

function isTestFunction({ type, name, callee, object, property }: SyntaxNode): boolean {
  if (type === 'Identifier') return name === 'it' || name === 'test';
  if (type === 'CallExpression') return isNode(callee) && callee.type === 'MemberExpression' && isTestFunction(callee);
  if (type !== 'MemberExpression' || !isNode(object) || !isNode(property)) return false;
  return isTestFunction(object) && property.name !== 'skip' && property.name !== 'todo';
}

/** A call that has no text first gives no title: it is the `.each([…])` of one that has. */
function titleOf({ arguments: given }: SyntaxNode, text: string): string | undefined {
  const [title] = given as readonly unknown[];
  if (!isNode(title)) return undefined;
  if (title.type === 'Literal') return typeof title.value === 'string' ? title.value : undefined;
  return title.type === 'TemplateLiteral' ? text.slice(title.start + 1, title.end - 1) : undefined;
}
