import { basename } from 'node:path';
import { isObject, type RawObject, textIn } from '../../lambdas/core/raw-record.ts';
import type { Instant } from '../../lambdas/core/time.ts';

/** A file that a digest names, with the SHA-256 of its unpacked content. */
export interface Listed {
  readonly name: string;
  readonly hash: string;
}

/** One digest file of CloudTrail's (AWS, "CloudTrail digest file structure"). */
export interface Digest {
  readonly path: string;
  readonly name: string;
  /** Account, Region and trail: each digest names the one before it of the same chain. */
  readonly chain: string;
  /** Account and Region, as the names of log files begin. */
  readonly place: string;
  /** It lists log files that were delivered in `[startAt, endAt)`. */
  readonly startAt: Instant;
  readonly endAt: Instant;
  /** One that adds what an earlier one lacks, outside the chain. */
  readonly isBackfill: boolean;
  readonly logs: readonly Listed[];
  /** Undefined where logging, or the making of digests, began. */
  readonly previous?: Listed;
}

const NAME = /^((\d{12})_CloudTrail-Digest_([a-z0-9-]+)_.+_)\d{8}T\d{6}Z(_backfill)?\.json/;

export function isDigestName(name: string): boolean {
  return name.includes('_CloudTrail-Digest_');
}

/** Reads a digest file; undefined for what CloudTrail does not write, records under the name of a digest for one. */
export function digestOf(path: string, content: Buffer): Digest | undefined {
  const name = basename(path);
  const [, chain = '', account = '', region = '', backfill] = NAME.exec(name) ?? [];
  const digest = parsed(content);
  if (digest === undefined || chain === '' || digest.Records !== undefined) return undefined;
  const [startAt, endAt] = [timeIn(digest, 'digestStartTime'), timeIn(digest, 'digestEndTime')];
  if (!Array.isArray(digest.logFiles) || Number.isNaN(startAt) || Number.isNaN(endAt)) return undefined;
  const files: readonly unknown[] = digest.logFiles;
  const before = textIn(digest, 'previousDigestS3Object');
  return {
    path,
    name,
    chain,
    place: `${account} ${region}`,
    startAt,
    endAt,
    isBackfill: backfill !== undefined,
    logs: files.filter(isObject).map((file) => listedIn(file, 's3Object', 'hashValue')),
    ...(before === '' ? {} : { previous: listedIn(digest, 'previousDigestS3Object', 'previousDigestHashValue') }),
  };
}

const LOG_NAME = /^(\d{12})_CloudTrail_([a-z0-9-]+)_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z_/;

/**
 * What the name of a log file says: whose it is, and the minute in which it was delivered (AWS, "CloudTrail log file name format").
 * Undefined for a file that is called otherwise.
 */
export function deliveryOf(name: string): { readonly place: string; readonly at: Instant } | undefined {
  const [, account, region, year, month, day, hour, minute] = LOG_NAME.exec(name) ?? [];
  if (account === undefined) return undefined;
  return { place: `${account} ${region}`, at: Date.parse(`${year}-${month}-${day}T${hour}:${minute}Z`) };
}

function listedIn(object: RawObject, key: string, hash: string): Listed {
  return { name: basename(textIn(object, key)), hash: textIn(object, hash, 128) };
}

function timeIn(digest: RawObject, field: string): number {
  return Date.parse(textIn(digest, field, 64));
}

function parsed(content: Buffer): RawObject | undefined {
  try {
    const value: unknown = JSON.parse(content.toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
