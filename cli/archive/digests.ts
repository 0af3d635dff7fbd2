import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { isObject, type RawObject, textIn } from '../../lambdas/core/raw-record.ts';
import { gunzip, isGzip } from './gunzip.ts';
import type { Source } from './paths.ts';
import { bytesOf } from './read-file.ts';

/** What CloudTrail's digest files say of the files beside them. */
export interface DigestCheck {
  readonly digests: number;
  /** Files whose SHA-256 is the one in a digest. */
  readonly right: number;
  /** Files whose content is not what CloudTrail wrote. */
  readonly wrong: readonly string[];
  /** Files that a digest lists and that are not here. */
  readonly missing: readonly string[];
  /** Files that no digest lists. */
  readonly unlisted: number;
}

/**
 * Checks the SHA-256 chain of local files: each log file against the digest that lists it, each digest against the one that
 * follows it. Hashes are of the unpacked content (AWS, "CloudTrail digest file structure"). The signature of the newest digest
 * is not checked: that takes AWS's public key, and so the network.
 */
export async function verifyDigests(sources: readonly Source[]): Promise<DigestCheck> {
  const byName = new Map(sources.map(({ path }) => [basename(path), path]));
  const digests = sources.filter(({ path }) => basename(path).includes('_CloudTrail-Digest_'));
  const [wrong, missing, listed] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const { path } of digests) {
    for (const [name, hash] of hashesIn(path, await contentOf(path))) {
      const file = byName.get(name);
      listed.add(name);
      if (file === undefined) missing.add(name);
      else if (hash === undefined || sha256(await contentOf(file)) !== hash) wrong.add(file);
    }
  }
  const logs = sources.filter((source) => !digests.includes(source));
  const unlisted = logs.filter(({ path }) => !listed.has(basename(path))).length;
  return {
    digests: digests.length,
    right: listed.size - missing.size - wrong.size,
    wrong: [...wrong],
    missing: [...missing],
    unlisted,
  };
}

/** Names of files with the hash that they should have. A digest that cannot be read vouches for itself as wrong. */
function hashesIn(path: string, content: Buffer): (readonly [name: string, hash: string | undefined])[] {
  const digest = parsed(content);
  if (digest === undefined) return [[basename(path), undefined]];
  const files: readonly unknown[] = Array.isArray(digest.logFiles) ? digest.logFiles : [];
  const logs = files
    .filter(isObject)
    .map((file) => [basename(textIn(file, 's3Object')), textIn(file, 'hashValue', 128)] as const);
  const before = textIn(digest, 'previousDigestS3Object');
  return before === '' ? logs : [...logs, [basename(before), textIn(digest, 'previousDigestHashValue', 128)]];
}

function parsed(content: Buffer): RawObject | undefined {
  try {
    const value: unknown = JSON.parse(content.toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function contentOf(path: string): Promise<Buffer> {
  const packed = await bytesOf(path);
  return isGzip(packed) ? gunzip(packed).bytes : packed;
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A few lines for stderr. */
export function digestReport({ digests, right, wrong, missing, unlisted }: DigestCheck): string {
  return [
    `${digests} digest files: ${right} files are as CloudTrail wrote them, ${wrong.length} are not, ${missing.length} are missing, ${unlisted} are in no digest (signatures are not checked offline)`,
    ...wrong.map((file) => `not what CloudTrail wrote: ${file}`),
    ...missing.map((name) => `listed in a digest and not here: ${name}`),
  ].join('\n');
}
