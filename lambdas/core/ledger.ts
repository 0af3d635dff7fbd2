import type { LedgerId, LedgerRecord } from './access-event.ts';
import { type JudgedAction, keptJudgement } from './action.ts';
import type { Finding } from './finding.ts';
import type { SealedAction } from './group.ts';
import { judge } from './judge.ts';
import { actionOfOne, admit } from './ledger-admit.ts';
import { changedActions, changesOf, leansOnOf, timersOf } from './ledger-diff.ts';
import { leave, settledAction, tooLateActions } from './ledger-edge.ts';
import { pageWhatIsDue, reviewFindings } from './ledger-findings.ts';
import { type Identified, identify } from './ledger-identity.ts';
import type { Advance, HeldRecord, Ledger, LedgerChange, PeopleFacts, RecordedAction } from './ledger-state.ts';
import { hearWords, isClosedByHuman } from './ledger-words.ts';
import type { Policy } from './policy.ts';
import type { Instant } from './time.ts';

export interface AdvanceContext {
  /** When this is decided: it routes, ends the waiting of halves and marks the ledger's edge. It decides no verdict. */
  readonly now: Instant;
  readonly policy: Policy;
}

/** A ledger of which nothing is stored yet. */
export function emptyLedger(id: LedgerId): Ledger {
  return { id, version: 0, records: [], actions: [], findings: [], spends: [], held: [] };
}

/**
 * Takes arrivals, and whatever people have said since, into account: hears words, adds records, judges everything again
 * and returns the differences from what was recorded. Pure; with nothing new there are no changes. The version is left
 * to the store. Hand over only records that are not known to have been judged (`EVENT#key`): one that has left the
 * ledger would be taken for one that was never seen.
 */
export function advance(
  ledger: Ledger,
  arriving: readonly LedgerRecord[],
  facts: PeopleFacts,
  context: AdvanceContext,
): Advance {
  const admission = admit(ledger, arriving, context.now);
  const heard = hearWords(ledger.findings, facts, context.policy, context.now);
  // The first that a full ledger has no room for stands in it for all of them, until somebody has closed its finding.
  const full = fullFinding(ledger, heard) === undefined ? admission.overflow.slice(0, 1) : [];
  const next = rejudge(
    ledger,
    { records: [...admission.records, ...full], held: admission.held, heard, full },
    facts,
    context,
  );
  const asides = admission.aside.map((record) => ({ change: 'judged', action: asideAction(record) }) as const);
  const standsFor = fullFinding(next.ledger, next.ledger.findings);
  const overflow = admission.overflow
    .slice(full.length)
    .map((record) => overflowChange(record, standsFor, ledger, facts));
  const refusedNotKept = (ledger.refusedNotKept ?? 0) + admission.refusedNotKept;
  return {
    ...next,
    ledger: refusedNotKept === 0 ? next.ledger : { ...next.ledger, refusedNotKept },
    changes: [...next.changes, ...asides, ...overflow],
  };
}

/**
 * Takes records out of a ledger because they turned out to be somebody else's; the caller hands them to the other ledger
 * and commits both together. A finding that stood for them here closes as `duplicate`.
 */
export function moveOut(ledger: Ledger, keys: readonly string[], facts: PeopleFacts, context: AdvanceContext): Advance {
  const records = ledger.records.filter(({ key }) => !keys.includes(key));
  const held = ledger.held.filter(({ record }) => !keys.includes(record.key));
  const heard = hearWords(ledger.findings, facts, context.policy, context.now);
  return rejudge(ledger, { records, held, heard, full: [] }, facts, context);
}

interface Next {
  readonly records: readonly LedgerRecord[];
  readonly held: readonly HeldRecord[];
  /** The findings, what people have said taken into account. */
  readonly heard: readonly Finding[];
  /** Records that are in for those that a full ledger has no room for. */
  readonly full: readonly LedgerRecord[];
}

