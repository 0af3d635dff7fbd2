import type { Approval, EmergencyWhy, Pin, RequestStatus } from '../lambdas/core/approval.ts';
import type { PersonId, Policy } from '../lambdas/core/policy.ts';
import { isOnCalendar } from '../lambdas/core/raw-record.ts';
import { didYouMean } from '../policy/did-you-mean.ts';
import type { Members } from './members.ts';
import { type PersonFinder, personFinder, personId } from './people.ts';

/** Something to tell the reader about a line of the approvals file. */
export interface LineNote {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly why: string;
}

/** What an approvals file says. */
export interface ApprovalsFile {
  readonly approvals: readonly Approval[];
  readonly pins: readonly Pin[];
  /** Lines that could not be used. They cover nothing. */
  readonly bad: readonly LineNote[];
  /** Lines that are used, but perhaps not as their writer thinks; and what had to be assumed. */
  readonly doubts: readonly LineNote[];
}

interface Context {
  readonly policy: Policy;
  readonly members: Members;
  readonly find: PersonFinder;
  readonly doubt: (why: string) => void;
}

type Fields = Readonly<Record<string, unknown>>;

/** Says why a line is of no use; caught where lines are read, so that the other lines still count. */
class BadLine extends Error {}

const STATUSES: readonly RequestStatus[] = ['requested', 'approved', 'declined', 'cancelled', 'lapsed', 'revoked'];
const EMERGENCIES: readonly EmergencyWhy[] = ['planned-change', 'live-incident', 'nobody-around'];
/** The fields of a line, as docs/approvals-file.md explains them. */
export const APPROVAL_FIELDS =
  'id actor target account reason requestedAt picked status approver approvedAt validUntil declinedAt cancelledAt lapsedAt revokedAt emergency ticket lateFor';
export const PIN_FIELDS = 'pin id people team targets from until endedAt by reason incident';

/**
 * Reads the approvals file (JSON Lines: approvals and pins; docs/approvals-file.md). Approvers and the setters of pins are checked against the
 * policy's groups as the live system does at the click: a group of which nobody is known makes nobody eligible, and says so.
 */
export function readApprovals(text: string, file: string, policy: Policy, members: Members): ApprovalsFile {
  const approvals: Approval[] = [];
  const pins: Pin[] = [];
  const bad: LineNote[] = [];
  const doubts: LineNote[] = [];
  const lineOfId = new Map<string, number>();
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (raw.trim() === '') continue;
    const line = index + 1;
    const doubt = (why: string): void => void doubts.push({ file, line, why });
    try {
      const fields = objectOf(raw);
      refuseRepeatedId(fields, lineOfId, line);
      const context = { policy, members, find: personFinder(policy), doubt };
      if (fields.pin === true) pins.push(pinOf(fields, context));
      else approvals.push(approvalOf(fields, context));
    } catch (error) {
      if (!(error instanceof BadLine)) throw error;
      bad.push({ file, line, why: error.message });
    }
  }
  return { approvals, pins, bad, doubts };
}

