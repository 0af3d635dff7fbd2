import type { Approval } from '../../lambdas/core/approval.ts';
import type { Finding } from '../../lambdas/core/finding.ts';
import type { JournalChange, JournalPage } from '../../lambdas/core/journal-chain.ts';
import type { ActorFacts } from '../../lambdas/core/report.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';

interface Item {
  readonly pk: string;
  readonly sk: string;
  readonly version: number;
  readonly body: unknown;
}

/** What the table held after these pages, as far as a report needs it: actions, findings and requests by who they are of. */
export function factsIn(pages: Iterable<JournalPage>): readonly ActorFacts[] {
  const items = new Map<string, Item>();
  for (const { changes } of pages) for (const change of changes) keep(change, items);
  const byLedger = Map.groupBy(
    [...items.values()].flatMap((item) => {
      const ledger = /^(?:LEDGER|APPROVALS)#(.+)$/.exec(item.pk)?.[1];
      return ledger === undefined ? [] : [{ ledger, ...item }];
    }),
    ({ ledger }) => ledger,
  );
  return [...byLedger].map(([ledger, all]) => ({
    actor: ledger.startsWith('person:') ? ledger.slice('person:'.length) : 'unknown',
    actions: all.flatMap(({ sk, body }) => {
      const { line, superseded } = body as { readonly line?: VerdictLine; readonly superseded?: 'yes' };
      return sk.startsWith('ACTION#') && line && superseded === undefined ? [line] : [];
    }),
    findings: all.flatMap(({ sk, body }) => (sk.startsWith('FINDING#') ? [body as Finding] : [])),
    requests: all.flatMap(({ sk, body }) => (sk.startsWith('REQUEST#') ? [body as Approval] : [])),
  }));
}

/** A batch that was handed over twice is in the journal twice: what is older than what is known changes nothing. */
function keep({ before, after }: JournalChange, items: Map<string, Item>): void {
  const item = itemOf(after);
  if (item === undefined) {
    const gone = itemOf(before);
    if (gone !== undefined) items.delete(`${gone.pk}\n${gone.sk}`);
    return;
  }
  const key = `${item.pk}\n${item.sk}`;
  if (item.version >= (items.get(key)?.version ?? 0)) items.set(key, item);
}

/** An item of DynamoDB's JSON; undefined for what has no body, such as a set. */
function itemOf(image: unknown): Item | undefined {
  const { pk, sk, version, body } = (image ?? {}) as Readonly<
    Record<string, { readonly S?: string; readonly N?: string }>
  >;
  if (pk?.S === undefined || sk?.S === undefined || body?.S === undefined) return undefined;
  return { pk: pk.S, sk: sk.S, version: Number(version?.N ?? 0), body: JSON.parse(body.S) as unknown };
}
