import { describe, expect, it } from 'vitest';
import { findingValue, requestValue } from '../../lambdas/core/request-value.ts';

const ADA = 'person:ada@example.gov.uk';
const long = (length: number) => 'x'.repeat(length);

describe('the value of a button', () => {
  it('says which request or which finding it is on', () => {
    const request = { ledger: ADA, request: 'r-1' };
    expect(requestValue(JSON.stringify({ ...request, more: 1 }))).toEqual(request);
    expect(requestValue(JSON.stringify({ ...request, target: 't' }))).toEqual({ ...request, target: 't' });
    expect(requestValue(JSON.stringify({ ...request, target: '' }))).toEqual(request);
    const finding = { ledger: 'principal:AROAX', finding: 'f' };
    expect(findingValue(JSON.stringify({ ...finding, more: 1 }))).toEqual(finding);
  });

  it('is none when it is no object of ours', () => {
    for (const text of [undefined, '', '{', 'null', '7', '"text"', '[]', '{}'])
      expect([requestValue(text), findingValue(text)]).toEqual([undefined, undefined]);
  });

  it('has a ledger of a person or a principal, and no more than three hundred characters of it', () => {
    const isOne = (ledger: unknown) => {
      const known = [
        requestValue(JSON.stringify({ ledger, request: 'r' })),
        findingValue(JSON.stringify({ ledger, finding: 'f' })),
      ];
      return known.map((one) => one !== undefined);
    };
    for (const ledger of [ADA, 'principal:x', `person:${long(300)}`]) expect(isOne(ledger)).toEqual([true, true]);
    for (const ledger of [
      ...['person:', 'APPROVAL', ' person:a', 'person:a b', 'person:a#b', 'a\nperson:b'],
      ...[`person:${long(301)}`, 7, null, undefined, [ADA]],
    ])
      expect(isOne(ledger)).toEqual([false, false]);
  });

  it('has an id that is a text of one to three hundred characters', () => {
    const isOne = (id: unknown) => {
      const known = [
        requestValue(JSON.stringify({ ledger: ADA, request: id })),
        findingValue(JSON.stringify({ ledger: ADA, finding: id })),
      ];
      return known.map((one) => one !== undefined);
    };
    for (const id of ['r', long(300)]) expect(isOne(id)).toEqual([true, true]);
    for (const id of ['', long(301), 7, null, undefined, ['r']]) expect(isOne(id)).toEqual([false, false]);
  });
});
