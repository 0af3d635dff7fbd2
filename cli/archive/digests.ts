import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { HOUR_MS } from '../../lambdas/core/time.ts';
import { shown } from '../visible.ts';
import { chainsOf } from './digest-chain.ts';
import { type Digest, deliveryOf, digestOf, isDigestName, type Listed } from './digest-file.ts';
import { gunzip, isGzip } from './gunzip.ts';
import type { Source } from './paths.ts';
import { bytesOf } from './read-file.ts';

/** What CloudTrail's digest files say of the files beside them. */
export interface DigestCheck {
  readonly digests: number;
  /** How many files have the SHA-256 that is in a digest. */
  readonly right: number;
  /** Files whose content is not what CloudTrail wrote. */
  readonly wrong: readonly string[];
  /** Files that cannot be opened. */
  readonly unopened: readonly string[];
  /** Names that a digest lists and that are not here. */
  readonly missing: readonly string[];
  /** Files that a digest should list, and none does. */
  readonly unlisted: readonly string[];
  /** Log files that were delivered before the oldest digest of their account and Region, or after the newest. */
  readonly outside: readonly string[];
  /** Digests before the oldest ones that are here: what is here is part of a trail. */
  readonly before: readonly string[];
}

/** Whether every file is as CloudTrail wrote it, as far as digests can be expected to say so. */
export function isVouchedFor({ digests, wrong, unopened, missing, unlisted }: DigestCheck): boolean {
  return digests > 0 && [wrong, unopened, missing, unlisted].every(({ length }) => length === 0);
}

/**
 * Checks the SHA-256 chain of local files: each log file against the digest that lists it, each digest against the one that
 * follows it, and that none lacks. A name may be here more than once: each file of it has to be right. Hashes are of the unpacked
 * content (AWS, "CloudTrail digest file structure"). The signature of the newest digest is not checked: that takes AWS's public
 * key, and so the network.
 */
export async function verifyDigests(sources: readonly Source[]): Promise<DigestCheck> {
  const paths = sources.map(({ path }) => path);
  const byName = Map.groupBy(paths, (path) => basename(path));
  const [digestPaths, logPaths] = [paths.filter(isDigest), paths.filter((path) => !isDigest(path))];
  const [wrong, right, unopened] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const digests: Digest[] = [];
  for (const path of digestPaths) {
    const content = await contentOf(path);
    const digest = content === undefined ? undefined : digestOf(path, content);
    if (digest !== undefined) digests.push(digest);
    else (content === undefined ? unopened : wrong).add(path);
  }
  const hashes = hashesByName(digests);
  for (const [name, expected] of hashes) {
    for (const path of byName.get(name) ?? []) {
      const content = await contentOf(path);
      if (content === undefined) unopened.add(path);
      else (isOf(content, expected) ? right : wrong).add(path);
    }
  }
  const isHere = (name: string): boolean => byName.has(name);
  const { before, gaps, strays } = chainsOf(digests, isHere);
  const missing = digests.flatMap(({ logs }) => logs.flatMap(({ name }) => (isHere(name) ? [] : [name])));
  const unlisted = logPaths.filter((path) => !hashes.has(basename(path)));
  const isOutside = outsideOf(digests);
  return {
    digests: digestPaths.length,
    right: [...right].filter((path) => !wrong.has(path)).length,
    wrong: [...wrong],
    unopened: [...unopened],
    missing: [...new Set([...missing, ...gaps])],
    unlisted: [...unlisted.filter((path) => !isOutside(path)), ...strays],
    outside: unlisted.filter(isOutside),
    before: [...new Set(before)],
  };
}

function isDigest(path: string): boolean {
  return isDigestName(basename(path));
}

/** A copy of a digest that was changed lists another hash: no file has both. */
function hashesByName(digests: readonly Digest[]): ReadonlyMap<string, ReadonlySet<string>> {
  const hashes = new Map<string, Set<string>>();
  const listed: Listed[] = digests.flatMap(({ logs, previous }) => [...logs, ...(previous ? [previous] : [])]);
  for (const { name, hash } of listed) hashes.set(name, (hashes.get(name) ?? new Set()).add(hash));
  return hashes;
}

function isOf(content: Buffer, expected: ReadonlySet<string>): boolean {
  return expected.size === 1 && expected.has(createHash('sha256').update(content).digest('hex'));
}

/** Digests come every hour, and what was delivered shortly before the end of one may be in the next (AWS, backfill digests). */
const DIGEST_LATE_MS = HOUR_MS;

/** Whether a log file was delivered when there is no digest yet, or not any more, of its account and Region. */
function outsideOf(digests: readonly Digest[]): (path: string) => boolean {
  const covered = new Map<string, { readonly from: number; readonly until: number }>();
  for (const { place, startAt, endAt } of digests) {
    const { from, until } = covered.get(place) ?? { from: startAt, until: endAt };
    covered.set(place, { from: Math.min(from, startAt), until: Math.max(until, endAt) });
  }
  return (path) => {
    const { place = '', at = Number.NaN } = deliveryOf(basename(path)) ?? {};
    const range = covered.get(place);
    return range !== undefined && (at < range.from || at >= range.until - DIGEST_LATE_MS);
  };
}

/** The unpacked content of a file; undefined when it cannot be opened. */
async function contentOf(path: string): Promise<Buffer | undefined> {
  try {
    const packed = await bytesOf(path);
    return isGzip(packed) ? gunzip(packed).bytes : packed;
  } catch {
    return undefined;
  }
}

/** What came of it, for stderr. */
export function digestReport(checked: DigestCheck): string {
  const { digests, right, wrong, unopened, missing, unlisted, outside, before } = checked;
  if (digests === 0)
    return 'there is no digest file to verify the others with: give the folder CloudTrail-Digest of the trail as well';
  return [
    `${digests} digest files: ${right} files are as CloudTrail wrote them, ${wrong.length} are not, ${missing.length} are missing, ${unlisted.length} are in no digest (signatures are not checked offline)`,
    ...named('not what CloudTrail wrote', wrong),
    ...named('it cannot be opened', unopened),
    ...named('listed in a digest and not here', missing),
    ...named('in no digest', unlisted),
    ...named('not checked, since no digest here is of that time', outside),
    ...named('the digest before the oldest one is not here, so nothing before is checked', before),
  ].join('\n');
}

const MOST_NAMED = 20;

function named(what: string, all: readonly string[]): string[] {
  const lines = all.slice(0, MOST_NAMED).map((each) => `${what}: ${shown(each)}`);
  return all.length > MOST_NAMED ? [...lines, `${what}: … and ${all.length - MOST_NAMED} more`] : lines;
}
