import type { LedgerRecord } from '../core/access-event.ts';
import { alsoSeen } from '../core/also-seen.ts';
import type { Approval } from '../core/approval.ts';
import { emergencyOf } from '../core/emergency.ts';
import { advance, moveOut } from '../core/ledger.ts';
import type { Advance, Ledger, LedgerChange } from '../core/ledger-state.ts';
import type { VerdictMessage } from '../core/messages.ts';
import type { Policy } from '../core/policy.ts';
import type { Instant } from '../core/time.ts';
import { verdictLine } from '../core/verdict-lines.ts';
import type { LedgerCommit, LedgerView } from './services.ts';

/** What happens to one ledger. */
export interface Step {
  readonly view: LedgerView;
  readonly leaving: readonly string[];
  readonly arriving: readonly LedgerRecord[];
}

/** Takes out what moved away, takes in what arrived, judges, and words what there is to tell. Pure. */
export function advanceLedger({ view, leaving, arriving }: Step, policy: Policy, now: Instant): LedgerCommit {
  const context = { policy, now };
  const moved = leaving.length === 0 ? undefined : moveOut(view.ledger, leaving, view.facts, context);
  const last = advance(moved?.ledger ?? view.ledger, arriving, view.facts, context);
  const both = moved ? joined(moved, last) : last;
  return {
    view,
    advance: both,
    messages: both.changes.map((change) => messageOf(change, policy, view.facts.approvals, both.ledger)),
  };
}

function joined(first: Advance, second: Advance): Advance {
  return {
    ledger: second.ledger,
    changes: [...first.changes, ...second.changes],
    timers: [...first.timers, ...second.timers],
    superseded: [...(first.superseded ?? []), ...(second.superseded ?? [])],
    leansOn: {
      approvals: [...new Set([...first.leansOn.approvals, ...second.leansOn.approvals])],
      pins: [...new Set([...first.leansOn.pins, ...second.leansOn.pins])],
    },
  };
}

/** What is told of a change: the finding, the action with its verdict, and beside a finding what else its session did. */
export function messageOf(
  { change, action, finding }: LedgerChange,
  policy: Policy,
  approvals: readonly Approval[] = [],
  ledger?: Ledger,
): VerdictMessage {
  const urgency = finding?.urgency;
  const emergency = action && emergencyOf(action, approvals);
  const also = action && finding && ledger ? alsoSeen(action, ledger) : [];
  return {
    version: 1,
    change,
    ...(finding ? { finding } : {}),
    actions: action ? [verdictLine(action, { emergency, ...(urgency ? { urgency } : {}) }), ...also] : [],
    policy: policy.hash,
  };
}
