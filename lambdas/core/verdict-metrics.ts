import { CANARY } from './canary.ts';
import type { VerdictMessage } from './messages.ts';
import { SECOND_MS } from './time.ts';

/** One figure of the dashboard. */
export interface VerdictMetric {
  readonly name: 'Uses' | 'TimeToAcknowledge';
  readonly value: number;
  readonly unit: 'Count' | 'Seconds';
  readonly dimensions: Readonly<Record<string, string>>;
}

/**
 * What a message adds to the figures: a use, by its first verdict (what is judged again is no further use), and how long a finding waited for
 * somebody to take it in hand. The canary is no use.
 */
export function verdictMetrics({ change, finding, actions }: VerdictMessage): readonly VerdictMetric[] {
  if (change === 'changed') return finding ? acknowledgedAfter(finding) : [];
  if (change === 'closed') return [];
  const verdicts = actions.filter(({ target }) => target !== CANARY).map(({ verdict }) => verdict);
  const unread = actions.length === 0 && finding?.cause === 'unreadable' ? ['unreadable'] : [];
  return [...verdicts, ...unread].map((verdict) => ({
    name: 'Uses',
    value: 1,
    unit: 'Count',
    dimensions: { verdict },
  }));
}

/** Told once: with the change of which the acknowledgement is the last word. */
function acknowledgedAfter({
  state,
  words,
  openedAt,
}: NonNullable<VerdictMessage['finding']>): readonly VerdictMetric[] {
  const last = words.at(-1);
  if (state !== 'acknowledged' || last?.kind !== 'acknowledged') return [];
  const value = Math.max(0, last.at - openedAt) / SECOND_MS;
  return [{ name: 'TimeToAcknowledge', value, unit: 'Seconds', dimensions: {} }];
}
