import { describe, expect, it } from 'vitest';
import { takeUndecided, UNDECIDED } from '../../lambdas/access/undecided.ts';
import type { Finding } from '../../lambdas/core/finding.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../lambdas/core/time.ts';
import { eventKey } from '../../lambdas/edge/table-keys.ts';
import { minute, TEN } from '../support/ledger-records.ts';
import { takingWorld } from '../support/taking-world.ts';

/** What a process told while the table was away. */
const note = (over: Partial<Finding> = {}): Finding => {
  const id = over.id ?? 'undecided-notify';
  return {
    id,
    ledger: UNDECIDED,
    action: id,
    cause: 'undecided',
    actor: 'unknown',
    target: 'notify-prod-admin',
    team: 'notify',
    account: '111111111111',
    kind: 'assume-role',
    occurredAt: TEN,
    openedAt: TEN,
    state: 'open',
    words: [],
    dedupKey: `two-eye/${id}`,
    urgency: 'ping',
    wakes: ['team'],
    pageAt: minute(40),
    keys: ['a'],
    ...over,
  };
};

function world() {
  const parts = takingWorld();
  const take = (...notes: readonly Finding[]) => takeUndecided(notes, parts.services);
  const decided = (...keys: readonly string[]) => {
    for (const key of keys) parts.table.put(eventKey(key), { ledger: 'person:ada@example.gov.uk' });
  };
  const findings = async () => (await parts.store.readLedger(UNDECIDED)).ledger.findings;
  const said = () => parts.told.splice(0).map(({ change, finding }) => `${change} ${finding?.id} ${finding?.keys}`);
  const due = (what: string) =>
    [...new Set(parts.timers().flatMap((timer) => (timer.what === what ? [timer.dueAt] : [])))].sort();
  return { ...parts, take, decided, findings, said, due };
}

