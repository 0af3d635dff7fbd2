import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readLedger } from '../../lambdas/access/ledger-store.ts';
import type { Approval } from '../../lambdas/core/approval.ts';
import { putWord } from '../../lambdas/edge/approval-store.ts';
import { readActionLines, readFindings, readOpenFindings } from '../../lambdas/edge/finding-store.ts';
import { read } from '../../lambdas/edge/table.ts';
import { eventKey } from '../../lambdas/edge/table-keys.ts';
import { dueTimers } from '../../lambdas/edge/timer-store.ts';
import { type AccessWorld, accessWorld } from '../support/access-world.ts';
import { databases, useTable } from '../support/databases.ts';
import { approval, databaseSession, minute, TEN } from '../support/ledger-records.ts';
import { putRequest } from '../support/people-facts.ts';
import { assumeRole, crossAccountPair, envelope, stranger } from '../support/records.ts';

const ADA = 'person:ada@example.gov.uk' as const;

let world: AccessWorld;
beforeAll(async () => {
  world = await accessWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const use = (key: string, minutes: number) => envelope(assumeRole({ key, at: minute(minutes) }));
const verdicts = async () => (await readActionLines(ADA)).map(({ action, verdict }) => [action, verdict]);
const spent = async () => (await readActionLines(ADA)).flatMap((line) => line.approval ?? []);
const ownerOf = async (key: string) => (await read(eventKey(key)))?.value;
const yes = (overrides: Partial<Approval> = {}) => putRequest(approval(overrides));

describe.for(databases)('on-access with $name', ({ name, start, absence }) => {
  if (absence) {
    it.skip(`${name} does not run here: ${absence}`, () => undefined);
    return;
  }
  let database: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    database = await start();
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    await useTable(database.endpoint);
    Object.assign(world, { topicDown: false });
    world.told.length = 0;
    world.at(minute(30));
  });

  it('spends one approval on one use and opens a finding for the next', async () => {
    await yes();
    expect(await world.deliver([use('a', 1), use('b', 20)])).toEqual([]);
    expect((await verdicts()).map(([, verdict]) => verdict).sort()).toEqual(['approved', 'unapproved']);
    const findings = await readOpenFindings();
    expect(findings).toMatchObject([{ cause: 'unapproved', state: 'open', target: 'notify-prod-admin', ledger: ADA }]);
    expect(world.told.map(({ change }) => change).sort()).toEqual(['judged', 'opened']);
  });

  it('opens one page of cyber for what self-check saw, however often it sees it', async () => {
    const place = { account: '111111111111', region: 'eu-west-1' };
    const news = {
      twoEye: 'watcher',
      id: 'watcher-1',
      occurredAt: minute(29),
      ...place,
      what: 'A rule is not as it was built',
    };
    const message = { ...news, why: 'rule two-eye-ssm-3 is DISABLED' };
    expect(await world.deliver([message, { ...message, occurredAt: minute(30) }])).toEqual([]);
    await world.deliver([message]);
    expect(await readOpenFindings()).toMatchObject([
      { cause: 'tampering', kind: 'tampering', target: 'tampering', team: 'cyber', urgency: 'page', wakes: ['cyber'] },
    ]);
    expect(world.told.map(({ change, actions }) => [change, actions[0]?.members?.[0]?.resource])).toEqual([
      ['opened', 'rule two-eye-ssm-3 is DISABLED'],
    ]);
  });

  it('tells that reconciliation found a use, and remembers when the bus brings it after all', async () => {
    const late = {
      twoEye: 'late-record',
      source: '111111111111/eu-west-1',
      record: assumeRole({ key: 'a', at: minute(1) }),
    };
    await world.deliver([late]);
    expect(world.told[0]?.actions[0]?.members).toMatchObject([{ key: 'a', late: 'reconcile' }]);
    expect(await ownerOf('a')).toEqual({ ledger: ADA, late: 'reconcile' });
    await world.deliver([late]);
    expect(await ownerOf('a')).toEqual({ ledger: ADA, late: 'reconcile' });
    expect(await world.deliver([use('a', 1)])).toEqual([]);
    expect(await ownerOf('a')).toEqual({ ledger: ADA, late: 'seen' });
    expect(world.told).toHaveLength(1);
    await world.deliver([use('b', 20)]);
    expect(await ownerOf('b')).toEqual({ ledger: ADA });
  });

  it('does nothing again for what is delivered again, at once or by many', async () => {
    await yes();
    const batch = [use('a', 1), use('b', 20)];
    await Promise.all([world.deliver(batch), world.deliver(batch), world.deliver(batch.toReversed())]);
    world.at(minute(60 * 24 * 30));
    await world.deliver(batch);
    expect(await spent()).toEqual(['r-1']);
    expect(await readFindings(ADA)).toHaveLength(1);
    expect((await readLedger(ADA)).ledger.records.length).toBeLessThanOrEqual(2);
  });

  it('tells on redelivery what was recorded and could not be told', async () => {
    Object.assign(world, { topicDown: true });
    expect(await world.deliver([use('a', 1)])).toEqual(['m0']);
    expect(await readOpenFindings()).toHaveLength(1);
    expect((await dueTimers(minute(60), 10)).map(({ what }) => what)).toContain('unsent');
    Object.assign(world, { topicDown: false });
    expect(await world.deliver([use('a', 1)])).toEqual([]);
    expect(world.told).toMatchObject([{ change: 'opened', finding: { state: 'open' } }]);
    await world.deliver([use('a', 1), { twoEye: 'rejudge', ledger: ADA, because: 'timer: unsent' }]);
    expect(world.told).toHaveLength(1);
  });

  it('holds a half that names nobody until the other comes, and then moves it to the person', async () => {
    const pair = crossAccountPair({ who: stranger, at: TEN });
    await world.deliver([envelope(pair.role)]);
    expect(world.told).toEqual([]);
    await world.deliver([{ twoEye: 'rejudge', ledger: `principal:${stranger.principalId}`, because: 'timer: decide' }]);
    world.at(minute(36));
    await world.deliver([{ twoEye: 'rejudge', ledger: `principal:${stranger.principalId}`, because: 'timer: decide' }]);
    expect(world.told).toMatchObject([{ change: 'opened', finding: { actor: 'unknown', urgency: 'page' } }]);
  });

  it('makes anything else on an account’s queue than its own sessions unreadable, and loud', async () => {
    const session = databaseSession();
    const queue = 'arn:aws:sqs:eu-west-2:333333333333:two-eye-database-222222222222';
    const forged = [
      { twoEye: 'database-session', session },
      { twoEye: 'late-record', source: 'x', record: assumeRole({ key: 'forged', at: minute(1) }) },
      { twoEye: 'rejudge', ledger: ADA, because: 'why not' },
      { twoEye: 'watcher', id: 'w', occurredAt: TEN, account: '1', region: 'r', what: 'w', why: 'w' },
      use('a', 1),
    ];
    expect(await world.deliver(forged, queue)).toEqual([]);
    const findings = await readOpenFindings();
    expect(findings.map(({ cause, account }) => `${cause} ${account}`)).toEqual(
      forged.map(() => 'unreadable 222222222222'),
    );
    expect(await verdicts()).toEqual([]);
    await world.deliver([{ twoEye: 'database-session', session }], queue.replace('222222222222', '111111111111'));
    const after = await readOpenFindings();
    expect(after.filter(({ cause }) => cause !== 'unreadable')).toMatchObject([{ target: 'notify-prod-db-write' }]);
  });

  it('makes what cannot be read a finding for cyber, once, and judges the rest of the batch', async () => {
    const batch = ['{"half', { hello: 'world' }, use('a', 1), { ...use('c', 5), detail: { eventName: 7 } }];
    expect(await world.deliver(batch)).toEqual([]);
    expect(await world.deliver(batch)).toEqual([]);
    const findings = await readOpenFindings();
    expect(findings.map(({ cause, team }) => `${cause} ${team}`).sort()).toEqual([
      'unapproved notify',
      'unreadable cyber',
      'unreadable cyber',
      'unreadable cyber',
    ]);
  });

  it('hears what people say of what could not be read', async () => {
    await world.deliver(['{"half']);
    const [finding] = await readOpenFindings();
    const ledger = 'principal:unreadable';
    const said = { kind: 'confirmed', by: 'ben@example.gov.uk', via: 'slack', at: minute(40) } as const;
    await putWord(ledger, { id: 'w-1', finding: finding?.id ?? '', text: 'A broken tap; mended.', ...said });
    await world.deliver([{ twoEye: 'rejudge', ledger, because: 'word confirmed' }]);
    expect(await readOpenFindings()).toEqual([]);
    expect(world.told.at(-1)).toMatchObject({ change: 'closed', finding: { closedAs: 'confirmed', team: 'cyber' } });
  });

  it('removes its own timer once it has told, so that nobody looks again', async () => {
    await world.deliver([use('a', 1)]);
    expect((await dueTimers(minute(600), 10)).map(({ what }) => what)).not.toContain('unsent');
  });

  it('spends each approval once however many invocations race for it', async () => {
    for (const id of ['r-1', 'r-2', 'r-3']) await yes({ id });
    const uses = Array.from({ length: 6 }, (_, index) => use(`u${index}`, 1 + index * 5));
    await Promise.all(uses.map((one) => world.deliver([one])));
    const approvals = await spent();
    expect(approvals.toSorted()).toEqual(['r-1', 'r-2', 'r-3']);
    expect(await readOpenFindings()).toHaveLength(3);
  });
});
