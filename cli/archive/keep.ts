import type { FastScan } from './fast-scan.ts';
import { keepIn, keptFileOf, keptIn } from './kept-file.ts';
import type { Source } from './paths.ts';

/**
 * What an earlier run found in the files of an archive, so that the next question about it does not inflate it again. One file
 * beside the archive for each set of hints: a list with an entry a trail file, which counts only while the file has the same size
 * and time. Session tokens are taken out first.
 */
export interface Keep {
  of(source: Source): FastScan | undefined;
  add(source: Source, fast: FastScan): void;
  /** Writes what is new. False when it cannot be written: then the next run is as slow as this one. */
  save(): boolean;
}

type Line = readonly [
  name: string,
  size: number,
  mtimeMs: number,
  otherEvents: number,
  notWatched: number,
  records: readonly (readonly [offset: number, text: string])[],
];

/** What is kept for the archives of the sources, each beside its root or all in `folder`. */
export function keepFor(sources: readonly Source[], hintsVersion: string, folder?: string): Keep {
  const roots = [...new Set(sources.map(({ root }) => root).filter(Boolean))];
  // By file: a root may be spelled in two ways at once.
  const byFile = new Map<string, Keep>();
  const keeps = new Map(
    roots.map((root) => {
      const file = keptFileOf(root, `${hintsVersion}.json`, folder);
      const keep = byFile.get(file) ?? keepOfFile(file);
      byFile.set(file, keep);
      return [root, keep];
    }),
  );
  return {
    of: (source) => keeps.get(source.root)?.of(source),
    add: (source, fast) => keeps.get(source.root)?.add(source, fast),
    save: () => [...byFile.values()].map((keep) => keep.save()).every(Boolean),
  };
}

function keepOfFile(file: string): Keep {
  const lines = linesIn(file);
  let isNew = false;
  return {
    of: ({ name, size, mtimeMs }) => {
      const line = lines.get(name);
      if (line === undefined || line[1] !== size || line[2] !== mtimeMs) return undefined;
      return {
        otherEvents: line[3],
        notWatched: line[4],
        records: line[5].map(([offset, text]) => ({ offset, text })),
      };
    },
    add: ({ name, size, mtimeMs }, { otherEvents, notWatched, records }) => {
      const kept = records.map(({ offset, text }) => [offset, withoutSecrets(text)] as const);
      lines.set(name, [name, size, mtimeMs, otherEvents, notWatched, kept]);
      isNew = true;
    },
    save: () => !isNew || keepIn(file, JSON.stringify([...lines.values()])),
  };
}

function linesIn(file: string): Map<string, Line> {
  const body = keptIn(file);
  if (body === undefined) return new Map();
  const lines = JSON.parse(body.toString('utf8')) as readonly Line[];
  return new Map(lines.map((line) => [line[0], line]));
}

const SECRETS = new Set(['sessionToken', 'secretAccessKey']);

function withoutSecrets(text: string): string {
  return JSON.stringify(JSON.parse(text), (key, value: unknown) => (SECRETS.has(key) ? undefined : value));
}
