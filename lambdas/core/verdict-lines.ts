import type { LedgerRecord } from './access-event.ts';
import type { JudgedAction, NearMiss } from './action.ts';
import { TwoEyeError } from './errors.ts';
import type { Urgency } from './finding.ts';
import { compareText } from './group.ts';
import { isoOf } from './time.ts';
import type { VerdictLine } from './verdict-line.ts';

/** What a judged action does not know itself. */
export interface VerdictExtras {
  /** Given only where a human is told. */
  readonly urgency?: Urgency;
  /** Overrules the judgement's verdict where judging did not come about. */
  readonly verdict?: 'undecided';
  readonly emergency?: VerdictLine['emergency'] | undefined;
}

/** A judged action as tools and messages see it (contract in `verdict-line.ts`). */
export function verdictLine(action: JudgedAction, extras: VerdictExtras = {}): VerdictLine {
  const { judgement } = action;
  const face = faceOf(action);
  const { kind, target, team, account, region, actor, principal } = face;
  const { how } = knownFrom(face, action.members);
  return {
    version: 1,
    action: action.id,
    keys: keysOf(action.members),
    occurredAt: isoOf(action.occurredAt),
    ...{ kind, target, team, account, region, actor, how, principal },
    verdict: extras.verdict ?? judgement.verdict,
    ...(judgement.verdict === 'pinned' ? { pin: judgement.pin } : {}),
    ...(judgement.verdict === 'approved' ? { approval: judgement.approval } : {}),
    nearMisses: judgement.verdict === 'unapproved' ? judgement.nearMisses.map(missLine) : [],
    ...(extras.urgency === undefined ? {} : { urgency: extras.urgency }),
    ...(judgement.verdict === 'suppressed' ? { suppression: judgement.suppression } : {}),
    origin: originOf(action.members, face),
    members: action.members.map(memberLine),
    ...hintsOf(action.members),
    ...(extras.emergency === undefined ? {} : { emergency: extras.emergency }),
  };
}

/** Record keys and pair keys of all members, sorted, each once. */
export function keysOf(members: readonly LedgerRecord[]): readonly string[] {
  const keys = members.flatMap(({ key, pairKey }) => (pairKey === undefined ? [key] : [key, pairKey]));
  return [...new Set(keys)].sort(compareText);
}

/** The member that stands for the action: its first success, or, when every call was refused, its first record. */
function faceOf(action: JudgedAction): LedgerRecord {
  const first = action.members.find((member) => member.outcome === 'success') ?? action.members[0];
  if (first === undefined) throw new TwoEyeError('invariant_broken', `action ${action.id} has no record`);
  return first;
}

/**
 * The record that says best who it was: of a cross-account call the caller's own, which has the ARN. Not that which came first, nor
 * that with the smaller key: the same call would be known by one thing today and by another tomorrow.
 */
function knownFrom(face: LedgerRecord, members: readonly LedgerRecord[]): LedgerRecord {
  const isCallers = ({ half, pairKey, actor }: LedgerRecord) =>
    half === 'caller' && pairKey !== undefined && pairKey === face.pairKey && actor === face.actor;
  return members.find(isCallers) ?? face;
}

/** `AWS Internal` stands in for the person's address in all console records but the switch itself. */
function originOf(members: readonly LedgerRecord[], face: LedgerRecord): VerdictLine['origin'] {
  const seen = members.find((member) => isAddress(member.ip)) ?? face;
  const source = isAddress(face.ip) ? face : seen;
  const mfa = face.mfa ?? members.find((member) => member.mfa !== undefined)?.mfa;
  return { ip: source.ip, userAgent: source.userAgent, ...(mfa === undefined ? {} : { mfa }) };
}

function isAddress(ip: string): boolean {
  return /^[0-9a-fA-F.:]+$/.test(ip);
}

function missLine(miss: NearMiss): VerdictLine['nearMisses'][number] {
  const { at, ...rest } = miss;
  return at === undefined ? rest : { ...rest, at: isoOf(at) };
}

function memberLine(member: LedgerRecord): NonNullable<VerdictLine['members']>[number] {
  const { key, eventName, outcome, region, ip, resource, commands, late } = member;
  const occurredAt = isoOf(member.occurredAt);
  return {
    ...{ key, occurredAt, eventName, outcome, region, ip, resource },
    ...(commands === undefined ? {} : { commands }),
    ...(late === undefined ? {} : { late }),
  };
}

function hintsOf(members: readonly LedgerRecord[]): Pick<VerdictLine, 'hints'> {
  const hints = [...new Set(members.flatMap((member) => member.hints ?? []))];
  return hints.length === 0 ? {} : { hints };
}
