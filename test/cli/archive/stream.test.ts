import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type Extract, readCount } from '../../../cli/archive/extract.ts';
import { fastScanner } from '../../../cli/archive/fast-scan.ts';
import { hintsOf } from '../../../cli/archive/hints.ts';
import { extractOf } from '../../../cli/archive/read-file.ts';
import { valueReader } from '../../../cli/archive/read-value.ts';
import { extractOfChunks } from '../../../cli/archive/stream.ts';
import { hostileFile } from '../../support/hostile-files.ts';
import { testPolicy } from '../../support/policies.ts';
import { assumeRole } from '../../support/records.ts';

const policy = testPolicy();
const readValue = valueReader(policy);
const scanner = fastScanner(hintsOf(policy));

async function streamed(file: Buffer, chunk: number, batch: number): Promise<Extract> {
  const chunks = async function* () {
    for (let at = 0; at < file.length; at += chunk) yield file.subarray(at, at + chunk);
  };
  return extractOfChunks(chunks(), 'f', readValue, scanner, batch);
}

test('gives in pieces what parsing the whole gives, over 600 hostile files', async () => {
  for (let seed = 1; seed <= 600; seed += 1) {
    const file = hostileFile(seed);
    const oracle = extractOf(file, 'f', readValue);
    const pieces = await streamed(file, 1 + (seed % 97), 200 + (seed % 700));
    if (isSound(file)) {
      const told = [pieces.records, pieces.unreadable, readCount(pieces)];
      expect({ seed, told }).toEqual({ seed, told: [oracle.records, oracle.unreadable, readCount(oracle)] });
    } else if (oracle.unreadable.length > 0)
      // Where one mistake is named twice or at another place is of no weight; that it is named is.
      expect({ seed, named: pieces.unreadable.length > 0 }).toEqual({ seed, named: true });
  }
});

/** A whole document with one list of records in it. */
function isSound(file: Buffer): boolean {
  try {
    const text = (file[0] === 0x1f ? gunzipSync(file) : file).toString('utf8');
    JSON.parse(text);
    return text.lastIndexOf('],"Records":[') < 0;
  } catch {
    return false;
  }
}

test('of damaged gzip nothing is kept, of gzip that stops short what came before', async () => {
  const file = gzipSync(`{"Records":[${Array.from({ length: 50 }, () => JSON.stringify(assumeRole())).join(',')}]}`, {
    level: 0,
  });
  const short = await streamed(file.subarray(0, -40), 512, 2_000);
  expect(short.records.length).toBeGreaterThan(40);
  expect(short.unreadable.map(({ why }) => why)).toContain('the gzip data stops short');
  file.writeUInt32LE(0, file.length - 8);
  const damaged = await streamed(file, 512, 2_000);
  expect([damaged.records.length, damaged.unreadable.map(({ why }) => why)]).toEqual([0, ['the gzip data is damaged']]);
});

test('reads lines, trail files joined by line ends, and a list, in pieces', async () => {
  const record = JSON.stringify(assumeRole());
  for (const text of [
    `${record}\n`.repeat(40),
    `{"Records":[${record},${record}]}\n`.repeat(20),
    `{"Records":[${record},${record}]}`.repeat(20),
    `[${`${record},`.repeat(39)}${record}]`,
    JSON.stringify({ Records: Array.from({ length: 40 }, () => assumeRole()), nextToken: null }, undefined, 2),
  ]) {
    const extract = await streamed(Buffer.from(text), 333, 1_500);
    expect([extract.records.length, extract.unreadable]).toEqual([40, []]);
  }
});
