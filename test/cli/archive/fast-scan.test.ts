import { readFile } from 'node:fs/promises';
import { constants, crc32, deflateRawSync, gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { BYTES_MODULE, compiledModule, WORKER_MODULE, workerModule } from '../../../cli/archive/build-wasm.ts';
import { readCount } from '../../../cli/archive/extract.ts';
import { type FastScanner, fastScanner } from '../../../cli/archive/fast-scan.ts';
import { isGzip } from '../../../cli/archive/gunzip.ts';
import { hintsOf } from '../../../cli/archive/hints.ts';
import { extractOf, quickExtractOf } from '../../../cli/archive/read-file.ts';
import { valueReader } from '../../../cli/archive/read-value.ts';
import { chance, hostileFile } from '../../support/hostile-files.ts';
import { testPolicy } from '../../support/policies.ts';
import { apiCall, assumeRole } from '../../support/records.ts';

const policy = testPolicy();
const readValue = valueReader(policy);
const scanner = fastScanner(hintsOf(policy));
const scan = scanner.bytes;
/** `npm run proof` looks at more, in slices: each from a seed of its own on. */
const FILES = Number(process.env.HOSTILE_FILES ?? 6_000);
const FROM = Number(process.env.HOSTILE_FROM ?? 1);
const MOST_MS = 60_000 + FILES * 5;

/** Of which a text has many, with every boundary somewhere, and one that holds most texts whole. */
const IN_STRETCHES = [20, 57, 333, 2_000, 9_000].map((stretch) => fastScanner(hintsOf(policy), stretch));

function expectOracle(seed: number, file: Buffer, scanners: readonly FastScanner[]): void {
  const oracle = extractOf(file, 'f', readValue);
  for (const each of scanners) {
    const quick = quickExtractOf(file, 'f', readValue, each);
    const differs =
      JSON.stringify([quick.records, quick.unreadable]) !== JSON.stringify([oracle.records, oracle.unreadable]);
    if (differs || readCount(quick) !== readCount(oracle)) {
      expect({ seed, ...quick }).toEqual({ seed, ...oracle });
      expect.fail(`seed ${seed}: the accounts differ`);
    }
  }
}

test(
  `gives what parsing everything gives, over ${FILES} hostile files, whatever the stretch`,
  () => {
    let [fast, inStretches] = [0, 0];
    for (let seed = FROM; seed < FROM + FILES; seed += 1) {
      const file = hostileFile(seed);
      const other = IN_STRETCHES[seed % IN_STRETCHES.length] ?? scanner;
      expectOracle(seed, file, [scanner, other]);
      if (scan(file) !== undefined) fast += 1;
      if (other.bytes(file) !== undefined) inStretches += 1;
    }
    expect(fast / FILES).toBeGreaterThan(0.3);
    expect(inStretches / FILES).toBeGreaterThan(0.3);
  },
  MOST_MS,
);

test(
  'gives what parsing everything gives of long files, of which a stretch is a small part',
  () => {
    const records: string[] = [];
    for (let seed = FROM; records.length < 2_000; seed += 1) {
      const file = hostileFile(seed);
      if (scan(file) === undefined) continue;
      const text = (isGzip(file) ? gunzipSync(file) : file).toString('utf8').trim();
      if (text.length > '{"Records":[]}'.length) records.push(text.slice('{"Records":['.length, -']}'.length));
    }
    for (let level = 0; level <= 9; level += 1) {
      for (const strategy of [0, 2, 4]) {
        const some = records.slice(level * 200, level * 200 + 200);
        const file = gzipSync(`{"Records":[${some.join(',')}]}`, { level, strategy });
        const scanners = [scanner, ...IN_STRETCHES];
        expectOracle(level, file, scanners);
        for (const each of scanners) expect(each.bytes(file)).toEqual(scan(file));
        expect(scan(file)?.records.length).toBeGreaterThan(20);
        file[Math.floor(file.length / 2) + level] = strategy;
        expectOracle(level, file, scanners);
      }
    }
  },
  MOST_MS,
);

test('inflates whatever zlib deflates, at every level and strategy', () => {
  const filler = Array.from({ length: 3_000 }, (_, index) => `{"n":${(index * 2_654_435_761) % 100_003}}`).join(',');
  const file = `{"Records":[${JSON.stringify(assumeRole({ overrides: { requestParameters: { filler } } }))}]}`;
  for (const strategy of [0, 1, 2, 3, 4]) {
    for (let level = 0; level <= 9; level += 1) {
      const found = scan(gzipSync(file, { level, strategy }));
      expect(found?.records.map(({ text }) => text).join()).toBe(file.slice(12, -2));
    }
  }
});

test('never takes a damaged file for a whole one', () => {
  const file = gzipSync(
    `{"Records":[${JSON.stringify(assumeRole())},${JSON.stringify(apiCall({ source: 's3.amazonaws.com', name: 'ListBuckets' }))}]}`,
  );
  const whole = scan(file);
  for (let at = 0; at < file.length; at += 1) {
    for (const bit of [1, 16, 128]) {
      const damaged = Buffer.from(file);
      damaged[at] = (damaged[at] ?? 0) ^ bit;
      const found = scan(damaged);
      // Some bits (the header's time, padding behind the last code) carry nothing of the content.
      if (found !== undefined) expect(found).toEqual(whole);
    }
  }
});

test('refuses a member that goes on behind the length and CRC it claims', () => {
  const event = JSON.stringify(apiCall({ source: 's3.amazonaws.com', name: 'ListBuckets' }));
  const records = Array.from({ length: 2_000 }, () => event).join(',');
  for (const blanks of ['', '\n', '\n\n', '\n\n\n', '\n\n\n\n']) {
    const claimed = Buffer.from(`{"Records":[${records}]}${blanks}`);
    expect(scan(memberOf(claimed, claimed))).toBeDefined();
    for (const more of ['x', 'xy', 'xyz', 'wxyz']) {
      const member = memberOf(Buffer.concat([claimed, Buffer.from(more)]), claimed);
      expect(scan(member), JSON.stringify({ blanks, more })).toBeUndefined();
    }
  }
});

test('sums up texts of any length as zlib does, and refuses one of which a single bit is another', () => {
  const random = chance(9);
  const event = JSON.stringify(apiCall({ source: 's3.amazonaws.com', name: 'ListBuckets' }));
  const short = Array.from({ length: 90 }, (_, round) => round * 67);
  const long = Array.from({ length: 30 }, () => Math.floor(random() ** 2 * 600_000));
  for (const length of [...short, ...long]) {
    const note = Buffer.from(Array.from({ length }, () => 0x61 + random() * 26)).toString('latin1');
    const claimed = Buffer.from(`{"Records":[{"note":"${note}."}${length % 2 === 0 ? '' : `,${event}`}]}`);
    expect(scan(memberOf(claimed, claimed)), String(length)).toBeDefined();
    const changed = Buffer.from(claimed);
    const at = 21 + Math.floor(random() * (length + 1));
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(scan(memberOf(changed, claimed)), `${length}, changed at ${at}`).toBeUndefined();
  }
});

test('a packed file of which the text is many times the memory is scanned, and offsets hold to its end', () => {
  const event = JSON.stringify(apiCall({ source: 's3.amazonaws.com', name: 'ListBuckets' }));
  const use = JSON.stringify(assumeRole());
  const others = Array.from({ length: 50_000 }, () => event).join(',');
  const file = gzipSync(`{"Records":[${others},${use}]}`, { level: 1 });
  const found = scan(file);
  expect(found).toMatchObject({ otherEvents: 50_000, records: [{ text: use }] });
  expect(found?.records[0]?.offset).toBe('{"Records":['.length + others.length + 1);
  expect(others.length).toBeGreaterThan(10_000_000);
});

/** A gzip member of `content` whose trailer is that of `claimed`; its last block is an empty one. */
function memberOf(content: Buffer, claimed: Buffer): Buffer {
  const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(claimed), 0);
  trailer.writeUInt32LE(claimed.length, 4);
  const emptyBlock = Buffer.from([3, 0]);
  const blocks = deflateRawSync(content, { finishFlush: constants.Z_SYNC_FLUSH });
  return Buffer.concat([header, blocks, emptyBlock, trailer]);
}

test('the committed bytes are what the source compiles to', async () => {
  expect(await readFile(BYTES_MODULE, 'utf8')).toBe(await compiledModule());
  expect(await readFile(WORKER_MODULE, 'utf8')).toBe(await workerModule());
});
