import type { Approval } from '../core/approval.ts';
import { TwoEyeError } from '../core/errors.ts';
import type { PersonId, Policy } from '../core/policy.ts';
import type { Instant } from '../core/time.ts';
import type { VerdictLine } from '../core/verdict-line.ts';
import { type ApprovalUse, approvalMessage } from '../core/wording/approval-message.ts';
import { askedMessage, askedWhere } from '../core/wording/asked-message.ts';
import type { PostedMessage, updateMessage } from './slack.ts';
import { changeItem, type TurnServices } from './slack-turn.ts';
import { actionKey, requestKey, toldKey } from './table-keys.ts';

export interface ApprovalTellingServices extends Pick<TurnServices, 'read' | 'transact'> {
  readonly policy: Policy;
  readonly now: () => Instant;
  readonly update: typeof updateMessage;
}

/** Which approval an action was last told to have used: `TOLD#<action>`, `approval`. */
interface UsedApproval {
  readonly actor: string;
  readonly approval?: string;
}

/** What an approval was used for, by action: `TOLD#<request>`, `uses`. */
interface Uses {
  readonly byAction: Readonly<Record<string, ApprovalUse>>;
}

/** An action as `on-access` recorded it. */
interface RecordedLine {
  readonly line?: VerdictLine;
  readonly superseded?: 'yes';
}

/**
 * Lets an approval's own message say what it was used for; and, when judging again gave the action another approval or none, take it
 * back. What the table says of the action counts and not the message, which may come late: a use is not taken back because a half that
 * names nobody is heard of after it has moved to the person. Throws `dependency_failed` when Slack cannot be reached.
 */
export async function tellApprovals(line: VerdictLine, services: ApprovalTellingServices): Promise<void> {
  const pointer = toldKey(line.action, 'approval');
  const before = (await services.read<UsedApproval>(pointer))?.value;
  if (!before?.approval && line.approval === undefined) return;
  const told = [before, line].flatMap((each) =>
    each?.approval ? [{ actor: each.actor, approval: each.approval }] : [],
  );
  let after: UsedApproval = { actor: line.actor };
  for (const { actor, approval } of new Map(told.map((each) => [each.approval, each])).values()) {
    const standing = await standingLine(actor, line, services);
    const isUsed = standing?.approval === approval;
    if (isUsed) after = { actor, approval };
    await changeUses(actor, approval, line, isUsed ? useOf(standing) : undefined, services);
  }
  await changeItem<UsedApproval>(pointer, () => after, services);
}

/** The action among those of the person whose approval it is; undefined where it is none of theirs, or no longer. */
async function standingLine(
  actor: string,
  line: VerdictLine,
  { read }: ApprovalTellingServices,
): Promise<VerdictLine | undefined> {
  const known = (await read<RecordedLine>(actionKey(`person:${actor}`, line.action)))?.value;
  if (known === undefined) return actor === line.actor ? line : undefined;
  return known.superseded === undefined ? known.line : undefined;
}

function useOf(line: VerdictLine): ApprovalUse {
  return { target: line.target, usedAt: Date.parse(line.occurredAt), region: line.region, ip: line.origin.ip };
}

async function changeUses(
  actor: string,
  approval: string,
  { action }: VerdictLine,
  use: ApprovalUse | undefined,
  services: ApprovalTellingServices,
): Promise<void> {
  const uses = await changeItem<Uses>(
    toldKey(approval, 'uses'),
    (there) => {
      const { [action]: _, ...others } = there?.byAction ?? {};
      return { byAction: use ? { ...others, [action]: use } : others };
    },
    services,
  );
  await showUses(actor, approval, uses?.value ?? { byAction: {} }, services);
}

/**
 * In the channel and in the direct messages to the person who was picked and to the one who asked. An approval that was never shown in Slack (it came
 * from a file) has no message to update.
 */
async function showUses(
  actor: string,
  id: string,
  { byAction }: Uses,
  services: ApprovalTellingServices,
): Promise<void> {
  const approval = (await services.read<Approval>(requestKey(`person:${actor}`, id)))?.value;
  if (!approval) return;
  const uses = Object.values(byAction).toSorted((one, other) => one.usedAt - other.usedAt);
  const state = { at: services.now(), uses };
  const message = approvalMessage(approval, state, services.policy);
  const outcomes: string[] = [];
  for (const { own, ...there } of await messagesOf(approval, services)) {
    const shown = own ? askedMessage(approval, state, services.policy) : message;
    outcomes.push((await services.update(there, shown)).outcome);
  }
  if (outcomes.includes('unreachable') || outcomes.includes('rate-limited'))
    throw new TwoEyeError('dependency_failed', `Slack could not show that the approval ${id} was used.`);
}

async function messagesOf(
  { id, picked, actor }: Approval,
  { policy, read }: ApprovalTellingServices,
): Promise<readonly (PostedMessage & { readonly own: boolean })[]> {
  const slackOf = (person: PersonId | undefined) => policy.people.find((each) => each.id === person)?.slack;
  const [second, asker] = [slackOf(picked), slackOf(actor)];
  const places = [
    { where: 'slack', own: false },
    ...(second ? [{ where: `slack-dm#${second}`, own: false }] : []),
    ...(asker ? [{ where: askedWhere(asker), own: true }] : []),
  ];
  const told = await Promise.all(
    places.map(async ({ where, own }) => ({ own, item: await read<Partial<PostedMessage>>(toldKey(id, where)) })),
  );
  return told.flatMap(({ own, item }) => {
    const { channel, ts } = item?.value ?? {};
    return channel !== undefined && ts !== undefined ? [{ channel, ts, own }] : [];
  });
}
