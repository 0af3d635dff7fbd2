import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A file to read, or `-` for what comes in on standard input. */
export interface Source {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/** Where the scanner keeps what it has already found in an archive; never read as an archive. */
export const EXTRACT_FOLDER = '.two-eye-extract';

/** What was asked for and could not be found or opened. */
export interface Missing {
  readonly path: string;
  readonly why: string;
}

const READ = /\.(json|jsonl|ndjson)(\.gz)?$|\.gz$/i;

/**
 * The files behind the given paths, each once, those of a folder in the order of their names (S3's keys sort by time).
 * A file that is named is read whatever it is called; of a folder only files that are called like a trail file or JSON Lines
 * are, and how many others there are is counted.
 */
export async function sourcesOf(
  paths: readonly string[],
): Promise<{ sources: Source[]; missing: Missing[]; others: number }> {
  const sources = new Map<string, Source>();
  const missing: Missing[] = [];
  let others = 0;
  for (const path of paths) {
    if (path === '-') {
      sources.set('-', { path: '-', size: 0, mtimeMs: 0 });
      continue;
    }
    const found = await filesAt(path);
    if (typeof found === 'string') missing.push({ path, why: found });
    else {
      others += found.others;
      for (const source of found.sources) sources.set(source.path, source);
    }
  }
  return { sources: [...sources.values()], missing, others };
}

async function filesAt(path: string): Promise<{ sources: Source[]; others: number } | string> {
  try {
    const { size, mtimeMs } = await stat(path);
    if (!(await stat(path)).isDirectory()) return { sources: [{ path, size, mtimeMs }], others: 0 };
    return await filesBelow(path);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT'
      ? 'there is no such file or folder'
      : 'it cannot be opened';
  }
}

async function filesBelow(folder: string): Promise<{ sources: Source[]; others: number }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory() && !entry.parentPath.includes(EXTRACT_FOLDER));
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  const read = paths.filter((path) => READ.test(path)).sort();
  return { sources: await Promise.all(read.map(sourceAt)), others: paths.length - read.length };
}

async function sourceAt(path: string): Promise<Source> {
  const { size, mtimeMs } = await stat(path);
  return { path, size, mtimeMs };
}