function rejudge(before: Ledger, next: Next, facts: PeopleFacts, { now, policy }: AdvanceContext): Advance {
  const { heard } = next;
  const recorded = [
    ...withSeals(before.actions, heard, facts),
    ...next.full.map((one) => settledAction([one], 'full', before.spends, facts)),
  ];
  const tooLate = tooLateActions(next.records, before, sealedOf(recorded, heard), facts, now);
  const standing = [...recorded, ...tooLate];
  const judged = judge({ ...facts, records: next.records, spends: before.spends, sealed: sealedOf(standing, heard) });
  const { identified, superseded } = identify(judged, standing);
  const reviewed = reviewFindings(heard, identified, superseded, { ledger: before.id, now, policy });
  const findings = pageWhatIsDue(reviewed, now);
  const after: Ledger = {
    ...before,
    records: next.records,
    held: next.held,
    findings,
    actions: record(identified, standing, findings),
  };
  return {
    ledger: leave(after, facts.approvals, now),
    changes: changesOf(before, after, identified),
    timers: timersOf(before, after),
    superseded,
    leansOn: leansOnOf(changedActions(before, identified)),
  };
}

/**
 * An action on whose finding a human has spoken is sealed; so is one that was pinned by a pin that is not kept any more: it may lie in the
 * ledger of somebody of whom nothing was heard since.
 */
function withSeals(
  actions: readonly RecordedAction[],
  findings: readonly Finding[],
  { pins }: PeopleFacts,
): readonly RecordedAction[] {
  const spoken = new Set(findings.filter(isClosedByHuman).map(({ action }) => action));
  const kept = new Set(pins.map(({ id }) => id));
  const isPast = ({ judgement }: RecordedAction) => judgement.verdict === 'pinned' && !kept.has(judgement.pin);
  return actions.map((action) => (spoken.has(action.id) || isPast(action) ? { ...action, sealed: true } : action));
}

/** Stragglers still join what a human called genuine; what was not genuine, or only stands for a flood, takes nothing more. */
function sealedOf(actions: readonly RecordedAction[], findings: readonly Finding[]): readonly SealedAction[] {
  const notGenuine = new Set(findings.filter(({ closedAs }) => closedAs === 'not-genuine').map(({ action }) => action));
  return actions
    .filter(({ sealed, settled }) => sealed !== undefined || settled !== undefined)
    .map(({ id, members, judgement, settled }) => {
      const takes = notGenuine.has(id) || settled === 'full' ? 'same-act' : 'same-work';
      return { id, members, judgement, takes };
    });
}

/** In the order in which they were first recorded, for the older id is the one that stays. */
function record(
  identified: readonly Identified[],
  standing: readonly RecordedAction[],
  findings: readonly Finding[],
): readonly RecordedAction[] {
  const age = new Map(standing.map(({ id }, index) => [id, index]));
  const ageOf = ({ action }: Identified) => age.get(action.id) ?? standing.length;
  return identified.toSorted((one, other) => ageOf(one) - ageOf(other)).map((one) => recordedAction(one, findings));
}

function recordedAction({ action, before }: Identified, findings: readonly Finding[]): RecordedAction {
  const { id, members, occurredAt, judgement } = action;
  const finding = findings.findLast((one) => one.action === id);
  return {
    ...{ id, members: members.map(({ key }) => key), occurredAt, judgement: keptJudgement(judgement) },
    ...(before?.sealed === undefined ? {} : { sealed: before.sealed }),
    ...(before?.settled === undefined ? {} : { settled: before.settled }),
    ...(finding === undefined ? {} : { finding: finding.id }),
  };
}

function fullFinding(ledger: Ledger, findings: readonly Finding[]): Finding | undefined {
  const full = new Set(ledger.actions.filter(({ settled }) => settled === 'full').map(({ id }) => id));
  return findings.find(({ state, action }) => state !== 'closed' && full.has(action));
}

function asideAction(record: LedgerRecord): JudgedAction {
  const { suppression } = record;
  return actionOfOne(
    record,
    suppression === undefined ? { verdict: 'attempted' } : { verdict: 'suppressed', suppression },
  );
}

function overflowChange(
  record: LedgerRecord,
  finding: Finding | undefined,
  ledger: Ledger,
  facts: PeopleFacts,
): LedgerChange {
  const { judgement } = settledAction([record], 'full', ledger.spends, facts);
  const change = { change: 'judged', action: actionOfOne(record, judgement) } as const;
  return finding === undefined ? change : { ...change, finding };
}
