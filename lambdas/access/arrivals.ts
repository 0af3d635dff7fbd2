import type { LedgerId, LedgerRecord } from '../core/access-event.ts';
import type { Finding } from '../core/finding.ts';
import type { DatabaseSession } from '../core/messages.ts';
import type { Policy } from '../core/policy.ts';
import { readInput } from '../core/read.ts';

/** What one body on the access queue asks for: records to judge, a ledger to judge again, and what could not be read. */
export interface Asked {
  readonly records: readonly LedgerRecord[];
  readonly ledgers: readonly LedgerId[];
  readonly unreadable: readonly Unreadable[];
  /** Findings of an outage, of which a note came round. */
  readonly outages: readonly Finding[];
  /** How many records need no verdict, by reason. */
  readonly ignored: Readonly<Record<string, number>>;
}

export interface Unreadable {
  readonly why: string;
  readonly key?: string;
  readonly account?: string;
  readonly occurredAt?: number;
}

export type { DatabaseSession };

/**
 * Reads a body. What it cannot make sense of is unreadable, and never nothing. `sessionsOf` is the account whose own queue it came by,
 * if it did: that account may tell of sessions of its databases and of nothing else. Pure; does not throw.
 */
export function askedBy(body: string, policy: Policy, sessionsOf?: string): Asked {
  const input = parsed(body);
  if (input === undefined) return nothing({ unreadable: [{ why: 'the body is not JSON' }] });
  if (sessionsOf !== undefined && !isSessionOf(sessionsOf, input.value))
    return nothing({
      unreadable: [{ why: `not a database session of ${sessionsOf}, on its queue`, account: sessionsOf }],
    });
  const ledger = rejudged(input.value);
  if (ledger) return nothing({ ledgers: [ledger] });
  const outage = outageIn(input.value);
  if (outage) return nothing({ outages: [outage] });
  const readings = readInput(input.value, policy);
  const ignored: Record<string, number> = {};
  for (const one of readings) if (one.outcome === 'ignored') ignored[one.because] = (ignored[one.because] ?? 0) + 1;
  return nothing({
    records: readings.flatMap((one) => (one.outcome === 'access' ? [one.record] : [])),
    unreadable: readings.flatMap((one) => (one.outcome === 'unreadable' ? [one] : [])),
    ignored,
  });
}

function nothing(asked: Partial<Asked>): Asked {
  return { records: [], ledgers: [], unreadable: [], outages: [], ignored: {}, ...asked };
}

function parsed(body: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(body) as unknown };
  } catch {
    return undefined;
  }
}

function isSessionOf(account: string, input: unknown): boolean {
  const { twoEye, session, late } = (input ?? {}) as {
    readonly twoEye?: unknown;
    readonly session?: Partial<DatabaseSession> | null;
    readonly late?: unknown;
  };
  return twoEye === 'database-session' && session?.account === account && late === undefined;
}

function rejudged(input: unknown): LedgerId | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  const { twoEye, ledger } = input as { readonly twoEye?: unknown; readonly ledger?: unknown };
  if (twoEye !== 'rejudge' || typeof ledger !== 'string') return undefined;
  return ledger.startsWith('person:') || ledger.startsWith('principal:') ? (ledger as LedgerId) : undefined;
}

/** Nothing but a finding of an outage is ever closed by a note. */
function outageIn(input: unknown): Finding | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  const { twoEye, finding } = input as { readonly twoEye?: unknown; readonly finding?: Partial<Finding> | null };
  if (twoEye !== 'outage' || finding?.cause !== 'undecided' || finding.ledger !== 'principal:undecided')
    return undefined;
  return finding.id?.startsWith('undecided-') && Array.isArray(finding.keys) ? (finding as Finding) : undefined;
}
