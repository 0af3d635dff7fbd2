import { describe, expect, it } from 'vitest';
import type { Services } from '../../lambdas/access/services.ts';
import { take, waitingLedger } from '../../lambdas/access/take.ts';
import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import type { VerdictMessage } from '../../lambdas/core/messages.ts';
import { HOUR_MS, MINUTE_MS } from '../../lambdas/core/time.ts';
import * as keys from '../../lambdas/edge/table-keys.ts';
import { approval, ledgerRecord, minute, TEN } from '../support/ledger-records.ts';
import { testPolicy } from '../support/policies.ts';
import { takingWorld } from '../support/taking-world.ts';

const ADA = 'person:ada@example.gov.uk';

const use = (key: string, at: number, over: Partial<LedgerRecord> = {}) =>
  ledgerRecord({ key, occurredAt: minute(at), ...over });

const shell = use('shell', 10, {
  kind: 'shell',
  target: 'notify-prod-shell',
  actor: 'unknown',
  principal: 'AROAX',
  usedKeyId: 'ASIAX',
});
const opened = use('a', 5, { issuedKeyId: 'ASIAX', credentialsEndAt: minute(65) });
const database = use('db', 10, {
  kind: 'database',
  target: 'notify-prod-db-write',
  actor: 'unknown',
  principal: 'write',
});

const summary = (told: readonly VerdictMessage[]) =>
  told.map(({ change, actions: [line], finding }) => [change, line?.verdict ?? '', finding?.id ?? ''].join(' ').trim());

