import { describe, expect, it } from 'vitest';
import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import type { JudgedAction } from '../../lambdas/core/action.ts';
import { keysOf, verdictLine } from '../../lambdas/core/verdict-lines.ts';
import { ledgerRecord, minute, TEN } from '../support/ledger-records.ts';

const action = (members: readonly LedgerRecord[], judgement: JudgedAction['judgement'] = { verdict: 'attempted' }) => ({
  id: 'a',
  members,
  occurredAt: TEN,
  judgement,
});
const record = (over: Partial<LedgerRecord> = {}) => ledgerRecord({ key: 'a', ...over });
const lineOf = (...members: readonly LedgerRecord[]) => verdictLine(action(members));

describe('the verdict line of an action', () => {
  it('says what was done, by whom and from where, and nothing that is not known', () => {
    const { ip, userAgent, resource, how, principal } = record();
    expect(lineOf(record())).toEqual({
      version: 1,
      action: 'a',
      keys: ['a'],
      occurredAt: '2026-11-03T10:00:00Z',
      kind: 'assume-role',
      target: 'notify-prod-admin',
      team: 'notify',
      account: '111111111111',
      region: 'eu-west-1',
      actor: 'ada@example.gov.uk',
      how,
      principal,
      verdict: 'attempted',
      nearMisses: [],
      origin: { ip, userAgent },
      members: [
        {
          key: 'a',
          occurredAt: '2026-11-03T10:00:00Z',
          eventName: 'AssumeRole',
          outcome: 'success',
          region: 'eu-west-1',
          ip,
          resource,
        },
      ],
    });
  });

  it.for([
    [
      { verdict: 'pinned', pin: 'p-1' },
      { verdict: 'pinned', pin: 'p-1', nearMisses: [] },
    ],
    [
      { verdict: 'approved', approval: 'r-1', slot: 's' },
      { verdict: 'approved', approval: 'r-1', nearMisses: [] },
    ],
    [
      { verdict: 'suppressed', suppression: 's-1' },
      { verdict: 'suppressed', suppression: 's-1', nearMisses: [] },
    ],
    [
      {
        verdict: 'unapproved',
        nearMisses: [
          { approval: 'r-1', because: 'expired', at: TEN, target: 't' },
          { approval: 'r-2', because: 'declined' },
        ],
      },
      {
        verdict: 'unapproved',
        nearMisses: [
          { approval: 'r-1', because: 'expired', at: '2026-11-03T10:00:00Z', target: 't' },
          { approval: 'r-2', because: 'declined' },
        ],
      },
    ],
  ] as const)('says of its judgement what goes with it: %o', ([judgement, expected]) => {
    const { verdict, pin, approval, suppression, nearMisses } = verdictLine(action([record()], judgement));
    const said = { verdict, pin, approval, suppression, nearMisses };
    expect(said).toEqual({ pin: undefined, approval: undefined, suppression: undefined, ...expected });
    expect(verdictLine(action([record()], judgement))).not.toHaveProperty('slot');
    for (const name of ['pin', 'approval', 'suppression'])
      expect(name in verdictLine(action([record()], judgement))).toBe(name in expected);
  });

  it('says what is told beside it', () => {
    const emergency = { approval: 'r-9', declaredAt: '2026-11-03T10:00:00Z', why: 'live-incident' };
    const told = verdictLine(action([record()]), { urgency: 'page', verdict: 'undecided', emergency });
    expect(told).toMatchObject({ urgency: 'page', verdict: 'undecided', emergency });
    for (const name of ['urgency', 'emergency', 'hints']) expect(name in lineOf(record())).toBe(false);
  });

  it('is that of its first success, or of its first record where every call was refused', () => {
    const [refused, done] = [record({ outcome: 'refused', region: 'us-east-1' }), record({ key: 'b' })];
    expect(lineOf(refused, done, record({ key: 'c', region: 'eu-west-2' })).region).toBe('eu-west-1');
    expect(lineOf(refused, record({ key: 'b', outcome: 'refused' })).region).toBe('us-east-1');
    expect(() => lineOf()).toThrow(
      expect.objectContaining({ code: 'invariant_broken', message: 'action a has no record' }),
    );
  });

  it('knows the person by the caller’s own half of the same call, and by no other', () => {
    const role = record({ half: 'role', pairKey: 'p', how: 'the role' });
    const caller = record({ key: 'b', half: 'caller', pairKey: 'p', how: 'the caller' });
    expect(lineOf(role, caller).how).toBe('the caller');
    for (const over of [{ pairKey: 'q' }, { half: 'whole' }, { actor: 'ben@example.gov.uk' }] as const)
      expect(lineOf(role, { ...caller, ...over }).how).toBe('the role');
    const { pairKey: _, ...alone } = caller;
    expect(lineOf(record({ how: 'the face' }), alone).how).toBe('the face');
  });

  it('has the address of the person, where AWS stands in for it the first that is one', () => {
    const internal = record({ ip: 'AWS Internal', userAgent: 'AWS Internal' });
    const [first, second] = [
      record({ key: 'b', ip: '192.0.2.1', userAgent: 'one' }),
      record({ key: 'c', ip: '192.0.2.2' }),
    ];
    expect(lineOf(internal, first, second).origin).toEqual({ ip: '192.0.2.1', userAgent: 'one' });
    expect(lineOf(second, first).origin.ip).toBe('192.0.2.2');
    expect(lineOf({ ...internal, outcome: 'refused' }, first, second).origin.ip).toBe('192.0.2.1');
    expect(
      lineOf(internal, record({ key: 'b', ip: 'x192.0.2.1' }), record({ key: 'c', ip: '192.0.2.1x' })).origin.ip,
    ).toBe('AWS Internal');
    expect(lineOf(internal, record({ key: 'b', ip: '2001:db8::A' })).origin.ip).toBe('2001:db8::A');
    expect(lineOf({ ...second, outcome: 'refused' }, first).origin.ip).toBe('192.0.2.1');
  });

  it('says whether a second factor was used where a record says so, its own first', () => {
    expect(lineOf(record(), record({ key: 'b', mfa: false })).origin.mfa).toBe(false);
    expect(lineOf(record({ mfa: true }), record({ key: 'b', mfa: false })).origin.mfa).toBe(true);
    expect(lineOf(record({ outcome: 'refused', mfa: false }), record({ key: 'b', mfa: true })).origin.mfa).toBe(true);
    expect('mfa' in lineOf(record()).origin).toBe(false);
  });

  it('says of each record what was done and how it came, and every hint once', () => {
    const [first, second] = [
      record({ hints: ['one', 'two'], commands: ['WRITE,UPDATE'] }),
      record({ key: 'b', occurredAt: minute(1), hints: ['two', 'three'], late: 'reconcile' }),
    ];
    const line = lineOf(first, second);
    expect(line.hints).toEqual(['one', 'two', 'three']);
    expect(line.members).toMatchObject([
      { key: 'a', commands: ['WRITE,UPDATE'] },
      { key: 'b', occurredAt: '2026-11-03T10:01:00Z', late: 'reconcile' },
    ]);
    expect(line.members?.map((one) => ['commands' in one, 'late' in one])).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  it('has the keys of its records and pairs, sorted, each once', () => {
    expect(
      keysOf([record({ key: 'c', pairKey: 'b' }), record({ key: 'd', pairKey: 'b' }), record({ key: 'a' })]),
    ).toEqual([...['a', 'b', 'c', 'd']]);
  });
});
