import type { Owner } from '../../lambdas/access/services.ts';
import type { Finding } from '../../lambdas/core/finding.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';
import type { Outcome } from './outcome.ts';

/** What a seed has met, in short names: a promise that is kept because nothing ever happens would be none. */
export function met({
  table,
  words,
  incidents,
  undecided,
  story,
  approvals,
  jobs,
  workspace,
  slack,
}: Outcome): readonly string[] {
  const items = table.items();
  const lines = items.flatMap(({ key, value }) =>
    key.sk.startsWith('ACTION#') ? [(value as { readonly line: VerdictLine }).line] : [],
  );
  const findings = items.flatMap(({ key, value }) => (key.sk.startsWith('FINDING#') ? [value as Finding] : []));
  const { ephemerals, homes, steps } = workspace;
  const kinds = new Map(story.events.flatMap(({ record }) => (record ? [[record.key, record.kind] as const] : [])));
  return [
    ...lines.map(({ verdict }) => `verdict: ${verdict}`),
    ...lines.flatMap(({ keys, actor }) =>
      keys.flatMap((key) =>
        kinds.has(key) ? [`${kinds.get(key)} of ${actor === 'unknown' ? 'nobody' : 'somebody'}`] : [],
      ),
    ),
    ...findings.map(({ cause }) => `cause: ${cause}`),
    ...findings.map(({ state, closedAs }) => `finding: ${closedAs ?? state}`),
    ...findings.flatMap(({ id, dedupKey, foldsInto }) => [
      ...(id.includes('#nobody') ? ['a half that named nobody'] : []),
      ...(/\/\d+$/.test(dedupKey) ? ['paged under the next key'] : []),
      ...(foldsInto ? ['folded'] : []),
    ]),
    ...words.map(({ kind }) => `word: ${kind}`),
    ...[...incidents].map(([name, { state }]) => `incident: ${name.includes('storm') ? 'storm, ' : ''}${state}`),
    ...approvals.flatMap(({ status, lateFor, emergency }) => [
      `request: ${status}`,
      ...(lateFor === undefined ? [] : [`${emergency ? 'emergency' : 'late yes'}, bound: ${status}`]),
    ]),
    ...jobs.map((job) => `job: ${job.twoEye}`),
    ...items.flatMap(({ key, value }) =>
      key.pk.startsWith('EVENT#') && (value as Owner).late !== undefined
        ? [`found late: ${(value as Owner).late}`]
        : [],
    ),
    ...(ephemerals.length > 0 ? ['told to one alone'] : []),
    ...(homes.size > 0 ? ['a Home tab'] : []),
    ...[...steps.values()].map(({ state }) => `a workflow's step ${state}`),
    ...([...slack.values()].some(({ id }) => id?.startsWith('TOLD#storm/')) ? ['a summary of a storm'] : []),
    ...(undecided.told.size > 0 ? ['told while the table was away'] : []),
  ];
}
