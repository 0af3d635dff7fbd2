import type { Approval, EmergencyWhy } from '../approval.ts';
import type { ApprovalState, ApprovalUse, WordsPolicy } from './approval-message.ts';
import { escaped } from './escape.ts';
import { mention, nameOf } from './names.ts';
import { timeBeside, zoneOf } from './times.ts';

/** One line in Slack's mark-up, and the same for a notification, where a mention is a name. */
export interface Life {
  readonly mrkdwn: string;
  readonly plain: string;
}

/** Where a request is in its life, in the words that people see: `Waiting for …`, `Confirmed by … 14:02 → used 14:05 (eu-west-1, 192.0.2.1)`. */
export function approvalLife(approval: Approval, state: ApprovalState, policy: WordsPolicy): Life {
  return {
    mrkdwn: lifeWords(approval, state, policy, (person) => mention(policy, person)),
    plain: lifeWords(approval, state, policy, (person) => escaped(nameOf(person), 80)),
  };
}

type Name = (person: string) => string;

function lifeWords(approval: Approval, state: ApprovalState, policy: WordsPolicy, name: Name): string {
  const time = (at: number | undefined) =>
    at === undefined ? '' : timeBeside(at, approval.requestedAt, zoneOf(policy, approval.target));
  switch (approval.status) {
    case 'requested':
      return `${waitingWords(approval, name)}${approval.lapsesAt ? `; lapses at ${time(approval.lapsesAt)}` : ''}.`;
    case 'approved':
      return `${yesWords(approval, name, time)}${afterYes(approval, state, time)}.`;
    case 'declined':
      return `Declined by ${name(approval.declinedBy ?? approval.picked ?? '?')} ${time(approval.declinedAt)}.`;
    case 'cancelled':
      return approval.disowned
        ? `Disowned by ${name(approval.actor)} ${time(approval.cancelledAt)}: they did not ask for this.`
        : `Cancelled by ${name(approval.actor)} ${time(approval.cancelledAt)}.`;
    case 'lapsed':
      return `Lapsed ${time(approval.lapsedAt)}: nobody answered.`;
    case 'revoked':
      return `${yesWords(approval, name, time)}${usedWords(state.uses, approval, time)} → revoked by ${name(approval.revokedBy ?? '?')} ${time(approval.revokedAt)}.`;
  }
}

type Time = (at: number | undefined) => string;

function waitingWords(approval: Approval, name: Name): string {
  const others = 'or anyone else who may confirm';
  return approval.picked ? `Waiting for ${name(approval.picked)} ${others}` : 'Waiting for anyone who may confirm';
}

function yesWords(approval: Approval, name: Name, time: Time): string {
  const late = approval.lateFor ? 'Confirmed late' : 'Confirmed';
  return `${late} by ${name(approval.approver ?? '?')} ${time(approval.approvedAt)}`;
}

function afterYes(approval: Approval, state: ApprovalState, time: Time): string {
  if (approval.lateFor) return '';
  if (state.uses.length > 0) return usedWords(state.uses, approval, time);
  const until = approval.validUntil ?? 0;
  return state.at < until ? ` → use before ${time(until)}` : ` → expired unused ${time(until)}`;
}

function usedWords(uses: readonly ApprovalUse[], approval: Approval, time: Time): string {
  const several = approval.slots.length > 1;
  return uses
    .map(({ target, usedAt, region, ip }) => {
      const what = several ? `${escaped(target, 80)} ` : '';
      return ` → ${what}used ${time(usedAt)} (${escaped(region, 40)}, ${escaped(ip, 60)})`;
    })
    .join('');
}

const WHY: Record<EmergencyWhy, string> = {
  'planned-change': 'a planned change',
  'live-incident': 'a live incident',
  'nobody-around': 'nobody was around',
};

/** `Emergency (a live incident, INC-12): goes ahead without a yes. Use before the yes still alerts.` */
export function emergencyWords(emergency: NonNullable<Approval['emergency']>): string {
  const incident = emergency.incident ? `, ${escaped(emergency.incident, 100)}` : '';
  return `Emergency (${WHY[emergency.why]}${incident}): goes ahead without a yes. Use before the yes is still told to the team and cyber.`;
}
