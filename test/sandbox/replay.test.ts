import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tracesOf } from '../../sandbox/acts.ts';
import { replayedLines, replayFolder } from '../../sandbox/replay.ts';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { bundled } from '../support/bundles.ts';

let sandbox: Sandbox;
let folder: string;

beforeAll(async () => {
  sandbox = await startSandbox({ bundles: dirname(dirname(bundled('on-access'))) });
  folder = await mkdtemp(join(tmpdir(), 'two-eye-replay-'));
});

afterAll(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

/** A trail file of one role assumption. */
function trail(iso: string): string {
  const [by] = sandbox.policy.people;
  const target = sandbox.policy.targets.find(({ door }) => door.kind === 'role');
  if (by === undefined || target === undefined) throw new Error('The policy has nobody, or no role.');
  const traces = tracesOf(sandbox.policy, { by, target, doing: 'assume-role', at: Date.parse(iso) });
  if (typeof traces === 'string') throw new Error(traces);
  return JSON.stringify({ Records: traces.records });
}

test('files are put on the bus in order of time, the clock goes with them, and every record is accounted for', async () => {
  await mkdir(join(folder, 'deep'));
  await writeFile(join(folder, 'a.json'), `\uFEFF${trail('2026-12-02T15:00:00Z')}`);
  await writeFile(join(folder, 'deep', 'z.json.gz'), gzipSync(trail('2026-12-01T14:00:00Z')));
  await writeFile(join(folder, 'broken.json.gz'), gzipSync(trail('2026-12-01T14:00:00Z')).subarray(0, 60));
  const [first] = (JSON.parse(trail('2026-12-01T14:30:00Z')) as { Records: object[] }).Records;
  const other = { ...first, eventSource: 's3.amazonaws.com', eventName: 'ListBuckets', readOnly: true };
  await writeFile(join(folder, 'other.json'), JSON.stringify({ Records: [other] }));
  const before = sandbox.runtime.log().length;
  const replayed = await replayFolder(sandbox, folder);
  expect(replayed.read).toBe(replayed.watched + replayed.ignored + replayed.unreadable);
  expect(replayed).toMatchObject({ watched: 4, ignored: 1, unreadable: 0 });
  expect(replayed.bad).toEqual([expect.stringContaining('broken.json.gz')]);
  expect(sandbox.clock.now()).toBeGreaterThanOrEqual(Date.parse('2026-12-02T15:00:00Z'));
  expect(sandbox.runtime.log().slice(before).join('\n')).not.toContain('ListBuckets');
  const lines = replayedLines(sandbox, replayed);
  expect(lines[0]).toContain('Could not be read');
  expect(lines[1]).toBe('5 records read: 4 watched, 1 ignored, 0 unreadable.');
  expect(lines.slice(2)).toEqual([
    expect.stringContaining('2026-12-01T14:00:00Z'),
    expect.stringContaining('2026-12-02T15:00:00Z'),
  ]);
  expect(sandbox.timeline.entries()).toHaveLength(2);
});

test('a folder without a trail file is said to have nothing in it', async () => {
  await mkdir(join(folder, 'empty'));
  await writeFile(join(folder, 'empty', 'trail.log'), trail('2026-12-02T15:00:00Z'));
  const [first] = replayedLines(sandbox, await replayFolder(sandbox, join(folder, 'empty')));
  expect(first).toMatch(/^Nothing was read: there are no records in files called \.json/);
});
