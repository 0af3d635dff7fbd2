import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Approval, Pin } from '../../lambdas/core/approval.ts';
import type { Word } from '../../lambdas/core/finding.ts';
import { HOUR_MS } from '../../lambdas/core/time.ts';
import * as approvals from '../../lambdas/edge/approval-store.ts';
import { readActionLines, readOpenFindings } from '../../lambdas/edge/finding-store.ts';
import { transact } from '../../lambdas/edge/table.ts';
import { actionKey, findingKey, openKey } from '../../lambdas/edge/table-keys.ts';
import { dueTimers, putTimer, removeTimer } from '../../lambdas/edge/timer-store.ts';
import { readTold, writeTold } from '../../lambdas/edge/told-store.ts';
import { databases, useTable } from '../support/databases.ts';
import { putRequest, readWords } from '../support/people-facts.ts';

const request = (overrides: Partial<Approval> = {}): Approval => ({
  id: 'r1',
  actor: 'ada@example.gov.uk',
  target: 'notify-prod-admin',
  slots: ['notify-prod-admin'],
  reason: 'deploy <!channel>',
  requestedAt: Date.UTC(2026, 10, 24, 10),
  status: 'requested',
  ...overrides,
});

const word = (overrides: Partial<Word> = {}): Word => ({
  id: 'w1',
  finding: 'f1',
  kind: 'confirmed',
  by: 'ben@example.gov.uk',
  via: 'slack',
  at: Date.UTC(2026, 10, 24, 10),
  ...overrides,
});

const DAY_MS = 24 * HOUR_MS;

const pin: Pin = {
  id: 'p1',
  people: ['ada@example.gov.uk'],
  targets: ['notify-prod-admin'],
  from: 1,
  until: 2,
  by: 'cyd@example.gov.uk',
  reason: 'incident',
};

describe.for(databases)('what people wrote, in $name', ({ name, start, absence }) => {
  if (absence) {
    it.skip(`${name} does not run here: ${absence}`, () => undefined);
    return;
  }
  let close: () => Promise<void>;
  beforeAll(async () => {
    const database = await start();
    close = database.close;
    await useTable(database.endpoint);
  });
  afterAll(() => close());

  it('keeps a request as it was given and refuses its id a second time', async () => {
    expect(await putRequest(request())).toEqual({ outcome: 'created' });
    const again = await putRequest(request({ reason: 'another' }));
    expect(again).toMatchObject({ outcome: 'exists', there: { value: request(), version: 1 } });
    expect((await approvals.readRequests('person:ada@example.gov.uk')).map(({ value }) => value)).toEqual([request()]);
  });

  it('leaves out actions that joined another', async () => {
    const ledger = 'person:ada@example.gov.uk' as const;
    await transact([
      { write: 'put', key: actionKey(ledger, 'stands'), value: { line: { action: 'stands' } } },
      { write: 'put', key: actionKey(ledger, 'joined'), value: { line: { action: 'joined' }, superseded: 'yes' } },
    ]);
    expect(await readActionLines(ledger)).toEqual([{ action: 'stands' }]);
  });

  it('finds an open finding behind more than a thousand that are closed', async () => {
    const ledger = 'person:ada@example.gov.uk' as const;
    const last = openKey('zz-open');
    const closed = Array.from({ length: 12_000 }, (_, index) => openKey(`closed-${index}`))
      .filter(({ pk }) => pk === last.pk)
      .slice(0, 1_100);
    const pointers = closed.map(
      (key) => ({ write: 'put', key, value: { finding: key.sk, ledger, state: 'closed' } }) as const,
    );
    for (let from = 0; from < pointers.length; from += 100) await transact(pointers.slice(from, from + 100));
    const open = { id: 'zz-open', ledger, state: 'open' };
    await transact([
      { write: 'put', key: last, value: { finding: 'zz-open', ledger, state: 'open' } },
      { write: 'put', key: findingKey(ledger, 'zz-open'), value: open },
    ]);
    expect(closed).toHaveLength(1_100);
    expect(await readOpenFindings()).toEqual([open]);
  });

  it('lets one of two answers to a request win', async () => {
    const yes = request({ status: 'approved', approver: 'ben@example.gov.uk' });
    const no = request({ status: 'declined' });
    const outcomes = await Promise.all([approvals.updateRequest(yes, 1), approvals.updateRequest(no, 1)]);
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['changed', 'replaced']);
    const there = await approvals.readRequest('ada@example.gov.uk', 'r1');
    expect(outcomes).toContainEqual({ outcome: 'changed', there });
  });

  it('lets one of two closing words win, and other words stand side by side', async () => {
    const ledger = 'person:ada@example.gov.uk' as const;
    await approvals.putWord(ledger, word());
    const second = await approvals.putWord(ledger, word({ id: 'w2', kind: 'not-genuine', by: 'cyd@example.gov.uk' }));
    expect(second).toMatchObject({ outcome: 'exists', there: { value: word() } });
    for (const by of ['ben@example.gov.uk', 'cyd@example.gov.uk']) {
      const acknowledged = word({ id: by, kind: 'acknowledged', by });
      expect(await approvals.putWord(ledger, acknowledged)).toEqual({ outcome: 'created' });
    }
    expect(await readWords(ledger, 'f1')).toHaveLength(3);
  });

  it('keeps every pin when they are changed at the same time', async () => {
    const ids = ['p1', 'p2', 'p3'];
    await Promise.all(ids.map((id) => approvals.changePins((pins) => [...pins, { ...pin, id }], pin.from)));
    expect((await approvals.readPins()).pins.map(({ id }) => id).sort()).toEqual(ids);
  });

  it('leaves out pins that have been over for a month when another is made, and no other', async () => {
    const made = [pin.until, pin.until + 29 * DAY_MS, pin.until + 30 * DAY_MS];
    for (const [index, at] of made.entries()) {
      const next = { ...pin, id: `p${index}`, from: at, until: at + (pin.until - pin.from) };
      await approvals.changePins((pins) => [...pins, ...(index === 0 ? [pin] : []), next], at);
    }
    expect((await approvals.readPins()).pins.map(({ id }) => id)).toEqual(['p0', 'p1', 'p2']);
  });

  it('lets one of two write what was told', async () => {
    const outcomes = await Promise.all(['1.1', '1.2'].map((ts) => writeTold('f1', 'slack', { ts }, 0)));
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['changed', 'replaced']);
    const { value, version } = await readTold<{ ts: string }>('f1', 'slack');
    expect(outcomes).toContainEqual(
      expect.objectContaining({ outcome: 'changed', there: expect.objectContaining({ value }) }),
    );
    expect(await writeTold('f1', 'slack', { ts: '1.3' }, version)).toEqual({ outcome: 'replaced' });
  });

  it('gives timers when they are due, to the millisecond, until they are removed', async () => {
    const dueAt = Date.UTC(2026, 10, 24, 10);
    const timers = [dueAt + 1, dueAt, dueAt - 1].map((at) => ({
      dueAt: at,
      what: 'page' as const,
      about: 'x',
      id: `t${at}`,
    }));
    await Promise.all(timers.map(putTimer));
    expect(await dueTimers(dueAt, 10)).toEqual([timers[2], timers[1]]);
    for (const timer of timers) await removeTimer(timer);
    expect(await dueTimers(dueAt + 5, 10)).toEqual([]);
  });
});