describe('taking records', () => {
  it('decides, records and tells, and does none of it again when they come again', async () => {
    const { takes, store, told, commits, table } = takingWorld();
    table.put(keys.requestKey(ADA, 'r-1'), approval());
    await takes([use('a', 5), use('b', 15)]);
    expect(summary(told).sort()).toEqual(['judged approved', 'opened unapproved b']);
    expect((await store.readLedger(ADA)).unsent).toEqual([]);
    const before = commits.length;
    await takes([use('b', 15), use('a', 5)]);
    expect([told.length, commits.length]).toEqual([2, before]);
  });

  it('tells first what an earlier commit has not told, also where nothing is new', async () => {
    const { takes, told, store } = takingWorld();
    const down = async () => {
      throw new Error('no topic');
    };
    await expect(takes([use('a', 5)], { publish: down })).rejects.toThrow('no topic');
    await expect(takes([use('b', 15)], { publish: down })).rejects.toThrow('no topic');
    expect((await store.readLedger(ADA)).unsent).toEqual(['0000000001', '0000000002']);
    await takes([use('c', 25)]);
    expect(summary(told)).toEqual(['opened unapproved a', 'opened unapproved b', 'opened unapproved c']);
    await expect(takes([use('d', 28)], { publish: down })).rejects.toThrow('no topic');
    await takes([use('a', 5)]);
    expect(summary(told).slice(3)).toEqual(['opened unapproved d']);
    expect((await store.readLedger(ADA)).unsent).toEqual([]);
  });

  it('judges a ledger again when it is asked to', async () => {
    const { services, takes, told, table, store } = takingWorld();
    await takes([use('a', 5)]);
    await take({ records: [], ledgers: [ADA] }, services);
    expect(told).toHaveLength(1);
    table.put(keys.requestKey(ADA, 'r-1'), approval());
    await take({ records: [], ledgers: [ADA] }, services);
    expect(summary(told)).toEqual(['opened unapproved a', 'closed approved a']);
    expect((await store.readLedger(ADA)).ledger.version).toBe(2);
  });

  it('reads and judges again when somebody else wrote, a little later each time, and gives up loudly', async () => {
    const { takes, pauses, services, told } = takingWorld();
    let conflicts = 3;
    const contended: Services['commit'] = async (commit) => {
      conflicts -= 1;
      return conflicts >= 0 ? 'conflict' : services.commit(commit);
    };
    await takes([use('a', 5)], { commit: contended });
    expect(pauses).toEqual([1, 2, 3]);
    expect(summary(told)).toEqual(['opened unapproved a']);
    const never = takes([use('b', 15)], { commit: async () => 'conflict' });
    await expect(never).rejects.toMatchObject({
      code: 'dependency_failed',
      message: 'Others wrote the same ledgers 8 times in a row.',
    });
    expect(pauses.slice(3)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(told).toHaveLength(1);
  });

  it('reads again once after a write whose answer was lost, and no more than once', async () => {
    const { takes, services, told, store } = takingWorld();
    let lost = 0;
    const losing =
      (most: number): Services['commit'] =>
      async (commit) => {
        lost += 1;
        if (lost > most) return services.commit(commit);
        await services.commit(commit);
        throw new Error('no answer');
      };
    await takes([use('a', 5)], { commit: losing(1) });
    expect(summary(told)).toEqual(['opened unapproved a']);
    expect((await store.readLedger(ADA)).ledger.version).toBe(1);
    const away = async () => {
      lost += 1;
      throw new Error('no table');
    };
    lost = 0;
    await expect(takes([use('b', 15)], { commit: away })).rejects.toThrow('no table');
    expect(lost).toBe(2);
    lost = 0;
    const conflicting: Services['commit'] = async () => {
      lost += 1;
      if (lost === 2) return 'conflict';
      throw new Error('no table');
    };
    await expect(takes([use('c', 25)], { commit: conflicting })).rejects.toThrow('no table');
    expect(lost).toBe(3);
  });
});

describe('what waits', () => {
  it('for the session of its key is taken once that is recorded', async () => {
    const { takes, told, store, table } = takingWorld();
    await takes([shell], { now: () => minute(11) });
    expect(told).toEqual([]);
    expect(await store.readWaiting('ASIAX')).toMatchObject([{ decideAt: minute(25) }]);
    const timer = { what: 'settle', dueAt: minute(25), about: waitingLedger('ASIAX'), id: 'shell' } as const;
    expect(table.at(keys.timerKey(timer))?.value).toEqual(timer);
    await takes([opened], { now: () => minute(12) });
    expect(told.map(({ actions: [line] }) => `${line?.actor} ${line?.target}`)).toEqual([
      'ada@example.gov.uk notify-prod-admin',
      'ada@example.gov.uk notify-prod-shell',
    ]);
    expect(await store.readWaiting('ASIAX')).toEqual([]);
  });

  it('for a session that itself waited is taken after that', async () => {
    const { takes, told, store } = takingWorld();
    const hop = use('hop', 9, {
      ...{ target: 'notify-deploy-admin', account: '222222222222', actor: 'unknown', principal: 'AROAX' },
      ...{ usedKeyId: 'ASIAX', issuedKeyId: 'ASIAZ', credentialsEndAt: minute(69) },
    });
    await takes([hop, { ...shell, usedKeyId: 'ASIAZ' }], { now: () => minute(11) });
    expect(told).toEqual([]);
    await takes([opened], { now: () => minute(12) });
    expect(told.map(({ actions: [line] }) => `${line?.actor} ${line?.target}`)).toEqual([
      'ada@example.gov.uk notify-prod-admin',
      'ada@example.gov.uk notify-deploy-admin',
      'ada@example.gov.uk notify-prod-shell',
    ]);
    expect(await store.readWaiting('ASIAZ')).toEqual([]);
  });

  it('is released again when the record that opened its way comes again', async () => {
    const { takes, told, store } = takingWorld();
    await takes([opened], { now: () => minute(9), readWaiting: async () => [] });
    await store.commit({
      ...{ ledgers: [], events: [], pairs: [], sessions: [], awaited: [], settled: [], timers: [] },
      waiting: [{ on: 'ASIAX', record: shell, decideAt: minute(25) }],
      now: minute(10),
    });
    await takes([opened], { now: () => minute(12) });
    expect(told).toHaveLength(2);
  });

  it('is judged when its time has come, and waits on when it has not', async () => {
    const { takes, services, store, told, commits } = takingWorld();
    await takes([shell], { now: () => minute(11) });
    const waited = await store.readWaiting('ASIAX');
    const before = commits.length;
    await take({ records: [], ledgers: [], waited }, { ...services, now: () => minute(25) - 1 });
    expect([told.length, commits.length]).toEqual([0, before]);
    await take({ records: [], ledgers: [], waited }, { ...services, now: () => minute(25) });
    expect(summary(told)).toEqual(['opened unapproved shell']);
    expect(await store.readWaiting('ASIAX')).toEqual([]);
  });

  it('conflicts with a session that comes while it begins to wait', async () => {
    const { takes, services, table, told } = takingWorld();
    let first = true;
    const racing: Services['commit'] = async (commit) => {
      if (first) {
        first = false;
        table.put(keys.sessionKey('ASIAX'), {
          ...{ ledger: ADA, actor: 'ada@example.gov.uk', target: 'notify-prod-admin' },
          ...{ from: minute(5), until: minute(65), key: 'a', accessKeyId: 'ASIAX' },
        });
      }
      return services.commit(commit);
    };
    await takes([shell], { commit: racing, now: () => minute(11) });
    expect(told.map(({ actions: [line] }) => line?.actor)).toEqual(['ada@example.gov.uk']);
  });

  it('for a session of a target is told by the one that is live there', async () => {
    const { takes, services, store, told } = takingWorld();
    await takes([database, opened], { now: () => minute(11) });
    const waited = await store.readWaiting('notify-prod-db-write');
    await take({ records: [], ledgers: [], waited }, { ...services, now: () => minute(25) });
    expect(told.map(({ actions: [line] }) => `${line?.actor} ${line?.target}`)).toEqual([
      'ada@example.gov.uk notify-prod-admin',
      'ada@example.gov.uk notify-prod-db-write',
    ]);
  });
});

describe('the other half of a call', () => {
  it('moves what was nobody’s to the person, and closes what was told of nobody', async () => {
    const { takes, store, told, table, services } = takingWorld();
    const role = use('r', 5, { half: 'role', pairKey: 'p', actor: 'unknown', principal: 'AIDACAT' });
    await takes([role], { now: () => minute(6) });
    await take({ records: [], ledgers: ['principal:AIDACAT'] }, { ...services, now: () => minute(11) });
    await takes([use('c', 5, { half: 'caller', pairKey: 'p' })], { now: () => minute(12) });
    expect(summary(told).sort()).toEqual([
      'closed unapproved r#nobody',
      'opened unapproved c',
      'opened unapproved r#nobody',
    ]);
    expect((await store.readLedger('principal:AIDACAT')).ledger.records).toEqual([]);
    expect((await store.readLedger(ADA)).ledger.actions).toMatchObject([{ members: ['c', 'r'] }]);
    expect(table.at(keys.eventKey('r'))?.value).toEqual({ ledger: ADA });
  });
});

it('notes that a record which only reconciliation had found came by the bus after all', async () => {
  const { takes, table } = takingWorld();
  await takes([use('a', 5, { late: 'reconcile' })]);
  expect(table.at(keys.eventKey('a'))?.value).toEqual({ ledger: ADA, late: 'reconcile' });
  await takes([use('a', 5, { late: 'reconcile' })]);
  expect(table.at(keys.eventKey('a'))?.version).toBe(1);
  await takes([use('a', 5)]);
  expect(table.at(keys.eventKey('a'))).toMatchObject({ value: { ledger: ADA, late: 'seen' }, version: 2 });
  await takes([use('a', 5)]);
  expect(table.at(keys.eventKey('a'))?.version).toBe(2);
});

it('tells ten messages at a time, all of them', async () => {
  const { takes } = takingWorld();
  const state = { now: 0, most: 0, all: 0 };
  const publish = async () => {
    state.now += 1;
    state.all += 1;
    state.most = Math.max(state.most, state.now);
    await new Promise((resolve) => setImmediate(resolve));
    state.now -= 1;
  };
  const records = Array.from({ length: 25 }, (_, index) => use(`k${index}`, index * 3 - 80));
  await takes(records, { publish, now: () => TEN + HOUR_MS + MINUTE_MS });
  expect([state.all, state.most]).toEqual([25, 10]);
});

describe('what is asked of the table and written to it', () => {
  /** How often each is asked for what. */
  const asking = (services: Services) => {
    const asked: string[] = [];
    const over: Partial<Services> = {
      readLedger: async (ledger) => {
        asked.push(`ledger ${ledger}`);
        return services.readLedger(ledger);
      },
      readPointers: async (wanted) => {
        asked.push(`pointers ${[...wanted.events, '|', ...wanted.pairs, '|', ...wanted.sessions].join(' ')}`);
        return services.readPointers(wanted);
      },
      readLive: async (target) => {
        asked.push(`live ${target}`);
        return services.readLive(target);
      },
      readOutbox: async (ledger, entries) => {
        asked.push(`outbox ${entries}`);
        return services.readOutbox(ledger, entries);
      },
      markTold: async (ledger, entries, timer) => {
        asked.push(`told ${entries}`);
        return services.markTold(ledger, entries, timer);
      },
    };
    return { asked, over };
  };

  it('is no more than says whose the records are, and each ledger once', async () => {
    const { takes, services } = takingWorld();
    const { asked, over } = asking(services);
    const whole = use('w', 5, { half: 'whole', pairKey: 'q' });
    const named = use('d', 20, { kind: 'database', target: 'notify-prod-db-write' });
    await takes([whole, use('c', 15, { half: 'caller', pairKey: 'p' }), named], over);
    expect(asked).toEqual(['pointers w c d | p |', `ledger ${ADA}`, 'told 0000000001']);
    asked.length = 0;
    await takes([whole], over);
    expect(asked).toEqual(['pointers w | |', `ledger ${ADA}`]);
  });

  it('is a session by its key, and the sessions that lead to a database', async () => {
    const { takes, services, commits } = takingWorld();
    const { asked, over } = asking({ ...services, now: () => minute(11) });
    await takes([shell, database], { ...over, now: () => minute(11) });
    expect(asked).toEqual([
      'pointers shell db | | ASIAX',
      'live notify-prod-admin',
      'ledger principal:AROAX',
      'ledger principal:write',
    ]);
    // What waits by its target awaits no access key.
    expect(commits.map(({ awaited }) => awaited)).toEqual([[{ accessKeyId: 'ASIAX', version: 0 }]]);
  });

  it('is all that came, also where more begins to wait than is judged', async () => {
    const { takes, store, told } = takingWorld();
    const waiting = [shell, { ...shell, key: 'shell2', usedKeyId: 'ASIAY' }];
    await takes([use('a', 5), ...waiting], { now: () => minute(11) });
    expect(summary(told)).toEqual(['opened unapproved a']);
    expect([await store.readWaiting('ASIAX'), await store.readWaiting('ASIAY')]).toMatchObject([[{}], [{}]]);
  });

  it('is who owns a record, unless somebody else wrote meanwhile that it is another’s', async () => {
    const { takes, services, table, store, told } = takingWorld();
    let first = true;
    const racing: Services['commit'] = async (commit) => {
      if (first) table.put(keys.eventKey('a'), { ledger: 'person:ben@example.gov.uk' });
      first = false;
      return services.commit(commit);
    };
    await takes([use('a', 5)], { commit: racing });
    expect([told, (await store.readLedger(ADA)).ledger.records]).toEqual([[], []]);
  });

  it('is a record that moves, also when the bus brought it after reconciliation had', async () => {
    const { takes, table } = takingWorld();
    const role = use('r', 5, { half: 'role', pairKey: 'p', actor: 'unknown', principal: 'AIDACAT' });
    await takes([{ ...role, late: 'reconcile' }], { now: () => minute(6) });
    await takes([role], { now: () => minute(7) });
    expect(table.at(keys.eventKey('r'))?.version).toBe(2);
    await takes([use('c', 5, { half: 'caller', pairKey: 'p' })], { now: () => minute(12) });
    expect(table.at(keys.eventKey('r'))).toMatchObject({ value: { ledger: ADA }, version: 3 });
  });

  it('reads again after a lost answer also where somebody else had written before', async () => {
    const { takes, services, told } = takingWorld();
    const outcomes = ['conflict', 'lost'];
    const commit: Services['commit'] = async (one) => {
      const outcome = outcomes.shift();
      if (outcome === 'conflict') return outcome;
      if (outcome === 'lost') throw new Error('no answer');
      return services.commit(one);
    };
    await takes([use('a', 5)], { commit });
    expect(summary(told)).toEqual(['opened unapproved a']);
  });
});

describe('records that have waited', () => {
  const patient = (settleMs: number) => {
    const targets = testPolicy().targets.map((one) => ({ ...one, settleMs }));
    return testPolicy({ targets });
  };
  const waitsUntil = (decideAt: number, record = shell) => ({ on: 'ASIAX', record, decideAt });

  it('are judged at the instant that was set when they began to wait, whatever the policy says by now', async () => {
    for (const [settleMs, at] of [
      [HOUR_MS, minute(25)],
      [MINUTE_MS, minute(25) - 1],
    ] as const) {
      const { services, told } = takingWorld();
      const over = { ...services, now: () => at, policy: patient(settleMs) };
      await take({ records: [], ledgers: [], waited: [waitsUntil(minute(25))] }, over);
      expect(summary(told)).toEqual(['opened unapproved shell']);
    }
  });

  it('wait on each by itself, beside others that are due and others that begin to wait', async () => {
    const { services, store, commits } = takingWorld();
    const due = waitsUntil(minute(11), { ...shell, key: 'due', occurredAt: minute(-4) });
    const records = [{ ...shell, key: 'new', usedKeyId: 'ASIAY' }];
    await take({ records, ledgers: [], waited: [due, waitsUntil(minute(25))] }, { ...services, now: () => minute(11) });
    expect(commits[0]?.settled).toEqual([due]);
    expect(commits[0]?.waiting.map(({ record }) => record.key)).toEqual(['new']);
    expect(await store.readWaiting('ASIAY')).toHaveLength(1);
  });

  it('are taken after the session that came with them, in one go', async () => {
    const { takes, told } = takingWorld();
    await takes([opened, shell], { now: () => minute(11) });
    expect(told.map(({ actions: [line] }) => line?.actor)).toEqual(['ada@example.gov.uk', 'ada@example.gov.uk']);
  });
});

describe('what was recorded and not told', () => {
  const down = async () => {
    throw new Error('no topic');
  };

  it('is told once, where the ledger has news or owns what came again, or both', async () => {
    const { takes, told } = takingWorld();
    await expect(takes([use('a', 5)], { publish: down })).rejects.toThrow('no topic');
    await takes([use('a', 5), use('b', 15)]);
    expect(summary(told)).toEqual(['opened unapproved a', 'opened unapproved b']);
  });

  it('is told beside the news of others', async () => {
    const { takes, told } = takingWorld();
    await expect(takes([use('a', 5)], { publish: down })).rejects.toThrow('no topic');
    await takes([use('a', 5), use('ben', 15, { actor: 'ben@example.gov.uk', principal: 'AIDABEN' })]);
    expect(summary(told).sort()).toEqual(['opened unapproved a', 'opened unapproved ben']);
  });

  it('is not taken for told because something older was told meanwhile', async () => {
    const { takes, told, store, services } = takingWorld();
    await expect(takes([use('a', 5)], { publish: down })).rejects.toThrow('no topic');
    let first = true;
    const publish: Services['publish'] = async (message) => {
      if (first) {
        first = false;
        await expect(takes([use('b', 15)], { publish: down })).rejects.toThrow('no topic');
      }
      await services.publish(message);
    };
    await takes([use('a', 5)], { publish });
    expect(summary(told)).toEqual(['opened unapproved a']);
    expect((await store.readLedger(ADA)).unsent).toEqual(['0000000002']);
  });
});
