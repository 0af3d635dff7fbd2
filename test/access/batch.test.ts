import { describe, expect, it, vi } from 'vitest';
import { type BatchServices, type Body, takeBatch } from '../../lambdas/access/batch.ts';
import { waitingLedger } from '../../lambdas/access/take.ts';
import { UNDECIDED } from '../../lambdas/access/undecided.ts';
import { TwoEyeError } from '../../lambdas/core/errors.ts';
import { HOUR_MS } from '../../lambdas/core/time.ts';
import { minute, TEN } from '../support/ledger-records.ts';
import {
  ada,
  assumeRole,
  ben,
  type Caller,
  cat,
  envelope,
  executeCommand,
  sessionOpenedBy,
} from '../support/records.ts';
import { takingWorld } from '../support/taking-world.ts';

const ADA = 'person:ada@example.gov.uk';
const BEN = 'person:ben@example.gov.uk';

const use = (key: string, minutes: number, who: Caller = ada) =>
  envelope(assumeRole({ key, at: minute(minutes), who }));
const unwatched = envelope(assumeRole({ key: 'n', at: TEN, role: 'arn:aws:iam::111111111111:role/nobody-watches' }));
const rejudge = (ledger: string) => ({ twoEye: 'rejudge', ledger, because: 'a test' });

function world() {
  const parts = takingWorld();
  const deliver = (bodies: readonly unknown[], over: Partial<BatchServices> = {}, of: readonly Partial<Body>[] = []) =>
    takeBatch(
      bodies.map((body, index) => ({
        messageId: `m${index}`,
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...of[index],
      })),
      { ...parts.services, ...over },
    );
  const failing = (thrown: unknown, ledger: string): Partial<BatchServices> => ({
    readLedger: async (id) => {
      if (id === ledger) throw thrown;
      return parts.services.readLedger(id);
    },
  });
  return { ...parts, deliver, failing };
}

const NO_TABLE = new TwoEyeError('dependency_failed', 'The table could not be read.');

describe('a batch', () => {
  it('takes the records of an actor together in the order of their times, each once, and everybody else beside them', async () => {
    const { deliver, commits, told } = world();
    expect(await deliver([use('b', 9), use('ben', 5, ben), [use('a', 3), use('b', 9)], unwatched])).toEqual(new Map());
    const records = commits.map(({ ledgers }) => ledgers.map(({ advance: { ledger } }) => ledger.records));
    expect(records.map((all) => all.flat().map(({ key }) => key)).sort()).toEqual([['a', 'b'], ['ben']]);
    expect(told).toHaveLength(3);
  });

  it('takes no more than twenty records of an actor in one go, the earliest first', async () => {
    const { deliver, commits } = world();
    await deliver([Array.from({ length: 41 }, (_, index) => use(`k${index}`, 20 - index / 4))]);
    expect(commits.map(({ events }) => events.length)).toEqual([20, 20, 1]);
    expect(commits.at(-1)?.events.map(({ key }) => key)).toEqual(['k0']);
    commits.length = 0;
    await deliver([Array.from({ length: 20 }, (_, index) => use(`n${index}`, 20 - index / 4))]);
    expect(commits).toHaveLength(1);
  });

  it('says of each body what failed it, and takes the others', async () => {
    const { deliver, failing, told } = world();
    const thrown = new Error('a bug');
    const both = [use('a', 3), use('ben', 5, ben)];
    const failed = await deliver([use('ben2', 15, ben), use('a2', 4), both], failing(thrown, ADA));
    expect([...failed].sort()).toEqual([
      ['m1', thrown],
      ['m2', thrown],
    ]);
    expect(told.map(({ actions: [line] }) => line?.actor)).toEqual(['ben@example.gov.uk', 'ben@example.gov.uk']);
  });

  it('counts every record by what became of it, and nothing that there is none of', async () => {
    const { deliver, counts } = world();
    await deliver([use('a', 3), [use('b', 4), unwatched], [unwatched, { twoEye: 'rejudge' }], '{']);
    await deliver([rejudge(ADA)]);
    expect(counts).toEqual([{ watched: 2, unreadable: 1, 'not-watched': 2, 'control-message': 1 }, {}]);
  });

  it('judges a ledger again that is asked for, with what came for it', async () => {
    const { deliver, services, commits, told, state } = world();
    const read: string[] = [];
    const readLedger: BatchServices['readLedger'] = async (id) => {
      read.push(id);
      return services.readLedger(id);
    };
    await deliver([rejudge(ADA), rejudge(BEN), use('c', 25, cat)], { readLedger });
    expect(read.sort()).toEqual([ADA, BEN, 'principal:AIDACATEXAMPLE']);
    // Under these names no ledger is judged.
    read.length = 0;
    await deliver([rejudge(waitingLedger('k')), rejudge(UNDECIDED)], { readLedger });
    expect(read).toEqual([UNDECIDED]);
    commits.length = 0;
    await deliver([rejudge(ADA), use('a', 3)]);
    expect(commits).toHaveLength(1);
    state.topicDown = true;
    await deliver([use('b', 9)]);
    state.topicDown = false;
    await deliver([rejudge(ADA)]);
    expect(told).toHaveLength(2);
  });
});

