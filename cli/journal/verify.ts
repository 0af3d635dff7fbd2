import { type JournalVerdict, type PageHead, verifyJournal } from '../../lambdas/core/journal-chain.ts';
import { pageNames, pagesOf, sha256 } from './folder.ts';

/** Verifies the pages of a folder (names end in `-<number>.json`) and says what was found as a person would. */
export function verifyFolder(folder: string, head?: string): { readonly ok: boolean; readonly text: string } {
  const expected = head === undefined ? undefined : headOf(head);
  if (head !== undefined && expected === undefined) {
    return { ok: false, text: `"${head}" is not a head: write it as 1042:9f2c… with all 64 characters.` };
  }
  const names = pageNames(folder);
  if (names === undefined) return { ok: false, text: `${folder} is not a folder that can be read.` };
  if (names.length === 0) return { ok: false, text: `There are no pages in ${folder}: nothing is proved.` };
  const verdict = verifyJournal(pagesOf(folder, names), sha256, expected);
  return { ok: verdict.fault === undefined, text: words(verdict, expected) };
}

function words({ pages, changes, head, fault }: JournalVerdict, expected: PageHead | undefined): string {
  if (fault !== undefined) {
    const before = pages === 0 ? 'Nothing before it is left' : `Pages 1 to ${pages} are as they were written`;
    return `Page ${fault.page} is ${fault.because}: ${fault.why}.\n${before}; what follows proves nothing.`;
  }
  const whole = `${pages} pages with ${changes} changes are as they were written. The head is ${head.number}:${head.hash}.`;
  return expected === undefined
    ? `${whole}\nCompare it with the head that was told elsewhere (--head).`
    : `${whole}\nIt agrees with the head that was told.`;
}

function headOf(text: string): PageHead | undefined {
  const match = /^(\d+):([0-9a-f]{64})$/.exec(text);
  return match === null ? undefined : { number: Number(match[1]), hash: match[2] ?? '' };
}
