import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_JOURNAL, type JournalPage, nextPage, verifyJournal } from '../../lambdas/core/journal-chain.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function pages(count: number): JournalPage[] {
  const made: JournalPage[] = [];
  for (let number = 1; number <= count; number += 1) {
    const change = {
      id: `change-${number}`,
      at: number,
      change: 'INSERT' as const,
      after: { pk: { S: 'x' }, n: { N: `${number}` } },
    };
    made.push(nextPage(made.at(-1) ?? EMPTY_JOURNAL, [change], sha256));
  }
  return made;
}

const faultOf = (journal: readonly unknown[]) => verifyJournal(journal, sha256).fault;

describe('verifyJournal', () => {
  it('finds nothing in a journal as it was written, whatever the order of keys in its files', () => {
    const reordered = pages(5).map((page) => Object.fromEntries(Object.entries(page).reverse()));
    expect(verifyJournal(reordered, sha256)).toMatchObject({ pages: 5, changes: 5, head: { number: 5 } });
    expect(faultOf(reordered)).toBeUndefined();
  });

  it('names the first page that was altered', () => {
    const journal = pages(5);
    const third = journal[2];
    if (third === undefined) throw new Error('no third page');
    const altered = journal.with(2, { ...third, changes: [] });
    expect(faultOf(altered)).toMatchObject({ page: 3, because: 'altered' });
  });

  it('names the page after one that was made anew with a hash that fits', () => {
    const journal = pages(5);
    const forged = nextPage(journal[1] ?? EMPTY_JOURNAL, [], sha256);
    expect(faultOf(journal.with(2, forged))).toMatchObject({ page: 4, because: 'altered', why: /does not follow/ });
  });

  it('names the first page that was dropped', () => {
    expect(faultOf(pages(5).toSpliced(2, 1))).toMatchObject({ page: 3, because: 'dropped' });
    expect(faultOf(pages(5).slice(1))).toMatchObject({ page: 1, because: 'dropped' });
  });

  it('names the first page that was put elsewhere', () => {
    const journal = pages(5);
    expect(faultOf([...journal.slice(0, 3), ...journal.slice(1)])).toMatchObject({ page: 4, because: 'reordered' });
  });

  it('finds pages cut off at the end, and a journal written anew, by the head that was told elsewhere', () => {
    const head = pages(5)[4];
    if (head === undefined) throw new Error('no fifth page');
    expect(verifyJournal(pages(4), sha256, head).fault).toMatchObject({ page: 5, because: 'dropped' });
    expect(verifyJournal(pages(5), sha256, { ...head, hash: 'f'.repeat(64) }).fault).toMatchObject({
      page: 5,
      because: 'altered',
    });
    expect(verifyJournal(pages(6), sha256, head).fault).toBeUndefined();
  });

  it('says what is not a page instead of failing', () => {
    const [page] = pages(1);
    const lacking = ['number', 'previous', 'hash', 'changes'].map((name) => ({ ...page, [name]: undefined }));
    const others = [
      { ...page, number: 1.5 },
      { ...page, previous: 7 },
      { ...page, hash: 7 },
      { ...page, changes: {} },
    ];
    for (const one of [undefined, null, 'x', 3, [], {}, { number: 1 }, ...lacking, ...others])
      expect(faultOf([one])).toEqual({ page: 1, because: 'not-a-page', why: 'it is not a page of a journal' });
  });

  it('says in words what is wrong, and how far the journal could be followed', () => {
    const [first, second, third] = pages(3);
    if (!first || !second || !third) throw new Error('no three pages');
    const head = { number: 1, hash: first.hash };
    const followed = { pages: 1, changes: 1, head };
    expect(verifyJournal([first, third], sha256)).toEqual({
      ...followed,
      fault: { page: 2, because: 'dropped', why: 'page 3 comes instead' },
    });
    expect(verifyJournal([first, first], sha256)).toEqual({
      ...followed,
      fault: { page: 2, because: 'reordered', why: 'page 1 comes instead' },
    });
    expect(verifyJournal([first, { ...second, changes: [] }], sha256)).toEqual({
      ...followed,
      fault: { page: 2, because: 'altered', why: 'its content does not give its hash' },
    });
    const replaced = nextPage({ number: 1, hash: 'f'.repeat(64) }, second.changes, sha256);
    expect(verifyJournal([first, replaced], sha256)).toEqual({
      ...followed,
      fault: { page: 2, because: 'altered', why: 'it does not follow the page before it; one of the two was replaced' },
    });
    expect(verifyJournal([first, second], sha256, { number: 2, hash: 'f'.repeat(64) })).toEqual({
      ...followed,
      fault: { page: 2, because: 'altered', why: 'its hash is not the one that was told when it was written' },
    });
    expect(verifyJournal([first], sha256, { number: 3, hash: third.hash })).toEqual({
      ...followed,
      fault: { page: 2, because: 'dropped', why: 'the journal ends at page 1, but page 3 was told to exist' },
    });
    expect(verifyJournal([], sha256)).toEqual({ pages: 0, changes: 0, head: EMPTY_JOURNAL });
    expect(verifyJournal([first], sha256, head)).toEqual(followed);
  });

  it('binds a page to the one before it by a hash of all that it says, whatever the order of its keys', () => {
    const change = { id: 'c', at: 1, change: 'MODIFY', before: { b: [2, { d: 1, c: null }], a: 1 } } as const;
    const page = nextPage(EMPTY_JOURNAL, [change], (text) => text);
    expect(page).toMatchObject({ version: 1, number: 1, previous: '0'.repeat(64), changes: [change] });
    expect(page.hash).toBe(
      `{"changes":[{"at":1,"before":{"a":1,"b":[2,{"c":null,"d":1}]},"change":"MODIFY","id":"c"}],"number":1,"previous":"${'0'.repeat(64)}","version":1}`,
    );
  });

  it('always finds a single character that was changed', () => {
    const journal = pages(4);
    fc.assert(
      fc.property(fc.nat({ max: 3 }), fc.nat(), fc.constantFrom('0', '1', 'a', 'z', '"'), (which, where, put) => {
        const text = JSON.stringify(journal[which]);
        const at = where % text.length;
        fc.pre(text[at] !== put);
        const altered = journal.with(which, parsed(text.slice(0, at) + put + text.slice(at + 1)) as JournalPage);
        expect(faultOf(altered)?.page ?? 99).toBeLessThanOrEqual(which + 2);
      }),
    );
  });
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
