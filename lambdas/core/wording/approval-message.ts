import type { Approval } from '../approval.ts';
import type { PersonId, Policy } from '../policy.ts';
import { ledgerOf } from '../request.ts';
import { targetAccount } from '../target-account.ts';
import type { Instant } from '../time.ts';
import { approvalLife, emergencyWords } from './approval-life.ts';
import { tipsFor } from './approval-tips.ts';
import { actions, type Block, button, context, fields, type Message, said, section } from './blocks.ts';
import { bounded, code, escaped } from './escape.ts';
import { accountName, mention, nameOf, targetTitle } from './names.ts';
import { clockTime, zoneOf } from './times.ts';

/** One action on which the approval was spent, as judged. */
export interface ApprovalUse {
  /** One of the approval's slots. */
  readonly target: string;
  readonly usedAt: Instant;
  readonly region: string;
  readonly ip: string;
}

/** What the request's own facts do not say: what judging found, and the instant at which the message is made. */
export interface ApprovalState {
  readonly at: Instant;
  /** In order of time; empty while it is unused. */
  readonly uses: readonly ApprovalUse[];
}

/** The policy as far as words about approvals need it. */
export type WordsPolicy = Pick<Policy, 'people' | 'accounts' | 'targets' | 'teams' | 'tips'>;

/**
 * The message in the team's channel, through its whole life: made anew from the facts each time, so that who makes it last
 * cannot unsay what another said. Times are in the team's time zone.
 */
export function approvalMessage(approval: Approval, state: ApprovalState, policy: WordsPolicy): Message {
  const who = mention(policy, approval.actor);
  const what = escaped(targetTitle(policy, approval.target), 120);
  const life = approvalLife(approval, state, policy);
  return {
    text: bounded(
      `${headingWords(approval)}: ${escaped(nameOf(approval.actor), 80)}, ${what}. ${life.plain} Why: ${escaped(approval.reason, 300)}`,
      1500,
    ),
    blocks: [
      section(`*${headingWords(approval)}* · ${what}`),
      fields(`*Who*\n${who}`, `*Asked*\n${askedWords(approval, policy)}`, `*What*\n${whatWords(approval, policy)}`),
      said(approval.reason),
      ...extras(approval),
      ...(approval.declineWords ? [said(`Declined: ${approval.declineWords}`)] : []),
      section(life.mrkdwn),
      ...tipBlocks(approval, policy),
      ...actions(...buttons(approval, state)),
    ],
  };
}

function headingWords(approval: Approval): string {
  if (approval.lateFor) return 'Late approval';
  return approval.emergency ? 'Emergency' : 'Action notification';
}

function askedWords(approval: Approval, policy: WordsPolicy): string {
  const at = clockTime(approval.requestedAt, zoneOf(policy, approval.target));
  return approval.picked ? `${at}, of ${mention(policy, approval.picked)}` : at;
}

function whatWords(approval: Approval, policy: WordsPolicy): string {
  const target = policy.targets.find(({ id }) => id === approval.target);
  const account = approval.account ?? (target && targetAccount(target));
  const where = account ? ` in ${escaped(accountName(policy, account), 120)}` : '';
  const included = approval.slots.filter((slot) => slot !== approval.target);
  const also = included.length > 0 ? `, with ${included.map((slot) => code(slot, 80)).join(', ')}` : '';
  return `${code(approval.target, 80)}${also}${where}`;
}

function extras(approval: Approval): readonly Block[] {
  const lines = [
    approval.emergency && emergencyWords(approval.emergency),
    approval.ticket && `Ticket: ${escaped(approval.ticket, 100)}`,
    approval.lateFor && `For what already happened: ${code(approval.lateFor, 120)}. Good for nothing else.`,
    approval.via === 'step' && `Asked by a workflow in this person's name; they were told and can disown it.`,
  ].filter((line) => typeof line === 'string');
  return lines.length > 0 ? [context(lines.join('\n'))] : [];
}

function tipBlocks(approval: Approval, policy: WordsPolicy): readonly Block[] {
  const tips = approval.status === 'requested' && !approval.lateFor ? tipsFor(approval.target, policy) : [];
  return tips.length > 0 ? [context(bounded(tips.map((tip) => `• ${escaped(tip, 200)}`).join('\n'), 1900))] : [];
}

/** The buttons that still do something. What is over has none, and a click on an old message is refused in words all the same. */
function buttons(approval: Approval, state: ApprovalState): readonly Block[] {
  const value = { ledger: ledgerOf(approval), request: approval.id };
  if (approval.status === 'requested') return openButtons(value, approval);
  const live = approval.status === 'approved' && state.uses.length === 0 && state.at < (approval.validUntil ?? 0);
  if (!live || approval.lateFor) return [];
  return [
    button('Revoke', 'request.revoke', value, { style: 'danger', confirm: 'It will cover nothing from now on.' }),
    pinButton(value, approval),
  ];
}

/** Says the target too: the form that it opens is filled in without looking anything up. */
function pinButton(value: Readonly<Record<string, string>>, { target }: Approval): Block {
  return button('Pin for an incident', 'request.pin', { ...value, target });
}

function openButtons(value: Readonly<Record<string, string>>, approval: Approval): readonly Block[] {
  const decide = [
    button(approval.lateFor ? 'Confirm late' : 'Confirm', 'request.approve', value, { style: 'primary' }),
    button('Decline', 'request.decline', value, { style: 'danger' }),
    button('Cancel', 'request.cancel', value),
  ];
  return approval.lateFor ? decide : [...decide, pinButton(value, approval)];
}

/** Mentions of everybody a message about the request must reach. */
export function peopleOf(approval: Approval): readonly PersonId[] {
  return [
    approval.actor,
    ...(approval.picked ? [approval.picked] : []),
    ...(approval.approver ? [approval.approver] : []),
  ];
}
