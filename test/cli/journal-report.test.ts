import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Approval } from '../../lambdas/core/approval.ts';
import type { Finding } from '../../lambdas/core/finding.ts';
import { EMPTY_JOURNAL, type JournalChange, nextPage } from '../../lambdas/core/journal-chain.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';
import { scratchFolder, twoEye } from '../support/command.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const ada = 'ada@example.gov.uk';
const LEDGER = `LEDGER#person:${ada}`;
const POLICY = 'policy/notify.yaml';

const line = (action: string, over: Partial<VerdictLine> = {}): VerdictLine => ({
  ...{ version: 1, action, keys: [action], occurredAt: '2026-11-18T10:00:00Z', kind: 'assume-role' },
  ...{ target: 'notify-prod-admin', team: 'notify', account: '111111111111', region: 'eu-west-1', actor: ada },
  ...{ how: 'test', principal: 'AIDAADAEXAMPLE', verdict: 'approved', nearMisses: [] },
  origin: { ip: '192.0.2.1', userAgent: 'test' },
  ...over,
});

const asked = {
  ...{ id: 'r1', actor: ada, target: 'notify-prod-admin', slots: ['notify-prod-admin'], reason: 'test' },
  ...{ requestedAt: Date.parse('2026-11-18T09:50:00Z'), approvedAt: Date.parse('2026-11-18T09:54:00Z') },
  ...{ validUntil: Date.parse('2026-11-18T10:54:00Z'), status: 'approved' },
} as Approval;

let count = 0;
function put(pk: string, sk: string, body: unknown, version = 1): JournalChange {
  count += 1;
  const after = { pk: { S: pk }, sk: { S: sk }, version: { N: String(version) }, body: { S: JSON.stringify(body) } };
  return { id: `c${count}`, at: 0, change: 'MODIFY', after };
}

/** A journal in which an action was first unapproved and then approved late, joined by another, and a batch came twice. */
const batches: readonly (readonly JournalChange[])[] = (() => {
  const first = [put(LEDGER, 'ACTION#a', { line: line('a', { verdict: 'unapproved' }) })];
  const finding = { id: 'b', target: 'notify-prod-admin', closedAs: 'approved-late' } as Finding;
  return [
    first,
    [
      put(LEDGER, 'ACTION#a', { line: line('a', { approval: 'r1' }) }, 2),
      put(LEDGER, 'ACTION#joined', { line: line('joined'), superseded: 'yes' }),
      put(LEDGER, 'ACTION#b', { line: line('b', { verdict: 'unapproved', occurredAt: '2026-11-19T10:00:00Z' }) }),
      put(LEDGER, 'FINDING#b', { ...finding, occurredAt: Date.parse('2026-11-19T10:00:00Z') }),
      put(`APPROVALS#person:${ada}`, 'REQUEST#r1', asked),
      put('LEDGER#principal:AIDASTRANGER', 'ACTION#s', {
        line: line('s', { actor: 'unknown', verdict: 'unapproved' }),
      }),
      {
        id: 'set',
        at: 0,
        change: 'MODIFY',
        after: { pk: { S: LEDGER }, sk: { S: 'LEDGER#UNSENT' }, members: { SS: ['x'] } },
      },
    ],
    first,
  ];
})();

let folder: Awaited<ReturnType<typeof scratchFolder>>;
beforeAll(async () => {
  folder = await scratchFolder();
  let head = EMPTY_JOURNAL;
  for (const changes of batches) {
    const page = nextPage(head, changes, sha256);
    await folder.write(`page-${page.number}.json`, JSON.stringify(page));
    head = page;
  }
});
afterAll(() => folder[Symbol.asyncDispose]());

const report = (...more: readonly string[]) => twoEye(['report', folder.path, '--policy', POLICY, ...more]);

describe('two-eye report', () => {
  it('tells who used what and who said yes, of a journal that holds', async () => {
    const { code, stdout, stderr } = await report();
    expect(stderr).toContain('3 pages with 9 changes are as they were written.');
    expect(stdout).toContain('3 uses: 1 approved, 0 pinned, 2 unapproved, of which 1 approved late.');
    expect(stdout).toMatch(/ada@example\.gov\.uk +notify-prod-admin +2 +1 +0 +1 +1/);
    expect(stdout).toMatch(/unknown +notify-prod-admin +1/);
    expect(code).toBe(0);
  });

  it('writes the same as CSV, of a span and a team', async () => {
    const { stdout } = await report(
      '--format',
      'csv',
      '--since',
      '2026-11-19',
      '--until',
      '2026-11-20',
      '--team',
      'notify',
    );
    expect(stdout.split('\r\n').slice(1, -1)).toEqual([`notify,${ada},notify-prod-admin,1,0,0,1,1,0,0,0,0,`]);
  });

  it('refuses a team that there is not, and a time that is none', async () => {
    expect(await report('--team', 'nobody')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no such team'),
    });
    expect(await report('--since', 'yesterday')).toMatchObject({ code: 1, stderr: expect.stringContaining('--since') });
  });

  it('tells nothing of a journal that was altered', async () => {
    await using other = await scratchFolder();
    const page = nextPage(EMPTY_JOURNAL, batches[0] ?? [], sha256);
    await other.write('page-1.json', JSON.stringify(page).replace('unapproved', 'approved'));
    const { code, stdout, stderr } = await twoEye(['report', other.path, '--policy', POLICY]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Page 1 is altered');
  });
});
