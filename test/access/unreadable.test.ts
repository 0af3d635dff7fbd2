import { describe, expect, it } from 'vitest';
import { type Illegible, takeUnreadable, UNREADABLE } from '../../lambdas/access/unreadable.ts';
import type { Finding } from '../../lambdas/core/finding.ts';
import { MINUTE_MS } from '../../lambdas/core/time.ts';
import { eventKey } from '../../lambdas/edge/table-keys.ts';
import { minute, TEN } from '../support/ledger-records.ts';
import { takingWorld } from '../support/taking-world.ts';

const bad = (id: string, over: Partial<Illegible> = {}): Illegible => ({ id, why: 'not JSON', ...over });

function world() {
  const parts = takingWorld();
  const take = (...all: readonly Illegible[]) => takeUnreadable(all, parts.services);
  const findings = async () => (await parts.store.readLedger(UNREADABLE)).ledger.findings;
  const pages = () => parts.timers().filter(({ what }) => what === 'page');
  return { ...parts, take, findings, pages };
}

describe('what cannot be read', () => {
  it('is a finding of cyber’s, recorded before it is told, with what is known of it', async () => {
    const { take, findings, told, table, pages } = world();
    await take(bad('x', { account: '111111111111', occurredAt: TEN, key: 'x' }));
    const finding: Finding = {
      id: 'x',
      ledger: UNREADABLE,
      action: 'x',
      cause: 'unreadable',
      actor: 'unknown',
      target: 'unreadable',
      team: 'cyber',
      account: '111111111111',
      kind: 'assume-role',
      occurredAt: TEN,
      openedAt: minute(30),
      state: 'open',
      words: [],
      dedupKey: 'two-eye/x',
      urgency: 'ping',
      wakes: ['cyber'],
      pageAt: minute(45),
      why: 'not JSON',
    };
    expect(await findings()).toEqual([finding]);
    expect(told).toEqual([{ version: 1, change: 'opened', finding, actions: [], policy: 'policy-of-the-tests' }]);
    expect(table.at(eventKey('x'))?.value).toEqual({ ledger: UNREADABLE });
    expect(pages()).toEqual([{ what: 'page', dueAt: minute(45), about: UNREADABLE, id: 'x' }]);
  });

  it('is of nobody’s account and of now where it does not say', async () => {
    const { take, findings } = world();
    await take(bad('x'));
    expect(await findings()).toMatchObject([{ account: 'unknown', occurredAt: minute(30) }]);
  });

  it('pages at once out of cyber’s hours, and then has no time to page at', async () => {
    const { take, findings, state, pages } = world();
    // Nine to six are cyber's hours.
    state.at = minute(8 * 60);
    await take(bad('x'));
    const [finding] = await findings();
    expect(finding).toMatchObject({ urgency: 'page', pagedAt: minute(8 * 60) });
    expect([finding?.pageAt, pages()]).toEqual([undefined, []]);
  });

  it('is told under the first that is still open, and by itself once that is closed', async () => {
    const { take, findings, store, services } = world();
    await take(bad('x'), bad('y'));
    await take(bad('z'));
    const summary = async () => (await findings()).map(({ dedupKey, foldsInto }) => [dedupKey, foldsInto]);
    expect(await summary()).toEqual([
      ['two-eye/x', undefined],
      ['two-eye/x', 'x'],
      ['two-eye/x', 'x'],
    ]);
    const view = await store.readLedger(UNREADABLE);
    const closing = view.ledger.findings.map((one) => (one.id === 'x' ? { ...one, state: 'closed' as const } : one));
    const readLedger = async () => ({ ...view, ledger: { ...view.ledger, findings: closing } });
    await takeUnreadable([bad('w')], { ...services, readLedger });
    expect((await findings()).at(-1)).toMatchObject({ id: 'w', dedupKey: 'two-eye/x', foldsInto: 'x' });
    const none = closing.map((one) => ({ ...one, state: 'closed' as const }));
    const after = { ...(await store.readLedger(UNREADABLE)) };
    await takeUnreadable([bad('v')], {
      ...services,
      readLedger: async () => ({ ...after, ledger: { ...after.ledger, findings: none } }),
    });
    const [last] = (await findings()).slice(-1);
    expect([last?.id, last?.dedupKey, last?.foldsInto]).toEqual(['v', 'two-eye/v', undefined]);
  });

  it('is told under none that somebody has acknowledged, nor under what is of another cause', async () => {
    const { take, services, store, findings } = world();
    await take(bad('x'));
    const view = await store.readLedger(UNREADABLE);
    for (const over of [{ state: 'acknowledged' }, { cause: 'tampering' }] as const) {
      const others = view.ledger.findings.map((one) => ({ ...one, ...over }));
      const readLedger = async () => ({
        ...view,
        ledger: { ...view.ledger, version: (await store.readLedger(UNREADABLE)).ledger.version, findings: others },
      });
      await takeUnreadable([bad(`after ${Object.keys(over)}`)], { ...services, readLedger });
      expect((await findings()).at(-1)?.foldsInto).toBeUndefined();
    }
  });

  it('is one finding however often it comes, and is told again only if it was not told', async () => {
    const { take, findings, told, state, commits } = world();
    state.topicDown = true;
    await expect(take(bad('x'))).rejects.toThrow('no topic');
    state.topicDown = false;
    await take(bad('x'));
    await take(bad('x'));
    expect([told.length, commits.length]).toEqual([1, 1]);
    await take(bad('x'), bad('y'));
    expect((await findings()).map(({ id }) => id)).toEqual(['x', 'y']);
    expect(told.map(({ finding }) => finding?.id)).toEqual(['x', 'y']);
  });

  it('becomes a page when the next comes after its time', async () => {
    const { take, findings, told, state } = world();
    await take(bad('x'));
    state.at = minute(30) + 15 * MINUTE_MS;
    await take(bad('y'));
    expect(await findings()).toMatchObject([
      { id: 'x', urgency: 'page' },
      { id: 'y', urgency: 'ping' },
    ]);
    expect(told.map(({ change, finding }) => `${change} ${finding?.id}`).sort()).toEqual([
      'changed x',
      'opened x',
      'opened y',
    ]);
  });

  it('is no page that is told and not recorded, when the same comes after its time', async () => {
    const { take, told, state } = world();
    await take(bad('x'));
    state.at = minute(60);
    await take(bad('x'));
    expect(told).toHaveLength(1);
  });

  it('asks the table for no more than whether it came before, and writes no more than its finding', async () => {
    const { services, commits } = world();
    const wanted: unknown[] = [];
    const readPointers: typeof services.readPointers = async (all) => {
      wanted.push(all);
      return services.readPointers(all);
    };
    await takeUnreadable([bad('x')], { ...services, readPointers });
    expect(wanted).toEqual([{ events: ['x'], pairs: [], sessions: [] }]);
    expect(commits).toMatchObject([{ pairs: [], sessions: [], waiting: [], awaited: [], settled: [] }]);
  });

  it('is kept two hundred times while it is open, and told beyond that', async () => {
    const { take, findings, told, pages, store, services } = world();
    const many = Array.from({ length: 50 }, (_, index) => index);
    for (const turn of [0, 1, 2, 3]) await take(...many.map((index) => bad(`k${turn}-${index}`)));
    expect(await findings()).toHaveLength(200);
    const view = await store.readLedger(UNREADABLE);
    const oneClosed = view.ledger.findings.map((one, index) =>
      index > 0 ? one : { ...one, state: 'closed' as const },
    );
    const readLedger = async () => ({ ...view, ledger: { ...view.ledger, findings: oneClosed } });
    const kept: number[] = [];
    const commit: typeof services.commit = async ({ ledgers: [one] }) => {
      kept.push(one?.advance.ledger.findings.length ?? 0);
      return 'committed';
    };
    await takeUnreadable([bad('there is room')], { ...services, readLedger, commit, publish: async () => undefined });
    expect(kept).toEqual([201]);
    await take(bad('beyond'));
    expect([(await findings()).length, told.length, pages().length]).toEqual([200, 201, 201]);
    expect(told.at(-1)?.finding).toMatchObject({ id: 'beyond', foldsInto: 'k0-0' });
  });

  it('reads again when somebody else wrote, a little later each time, and gives up loudly', async () => {
    const { services, pauses, told } = world();
    let conflicts = 2;
    const commit: typeof services.commit = async (one) => {
      conflicts -= 1;
      return conflicts >= 0 ? 'conflict' : services.commit(one);
    };
    await takeUnreadable([bad('x')], { ...services, commit });
    expect([pauses.splice(0), told.length]).toEqual([[1, 2], 1]);
    const never = takeUnreadable([bad('y')], { ...services, commit: async () => 'conflict' });
    await expect(never).rejects.toMatchObject({
      code: 'dependency_failed',
      message: 'Others wrote the ledger of unreadable records 8 times in a row.',
    });
    expect([pauses, told.length]).toEqual([[1, 2, 3, 4, 5, 6, 7], 1]);
  });
});
