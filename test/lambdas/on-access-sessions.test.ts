import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readWaiting } from '../../lambdas/access/ledger-store.ts';
import { readActionLines, readOpenFindings } from '../../lambdas/edge/finding-store.ts';
import { type AccessWorld, accessWorld } from '../support/access-world.ts';
import { databases, useTable } from '../support/databases.ts';
import { databaseSession, minute } from '../support/ledger-records.ts';
import {
  assumeRole,
  ben,
  type CloudTrailRecord,
  envelope,
  executeCommand,
  sessionOpenedBy,
} from '../support/records.ts';

const ADA = 'person:ada@example.gov.uk' as const;
const SHELL = 'notify-prod-shell';
const DATABASE = 'notify-prod-db-write';

let world: AccessWorld;
beforeAll(async () => {
  world = await accessWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const opens = assumeRole({ key: 'opens', at: minute(1) });
const session = sessionOpenedBy(opens);
const shell = executeCommand({ key: 'shell', at: minute(2), who: session, region: 'eu-west-1' });
const deliver = (...records: CloudTrailRecord[]) => world.deliver(records.map((one) => envelope(one)));
const targets = async () =>
  (await readActionLines(ADA))
    .flatMap((line) => line.members ?? [])
    .map(({ key }) => key)
    .sort();

const connects = (key: string, minutes: number) => ({
  twoEye: 'database-session',
  session: databaseSession({ key, occurredAt: minute(minutes) }),
});
const settle = (on: string) =>
  world.deliver([{ twoEye: 'rejudge', ledger: `principal:waiting/${on}`, because: 'timer: settle' }]);

describe.for(databases)('on-access and sessions, with $name', ({ name, start, absence }) => {
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
    world.told.length = 0;
    world.at(minute(5));
  });

  it('releases a shell as soon as the session comes that it waits for', async () => {
    expect(await deliver(shell)).toEqual([]);
    expect(world.told).toEqual([]);
    expect(await readWaiting(session.keyId)).toHaveLength(1);
    expect(await deliver(opens)).toEqual([]);
    expect(await readWaiting(session.keyId)).toEqual([]);
    expect(await targets()).toEqual(['opens', 'shell']);
    expect((await readOpenFindings()).map(({ actor }) => actor)).not.toContain('unknown');
  });

  it('says the same of a shell whichever comes first, or both at once', async () => {
    const seen: unknown[] = [];
    const orders = [
      () => deliver(opens).then(() => deliver(shell)),
      () => deliver(shell).then(() => deliver(opens)),
      () => deliver(shell, opens),
      () => Promise.all([deliver(shell), deliver(opens), deliver(shell)]),
    ];
    for (const order of orders) {
      await useTable(database.endpoint);
      await order();
      seen.push([await readActionLines(ADA), await readWaiting(session.keyId)].map((one) => JSON.stringify(one)));
    }
    expect(await targets()).toEqual(['opens', 'shell']);
    expect(new Set(seen.map((one) => JSON.stringify(one))).size).toBe(1);
  });

  it('lets a shell whose session never comes wait until its time is up, and then names nobody', async () => {
    await deliver(shell);
    await settle(session.keyId);
    expect(await readOpenFindings()).toEqual([]);
    world.at(minute(17));
    await settle(session.keyId);
    expect(await readOpenFindings()).toMatchObject([{ actor: 'unknown', target: SHELL }]);
  });

  it('lets a database session wait the whole time, then gives it to the one person whose session was open', async () => {
    await deliver(opens);
    await world.deliver([connects('db', 3)]);
    await settle(DATABASE);
    expect(await targets()).toEqual(['opens']);
    world.at(minute(18));
    await settle(DATABASE);
    expect(await targets()).toEqual(['db', 'opens']);
    expect(await readWaiting(DATABASE)).toEqual([]);
  });

  it('is loud at once about a database session that somebody may have imitated, and gives it to nobody', async () => {
    await deliver(opens);
    const { session: one } = connects('db', 3);
    await world.deliver([{ twoEye: 'database-session', session: { ...one, doubtful: 'yes' } }]);
    const finding = (await readOpenFindings()).find(({ target }) => target === DATABASE);
    expect(finding).toMatchObject({ actor: 'unknown', urgency: 'page' });
    expect(await targets()).toEqual(['opens']);
    expect(JSON.stringify(world.told)).toContain('somebody who was not let in may have written');
  });

  it('names the candidates of a database session when a second person had one open, however late that is known', async () => {
    await world.deliver([connects('db', 3)]);
    await deliver(opens);
    await deliver(assumeRole({ key: 'ben', at: minute(2), who: ben }));
    world.at(minute(18));
    await settle(DATABASE);
    const finding = (await readOpenFindings()).find(({ target }) => target === DATABASE);
    expect(finding).toMatchObject({ actor: 'unknown' });
    expect(JSON.stringify(world.told.at(-1)?.actions)).toContain('had a session open: ben@example.gov.uk');
  });
});
