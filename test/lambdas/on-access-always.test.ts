import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readLedger } from '../../lambdas/access/ledger-store.ts';
import { readActionLines, readOpenFindings } from '../../lambdas/edge/finding-store.ts';
import { type EmbeddedDynamo, startEmbeddedDynamo } from '../../sandbox/embedded-dynamodb/start.ts';
import { type AccessWorld, accessWorld } from '../support/access-world.ts';
import { useTable } from '../support/databases.ts';
import { approval, minute } from '../support/ledger-records.ts';
import { putRequest } from '../support/people-facts.ts';
import { assumeRole, envelope } from '../support/records.ts';

const ADA = 'person:ada@example.gov.uk' as const;

interface Window {
  readonly from: number;
  readonly minutes: number;
}

interface Story {
  readonly windows: readonly Window[];
  /** Minutes of the uses, each an action of its own. */
  readonly uses: readonly number[];
  /** For each use, in which invocations it comes. */
  readonly invocations: readonly (readonly number[])[];
}

const story: fc.Arbitrary<Story> = fc
  .record({
    windows: fc.array(fc.record({ from: fc.integer({ min: 0, max: 40 }), minutes: fc.integer({ min: 3, max: 40 }) }), {
      maxLength: 3,
    }),
    uses: fc
      .uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 })
      .map((all) => all.map((one) => one * 5)),
  })
  .chain((so) =>
    fc.record({
      windows: fc.constant(so.windows),
      uses: fc.constant(so.uses),
      invocations: fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 2 }), {
        minLength: so.uses.length,
        maxLength: so.uses.length,
      }),
    }),
  );

/** The most uses that any way of handing out the approvals covers: every way is tried. */
function mostCovered(uses: readonly number[], windows: readonly Window[]): number {
  const [use, ...rest] = uses;
  if (use === undefined) return 0;
  const without = mostCovered(rest, windows);
  const withOne = windows.flatMap((window, index) =>
    covers(window, use) ? [1 + mostCovered(rest, windows.toSpliced(index, 1))] : [],
  );
  return Math.max(without, ...withOne);
}

const covers = ({ from, minutes }: Window, use: number): boolean => from + 0.5 <= use && use < from + 0.5 + minutes;
/** From an address of its own, for a second use from the same one may be a renewal of the first. */
const use = (minutes: number) =>
  envelope(assumeRole({ key: `u${minutes}`, at: minute(minutes), ip: `198.51.100.${minutes}` }));

let world: AccessWorld;
let database: EmbeddedDynamo;
beforeAll(async () => {
  world = await accessWorld();
  database = await startEmbeddedDynamo();
});
afterAll(async () => {
  await database.close();
  await world[Symbol.asyncDispose]();
});
beforeEach(() => world.at(minute(90)));

async function play({ windows, uses, invocations }: Story) {
  await useTable(database.endpoint);
  world.told.length = 0;
  for (const [index, { from, minutes }] of windows.entries()) {
    const approvedAt = minute(from + 0.5);
    await putRequest(approval({ id: `r-${index}`, approvedAt, validUntil: approvedAt + minutes * 60_000 }));
  }
  const batches = [0, 1, 2, 3].map((turn) => uses.filter((_, index) => invocations[index]?.includes(turn)).map(use));
  const redelivered = await Promise.all(batches.map((batch) => world.deliver(batch)));
  return { redelivered: redelivered.flat(), lines: await readActionLines(ADA), open: await readOpenFindings() };
}

describe('on-access, always', () => {
  it('covers as many uses as could be covered, however they come', async () => {
    await fc.assert(
      fc.asyncProperty(story, async (one) => {
        const { redelivered, lines, open } = await play(one);
        const spent = lines.flatMap((line) => line.approval ?? []);
        const covered = mostCovered(one.uses, one.windows);
        expect(redelivered).toEqual([]);
        expect(lines).toHaveLength(one.uses.length);
        expect(new Set(spent).size).toBe(spent.length);
        expect(spent).toHaveLength(covered);
        expect(open).toHaveLength(one.uses.length - covered);
        const opened = world.told.flatMap(({ finding }) => (finding?.state === 'open' ? [finding.id] : []));
        expect(open.every(({ id }) => opened.includes(id))).toBe(true);
      }),
      { numRuns: 10 },
    );
  }, 60_000);

  it('takes a record of a megabyte, and keeps what it needs of it', async () => {
    await useTable(database.endpoint);
    const big = { requestParameters: { policy: 'x'.repeat(900_000) }, userAgent: 'y'.repeat(100_000) };
    expect(await world.deliver([envelope(assumeRole({ key: 'big', at: minute(1), overrides: big }))])).toEqual([]);
    expect(await readOpenFindings()).toMatchObject([{ id: 'big', cause: 'unapproved' }]);
    expect(JSON.stringify((await readLedger(ADA)).ledger).length).toBeLessThan(10_000);
  });

  it('records more at once than a transaction holds', async () => {
    await useTable(database.endpoint);
    const minutes = Array.from({ length: 25 }, (_, index) => 1 + index * 3);
    world.told.length = 0;
    expect(await world.deliver(minutes.map(use))).toEqual([]);
    expect(await readActionLines(ADA)).toHaveLength(25);
    expect(await readOpenFindings()).toHaveLength(25);
    expect(new Set(world.told.map(({ finding }) => finding?.id)).size).toBe(25);
    expect(await world.deliver(minutes.map(use))).toEqual([]);
    expect(await readOpenFindings()).toHaveLength(25);
  });
});