describe('when the table is back, a note', () => {
  it('opens its finding in the table and tells it, and nothing more when it comes again', async () => {
    const { take, findings, told, said } = world();
    await take(note());
    expect(await findings()).toEqual([note()]);
    expect(told).toMatchObject([{ version: 1, actions: [], policy: 'policy-of-the-tests' }]);
    await take(note());
    expect(said()).toEqual(['opened undecided-notify a']);
  });

  it('opens one finding a team: of a second of the same team the records join the first, and it closes', async () => {
    const { take, findings, said } = world();
    await take(note({ keys: ['b'] }), note({ id: 'later', keys: ['c', 'a', 'b'] }), note({ id: 'cy', team: 'cyber' }));
    expect(await findings()).toMatchObject([
      { id: 'undecided-notify', state: 'open', keys: ['a', 'b', 'c'] },
      { id: 'later', state: 'closed', closedAs: 'duplicate', closedAt: minute(30) },
      { id: 'cy', state: 'open' },
    ]);
    expect(said()).toEqual(['opened undecided-notify a,b,c', 'closed later c,a,b', 'opened cy a']);
    await take(note({ id: 'later', keys: ['d'] }));
    expect((await findings()).map(({ keys }) => keys?.join())).toEqual(['a,b,c,d', 'c,a,b', 'a']);
    expect(said()).toEqual(['changed undecided-notify a,b,c,d', 'changed later c,a,b']);
  });

  it('lists no more than five hundred records', async () => {
    const { take, findings } = world();
    const keys = Array.from({ length: 501 }, (_, index) => `k${index}`);
    await take(note({ keys: keys.slice(0, 400) }));
    await take(note({ keys: keys.slice(300) }));
    const [finding] = await findings();
    expect([finding?.keys?.length, finding?.keys?.includes('k500')]).toEqual([500, false]);
  });

  it('closes as matched once every record is decided, and not before', async () => {
    const { take, decided, findings, said, state } = world();
    await take(note({ keys: ['a', 'b'] }));
    decided('a');
    await take();
    expect(await findings()).toMatchObject([{ state: 'open' }]);
    decided('b');
    state.at = minute(35);
    await take();
    expect(await findings()).toMatchObject([{ state: 'closed', closedAs: 'matched-later', closedAt: minute(35) }]);
    expect(said()).toEqual(['opened undecided-notify a,b', 'closed undecided-notify a,b']);
  });

  it('stays closed as a duplicate when its records are decided', async () => {
    const { take, decided, findings } = world();
    await take(note(), note({ id: 'later', keys: ['b'] }));
    decided('a', 'b');
    await take();
    expect((await findings()).map(({ closedAs }) => closedAs)).toEqual(['matched-later', 'duplicate']);
  });

  it('becomes a page when it is looked at after its time', async () => {
    const { take, findings, told, state } = world();
    await take(note());
    state.at = minute(41);
    await take();
    expect(await findings()).toMatchObject([{ urgency: 'page', pagedAt: minute(41) }]);
    expect(told.map(({ change }) => change)).toEqual(['opened', 'changed']);
  });

  it('opens and closes at once where its records were decided before it came', async () => {
    const { take, decided, findings, said } = world();
    decided('a');
    await take(note());
    expect(await findings()).toMatchObject([{ state: 'closed', closedAs: 'matched-later' }]);
    expect(said()).toEqual(['closed undecided-notify a']);
  });

  it('that comes when its finding is closed is told once more with its records, for it may have been told as open', async () => {
    const { take, decided, findings, said } = world();
    decided('a', 'b');
    await take(note({ id: 'cy', team: 'cyber' }), note());
    said();
    await take(note());
    expect(said()).toEqual(['changed undecided-notify a']);
    await take(note({ keys: ['b'] }));
    expect(said()).toEqual(['changed undecided-notify a,b']);
    expect(await findings()).toMatchObject([{ id: 'cy', keys: ['a'] }, { closedAs: 'matched-later' }]);
  });

  it('of records that wait when its finding is closed is of another outage, with a key of its own', async () => {
    const { take, decided, findings, said, state } = world();
    decided('a');
    await take(note());
    said();
    state.at = minute(40);
    await take(note({ keys: ['b'] }));
    expect(await findings()).toMatchObject([
      { state: 'closed' },
      { id: 'undecided-notify#2', dedupKey: 'two-eye/undecided-notify#2', state: 'open', keys: ['b'], urgency: 'page' },
    ]);
    expect(said()).toEqual(['changed undecided-notify a', 'opened undecided-notify#2 b']);
  });

  it('without keys closes at once, for nothing waits', async () => {
    const { take, findings } = world();
    const { keys: _, ...keyless } = note();
    await take(keyless, keyless);
    expect(await findings()).toMatchObject([{ state: 'closed' }]);
  });

  it.for([
    [minute(40) - 1, { urgency: 'ping', pageAt: minute(40) }],
    [minute(40), { urgency: 'page', pagedAt: minute(40) }],
  ] as const)('that is entered at %i is a page if its time has come', async ([at, expected]) => {
    const { take, findings, state, due } = world();
    state.at = at;
    await take(note());
    const [finding] = await findings();
    expect(finding).toMatchObject(expected);
    expect(finding?.pageAt).toBe('pageAt' in expected ? expected.pageAt : undefined);
    expect(due('page')).toEqual('pageAt' in expected ? [minute(40)] : []);
  });

  it('that was a page all along stays as it is', async () => {
    const { take, findings, due } = world();
    const { pageAt: _, ...paged } = note({ urgency: 'page', pagedAt: TEN });
    await take(paged);
    expect(await findings()).toEqual([paged]);
    expect(due('page')).toEqual([]);
  });
});

