import type { Policy } from '../../lambdas/core/policy.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';
import { accountName, targetTitle } from '../../lambdas/core/wording/names.ts';
import { reasonOf } from '../replay/table.ts';
import { shown } from '../visible.ts';

/** A position in `texts`: an archive says the same again and again, and a page of tens of thousands of actions has to stay small. */
type Text = number;

/** Everything of the list of actions, the latest first. */
export interface ListData {
  readonly texts: readonly string[];
  readonly actions: readonly ActionRow[];
}

export type ActionRow = readonly [
  at: string,
  verdict: Text,
  urgency: Text,
  actor: Text,
  target: Text,
  account: Text,
  why: Text,
  how: Text,
  ip: Text,
  userAgent: Text,
  records: readonly RecordRow[],
];

export type RecordRow = readonly [at: string, event: Text, outcome: Text, what: Text, ip: Text, key: string];

export function listData(lines: readonly VerdictLine[], policy: Policy): ListData {
  const texts = new Map<string, Text>();
  const text = (said: string): Text => {
    const shown = plain(said);
    const known = texts.get(shown) ?? texts.size;
    texts.set(shown, known);
    return known;
  };
  const actions = lines.toReversed().map((line): ActionRow => {
    const records = (line.members ?? []).map(
      ({ key, occurredAt, eventName, outcome, resource, ip }): RecordRow => [
        occurredAt,
        text(eventName),
        text(outcome),
        text(resource),
        text(ip),
        plain(key),
      ],
    );
    return [
      line.occurredAt,
      text(line.verdict),
      text(line.urgency ?? ''),
      text(line.actor),
      text(targetTitle(policy, line.target)),
      text(accountName(policy, line.account)),
      text(reasonOf(line)),
      text(line.how),
      text(line.origin.ip),
      text(line.origin.userAgent),
      records,
    ];
  });
  return { texts: [...texts.keys()], actions };
}

/** What cannot be seen is shown, and what nobody would read is cut. */
export function plain(text: string): string {
  return shown(text.slice(0, 500));
}
