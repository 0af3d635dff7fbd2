import { describe, expect, it } from 'vitest';
import * as keys from '../../lambdas/edge/table-keys.ts';

const ADA = 'person:ada@example.gov.uk';
const AT = Date.UTC(2026, 10, 24, 10);

describe('where an item is', () => {
  it.each([
    [() => keys.ledgerKey(ADA), `LEDGER#${ADA}`, 'LEDGER'],
    [() => keys.unsentKey(ADA), `LEDGER#${ADA}`, 'LEDGER#UNSENT'],
    [() => keys.outboxKey(ADA, '0000000007#0'), `LEDGER#${ADA}`, 'OUTBOX#0000000007#0'],
    [() => keys.actionKey(ADA, 'a'), `LEDGER#${ADA}`, 'ACTION#a'],
    [() => keys.findingKey(ADA, 'a#2'), `LEDGER#${ADA}`, 'FINDING#a#2'],
    [() => keys.requestKey(ADA, 'r-1'), `APPROVALS#${ADA}`, 'REQUEST#r-1'],
    [() => keys.pinsKey, 'PINS', 'PINS'],
    [() => keys.eventKey('e-1'), 'EVENT#e-1', 'EVENT'],
    [() => keys.pairKey('s-1'), 'PAIR#s-1', 'PAIR'],
    [() => keys.sessionKey('ASIA1'), 'SESSION#ASIA1', 'SESSION'],
    [() => keys.liveKey('admin', AT, 'e-1'), 'LIVE#admin', '2026-11-24T10:00:00.000Z#e-1'],
    [() => keys.waitingKey('ASIA1', 'e-1'), 'WAITING#ASIA1', 'e-1'],
    [() => keys.timerKey({ dueAt: AT, what: 'page', id: 'a' }), 'TIMER#4', '2026-11-24T10:00:00.000Z#page#a'],
    [() => keys.openKey('a'), 'OPEN#4', 'a'],
    [() => keys.toldKey('a', 'slack-dm#U01'), 'TOLD#a', 'slack-dm#U01'],
    [() => keys.stateKey('policy'), 'STATE#policy', 'STATE'],
  ])('is as the architecture lists it (%#)', (key, pk, sk) => {
    expect(key()).toEqual({ pk, sk });
  });

  it('is one place for all words that close a finding, and one a person for every other', () => {
    const at = (kind: Parameters<typeof keys.wordKey>[1]['kind']) =>
      keys.wordKey(ADA, { finding: 'f', kind, by: 'ben@example.gov.uk' });
    for (const kind of ['confirmed', 'approved-late', 'not-genuine'] as const)
      expect(at(kind)).toEqual({ pk: `APPROVALS#${ADA}`, sk: 'WORD#f#close' });
    for (const kind of ['acknowledged', 'resolved-elsewhere'] as const)
      expect(at(kind)).toEqual({ pk: `APPROVALS#${ADA}`, sk: `WORD#f#${kind}#ben@example.gov.uk` });
  });

  it('is in the shard that the published vectors of FNV-1a give', () => {
    expect(['', 'a', 'foobar'].map(keys.shardOf)).toEqual([0x811c9dc5 % 8, 0xe40c292c % 8, 0xbf9cf968 % 8]);
  });
});
