import { type Document, isAlias, isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Path, PolicyProblem, Report } from './problem.ts';

/** A policy of a hundred teams is some 100 KB. */
const MAX_CHARACTERS = 1_000_000;

/** Anchors are handy for hours that teams share; more than this many uses is an attack on the parser. */
const MAX_ALIASES = 100;

/** One slip in YAML brings a train of errors; the first ones tell. */
const MAX_YAML_ERRORS = 5;

/** A policy file as text, as plain data, and as a way back from the data to the line. */
export interface PolicySource {
  readonly data: unknown;
  readonly report: Report;
  readonly problems: readonly PolicyProblem[];
  readonly warnings: readonly string[];
}

/** Where nothing can be reported, because there is no document to point into. */
const UNHEARD: Report = { problem: () => undefined, problemAtKey: () => undefined, warning: () => undefined };

/** Reads YAML. Everything that is wrong with it as YAML becomes a problem; it never throws. */
export function readSource(text: string, file: string): PolicySource {
  const problems: PolicyProblem[] = [];
  const warnings: string[] = [];
  const refuse = (line: number, column: number, message: string, remedy: string) =>
    problems.push({ file, line, column, message, remedy });
  const nothing = { data: undefined, problems, warnings, report: UNHEARD };
  if (text.length > MAX_CHARACTERS) {
    refuse(1, 1, `The file is larger than ${MAX_CHARACTERS} characters.`, 'Split it into several deployments.');
    return nothing;
  }
  if (/^\uFFFD|\0/.test(text)) {
    refuse(
      1,
      1,
      'The file is not text in UTF-8.',
      'Save it as UTF-8; Windows PowerShell writes UTF-16 unless told otherwise.',
    );
    return nothing;
  }
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: isSameKey });
    for (const error of document.errors.slice(0, MAX_YAML_ERRORS)) {
      const { line, col } = lines.linePos(error.pos[0]);
      if (error.code === 'MULTIPLE_DOCS') {
        refuse(line, col, 'A second document begins here (---).', 'Keep one policy in the file.');
        continue;
      }
      refuse(line, col, `This is not valid YAML: ${error.message}.`, 'Mend the YAML first; nothing else was checked.');
    }
    const data: unknown = problems.length > 0 ? undefined : document.toJS({ maxAliasCount: MAX_ALIASES });
    return { data, problems, warnings, report: reportOn(document, lines, file, problems, warnings) };
  } catch (error) {
    // Aliases that grow without end, an alias without an anchor, nesting too deep for the parser.
    const why = error instanceof Error ? error.message : String(error);
    refuse(1, 1, `The file cannot be read: ${why}.`, 'Write values out instead of repeating or nesting them.');
    return nothing;
  }
}

function reportOn(
  document: Document.Parsed,
  lines: LineCounter,
  file: string,
  problems: PolicyProblem[],
  warnings: string[],
): Report {
  const placeOf = (path: Path, end: 'key' | 'value') => {
    const { line, col } = lines.linePos(offsetOf(document, path, end));
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  return {
    problem: (path, message, remedy) => problems.push({ file, ...placeOf(path, 'value'), message, remedy }),
    problemAtKey: (path, message, remedy) => problems.push({ file, ...placeOf(path, 'key'), message, remedy }),
    warning: (path, text) => warnings.push(`${file}:${placeOf(path, 'value').line}: ${text}`),
  };
}

/** As text: an account id in quotes and the same without are one. */
function isSameKey(one: unknown, other: unknown): boolean {
  return isScalar(one) && isScalar(other) && String(one.value) === String(other.value);
}

/** Offset of what the path leads to, or of the nearest thing above it that exists. */
function offsetOf(document: Document.Parsed, path: Path, end: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, step] of path.entries()) {
    const found = childOf(resolve(document, node), step);
    if (found === undefined) break;
    const isLast = index === path.length - 1;
    offset =
      (isLast && end === 'key' ? startOf(found.key) : undefined) ??
      startOf(found.value) ??
      startOf(found.key) ??
      offset;
    node = found.value;
  }
  return offset;
}

function childOf(node: unknown, step: PropertyKey): { readonly key?: unknown; readonly value: unknown } | undefined {
  if (isSeq(node) && typeof step === 'number') return { value: node.items[step] };
  if (!isMap(node)) return undefined;
  const pair = node.items.find((each) => isPair(each) && isScalar(each.key) && String(each.key.value) === String(step));
  return pair === undefined ? undefined : { key: pair.key, value: pair.value };
}

function resolve(document: Document.Parsed, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) && node.range ? node.range[0] : undefined;
}
