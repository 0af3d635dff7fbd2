import { isoOf } from '../../lambdas/core/time.ts';
import type { UnreadableLine, VerdictLine } from '../../lambdas/core/verdict-line.ts';
import type { Unreadable } from '../archive/extract.ts';

/** Verdict lines, then a line for each thing that could not be read. */
export function* jsonlOf(lines: readonly VerdictLine[], unreadable: readonly Unreadable[]): Generator<string> {
  for (const line of lines) yield `${JSON.stringify(line)}\n`;
  for (const each of unreadable) yield `${JSON.stringify(unreadableLine(each))}\n`;
}

export function unreadableLine({
  why,
  file,
  offset,
  key,
  account,
  occurredAt,
}: Unreadable): UnreadableLine & { account?: string; occurredAt?: string } {
  return {
    version: 1,
    verdict: 'unreadable',
    why,
    file,
    offset,
    ...(key === undefined ? {} : { key }),
    ...(account === undefined ? {} : { account }),
    ...(occurredAt === undefined ? {} : { occurredAt: isoOf(occurredAt) }),
  };
}
