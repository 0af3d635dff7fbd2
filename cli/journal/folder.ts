import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The pages of a copy of the journal, in the order of their numbers; undefined for one that is not JSON. */
export function* pagesOf(folder: string, names: readonly string[]): Generator<unknown> {
  for (const name of names) {
    const text = readFileSync(join(folder, name), 'utf8');
    try {
      yield JSON.parse(text);
    } catch {
      yield undefined;
    }
  }
}

/** Names of pages end in `-<number>.json`. Undefined for a folder that cannot be read. */
export function pageNames(folder: string): readonly string[] | undefined {
  try {
    const names = readdirSync(folder).filter((name) => /-\d+\.json$/.test(name));
    return names.sort((one, other) => numberOf(one) - numberOf(other));
  } catch {
    return undefined;
  }
}

function numberOf(name: string): number {
  return Number(/-(\d+)\.json$/.exec(name)?.[1] ?? 0);
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