describe('an outage that is over', () => {
  it.for([
    [HOUR_MS - 1, MINUTE_MS],
    [HOUR_MS, 10 * MINUTE_MS],
    [24 * HOUR_MS - 1, 10 * MINUTE_MS],
    [24 * HOUR_MS, HOUR_MS],
  ] as const)('is looked at again %i ms after it opened by the full %i ms', async ([age, every]) => {
    const { take, state, due, timers } = world();
    state.at = TEN + age;
    await take(note());
    const next = (Math.floor(state.at / every) + 1) * every + MINUTE_MS;
    expect(due('decide')).toEqual([next]);
    expect(timers()).toContainEqual({ what: 'decide', dueAt: next, about: UNDECIDED, id: 'undecided-notify' });
  });

  it('asks for one timer, however many look within its minute', async () => {
    const { take, state, due } = world();
    for (const seconds of [0, 30, 59]) {
      state.at = minute(30) + seconds * SECOND_MS;
      await take(note());
    }
    expect(due('decide')).toEqual([minute(32)]);
  });

  it('is told once more between ten and twenty minutes after it was told that it closed', async () => {
    const { take, decided, due, state } = world();
    decided('a');
    state.at = minute(31);
    await take(note());
    expect([due('delivered'), due('decide')]).toEqual([[minute(50)], []]);
    state.at = minute(41);
    await take();
    expect(due('delivered')).toEqual([minute(50)]);
    await take(note());
    expect(due('delivered')).toEqual([minute(50), minute(60)]);
  });

  it('is told once more also where another outage is what is told meanwhile', async () => {
    const { take, decided, due, state } = world();
    decided('a');
    await take(note());
    state.at = minute(41);
    await take(note({ id: 'cy', team: 'cyber', keys: ['b'] }));
    expect(due('delivered')).toEqual([minute(50)]);
  });

  it('writes nothing where there is nothing to write', async () => {
    const { take, commits, decided } = world();
    await take();
    expect(commits).toEqual([]);
    decided('a');
    await take(note());
    await take();
    expect(commits).toHaveLength(1);
  });

  it('only plans to look again while nothing has changed', async () => {
    const { take, commits } = world();
    await take(note());
    await take();
    const [, again] = commits;
    expect(again).toEqual({
      ...{ ledgers: [], events: [], pairs: [], sessions: [], waiting: [], awaited: [], settled: [] },
      timers: [
        { what: 'decide', dueAt: minute(32), about: UNDECIDED, id: 'undecided-notify' },
        { what: 'page', dueAt: minute(40), about: UNDECIDED, id: 'undecided-notify' },
      ],
      now: minute(30),
    });
  });

  it('asks whether those records are decided that are open or noted', async () => {
    const { take, decided, services, findings } = world();
    decided('a');
    await take(note(), note({ id: 'cy', team: 'cyber', keys: ['b'] }));
    const wanted: unknown[] = [];
    const readPointers: typeof services.readPointers = async (all) => {
      wanted.push(all);
      return services.readPointers(all);
    };
    await takeUndecided([note({ id: 'cy', team: 'cyber', keys: ['c', 'b'] })], { ...services, readPointers });
    expect(wanted).toEqual([{ events: ['b', 'c'], pairs: [], sessions: [] }]);
    expect((await findings()).map(({ keys }) => keys)).toEqual([['a'], ['b', 'c']]);
  });

  it('reads again when somebody else wrote, a little later each time, and gives up loudly', async () => {
    const { services, pauses, told } = world();
    let conflicts = 2;
    const commit: typeof services.commit = async (one) => {
      conflicts -= 1;
      return conflicts >= 0 ? 'conflict' : services.commit(one);
    };
    await takeUndecided([note()], { ...services, commit });
    expect([pauses.splice(0), told.length]).toEqual([[1, 2], 1]);
    await expect(
      takeUndecided([note({ keys: ['b'] })], { ...services, commit: async () => 'conflict' }),
    ).rejects.toMatchObject({
      code: 'dependency_failed',
      message: 'Others wrote the ledger of an outage 8 times in a row.',
    });
    expect([pauses, told.length]).toEqual([[1, 2, 3, 4, 5, 6, 7], 1]);
  });

  it('tells what an earlier commit could not tell, with the time to tell it once more', async () => {
    const { take, decided, state, told, due } = world();
    decided('a');
    state.topicDown = true;
    await expect(take(note())).rejects.toThrow('no topic');
    state.topicDown = false;
    state.at = minute(45);
    await take();
    expect(told).toMatchObject([{ change: 'closed' }]);
    expect(due('delivered')).toEqual([minute(50), minute(60)]);
  });
});
