import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A file to read, or `-` for what comes in on standard input. */
export interface Source {
  readonly path: string;
  /** The folder that was named, or that of the file: what is found is kept there. Empty for standard input. */
  readonly root: string;
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

/** What is behind the paths of a command line. */
export interface Found {
  readonly sources: readonly Source[];
  readonly missing: readonly Missing[];
  /** Files of folders that are not called like trail files or JSON Lines. */
  readonly others: number;
}

const READ = /\.(json|jsonl|ndjson)(\.gz)?$|\.gz$/i;

/**
 * The files behind the given paths, each once, those of a folder in the order of their names (S3's keys sort by time).
 * A file that is named is read whatever it is called; of a folder only files that are called like a trail file or JSON Lines
 * are, and how many others there are is counted.
 */
export function sourcesOf(paths: readonly string[]): Found {
  const sources = new Map<string, Source>();
  const missing: Missing[] = [];
  let others = 0;
  for (const path of paths) {
    const found = filesAt(path);
    if (typeof found === 'string') missing.push({ path, why: found });
    else {
      others += found.others;
      for (const source of found.sources) sources.set(source.path, source);
    }
  }
  return { sources: [...sources.values()], missing, others };
}

interface Files {
  readonly sources: readonly Source[];
  readonly others: number;
}

function filesAt(path: string): Files | string {
  if (path === '-') return { sources: [{ path, root: '', size: 0, mtimeMs: 0 }], others: 0 };
  try {
    if (statSync(path).isDirectory()) return filesBelow(path);
    return { sources: [sourceAt(path, dirname(path))], others: 0 };
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return isGone ? 'there is no such file or folder' : 'it cannot be opened';
  }
}

/** Synchronous: an archive of small files has thousands, and a promise for each costs more than the call. */
function filesBelow(folder: string): Files {
  const paths: string[] = [];
  addFilesBelow(folder, paths);
  const read = paths.filter((path) => READ.test(path)).sort();
  return { sources: read.map((path) => sourceAt(path, folder)), others: paths.length - read.length };
}

/** A folder at a time, since `readdirSync` asks again for the type of each entry when it is to go down by itself. Links are not followed. */
function addFilesBelow(folder: string, paths: string[]): void {
  const before = join(folder, '_').slice(0, -1);
  if (before.includes(EXTRACT_FOLDER)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) addFilesBelow(before + entry.name, paths);
    else paths.push(before + entry.name);
  }
}

function sourceAt(path: string, root: string): Source {
  const { size, mtimeMs } = statSync(path);
  return { path, root, size, mtimeMs };
}
