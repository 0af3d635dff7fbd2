import type { Instant } from './time.ts';

/** SHA-256 of a text in hexadecimal. Given from outside: the core brings nothing of the platform with it. */
export type Sha256 = (text: string) => string;

/** One change of the table, as its stream tells it. `before` and `after` are items in DynamoDB's JSON. */
export interface JournalChange {
  /** The stream's id of the change: a change that was delivered twice is in the journal twice under one id. */
  readonly id: string;
  readonly at: Instant;
  readonly change: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly before?: unknown;
  readonly after?: unknown;
}

/** One object of the journal: changes, bound to the page before it. Pages are numbered from 1 without a gap. */
export interface JournalPage {
  readonly version: 1;
  readonly number: number;
  /** Hash of the page before; of the first, 64 zeros. */
  readonly previous: string;
  readonly changes: readonly JournalChange[];
  /** SHA-256 of the canonical JSON of everything else. */
  readonly hash: string;
}

export type PageHead = Pick<JournalPage, 'number' | 'hash'>;

export const EMPTY_JOURNAL: PageHead = { number: 0, hash: '0'.repeat(64) };

/** The page that follows. */
export function nextPage(head: PageHead, changes: readonly JournalChange[], sha256: Sha256): JournalPage {
  const page = { version: 1 as const, number: head.number + 1, previous: head.hash, changes };
  return { ...page, hash: sha256(canonical(page)) };
}

/** What is wrong with a journal, and at which page it begins. */
export interface JournalFault {
  readonly page: number;
  readonly because: 'altered' | 'dropped' | 'reordered' | 'not-a-page';
  readonly why: string;
}

export interface JournalVerdict {
  readonly pages: number;
  readonly changes: number;
  readonly head: PageHead;
  /** The first fault; what follows it proves nothing. */
  readonly fault?: JournalFault;
}

/**
 * Follows the chain through pages in the order in which they are kept. Whoever alters a page must alter every later one;
 * whoever alters all of them cannot alter the head that was told elsewhere: compare it (`expected`).
 */
export function verifyJournal(pages: Iterable<unknown>, sha256: Sha256, expected?: PageHead): JournalVerdict {
  let head = EMPTY_JOURNAL;
  let changes = 0;
  for (const page of pages) {
    const fault = faultOf(page, head, sha256);
    if (fault !== undefined) return { pages: head.number, changes, head, fault };
    const { number, hash, changes: told } = page as JournalPage;
    if (expected?.number === number && expected.hash !== hash) {
      const why = 'its hash is not the one that was told when it was written';
      return { pages: head.number, changes, head, fault: { page: number, because: 'altered', why } };
    }
    head = { number, hash };
    changes += told.length;
  }
  return { pages: head.number, changes, head, ...endFault(head, expected) };
}

function endFault(head: PageHead, expected: PageHead | undefined): { fault?: JournalFault } {
  if (expected === undefined || expected.number <= head.number) return {};
  const why = `the journal ends at page ${head.number}, but page ${expected.number} was told to exist`;
  return { fault: { page: head.number + 1, because: 'dropped', why } };
}

function faultOf(page: unknown, head: PageHead, sha256: Sha256): JournalFault | undefined {
  const number = head.number + 1;
  if (!isPage(page)) return { page: number, because: 'not-a-page', why: 'it is not a page of a journal' };
  if (page.number > number) return { page: number, because: 'dropped', why: `page ${page.number} comes instead` };
  if (page.number < number) return { page: number, because: 'reordered', why: `page ${page.number} comes instead` };
  const { hash, ...rest } = page;
  if (sha256(canonical(rest)) !== hash)
    return { page: number, because: 'altered', why: 'its content does not give its hash' };
  if (page.previous === head.hash) return undefined;
  return {
    page: number,
    because: 'altered',
    why: 'it does not follow the page before it; one of the two was replaced',
  };
}

function isPage(page: unknown): page is JournalPage {
  if (typeof page !== 'object' || page === null) return false;
  const { number, previous, changes, hash } = page as Partial<Record<keyof JournalPage, unknown>>;
  return (
    Number.isSafeInteger(number) && typeof previous === 'string' && typeof hash === 'string' && Array.isArray(changes)
  );
}

/** JSON with sorted keys: equal values give equal text, whoever wrote them. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}