function objectOf(raw: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch {
    throw new BadLine('is not JSON; one approval or pin a line is expected');
  }
  if (!isFields(value)) throw new BadLine('is not an object; one approval or pin a line is expected');
  return value;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuseRepeatedId(fields: Fields, lineOfId: Map<string, number>, line: number): void {
  const id = text(fields, 'id');
  const before = lineOfId.get(id);
  if (before !== undefined) throw new BadLine(`repeats the id "${id}" of line ${before}`);
  lineOfId.set(id, line);
}

/** One approvals file line that is not a pin, or `BadLine`. */
function approvalOf(fields: Fields, context: Context): Approval {
  doubtUnknownFields(fields, APPROVAL_FIELDS, context);
  const target = text(fields, 'target');
  const status = oneOf(fields, 'status', STATUSES);
  const approvedAt = optionalInstant(fields, 'approvedAt');
  const approver = optionalPerson(fields, 'approver', context);
  if (status === 'approved') requireYes(approvedAt, approver);
  const wasApproved = approvedAt !== undefined && approver !== undefined;
  return defined<Approval>({
    id: text(fields, 'id'),
    actor: person(fields, 'actor', context),
    target,
    account: optionalText(fields, 'account'),
    slots: slotsOf(target, context),
    reason: optionalText(fields, 'reason') ?? '',
    requestedAt: optionalInstant(fields, 'requestedAt') ?? approvedAt ?? instant(fields, 'requestedAt'),
    picked: optionalPerson(fields, 'picked', context),
    status,
    approver,
    approvedAt,
    validUntil: optionalInstant(fields, 'validUntil') ?? endOf(approvedAt, context.policy),
    approverEligible: wasApproved ? isEligible(approver, target, context) : undefined,
    declinedAt: optionalInstant(fields, 'declinedAt'),
    cancelledAt: optionalInstant(fields, 'cancelledAt'),
    lapsedAt: optionalInstant(fields, 'lapsedAt'),
    revokedAt: optionalInstant(fields, 'revokedAt'),
    emergency: emergencyOf(fields),
    ticket: optionalText(fields, 'ticket'),
    lateFor: optionalText(fields, 'lateFor'),
  });
}

function requireYes(approvedAt: number | undefined, approver: PersonId | undefined): void {
  if (approvedAt === undefined) throw new BadLine('is approved but has no "approvedAt"');
  if (approver === undefined) throw new BadLine('is approved but has no "approver"');
}

function endOf(approvedAt: number | undefined, policy: Policy): number | undefined {
  return approvedAt === undefined ? undefined : approvedAt + policy.approvals.validForMs;
}

/** The target itself and what it includes: one action of each is covered. */
function slotsOf(target: string, { policy, doubt }: Context): string[] {
  const found = policy.targets.find((candidate) => candidate.id === target);
  doubtUnknownTarget(target, 'it can cover nothing', { policy, doubt });
  return [target, ...(found?.includes ?? [])];
}

function doubtUnknownTarget(target: string, so: string, { policy, doubt }: Pick<Context, 'policy' | 'doubt'>): void {
  const known = policy.targets.map(({ id }) => id);
  if (known.includes(target)) return;
  doubt(`is for target "${target}", which the policy does not have: ${so}${meant(target, known)}`);
}

function meant(name: string, known: readonly string[]): string {
  const likely = didYouMean(name, known);
  return likely === undefined ? '' : `; did you mean "${likely}"?`;
}

function isEligible(approver: PersonId, target: string, { policy, members, doubt }: Context): boolean {
  const team = policy.targets.find((candidate) => candidate.id === target)?.team;
  const group = team === undefined ? undefined : policy.teams[team]?.approvers;
  if (group === undefined) return false;
  const people = members.of.get(group);
  if (people === undefined)
    doubt(`counts as approved by nobody eligible: group "${group}" lives in Slack and --members does not give it`);
  return people?.has(approver) ?? false;
}

function emergencyOf(fields: Fields): Approval['emergency'] {
  const given = fields.emergency;
  if (given === undefined || given === null) return undefined;
  if (!isFields(given)) throw new BadLine('"emergency" must be an object with "why"');
  return defined<NonNullable<Approval['emergency']>>({
    why: oneOf(given, 'why', EMERGENCIES),
    incident: optionalText(given, 'incident'),
  });
}

/** A pin, its team spelt out. `BadLine` where the live system would not have set it. */
function pinOf(fields: Fields, context: Context): Pin {
  doubtUnknownFields(fields, PIN_FIELDS, context);
  const team = optionalText(fields, 'team');
  const people = pinnedPeople(fields, team, context);
  const by = person(fields, 'by', context);
  requirePinner(by, people, context);
  const [from, until] = [instant(fields, 'from'), instant(fields, 'until')];
  if (until <= from) throw new BadLine('ends before it begins: "until" must be after "from"');
  const targets = textList(fields, 'targets');
  for (const target of targets) doubtUnknownTarget(target, 'it covers none of its uses', context);
  return defined<Pin>({
    id: text(fields, 'id'),
    people,
    team,
    targets,
    from,
    until,
    endedAt: optionalInstant(fields, 'endedAt'),
    by,
    reason: optionalText(fields, 'reason') ?? '',
    incident: optionalText(fields, 'incident'),
  });
}

function pinnedPeople(fields: Fields, team: string | undefined, context: Context): PersonId[] {
  const named =
    fields.people === undefined ? [] : textList(fields, 'people').map((name) => place(name, 'people', context));
  const people = new Set([...named, ...(team === undefined ? [] : peopleOfTeam(team, context))]);
  if (people.size === 0) throw new BadLine('covers nobody: give "people" or a "team"');
  return [...people].sort();
}

/** A team's people are its approvers' group: the policy knows no other list of them. */
function peopleOfTeam(team: string, { policy, members }: Context): readonly PersonId[] {
  const group = policy.teams[team]?.approvers;
  if (group === undefined) throw new BadLine(`names team "${team}", which the policy does not have`);
  const people = members.of.get(group);
  if (people === undefined)
    throw new BadLine(`covers team "${team}", but group "${group}" lives in Slack: give it with --members`);
  return [...people];
}

/** Only a member of the cyber group pins, and never for themselves (design: not among the pinned, under any alias or through a team). */
function requirePinner(by: PersonId, people: readonly PersonId[], { policy, members }: Context): void {
  const group = policy.cyber.group;
  const cyber = members.of.get(group);
  if (cyber === undefined)
    throw new BadLine(`covers nothing: group "${group}" lives in Slack and --members does not say that ${by} is in it`);
  if (!cyber.has(by)) throw new BadLine(`covers nothing: ${by} is not in group "${group}"`);
  if (people.includes(by)) throw new BadLine(`covers nothing: ${by} is among those it covers`);
}

function doubtUnknownFields(fields: Fields, known: string, { doubt }: Context): void {
  const names = new Set(known.split(' '));
  for (const name of Object.keys(fields)) if (!names.has(name)) doubt(`has a field "${name}", which is not read`);
}

function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string' || value.trim() === '') throw new BadLine(`needs "${name}", a text`);
  return value;
}

