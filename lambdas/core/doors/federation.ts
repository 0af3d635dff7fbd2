import type { Caller } from '../caller.ts';
import { objectIn, type RawRecord, textIn } from '../raw-record.ts';
import { durationIn } from './assume-role.ts';
import { outcomeOf, recipientOf, type Use } from './use.ts';

/** GetFederationToken gives twelve hours where nothing is asked (STS API reference). */
const DEFAULT_SECONDS = 43_200;

/** `GetFederationToken`: `name` is the caller's choice; the person is the IAM user who calls. */
export function readFederationToken(record: RawRecord, caller: Caller): Use | undefined {
  const account = recipientOf(record, caller);
  const request = objectIn(record, 'requestParameters');
  const response = objectIn(record, 'responseElements');
  const issuedKeyId = textIn(objectIn(response, 'credentials'), 'accessKeyId', 128);
  const arn = textIn(objectIn(response, 'federatedUser'), 'arn');
  return {
    kind: 'federation',
    used: { door: 'federation', account },
    account,
    resource: arn || textIn(request, 'name', 128) || account,
    outcome: outcomeOf(record, issuedKeyId !== ''),
    ...(issuedKeyId === '' ? {} : { issuedKeyId, durationSeconds: durationIn(request, DEFAULT_SECONDS) }),
  };
}
