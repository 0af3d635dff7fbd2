import type { Approval } from '../approval.ts';
import { ledgerOf } from '../request.ts';
import { type ApprovalState, approvalMessage, type WordsPolicy } from './approval-message.ts';
import { actions, button, type Message, section } from './blocks.ts';
import { escaped } from './escape.ts';
import { targetTitle } from './names.ts';

/** Where the direct message to the person in whose name a request stands is noted (`TOLD#<request>`). */
export function askedWhere(slackUser: string): string {
  return `slack-dm#${slackUser}#asked`;
}

/**
 * The direct message to the person in whose name a request stands, through its whole life. Nobody else's buttons; where a
 * workflow asked, one to say that they did not, for as long as that can change anything.
 */
export function askedMessage(approval: Approval, state: ApprovalState, policy: WordsPolicy): Message {
  const message = approvalMessage(approval, state, policy);
  const blocks = message.blocks.filter(({ type }) => type !== 'actions');
  if (approval.via !== 'step') return { ...message, blocks };
  const value = { ledger: ledgerOf(approval), request: approval.id };
  const disown = button('I did not ask for this', 'request.disown', value, { style: 'danger' });
  const isOpen = approval.status === 'requested' || (approval.status === 'approved' && state.uses.length === 0);
  const told = `A workflow asked in your name for ${escaped(targetTitle(policy, approval.target), 120)}.`;
  return {
    text: isOpen ? told : message.text,
    blocks: [section(told), ...blocks, ...(isOpen ? actions(disown) : [])],
  };
}
