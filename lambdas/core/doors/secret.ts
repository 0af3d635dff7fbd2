import type { Caller } from '../caller.ts';
import { isObject, objectIn, type RawRecord, textIn } from '../raw-record.ts';
import { outcomeOf, recipientOf, type Use } from './use.ts';

/** `GetSecretValue`: `secretId` is a name, an ARN, or an ARN without its random end, as the caller wrote it. */
export function readSecret(record: RawRecord, caller: Caller): Use | undefined {
  const secretId = textIn(objectIn(record, 'requestParameters'), 'secretId');
  const arn = arnInResources(record) || (secretId.startsWith('arn:') ? secretId : '');
  if (secretId === '' && arn === '') return undefined;
  const account = arn.split(':')[4] || recipientOf(record, caller);
  return {
    kind: 'secret',
    used: { door: 'secret', account, secretId, arn },
    account,
    resource: arn || secretId,
    outcome: outcomeOf(record),
  };
}

function arnInResources(record: RawRecord): string {
  const resources = record.resources;
  const first: unknown = Array.isArray(resources) ? resources[0] : undefined;
  const arn = isObject(first) ? textIn(first, 'ARN') : '';
  return arn.includes(':secretsmanager:') ? arn : '';
}