function optionalText(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new BadLine(`"${name}" must be a text`);
  return value;
}

function textList(fields: Fields, name: string): string[] {
  const value = fields[name];
  const isList = Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string');
  if (!isList) throw new BadLine(`needs "${name}", a list of texts`);
  return value;
}

function oneOf<T extends string>(fields: Fields, name: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === fields[name]);
  if (found === undefined) throw new BadLine(`needs "${name}", one of ${allowed.join(', ')}`);
  return found;
}

function person(fields: Fields, name: string, context: Context): PersonId {
  return place(text(fields, name), name, context);
}

function optionalPerson(fields: Fields, name: string, context: Context): PersonId | undefined {
  return fields[name] === undefined || fields[name] === null ? undefined : person(fields, name, context);
}

/** Somebody who has left may still stand in old lines, so an address that the policy does not know is a doubt; any other name is no use. */
function place(name: string, field: string, { find, policy, doubt }: Context): PersonId {
  const known = find(name);
  if (known !== undefined) return known;
  const names = policy.people.flatMap(({ id, aliases }) => [id, ...aliases]);
  const id = personId(find, name);
  if (id === undefined)
    throw new BadLine(
      `"${field}" names "${name}", who is no id or alias of a person in the policy${meant(name, names)}`,
    );
  doubt(`"${field}" names "${name}", whom the policy does not know${meant(name, names)}`);
  return id;
}

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/;

function instant(fields: Fields, name: string): number {
  const value = text(fields, name);
  const at = ISO.test(value) && isOnCalendar(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) throw new BadLine(`"${name}" must be an ISO 8601 time in UTC such as 2026-12-26T02:10:00Z`);
  return at;
}

function optionalInstant(fields: Fields, name: string): number | undefined {
  return fields[name] === undefined || fields[name] === null ? undefined : instant(fields, name);
}

/** The same object without the fields that are undefined, as exact optional properties want it. */
function defined<T>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
