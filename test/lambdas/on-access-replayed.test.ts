import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readActionLines, readOpenFindings } from '../../lambdas/edge/finding-store.ts';
import { type EmbeddedDynamo, startEmbeddedDynamo } from '../../sandbox/embedded-dynamodb/start.ts';
import { type AccessWorld, accessWorld } from '../support/access-world.ts';
import { useTable } from '../support/databases.ts';
import { approval, minute } from '../support/ledger-records.ts';
import { putRequest } from '../support/people-facts.ts';
import { assumeRole, crossAccountPair, envelope, type JsonObject, stranger } from '../support/records.ts';

const ADA = 'person:ada@example.gov.uk' as const;
const DAY = 24 * 60;

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
beforeEach(async () => {
  await useTable(database.endpoint);
  world.told.length = 0;
  world.at(minute(30));
});

const use = (key: string, minutes: number) => envelope(assumeRole({ key, at: minute(minutes) }));

/** As EventBridge brings an event of an archive again: with the replay's name beside the other fields, the rest as it was. */
function replayed(event: JsonObject, name: string): JsonObject {
  const { detail, ...rest } = event;
  return { ...rest, 'replay-name': name, ...(detail === undefined ? {} : { detail }) };
}

/** What is open, in no order: two findings may be of one instant. */
const openById = async () => (await readOpenFindings()).toSorted((one, other) => (one.id < other.id ? -1 : 1));
const verdicts = async () => (await readActionLines(ADA)).map(({ action, verdict }) => `${action} ${verdict}`).sort();

describe('an archive that is replayed', () => {
  it('tells nothing anew of what was decided, under whatever name it is replayed', async () => {
    await putRequest(approval());
    const pair = crossAccountPair({ who: stranger, at: minute(3) });
    const events = [use('approved', 1), use('unapproved', 20), envelope(pair.caller), envelope(pair.role)];
    await world.deliver(events);
    const [told, lines, open] = [world.told.length, await verdicts(), await openById()];
    expect(lines).toEqual(['approved approved', 'unapproved unapproved']);
    expect(told).toBeGreaterThan(1);
    for (const [days, name] of [
      [0, 'today'],
      [1, 'tomorrow'],
      [40, 'after_it-left.the.ledger'],
    ] as const) {
      world.at(minute(31 + days * DAY));
      expect(await world.deliver(events.map((event) => replayed(event, name)).toReversed())).toEqual([]);
    }
    expect(world.told).toHaveLength(told);
    expect(await verdicts()).toEqual(lines);
    expect(await openById()).toEqual(open);
  });

  it('tells nothing anew of what could not be read', async () => {
    const { eventTime: _, ...timeless } = assumeRole({ key: 'timeless' });
    const bad = [
      { ...use('forged', 1), source: 'my.app' },
      { ...use('of-elsewhere', 1), account: '999999999999' },
      { ...use('empty', 1), detail: 'nothing' },
      { ...use('timeless', 1), detail: timeless },
    ];
    await world.deliver(bad);
    expect(await readOpenFindings()).toHaveLength(4);
    const told = world.told.length;
    for (const name of ['one', 'two']) await world.deliver(bad.map((event) => replayed(event, name)));
    expect(world.told).toHaveLength(told);
    expect(await readOpenFindings()).toHaveLength(4);
    await world.deliver([{ ...use('forged', 2), source: 'my.app' }]);
    expect(await readOpenFindings()).toHaveLength(5);
  });

  it('judges what was never seen, and is loud', async () => {
    await putRequest(approval());
    world.at(minute(3 * DAY));
    await world.deliver([replayed(use('covered-then', 1), 'r'), replayed(use('never', 90), 'r')]);
    // Its day has left the ledger: what the approval was spent on can no longer be told.
    expect(await verdicts()).toEqual(['covered-then unapproved', 'never unapproved']);
    expect((await readOpenFindings()).map(({ id }) => id).sort()).toEqual(['covered-then', 'never']);
    const opened = world.told.flatMap(({ change, finding }) => (change === 'opened' ? [finding?.id] : []));
    expect(opened.sort()).toEqual(['covered-then', 'never']);
  });
});

describe('on-access', () => {
  it('judges a record that comes hours late by the approvals of its own time, over by now', async () => {
    await putRequest(approval());
    world.at(minute(5 * 60));
    await world.deliver([use('in-time', 30), use('too-late', 61)]);
    expect(await verdicts()).toEqual(['in-time approved', 'too-late unapproved']);
  });
});
