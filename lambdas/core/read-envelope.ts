import type { Reading } from './access-event.ts';
import type { Policy } from './policy.ts';
import { prepare } from './prepare.ts';
import { isObject, type RawObject, textIn } from './raw-record.ts';
import { kindOf, readRecord, whereOf } from './read-record.ts';

const OTHER_EVENT: Reading = { outcome: 'ignored', because: 'other-event' };

/**
 * Reads an EventBridge envelope. Whoever may put events on a bus can send any detail under a source of their own, but
 * not under `aws.…`: the source must be the one AWS gives this record, and the account the one that logged it.
 */
export function readEnvelope(envelope: RawObject, policy: Policy): Reading {
  const type = textIn(envelope, 'detail-type', 128);
  const source = textIn(envelope, 'source', 128);
  const { detail } = envelope;
  if (!type.endsWith(' via CloudTrail') && source.startsWith('aws.')) return OTHER_EVENT;
  if (!isObject(detail)) return { outcome: 'unreadable', why: `the detail of an event is ${kindOf(detail)}` };
  const reading = readRecord(detail, policy);
  if (!source.startsWith('aws.')) return forged(detail, `event source "${source}" is not one of AWS`);
  return reading.outcome === 'access' ? checked(reading, envelope, detail, policy) : reading;
}

/** Services whose EventBridge source is not `aws.` and the name before the first dot of their event source. */
const OTHER_SOURCES: ReadonlyMap<string, string> = new Map([
  ['rdsdata', 'aws.rds-data'],
  ['rdsdataapi', 'aws.rds-data'],
]);

function checked(reading: Reading, envelope: RawObject, detail: RawObject, policy: Policy): Reading {
  const source = textIn(envelope, 'source', 128);
  const account = textIn(envelope, 'account', 32);
  const service = textIn(detail, 'eventSource', 128).split('.', 1)[0] ?? '';
  if (source !== `aws.${service}` && source !== OTHER_SOURCES.get(service)) {
    return forged(detail, `event source "${source}" does not fit a record of ${service}`);
  }
  const recipient = textIn(detail, 'recipientAccountId', 32);
  if (recipient !== '' && recipient !== account) {
    return forged(detail, `event of account ${account} holds a record of account ${recipient}`);
  }
  if (!prepare(policy).isListedAccount(account))
    return forged(detail, `event of account ${account}, which the policy does not list`);
  return reading;
}

/**
 * Loud: either AWS changed something that we rely on, or somebody writes events that did not happen. Its `eventID` is only
 * mentioned: as a key it would stand for the real record of that id, which would then count as seen.
 */
function forged(detail: RawObject, why: string): Reading {
  const { key, ...where } = whereOf(detail);
  return { outcome: 'unreadable', why: `${why}; it says that it is ${key ?? 'no record'}`.slice(0, 400), ...where };
}
