import type { Finding } from '../lambdas/core/finding.ts';
import type { VerdictMessage } from '../lambdas/core/messages.ts';
import type { Instant, Milliseconds } from '../lambdas/core/time.ts';
import type { VerdictLine } from '../lambdas/core/verdict-line.ts';
import { reasonsOf } from './why.ts';

/** One thing that happened to an action on its way through the system. */
export interface Step {
  readonly what: 'event' | 'verdict' | 'approval' | 'finding' | 'told' | 'closed';
  /** Virtual time. */
  readonly at: Instant;
  /** Real time since what led to it. */
  readonly tookMs?: Milliseconds;
  readonly text: string;
  /** Why it was decided so, a sentence each. */
  readonly why?: readonly string[];
}

/** An action as the timeline follows it: event → verdict → approval spent → told → closed. */
export interface Entry {
  readonly id: string;
  readonly steps: readonly Step[];
  readonly line?: VerdictLine;
  readonly finding?: Finding;
  /** Before there is a verdict: what the record says. */
  readonly title: string;
  readonly at: Instant;
}

/** What was put on the bus, in a few words. */
export interface ArrivedRecord {
  readonly keys: readonly string[];
  readonly title: string;
}

export interface Timeline {
  arrived(record: ArrivedRecord): void;
  published(message: VerdictMessage): void;
  /** Somebody was told about a finding or an action. */
  told(about: string, where: string): void;
  /** Latest first. */
  entries(): readonly Entry[];
  clear(): void;
}

interface Draft {
  id: string;
  keys: Set<string>;
  steps: Step[];
  line?: VerdictLine;
  finding?: Finding;
  title: string;
  at: Instant;
  realAt: number;
}

const KEPT = 200;

/** `now` is virtual, `realNow` monotonic real time, both in milliseconds. */
export function createTimeline(now: () => Instant, realNow: () => number = () => performance.now()): Timeline {
  let drafts: Draft[] = [];

  function open(id: string, keys: readonly string[], title: string): Draft {
    const draft: Draft = { id, keys: new Set(keys), steps: [], title, at: now(), realAt: realNow() };
    drafts = [draft, ...drafts].slice(0, KEPT);
    return draft;
  }

  function add(draft: Draft, step: Omit<Step, 'at' | 'tookMs'>, timed = true): void {
    const took = timed ? { tookMs: Math.max(0, realNow() - draft.realAt) } : {};
    draft.steps.push({ ...step, at: now(), ...took });
    draft.realAt = realNow();
  }

  const withAny = (keys: readonly string[]): Draft[] =>
    drafts.filter((draft) => keys.some((key) => draft.keys.has(key)));

  /** All drafts of an action's records become one, the earliest. */
  function joined(line: VerdictLine): Draft {
    const found = withAny(line.keys);
    const [first, ...rest] = [...found].reverse();
    const draft = first ?? open(line.action, line.keys, line.action);
    for (const other of rest) {
      draft.steps.push(...other.steps);
      draft.realAt = Math.max(draft.realAt, other.realAt);
    }
    drafts = drafts.filter((each) => !rest.includes(each));
    draft.steps.sort((a, b) => a.at - b.at);
    draft.id = line.action;
    draft.keys = new Set([...draft.keys, ...line.keys]);
    return draft;
  }

  function judged(line: VerdictLine, message: VerdictMessage): void {
    const draft = joined(line);
    const before = draft.line;
    draft.line = line;
    if (before?.verdict !== line.verdict || before.approval !== line.approval) {
      add(draft, { what: 'verdict', text: line.verdict, why: reasonsOf(line) });
      if (line.approval) add(draft, { what: 'approval', text: `Approval ${line.approval} is spent on it.` });
      if (line.pin) add(draft, { what: 'approval', text: `Covered by pin ${line.pin}.` });
    }
    if (message.finding?.action === line.action) followed(draft, message.finding);
  }

  function followed(draft: Draft, finding: Finding): void {
    const before = draft.finding?.id === finding.id ? draft.finding : undefined;
    draft.finding = finding;
    if (before === undefined && finding.state !== 'closed')
      add(draft, { what: 'finding', text: `A finding is open; it calls for a ${finding.urgency}.` });
    if (before && before.urgency !== finding.urgency)
      add(draft, { what: 'finding', text: `Nobody acknowledged it; it now calls for a ${finding.urgency}.` }, false);
    if (before && before.state !== finding.state && finding.state === 'acknowledged')
      add(draft, { what: 'finding', text: `Acknowledged by ${finding.words.at(-1)?.by ?? 'somebody'}.` }, false);
    if (before?.state !== 'closed' && finding.state === 'closed')
      add(draft, { what: 'closed', text: `Closed: ${closing(finding)}.` }, false);
  }

  return {
    arrived({ keys, title }) {
      const draft = withAny(keys)[0] ?? open(keys[0] ?? title, keys, title);
      for (const key of keys) draft.keys.add(key);
      add(draft, { what: 'event', text: title }, false);
    },
    published(message) {
      // What follows the first is other actions, which have messages of their own.
      for (const line of message.actions.slice(0, 1)) judged(line, message);
      if (message.actions.length > 0 || message.finding === undefined) return;
      const { finding } = message;
      const keys = [finding.id, ...(finding.keys ?? [])];
      const draft = withAny(keys)[0] ?? open(finding.id, keys, finding.why ?? finding.cause);
      if (draft.finding === undefined)
        add(draft, { what: 'verdict', text: finding.cause, why: finding.why ? [finding.why] : [] });
      followed(draft, finding);
    },
    told(about, where) {
      const draft = drafts.find((each) => each.finding?.id === about || each.id === about);
      if (draft) add(draft, { what: 'told', text: where });
    },
    entries: () =>
      drafts.map(({ id, steps, line, finding, title, at }) => ({
        id,
        steps: [...steps],
        title,
        at,
        ...(line && { line }),
        ...(finding && { finding }),
      })),
    clear() {
      drafts = [];
    },
  };
}

function closing({ closedAs, words }: Finding): string {
  const by = words.at(-1)?.by;
  return by ? `${closedAs ?? 'done'}, by ${by}` : (closedAs ?? 'done');
}
