import type { Finding } from '../lambdas/core/finding.ts';
import type { VerdictMessage } from '../lambdas/core/messages.ts';
import type { UnreadableLine, VerdictLine } from '../lambdas/core/verdict-line.ts';

/** The latest of every action and finding, as a subscriber of the verdicts topic knows them. */
export interface VerdictBook {
  take(message: VerdictMessage): void;
  /** One line an action, by time; unreadable records come last. */
  lines(): readonly (VerdictLine | UnreadableLine)[];
  findings(): readonly Finding[];
  clear(): void;
}

export function createVerdictBook(): VerdictBook {
  const lines = new Map<string, VerdictLine>();
  const unreadable = new Map<string, UnreadableLine>();
  const findings = new Map<string, Finding>();

  function takeLine(line: VerdictLine): void {
    for (const [id, other] of lines) if (id !== line.action && isPartOf(other, line)) lines.delete(id);
    lines.set(line.action, line);
  }

  function isKnown({ keys }: VerdictLine): boolean {
    return [...lines.values()].some((line) => keys.every((key) => line.keys.includes(key)));
  }

  return {
    take({ finding, actions }) {
      // What follows the first are other actions, in short: each has messages of its own.
      // What is said of a finding that closes as a duplicate is what its action was; what it is is said elsewhere.
      for (const line of actions.slice(0, 1)) if (finding?.closedAs !== 'duplicate' || !isKnown(line)) takeLine(line);
      if (finding === undefined) return;
      findings.set(finding.id, finding);
      if (finding.cause === 'unreadable') unreadable.set(finding.id, unreadableLine(finding));
    },
    lines: () => [...[...lines.values()].sort(byTime), ...unreadable.values()],
    findings: () => [...findings.values()],
    clear() {
      for (const each of [lines, unreadable, findings]) each.clear();
    },
  };
}

/** An action whose records all belong to another one now has joined it, whatever it was called. */
function isPartOf(part: VerdictLine, whole: VerdictLine): boolean {
  return part.keys.length > 0 && part.keys.every((key) => whole.keys.includes(key));
}

function byTime(a: VerdictLine, b: VerdictLine): number {
  return Date.parse(a.occurredAt) - Date.parse(b.occurredAt) || (a.action < b.action ? -1 : 1);
}

function unreadableLine({ id, why = 'no reason was given', keys }: Finding): UnreadableLine {
  return { version: 1, verdict: 'unreadable', why, key: keys?.[0] ?? id };
}