describe('records that wait for a session', () => {
  it('are judged when their time is up and they are asked for, and no sooner', async () => {
    const { deliver, store, told, state } = world();
    const who = sessionOpenedBy(assumeRole({ key: 'a', at: minute(4) }));
    const on = who.type === 'session' ? who.keyId : '';
    state.at = minute(6);
    await deliver([envelope(executeCommand({ key: 'shell', at: minute(5), who }))]);
    const [waiting] = await store.readWaiting(on);
    expect([told.length, waiting?.decideAt]).toEqual([0, minute(20)]);
    state.at = minute(20) - 1;
    await deliver([rejudge(waitingLedger(on))]);
    expect(told).toHaveLength(0);
    state.at = minute(20);
    expect(await deliver([rejudge(waitingLedger('another')), rejudge(waitingLedger(on))])).toEqual(new Map());
    expect(told).toMatchObject([{ change: 'opened', actions: [{ target: 'notify-prod-shell' }] }]);
    expect(await store.readWaiting(on)).toEqual([]);
  });

  it('fail the body that asked for them where they cannot be read', async () => {
    const { deliver } = world();
    const readWaiting = async () => {
      throw NO_TABLE;
    };
    expect(await deliver([rejudge(waitingLedger('k')), rejudge(ADA)], { readWaiting })).toEqual(
      new Map([['m0', NO_TABLE]]),
    );
  });
});

describe('while the table is away, a batch', () => {
  it('tells that its records cannot be decided, from when the first that failed was received', async () => {
    const { deliver, failing, told } = world();
    const received = [TEN, TEN - 2 * HOUR_MS, TEN - HOUR_MS / 2].map((receivedAt) => ({ receivedAt }));
    const failed = await deliver(
      [use('a', 3), use('ben', 5, ben), use('b', 9), use('c', 15)],
      failing(NO_TABLE, ADA),
      received,
    );
    expect([...failed.keys()]).toEqual(['m0', 'm2', 'm3']);
    const undecided = told.flatMap(({ finding }) => (finding?.cause === 'undecided' ? [finding] : []));
    expect(undecided).toMatchObject([{ id: 'undecided-notify-2026-11-03T09:00:00Z', keys: ['a', 'b', 'c'] }]);
  });

  it('tells of an outage that begins now where nobody says when its records were received', async () => {
    const { deliver, failing, told } = world();
    await deliver([use('a', 3), use('b', 9)], failing(NO_TABLE, ADA), [{}, { receivedAt: minute(90) }]);
    expect(told.map(({ finding }) => finding?.id)).toEqual(['undecided-notify-2026-11-03T10:00:00Z']);
  });

  it('tells so of nothing that failed for another reason', async () => {
    const { deliver, failing, told } = world();
    const others = [
      new TwoEyeError('dependency_failed', 'Others wrote the same ledgers 8 times in a row.'),
      new TwoEyeError('invariant_broken', 'The table could not be understood.'),
      new Error('The table could not be read.'),
      { message: 'The table could not be read.' },
    ];
    for (const thrown of others)
      expect(await deliver([use('a', 3)], failing(thrown, ADA))).toEqual(new Map([['m0', thrown]]));
    expect(await deliver([rejudge(ADA)], failing(NO_TABLE, ADA))).toEqual(new Map([['m0', NO_TABLE]]));
    expect(told).toEqual([]);
  });

  it('is over once records are decided again, and not by anything that decides none', async () => {
    const { deliver, failing, told } = world();
    const away = () => deliver([use('a', 3)], failing(NO_TABLE, ADA));
    await away();
    await deliver([unwatched, '{', rejudge(BEN)]);
    await away();
    await deliver([use('a', 3), use('ben', 5, ben)], failing(NO_TABLE, ADA));
    const undecided = () => told.filter(({ finding }) => finding?.cause === 'undecided').length;
    expect(undecided()).toBe(1);
    await deliver([use('ben2', 6, ben)]);
    await away();
    expect(undecided()).toBe(2);
  });

  it('gives its records back also when nobody can be told', async () => {
    const { deliver, failing, state } = world();
    state.queueDown = true;
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    expect([...(await deliver([use('a', 3)], failing(NO_TABLE, ADA))).keys()]).toEqual(['m0']);
    const [line] = write.mock.calls.map(([text]) => JSON.parse(String(text)));
    write.mockRestore();
    expect(line).toMatchObject({ message: 'Nobody could be told that records wait for the table.', records: 1 });
  });
});

