import { lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A file to read, or `-` for what comes in on standard input. */
export interface Source {
  readonly path: string;
  /** The folder that was named, or that of the file: what is found is kept there. Empty for standard input. */
  readonly root: string;
  /** The path below the root, the same however the root is spelled: what is found is kept under it. */
  readonly name: string;
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
 * are, and how many others there are is counted. Links to folders are not followed.
 */
export function sourcesOf(paths: readonly string[]): Found {
  const all: Files = { sources: [], missing: [], others: 0 };
  for (const path of paths) addFilesAt(path, all);
  return paths.length === 1 ? all : { ...all, sources: eachOnce(all.sources) };
}

function eachOnce(sources: readonly Source[]): Source[] {
  return [...new Map(sources.map((source) => [source.path, source])).values()];
}

interface Files {
  readonly sources: Source[];
  readonly missing: Missing[];
  others: number;
}

function addFilesAt(path: string, to: Files): void {
  if (path === '-') to.sources.push({ path, root: '', name: path, size: 0, mtimeMs: 0 });
  else {
    try {
      const stats = statSync(path);
      if (stats.isDirectory()) addArchive(path, to);
      else to.sources.push(sourceOf(path, dirname(path), basename(path), stats));
    } catch (error) {
      to.missing.push({ path, why: whyOf(error) });
    }
  }
}

function addArchive(root: string, to: Files): void {
  const below: Files = { sources: [], missing: to.missing, others: 0 };
  addFolder(root, root, '', below);
  to.others += below.others;
  // One by one: of years there are more files than a call may have arguments.
  for (const source of below.sources.sort(byPath)) to.sources.push(source);
}

function byPath(one: Source, other: Source): number {
  return one.path < other.path ? -1 : 1;
}

/**
 * Synchronous: an archive of small files has thousands, and a promise for each costs more than the call. Names alone are asked for:
 * the size of a file that is read is needed besides, and comes with what it is.
 */
function addFolder(folder: string, root: string, below: string, to: Files): void {
  const before = join(folder, '_').slice(0, -1);
  if (before.includes(EXTRACT_FOLDER)) return;
  for (const name of namesIn(folder, to.missing)) {
    const path = before + name;
    const isRead = READ.test(name);
    const stats = isRead ? statsOf(path, statSync) : undefined;
    const isFile = stats?.isDirectory() === false;
    if (!isFile && statsOf(path, lstatSync)?.isDirectory()) addFolder(path, root, `${below}${name}/`, to);
    // One that is gone or cannot be looked at, or a link that leads nowhere, is named when it is to be read.
    else if (isRead) to.sources.push(sourceOf(path, root, below + name, stats));
    else to.others += 1;
  }
}

/** What cannot be looked at must not keep anything else from being read. */
function statsOf(path: string, stat: typeof statSync | typeof lstatSync): Stats | undefined {
  try {
    return stat(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** A folder that may not be read is named, and the others are read. */
function namesIn(folder: string, missing: Missing[]): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    missing.push({ path: folder, why: whyOf(error) });
    return [];
  }
}

function sourceOf(
  path: string,
  root: string,
  name: string,
  stats: Pick<Stats, 'size' | 'mtimeMs'> = { size: 0, mtimeMs: 0 },
): Source {
  return { path, root, name, size: stats.size, mtimeMs: stats.mtimeMs };
}

function whyOf(error: unknown): string {
  const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  return isGone ? 'there is no such file or folder' : 'it cannot be opened';
}
