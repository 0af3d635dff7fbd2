import { type Reading, UNKNOWN } from './access-event.ts';
import type { WatcherNews } from './messages.ts';
import type { Policy } from './policy.ts';
import { isObject } from './raw-record.ts';
import { TAMPERING, tamperingTarget } from './resolve.ts';

/** News of the watcher is read as tampering by somebody whom nobody saw: a page to cyber, whatever the hour. */
export function readWatcherNews({ id, occurredAt, account, region, what, why }: WatcherNews, policy: Policy): Reading {
  const { team, groupingMs, maxActionMs } = tamperingTarget(policy);
  return {
    outcome: 'access',
    record: {
      key: id,
      occurredAt,
      kind: 'tampering',
      eventName: what,
      outcome: 'success',
      target: TAMPERING,
      ...{ team, account, region },
      actor: UNKNOWN,
      how: 'two-eye saw how things are, not who made them so: the event history of the account knows',
      // One ledger an account: what is seen together is one finding.
      principal: `two-eye-self-check/${account}`,
      resource: why,
      ip: '',
      userAgent: 'two-eye-self-check',
      half: 'whole',
      ...{ groupingMs, maxActionMs },
      policy: policy.hash,
    },
  };
}

/** Whether a message is such news: it comes from a queue. */
export function isWatcherNews(value: unknown): value is WatcherNews {
  if (!isObject(value)) return false;
  const { id, occurredAt } = value;
  const areTexts = ['id', 'account', 'region', 'what', 'why'].every((field) => isBoundedText(value[field]));
  return areTexts && id !== '' && typeof occurredAt === 'number' && Number.isFinite(occurredAt);
}

function isBoundedText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 1_024;
}