describe('a note of an outage', () => {
  const noted = async () => {
    const parts = world();
    await parts.deliver([use('a', 3)], parts.failing(NO_TABLE, ADA));
    parts.told.length = 0;
    return { ...parts, note: { twoEye: 'outage', finding: parts.notes[0] } };
  };

  it('enters the table with the others of its batch, and is looked at again under the id of its ledger', async () => {
    const { deliver, note, store, told } = await noted();
    await deliver([note, note, rejudge(UNDECIDED)]);
    expect((await store.readLedger(UNDECIDED)).ledger).toMatchObject({ version: 1, findings: [{ state: 'open' }] });
    await deliver([use('a', 3)]);
    await deliver([rejudge(UNDECIDED)]);
    expect((await store.readLedger(UNDECIDED)).ledger.findings).toMatchObject([{ state: 'closed' }]);
    expect(told.map(({ change }) => change)).toEqual(['opened', 'opened', 'closed']);
  });

  it('is told by this process while the table is still away, and comes again', async () => {
    const { deliver, note, failing, process, told } = await noted();
    const failed = await deliver([note, rejudge(UNDECIDED)], { ...failing(NO_TABLE, UNDECIDED), outage: process() });
    expect(failed).toEqual(
      new Map([
        ['m0', NO_TABLE],
        ['m1', NO_TABLE],
      ]),
    );
    expect(told).toMatchObject([{ change: 'opened', finding: { cause: 'undecided', keys: ['a'] } }]);
  });

  it('comes again untold where what failed is not the table', async () => {
    const { deliver, note, failing, process, told } = await noted();
    const thrown = new TwoEyeError('dependency_failed', 'no topic');
    const failed = await deliver([note], { ...failing(thrown, UNDECIDED), outage: process() });
    expect([failed, told]).toEqual([new Map([['m0', thrown]]), []]);
  });

  it('comes again also where nobody can be told of it', async () => {
    const { deliver, note, failing, process, state } = await noted();
    state.topicDown = true;
    const failed = await deliver([note], { ...failing(NO_TABLE, UNDECIDED), outage: process() });
    expect(failed).toEqual(new Map([['m0', NO_TABLE]]));
  });
});

describe('what cannot be read', () => {
  const ids = async (bodies: readonly unknown[]) => {
    const { deliver, store } = world();
    expect(await deliver(bodies)).toEqual(new Map());
    return (await store.readLedger('principal:unreadable')).ledger.findings.map(({ id }) => id);
  };

  it('is one finding for each record of a body, by its key or by what the body says', async () => {
    const [first, second, ...more] = await ids([[7, 8], '{', '{']);
    expect(first).toMatch(/^unreadable-[0-9a-f]{32}-0$/);
    expect([second, more.length]).toEqual([first?.replace(/-0$/, '-1'), 1]);
    const keyed = envelope(assumeRole({ key: 'k', at: TEN, overrides: { eventTime: 'yesterday' } }));
    expect(await ids([keyed])).toEqual(['k']);
  });

  it('is the same finding when an archive replays it, wherever the replay’s name stands', async () => {
    const [plain] = await ids(['{"x":1,"y":2}']);
    for (const body of ['{"replay-name":"Again_1.a-b","x":1,"y":2}', '{"x":1,"replay-name":"r","y":2}'])
      expect(await ids([body])).toEqual([plain]);
    expect(await ids([`{"x":1,"y":2,"replay-name":"${'r'.repeat(64)}"}`])).toEqual([plain]);
    const others = [
      '{"x":1,"y":2,"replay-name":"not a name"}',
      '{"x":1,"y":2,"replay-name":""}',
      `{"x":1,"y":2,"replay-name":"${'r'.repeat(65)}"}`,
      '{"replay-name":"r","replay-name":"s","x":1,"y":2}',
      '{"replay-name":"","x":1,"y":2}',
      '{"replay-name":"a b","x":1,"y":2}',
      `{"replay-name":"${'r'.repeat(65)}","x":1,"y":2}`,
    ];
    for (const body of others) expect(await ids([body])).not.toEqual([plain]);
  });

  it('fails all bodies that bring such where it cannot be recorded, and no others', async () => {
    const { deliver, failing } = world();
    const failed = await deliver(['{', use('a', 3), '['], failing(NO_TABLE, 'principal:unreadable'));
    expect([...failed.keys()]).toEqual(['m0', 'm2']);
  });
});
