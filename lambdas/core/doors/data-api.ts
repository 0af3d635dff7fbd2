import type { Caller } from '../caller.ts';
import { objectIn, type RawRecord, textIn } from '../raw-record.ts';
import { outcomeOf, recipientOf, type Use } from './use.ts';

/** RDS Data API: a data event; AWS masks the SQL, and nothing of it is kept. */
export function readDataApi(record: RawRecord, caller: Caller): Use | undefined {
  const request = objectIn(record, 'requestParameters');
  const cluster = textIn(request, 'resourceArn') || textIn(request, 'dbClusterOrInstanceArn');
  if (cluster === '') return undefined;
  return {
    kind: 'database',
    used: { door: 'data-api', cluster },
    account: cluster.split(':')[4] || recipientOf(record, caller),
    resource: cluster,
    outcome: outcomeOf(record),
  };
}
