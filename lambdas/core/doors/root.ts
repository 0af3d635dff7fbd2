import { principalOf } from '../arn.ts';
import type { Caller } from '../caller.ts';
import { objectIn, type RawRecord, textIn } from '../raw-record.ts';
import { durationIn } from './assume-role.ts';
import { outcomeOf, recipientOf, type Use } from './use.ts';

const MAX_SECONDS = 900;

/** `AssumeRoot`: no role anywhere; `targetPrincipal` is a bare account id (or root's ARN). */
export function readAssumeRoot(record: RawRecord, caller: Caller): Use | undefined {
  const request = objectIn(record, 'requestParameters');
  const principal = textIn(request, 'targetPrincipal', 256);
  const account = principalOf(principal)?.account || principal || recipientOf(record, caller);
  const issuedKeyId = textIn(objectIn(objectIn(record, 'responseElements'), 'credentials'), 'accessKeyId', 128);
  const isShared = textIn(record, 'sharedEventID', 128) !== '';
  return {
    kind: 'root',
    used: { door: 'root', account },
    account,
    resource: account,
    outcome: outcomeOf(record, issuedKeyId !== ''),
    ...(isShared ? { half: caller.type === 'AWSAccount' ? ('role' as const) : ('caller' as const) } : {}),
    ...(issuedKeyId === '' ? {} : { issuedKeyId, durationSeconds: durationIn(request, MAX_SECONDS) }),
  };
}
