import { type Principal, principalOf, roleArnOf } from '../arn.ts';
import { type Caller, isConsole } from '../caller.ts';
import { isObject, objectIn, type RawObject, type RawRecord, textIn } from '../raw-record.ts';
import { consoleLinkOf, outcomeOf, type Use } from './use.ts';

/** AWS gives an hour where the caller asks for nothing (STS API reference). */
const DEFAULT_SECONDS = 3_600;

/** `AssumeRole`, `AssumeRoleWithSAML`, `AssumeRoleWithWebIdentity`, by whichever copy of the call this is. */
export function readAssumeRole(record: RawRecord, caller: Caller): Use | undefined {
  const request = objectIn(record, 'requestParameters');
  const response = objectIn(record, 'responseElements');
  const role = roleOf(record, request, response);
  if (role === undefined) return undefined;
  const credentials = objectIn(response, 'credentials');
  const issuedKeyId = textIn(credentials, 'accessKeyId', 128);
  const sessionName = textIn(request, 'roleSessionName', 128);
  const session = textIn(objectIn(response, 'assumedRoleUser'), 'assumedRoleId', 256);
  const sourceIdentity = textIn(request, 'sourceIdentity', 128);
  const half = halfOf(record, caller, role);
  return {
    kind: 'assume-role',
    used: { door: 'role', role },
    account: role.account,
    resource: roleArnOf(role),
    outcome: outcomeOf(record, issuedKeyId !== ''),
    ...(half === undefined ? {} : { half }),
    ...(session === '' ? {} : { session }),
    ...(isConsole(record, caller) && sessionName !== '' ? { consoleLink: consoleLinkOf(role, sessionName) } : {}),
    ...(issuedKeyId === '' ? {} : { issuedKeyId, durationSeconds: durationIn(request, DEFAULT_SECONDS) }),
    ...(sessionName === '' ? {} : { openedSessionName: sessionName }),
    ...(sourceIdentity === '' ? {} : { openedSourceIdentity: sourceIdentity }),
    ...assertedIn(record, caller, request, sessionName),
  };
}

/** The role in the request, else in `resources`, else in the answer, else (a refused call has none of them) in the error message. */
function roleOf(record: RawRecord, request: RawObject, response: RawObject): Principal | undefined {
  return (
    roleNamed(textIn(request, 'roleArn')) ??
    roleNamed(roleInResources(record)) ??
    roleNamed(textIn(objectIn(response, 'assumedRoleUser'), 'arn')) ??
    roleNamed(roleInMessage(textIn(record, 'errorMessage')))
  );
}

function roleNamed(arn: string): Principal | undefined {
  const principal = principalOf(arn);
  return principal?.kind === 'role' ? principal : undefined;
}

function roleInResources(record: RawRecord): string {
  const resources = record.resources;
  const list: readonly unknown[] = Array.isArray(resources) ? resources.slice(0, 10) : [];
  const arns = list.filter(isObject).map((resource) => textIn(resource, 'ARN') || textIn(resource, 'arn'));
  return arns.find((arn) => arn.includes(':role/')) ?? '';
}

const ON_RESOURCE = ' on resource: ';

/** "User: … is not authorized to perform: sts:AssumeRole on resource: ARN …". Neither ARN can hold a blank. */
function roleInMessage(message: string): string {
  const from = message.indexOf(ON_RESOURCE);
  if (from < 0) return '';
  return message.slice(from + ON_RESOURCE.length).split(' ', 1)[0] ?? '';
}

/** The role's account knows a caller from elsewhere by account and principal id alone. */
function halfOf(record: RawRecord, caller: Caller, role: Principal): 'caller' | 'role' | undefined {
  if (textIn(record, 'sharedEventID', 128) === '') return undefined;
  if (caller.type === 'AWSAccount') return 'role';
  return caller.account !== '' && caller.account !== role.account ? 'caller' : undefined;
}

export function durationIn(request: RawObject, defaultSeconds: number): number {
  const asked = request.durationSeconds;
  const seconds = typeof asked === 'number' || typeof asked === 'string' ? Number(asked) : Number.NaN;
  return Number.isFinite(seconds) && seconds > 0 && seconds <= 129_600 ? seconds : defaultSeconds;
}

function assertedIn(record: RawRecord, caller: Caller, request: RawObject, sessionName: string): Pick<Use, 'asserted'> {
  if (record.eventName !== 'AssumeRoleWithSAML') return {};
  const byIdentityCenter = textIn(request, 'principalArn').includes(':saml-provider/AWSSSO_');
  // The assertion carries both names; neither is the caller's choice.
  return { asserted: { names: [caller.userName, sessionName].filter((name) => name !== ''), byIdentityCenter } };
}
