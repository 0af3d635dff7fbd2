import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readLedger } from '../../lambdas/access/ledger-store.ts';
import { UNDECIDED } from '../../lambdas/access/undecided.ts';
import { readActionLines, readFindings, readOpenFindings } from '../../lambdas/edge/finding-store.ts';
import { type AccessWorld, accessWorld } from '../support/access-world.ts';
import { databases, useTable } from '../support/databases.ts';
import { approval, minute, TEN } from '../support/ledger-records.ts';
import { type LosingProxy, losingProxy } from '../support/losing-proxy.ts';
import { putRequest } from '../support/people-facts.ts';
import { ada, assumeRole, crossAccountPair, envelope, USERS, user } from '../support/records.ts';

const ADA = 'person:ada@example.gov.uk' as const;

let world: AccessWorld;
beforeAll(async () => {
  world = await accessWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const use = (key: string, minutes: number) => envelope(assumeRole({ key, at: minute(minutes) }));

describe.for(databases)('on-access between faults, with $name', ({ name, start, absence }) => {
  if (absence) {
    it.skip(`${name} does not run here: ${absence}`, () => undefined);
    return;
  }
  let database: Awaited<ReturnType<typeof start>>;
  let proxy: LosingProxy;
  beforeAll(async () => {
    database = await start();
    proxy = await losingProxy(database.endpoint);
  });
  afterAll(async () => {
    await proxy.close();
    await database.close();
  });
  beforeEach(async () => {
    await useTable(proxy.endpoint);
    world.told.length = 0;
    world.queued.length = 0;
    world.at(minute(30));
  });

  it('spends once and opens once when the answers of its writes are lost', async () => {
    await putRequest(approval());
    proxy.lose = 2;
    await world.deliver([use('a', 1), use('b', 20)]);
    // More than the SDK repeats: reading again tells that it was recorded.
    proxy.lose = 3;
    expect(await world.deliver([use('c', 25)])).toEqual([]);
    const lines = await readActionLines(ADA);
    expect(lines.flatMap((line) => line.approval ?? [])).toEqual(['r-1']);
    expect(await readFindings(ADA)).toHaveLength(2);
    expect(world.told.filter(({ change }) => change === 'opened')).toHaveLength(2);
  });

  it('says once that it cannot decide while the table is away, decides when it is back and closes that', async () => {
    await putRequest(approval());
    proxy.down = true;
    expect(await world.deliver([use('a', 1)])).toEqual(['m0']);
    expect(await world.deliver([use('a', 1)])).toEqual(['m0']);
    expect(world.told).toMatchObject([{ change: 'opened', finding: { cause: 'undecided', team: 'notify' } }]);
    proxy.down = false;
    expect(await world.deliver([use('a', 1)])).toEqual([]);
    expect(world.queued).toMatchObject([{ delay: 60 }]);
    await world.deliver(world.queued.map(({ body }) => body));
    expect(
      world.told.slice(1).map(({ change, finding, actions }) => [change, finding?.cause, actions[0]?.verdict]),
    ).toEqual([
      ['judged', undefined, 'approved'],
      ['closed', 'undecided', undefined],
    ]);
  });

  it('enters what was told into the table as soon as that is back, and closes it once its records are decided', async () => {
    proxy.down = true;
    await world.deliver([use('a', 1)]);
    const [note] = world.queued.splice(0);
    expect(await world.deliver([note?.body])).toEqual(['m0']);
    proxy.down = false;
    // The table is back, the record not yet.
    expect(await world.deliver([note?.body])).toEqual([]);
    expect(await readOpenFindings()).toMatchObject([{ cause: 'undecided', keys: ['a'] }]);
    await world.deliver([use('a', 1)]);
    const lookAgain = { twoEye: 'rejudge', ledger: UNDECIDED, because: 'timer: decide' };
    await world.deliver([lookAgain, lookAgain]);
    expect(await readFindings(UNDECIDED)).toMatchObject([{ state: 'closed', closedAs: 'matched-later' }]);
    const told = world.told.flatMap(({ change, finding }) => (finding?.cause === 'undecided' ? [change] : []));
    expect(told).toEqual(['opened', 'opened', 'closed']);
    expect(world.queued).toEqual([]);
  });

  it('pages for what it cannot decide when nobody decided it in time', async () => {
    proxy.down = true;
    await world.deliver([use('a', 1)]);
    world.at(minute(90));
    const [note] = world.queued;
    await world.deliver([note?.body]);
    await world.deliver([note?.body]);
    proxy.down = false;
    expect(world.told.map(({ change, finding }) => [change, finding?.urgency])).toEqual([
      ['opened', 'ping'],
      ['changed', 'page'],
    ]);
    world.at(minute(30));
    await world.deliver([use('a', 1)]);
  });

  it('moves a half to the person whom the later half names, and its ghost closes as a duplicate', async () => {
    const unmapped = user(ada.type === 'user' ? ada.userName : '', 'AIDANOTINPOLICY', USERS);
    const pair = crossAccountPair({ who: unmapped, at: TEN });
    await putRequest(approval());
    await world.deliver([envelope(pair.role)]);
    world.at(minute(36));
    await world.deliver([{ twoEye: 'rejudge', ledger: 'principal:AIDANOTINPOLICY', because: 'timer: decide' }]);
    expect(await readOpenFindings()).toMatchObject([{ actor: 'unknown' }]);
    await world.deliver([envelope(pair.caller)]);
    expect(await readOpenFindings()).toEqual([]);
    expect(await readFindings('principal:AIDANOTINPOLICY')).toMatchObject([{ state: 'closed', closedAs: 'duplicate' }]);
    expect((await readLedger(ADA)).ledger.actions).toMatchObject([{ judgement: { verdict: 'approved' } }]);
    await world.deliver([envelope(pair.role), envelope(pair.caller)]);
    expect((await readLedger(ADA)).ledger.actions).toHaveLength(1);
  });
});
