import { principalOf, roleArnOf } from '../arn.ts';
import type { Caller } from '../caller.ts';
import { objectIn, type RawRecord, textIn } from '../raw-record.ts';
import { consoleLinkOf, signInOutcome, type Use } from './use.ts';

/**
 * The console's `SwitchRole`, and `RenewRole` by which it stays. Written in both accounts with no shared id: the role's
 * copy is by the role session and has the caller's ARN in `SwitchFrom`, the caller's copy has the role in `SwitchTo`.
 */
export function readSwitchRole(record: RawRecord, caller: Caller): Use | undefined {
  const data = objectIn(record, 'additionalEventData');
  const switchTo = principalOf(textIn(data, 'SwitchTo'));
  const role = switchTo ?? caller.identity;
  if (role?.kind !== 'role') return undefined;
  const sessionName = switchTo?.session ?? (switchTo === undefined ? caller.sessionName : caller.userName);
  const switchFrom = textIn(data, 'SwitchFrom');
  const isRoleSession = switchTo === undefined && caller.type === 'AssumedRole';
  return {
    kind: 'switch-role',
    used: { door: 'role', role },
    account: role.account,
    resource: roleArnOf(role),
    outcome: signInOutcome(record),
    ...(sessionName === '' ? {} : { consoleLink: consoleLinkOf(role, sessionName) }),
    ...(isRoleSession ? { session: `${caller.principal}:${caller.sessionName}` } : {}),
    ...(switchFrom === '' ? {} : { switchFrom }),
  };
}
