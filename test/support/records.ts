import { createHash } from 'node:crypto';

/**
 * Builders of CloudTrail records, true to the shapes that AWS writes: the AWS IAM guide "Logging IAM and STS API calls
 * with CloudTrail" and records published by others. Ids are derived from what a record says, so that the same call
 * always builds the same record; two records that say the same need different `key`s.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A record (or a part of one) as JSON; `undefined` in an override removes the field. */
export type JsonObject = { readonly [name: string]: Json };
type Overrides = { readonly [name: string]: Json | undefined | Overrides };

export interface CloudTrailRecord {
  readonly eventID: string;
  readonly eventTime: string;
  readonly eventSource: string;
  readonly eventName: string;
  readonly awsRegion: string;
  readonly recipientAccountId: string;
  readonly userIdentity: JsonObject;
  readonly [name: string]: Json;
}

/** Whoever calls: an IAM user, or a role session. */
export type Caller =
  | {
      readonly type: 'user';
      readonly account: string;
      readonly userName: string;
      readonly principalId: string;
      readonly partition?: string;
    }
  | {
      readonly type: 'session';
      readonly roleArn: string;
      readonly name: string;
      readonly principalId: string;
      readonly keyId: string;
      readonly sourceIdentity?: string;
    };

/** What every builder takes. Times are ISO 8601 or epoch milliseconds and are written in whole seconds, as CloudTrail does. */
export interface Common {
  readonly at?: string | number;
  readonly key?: string;
  readonly region?: string;
  readonly ip?: string;
  readonly userAgent?: string;
  /** Merged deeply into the record; `undefined` removes a field. */
  readonly overrides?: Overrides;
}

export const PRODUCTION = '111111111111';
export const DEPLOY = '222222222222';
export const USERS = '444444444444';
export const PROD_ADMIN = `arn:aws:iam::${PRODUCTION}:role/notify-prod-admin`;
export const DEPLOY_ADMIN = `arn:aws:iam::${DEPLOY}:role/notify-deploy-admin`;
export const CI_ROLE = `arn:aws:iam::${DEPLOY}:role/ci-terraform`;
/** In every record that has credentials; must never be found in anything that two-eye writes. */
export const SESSION_TOKEN = 'IQoJb3JpZ2luX2VjCANARYSESSIONTOKENTHATMUSTNOTLEAK';

const CLI = 'aws-cli/2.31.5 md/awscrt#0.28.4 ua/2.1 os/macos#24.6.0 lang/python#3.13.9 md/command#sts.assume-role';
const BROWSER =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';
const DEFAULT_AT = '2026-11-24T10:00:00Z';

/** An IAM user in the account of the people. */
export function user(userName: string, principalId: string, account: string = USERS): Caller & { type: 'user' } {
  return { type: 'user', account, userName, principalId };
}

/** `ada` and `ben` are known by principal id and by ARN; `cat` by ARN alone, so that the role's half of her calls names nobody. */
export const ada = user('ada@example.gov.uk', 'AIDAADAEXAMPLE');
export const ben = user('ben@example.gov.uk', 'AIDABENEXAMPLE');
export const cat = user('cat@example.gov.uk', 'AIDACATEXAMPLE');
/** In nobody's list. */
export const stranger = user('contractor', 'AIDASTRANGEREXAMPLE');

/** A session of a role, as the caller of further calls. */
export function session(
  roleArn: string,
  name: string,
  over: { keyId?: string; sourceIdentity?: string } = {},
): Caller & { type: 'session' } {
  return {
    type: 'session',
    roleArn,
    name,
    principalId: roleIdOf(roleArn),
    keyId: over.keyId ?? keyIdOf(`${roleArn}${name}`),
    ...(over.sourceIdentity === undefined ? {} : { sourceIdentity: over.sourceIdentity }),
  };
}

/** The session that an AssumeRole record opened: what is done with its credentials. */
export function sessionOpenedBy(record: CloudTrailRecord): Caller & { type: 'session' } {
  const response = record.responseElements as {
    credentials: { accessKeyId: string };
    assumedRoleUser: { arn: string };
  };
  const request = record.requestParameters as { roleArn: string };
  const name = response.assumedRoleUser.arn.split('/').at(-1) ?? '';
  return session(request.roleArn, name, { keyId: response.credentials.accessKeyId });
}

export interface AssumeRole extends Common {
  readonly who?: Caller;
  readonly role?: string;
  readonly sessionName?: string;
  readonly sourceIdentity?: string;
  readonly durationSeconds?: number;
  /** Which account's copy of a cross-account call; in one account there is only `whole`. Default: the role's. */
  readonly half?: 'caller' | 'role';
  /** Set on calls that the console makes. */
  readonly byConsole?: boolean;
}

/** One `AssumeRole` record: by default Ada's use of the production admin role, as the role's account sees it. */
export function assumeRole(options: AssumeRole = {}): CloudTrailRecord {
  const { who = ada, role = PROD_ADMIN } = options;
  const name = options.sessionName ?? (who.type === 'user' ? who.userName : who.name);
  const crossAccount = accountOfCaller(who) !== accountOf(role);
  const half = crossAccount ? (options.half ?? 'role') : 'whole';
  const call = idOf('call', { ...options, half: null, overrides: null });
  return build('sts.amazonaws.com', 'AssumeRole', half === 'caller' ? accountOfCaller(who) : accountOf(role), options, {
    userIdentity: half === 'role' ? strangerIdentity(who) : identity(who, options.byConsole === true),
    ...(options.byConsole ? { sourceIPAddress: 'AWS Internal', userAgent: 'AWS Internal' } : {}),
    requestParameters: {
      roleArn: role,
      roleSessionName: name,
      durationSeconds: options.durationSeconds,
      sourceIdentity: options.sourceIdentity,
    },
    responseElements: opened(role, name, call, options),
    resources: [{ accountId: accountOf(role), type: 'AWS::IAM::Role', ARN: role }],
    requestID: call,
    eventID: options.key ?? idOf('assume-role', { half, call }),
    sharedEventID: crossAccount ? idOf('shared', { call }) : undefined,
    readOnly: true,
  });
}

/** Both records of one cross-account call: `caller` from the caller's account, `role` from the role's. */
export function crossAccountPair(options: AssumeRole = {}): {
  readonly caller: CloudTrailRecord;
  readonly role: CloudTrailRecord;
} {
  const { key, ...rest } = options;
  const half = (name: 'caller' | 'role') =>
    assumeRole({
      ...rest,
      half: name,
      overrides: { ...rest.overrides, ...(key ? { eventID: `${key}-${name}`, sharedEventID: `${key}-shared` } : {}) },
    });
  return { caller: half('caller'), role: half('role') };
}

/** A refused `AssumeRole`: only the caller's account logs it, and the role is nowhere but in the message. */
export function deniedAssumeRole(options: AssumeRole = {}): CloudTrailRecord {
  const { who = ada, role = PROD_ADMIN } = options;
  return build('sts.amazonaws.com', 'AssumeRole', accountOfCaller(who), options, {
    userIdentity: identity(who),
    errorCode: 'AccessDenied',
    errorMessage: `User: ${arnOfCaller(who)} is not authorized to perform: sts:AssumeRole on resource: ${role}`,
    requestParameters: null,
    responseElements: null,
    readOnly: true,
  });
}

/** `AssumeRole` by an AWS service, for itself. */
export function serviceAssumeRole(
  options: Common & { readonly role?: string; readonly service?: string } = {},
): CloudTrailRecord {
  const { role = PROD_ADMIN, service = 'lambda.amazonaws.com' } = options;
  const call = idOf('service', { ...options, overrides: null });
  return build(
    'sts.amazonaws.com',
    'AssumeRole',
    accountOf(role),
    { ip: service, userAgent: service, ...options },
    {
      userIdentity: { type: 'AWSService', invokedBy: service },
      requestParameters: { roleArn: role, roleSessionName: 'service' },
      responseElements: opened(role, 'service', call, options),
      resources: [{ accountId: accountOf(role), type: 'AWS::IAM::Role', ARN: role }],
      sharedEventID: idOf('shared', { call }),
      readOnly: true,
    },
  );
}

export interface SamlAssumeRole extends Common {
  readonly userName?: string;
  readonly role?: string;
  readonly sessionName?: string;
  readonly provider?: string;
}

/** `AssumeRoleWithSAML` from the team's own identity provider. */
export function samlAssumeRole(options: SamlAssumeRole = {}): CloudTrailRecord {
  const { userName = 'ada@example.gov.uk', role = PROD_ADMIN, provider = 'entra' } = options;
  const name = options.sessionName ?? userName;
  const call = idOf('saml', { ...options, overrides: null });
  const account = accountOf(role);
  const providerArn = `arn:${partitionOf(role)}:iam::${account}:saml-provider/${provider}`;
  return build('sts.amazonaws.com', 'AssumeRoleWithSAML', account, options, {
    userIdentity: {
      type: 'SAMLUser',
      principalId: `mPEX4mPLeQuAl1F1eR=:${userName}`,
      userName,
      identityProvider: 'mPEX4mPLeQuAl1F1eR=',
    },
    requestParameters: {
      sAMLAssertionID: `_${call}`,
      roleSessionName: name,
      durationSeconds: 3600,
      roleArn: role,
      principalArn: providerArn,
    },
    responseElements: {
      ...opened(role, name, call, options),
      subject: userName,
      subjectType: 'persistent',
      issuer: `https://idp.example.gov.uk/${provider}`,
      audience: 'https://signin.aws.amazon.com/saml',
      nameQualifier: 'mPEX4mPLeQuAl1F1eR=',
    },
    resources: [
      { accountId: account, type: 'AWS::IAM::Role', ARN: role },
      { accountId: account, type: 'AWS::IAM::SAMLProvider', ARN: providerArn },
    ],
    requestID: call,
    readOnly: true,
  });
}

/** The role of an Identity Center permission set, with its path. */
export function permissionSetRole(account: string = PRODUCTION, name = 'AdministratorAccess'): string {
  return `arn:aws:iam::${account}:role/aws-reserved/sso.amazonaws.com/eu-west-2/AWSReservedSSO_${name}_0123456789abcdef`;
}

/** The `AssumeRoleWithSAML` that Identity Center makes for a person: twelve hours, from an address of AWS. */
export function identityCenterAssumeRole(options: SamlAssumeRole = {}): CloudTrailRecord {
  return samlAssumeRole({
    role: permissionSetRole(),
    provider: 'AWSSSO_0123456789abcdef_DO_NOT_DELETE',
    ip: '3.9.1.2',
    userAgent: 'AWS-Internal',
    ...options,
    overrides: { requestParameters: { durationSeconds: 43_200 }, ...options.overrides },
  });
}

/** `AssumeRoleWithWebIdentity` (OIDC): the session name is the caller's choice. */
export function webIdentity(
  options: Common & { readonly role?: string; readonly subject?: string; readonly sessionName?: string } = {},
): CloudTrailRecord {
  const {
    role = PROD_ADMIN,
    subject = 'repo:example/notify:ref:refs/heads/main',
    sessionName = 'GitHubActions',
  } = options;
  const call = idOf('web-identity', { ...options, overrides: null });
  const provider = `arn:${partitionOf(role)}:iam::${accountOf(role)}:oidc-provider/token.actions.githubusercontent.com`;
  return build('sts.amazonaws.com', 'AssumeRoleWithWebIdentity', accountOf(role), options, {
    userIdentity: {
      type: 'WebIdentityUser',
      principalId: `${provider}:sts.amazonaws.com:${subject}`,
      userName: subject,
      identityProvider: provider,
    },
    requestParameters: { roleArn: role, roleSessionName: sessionName },
    responseElements: { ...opened(role, sessionName, call, options), subjectFromWebIdentityToken: subject, provider },
    resources: [{ accountId: accountOf(role), type: 'AWS::IAM::Role', ARN: role }],
    requestID: call,
    readOnly: true,
  });
}

export interface SwitchRole extends Common {
  readonly who?: Caller;
  readonly role?: string;
  readonly sessionName?: string;
}

/** Both copies of a console `SwitchRole`: `target` from the role's account, `source` from the caller's. No shared id. */
export function switchRole(options: SwitchRole = {}): {
  readonly target: CloudTrailRecord;
  readonly source: CloudTrailRecord;
} {
  const { who = ada, role = PROD_ADMIN } = options;
  const { key, overrides, ...rest } = options;
  const name = options.sessionName ?? (who.type === 'user' ? who.userName : who.name);
  const redirect = 'https://eu-west-1.console.aws.amazon.com/console/home';
  const common = { region: 'us-east-1', userAgent: BROWSER, ...rest };
  const copy = (side: string, account: string, fields: JsonObject) =>
    build(
      'signin.amazonaws.com',
      'SwitchRole',
      account,
      { ...common, ...(key ? { key: `${key}-${side}` } : {}), overrides: overrides ?? {} },
      {
        requestParameters: null,
        responseElements: { SwitchRole: 'Success' },
        eventType: 'AwsConsoleSignIn',
        requestID: undefined,
        ...fields,
      },
    );
  return {
    target: copy('target', accountOf(role), {
      userIdentity: {
        type: 'AssumedRole',
        principalId: `${roleIdOf(role)}:${name}`,
        arn: assumedRoleArn(role, name),
        accountId: accountOf(role),
      },
      additionalEventData: { SwitchFrom: arnOfCaller(who), RedirectTo: redirect },
    }),
    source: copy('source', accountOfCaller(who), {
      userIdentity: withoutSession(identity(who)),
      additionalEventData: { SwitchTo: assumedRoleArn(role, name), RedirectTo: redirect },
    }),
  };
}

/** A console hop into another account: four records, of which only the SwitchRole ones have the person's own address. */
export function consoleHop(options: SwitchRole = {}): {
  readonly caller: CloudTrailRecord;
  readonly role: CloudTrailRecord;
  readonly target: CloudTrailRecord;
  readonly source: CloudTrailRecord;
} {
  const { overrides: _, key, ...rest } = options;
  const pair = crossAccountPair({
    ...rest,
    region: options.region ?? 'us-east-1',
    byConsole: true,
    ...(key ? { key: `${key}-assume` } : {}),
  });
  return { ...pair, ...switchRole(options) };
}

/** `ConsoleLogin` of an IAM user or, with the credentials of a role session, through a federated console link. */
export function consoleSignIn(
  options: Common & { readonly who?: Caller; readonly failed?: boolean; readonly mfa?: boolean } = {},
): CloudTrailRecord {
  const { who = ada, mfa = true } = options;
  return build(
    'signin.amazonaws.com',
    'ConsoleLogin',
    accountOfCaller(who),
    { region: 'us-east-1', userAgent: BROWSER, ...options },
    {
      userIdentity: withoutKey(identity(who)),
      requestParameters: null,
      responseElements: { ConsoleLogin: options.failed ? 'Failure' : 'Success' },
      additionalEventData: {
        LoginTo: 'https://console.aws.amazon.com/console/home',
        MobileVersion: 'No',
        MFAUsed: mfa ? 'Yes' : 'No',
      },
      eventType: 'AwsConsoleSignIn',
      requestID: undefined,
    },
  );
}

/** Root's `ConsoleLogin`: always in us-east-1. */
export function rootSignIn(
  options: Common & { readonly account?: string; readonly failed?: boolean; readonly mfa?: boolean } = {},
): CloudTrailRecord {
  const { account = PRODUCTION, mfa = true } = options;
  return build(
    'signin.amazonaws.com',
    'ConsoleLogin',
    account,
    { region: 'us-east-1', userAgent: BROWSER, ...options },
    {
      userIdentity: {
        type: 'Root',
        principalId: account,
        arn: `arn:aws:iam::${account}:root`,
        accountId: account,
        accessKeyId: '',
      },
      requestParameters: null,
      responseElements: { ConsoleLogin: options.failed ? 'Failure' : 'Success' },
      additionalEventData: { MobileVersion: 'No', MFAUsed: mfa ? 'Yes' : 'No' },
      eventType: 'AwsConsoleSignIn',
      requestID: undefined,
    },
  );
}

/** `AssumeRoot` into a member account: no role anywhere, `targetPrincipal` is a bare account id. */
export function assumeRoot(
  options: Common & { readonly who?: Caller; readonly account?: string; readonly half?: 'caller' | 'role' } = {},
): CloudTrailRecord {
  const { who = ada, account = PRODUCTION, half = 'role' } = options;
  const call = idOf('assume-root', { ...options, half: null, overrides: null });
  return build('sts.amazonaws.com', 'AssumeRoot', half === 'caller' ? accountOfCaller(who) : account, options, {
    userIdentity: half === 'caller' ? identity(who) : strangerIdentity(who),
    requestParameters: {
      targetPrincipal: account,
      taskPolicyArn: { arn: 'arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy' },
    },
    responseElements: { credentials: credentials(call, options) },
    requestID: call,
    eventID: options.key ?? idOf('assume-root-half', { half, call }),
    sharedEventID: idOf('shared', { call }),
    readOnly: false,
  });
}

/** `GetFederationToken`: `name` is the caller's choice, the policy is JSON in a string. */
export function federationToken(
  options: Common & { readonly who?: Caller & { type: 'user' }; readonly name?: string } = {},
): CloudTrailRecord {
  const { who = user('ada@example.gov.uk', 'AIDAADAINPRODUCTION', PRODUCTION), name = 'console' } = options;
  const call = idOf('federation', { ...options, overrides: null });
  return build('sts.amazonaws.com', 'GetFederationToken', who.account, options, {
    userIdentity: identity(who),
    requestParameters: { name, policy: '{\n\t"Version": "2012-10-17",\n\t"Statement": []\n}', durationSeconds: 3600 },
    responseElements: {
      credentials: credentials(call, options),
      federatedUser: {
        federatedUserId: `${who.account}:${name}`,
        arn: `arn:aws:sts::${who.account}:federated-user/${name}`,
      },
      packedPolicySize: 6,
    },
    requestID: call,
    readOnly: false,
  });
}

/** `aws login`: CLI credentials for a console session that is already open, without an AssumeRole. */
export function awsLogin(
  options: Common & {
    readonly who?: Caller;
    readonly event?: 'AuthorizeOAuth2Access' | 'CreateOAuth2Token';
    readonly refresh?: boolean;
  } = {},
): CloudTrailRecord {
  const { who = session(PROD_ADMIN, 'ada@example.gov.uk'), event = 'CreateOAuth2Token' } = options;
  return build(
    'signin.amazonaws.com',
    event,
    accountOfCaller(who),
    { region: 'us-east-1', ...options },
    {
      userIdentity: withoutKey(identity(who)),
      requestParameters: { client_id: 'arn:aws:signin:::devtools/same-device' },
      responseElements: null,
      additionalEventData: {
        success: 'true',
        grant_type: options.refresh ? 'refresh_token' : undefined,
        'x-amzn-vpce-id': '',
      },
      readOnly: true,
    },
  );
}

export interface SessionCall extends Common {
  readonly who?: Caller;
  readonly denied?: boolean;
}

const ADMIN_SESSION = session(PROD_ADMIN, 'ada@example.gov.uk');

/** ECS Exec: a shell in a container. */
export function executeCommand(
  options: SessionCall & { readonly cluster?: string; readonly task?: string } = {},
): CloudTrailRecord {
  const { cluster = 'notify-production', task = '0123456789abcdef0123456789abcdef' } = options;
  return apiCall({
    who: ADMIN_SESSION,
    ...options,
    source: 'ecs.amazonaws.com',
    name: 'ExecuteCommand',
    request: { cluster, container: 'api', command: '/bin/bash', interactive: true, task },
    response: {
      clusterArn: `arn:aws:ecs:eu-west-1:${PRODUCTION}:cluster/${cluster}`,
      containerName: 'api',
      interactive: true,
      session: {
        sessionId: 'ecs-execute-command-0f1e2d3c4b5a69788',
        streamUrl: 'wss://ssmmessages.eu-west-1.amazonaws.com/v1/data-channel/x',
        tokenValue: 'HIDDEN_DUE_TO_SECURITY_REASONS',
      },
      taskArn: `arn:aws:ecs:eu-west-1:${PRODUCTION}:task/${cluster}/${task}`,
    },
  });
}

/** Session Manager: a shell, or with `documentName` a tunnel; `ecs:…` as target goes round ECS Exec. */
export function startSession(
  options: SessionCall & {
    readonly target?: string;
    readonly documentName?: string;
    readonly parameters?: JsonObject;
  } = {},
): CloudTrailRecord {
  const { target = 'i-0123456789abcdef0', documentName, parameters } = options;
  return apiCall({
    who: ADMIN_SESSION,
    ...options,
    source: 'ssm.amazonaws.com',
    name: 'StartSession',
    request: { target, ...(documentName ? { documentName } : {}), ...(parameters ? { parameters } : {}) },
    response: {
      sessionId: 'ada@example.gov.uk-4njnyxxl8yn676nsla8j6l4bra',
      tokenValue: 'Value hidden due to security reasons.',
      streamUrl: 'wss://ssmmessages.eu-west-1.amazonaws.com/v1/data-channel/x',
    },
  });
}

/** EC2 Instance Connect: a key that opens a shell for a minute. */
export function sendSshPublicKey(options: SessionCall & { readonly instance?: string } = {}): CloudTrailRecord {
  return apiCall({
    who: ADMIN_SESSION,
    ...options,
    source: 'ec2-instance-connect.amazonaws.com',
    name: 'SendSSHPublicKey',
    request: {
      instanceId: options.instance ?? 'i-0123456789abcdef0',
      instanceOSUser: 'ec2-user',
      sSHPublicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample',
    },
    response: { requestId: '25eac5d1-cd24-4156-a49b-f2bf3a20ec9d', success: true },
  });
}

/** `GetSecretValue`; `secretId` is a name or an ARN, as the caller wrote it. */
export function getSecretValue(options: SessionCall & { readonly secretId?: string } = {}): CloudTrailRecord {
  const secretId = options.secretId ?? `arn:aws:secretsmanager:eu-west-1:${PRODUCTION}:secret:notifydb/write-AbCdEf`;
  return apiCall({
    who: ADMIN_SESSION,
    ...options,
    source: 'secretsmanager.amazonaws.com',
    name: 'GetSecretValue',
    request: { secretId },
    response: null,
    overrides: { readOnly: true, ...options.overrides },
  });
}

/** RDS Data API: a data event whose SQL AWS masks. */
export function executeStatement(options: SessionCall & { readonly cluster?: string } = {}): CloudTrailRecord {
  return apiCall({
    who: ADMIN_SESSION,
    ...options,
    source: 'rdsdata.amazonaws.com',
    name: 'ExecuteStatement',
    request: {
      continueAfterTimeout: false,
      database: '**********',
      resourceArn: options.cluster ?? `arn:aws:rds:eu-west-1:${PRODUCTION}:cluster:notifydb`,
      secretArn: `arn:aws:secretsmanager:eu-west-1:${PRODUCTION}:secret:notifydb/write-AbCdEf`,
      sql: '**********',
    },
    response: null,
    overrides: { managementEvent: false, eventCategory: 'Data', ...options.overrides },
  });
}

/** Any other call, for what watches the watcher: `apiCall({ source: 'cloudtrail.amazonaws.com', name: 'StopLogging', request: { name: 'org' } })`. */
export function apiCall(
  options: SessionCall & {
    readonly source: string;
    readonly name: string;
    readonly request?: JsonObject | null;
    readonly response?: JsonObject | null;
  },
): CloudTrailRecord {
  const { who = ADMIN_SESSION, source, name, request = null, response = null, denied = false } = options;
  return build(source, name, accountOfCaller(who), options, {
    userIdentity: identity(who),
    requestParameters: request,
    responseElements: denied ? null : response,
    ...(denied
      ? {
          errorCode: 'AccessDeniedException',
          errorMessage: `User: ${arnOfCaller(who)} is not authorized to perform: ${source.split('.')[0]}:${name}`,
        }
      : {}),
    readOnly: false,
  });
}

/** The EventBridge envelope in which a record arrives. Both spellings of the sign-in detail type occur. */
export function envelope(record: CloudTrailRecord, overrides: Overrides = {}): JsonObject {
  const signIn = record.eventType === 'AwsConsoleSignIn';
  const base = {
    version: '0',
    id: idOf('envelope', { id: record.eventID }),
    'detail-type': signIn ? 'AWS Console Sign In via CloudTrail' : 'AWS API Call via CloudTrail',
    source: `aws.${record.eventSource.split('.')[0]}`,
    account: record.recipientAccountId,
    time: record.eventTime,
    region: record.awsRegion,
    resources: [],
    detail: record,
  };
  return merge(base, overrides) as JsonObject;
}

function build(
  eventSource: string,
  eventName: string,
  account: string,
  options: Common,
  fields: { readonly [name: string]: unknown },
): CloudTrailRecord {
  const { at = DEFAULT_AT, region = 'eu-west-1', ip = '192.0.2.10', userAgent = CLI } = options;
  const base = {
    eventVersion: '1.11',
    eventTime: new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    eventSource,
    eventName,
    awsRegion: region,
    sourceIPAddress: ip,
    userAgent,
    requestID: idOf('request', { eventSource, eventName, account, ...options, overrides: null }),
    eventID: options.key ?? idOf('event', { eventSource, eventName, account, ...options, overrides: null }),
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
  };
  return merge(merge(base, fields), options.overrides ?? {}) as unknown as CloudTrailRecord;
}

function identity(who: Caller, byConsole = false): JsonObject {
  const invokedBy = byConsole ? { invokedBy: 'AWS Internal' } : {};
  if (who.type === 'user') {
    return {
      type: 'IAMUser',
      principalId: who.principalId,
      arn: arnOfCaller(who),
      accountId: who.account,
      accessKeyId: keyIdOf(who.principalId),
      userName: who.userName,
      sessionContext: { attributes: { creationDate: '2026-11-24T09:00:00Z', mfaAuthenticated: 'true' } },
      ...invokedBy,
    };
  }
  return {
    type: 'AssumedRole',
    principalId: `${who.principalId}:${who.name}`,
    arn: arnOfCaller(who),
    accountId: accountOf(who.roleArn),
    accessKeyId: who.keyId,
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: who.principalId,
        arn: who.roleArn,
        accountId: accountOf(who.roleArn),
        userName: who.roleArn.split('/').at(-1) ?? '',
      },
      attributes: { creationDate: '2026-11-24T09:00:00Z', mfaAuthenticated: 'true' },
      ...(who.sourceIdentity ? { sourceIdentity: who.sourceIdentity } : {}),
    },
    ...invokedBy,
  };
}

/** What the role's account is told of a caller from elsewhere: account and principal id. */
function strangerIdentity(who: Caller): JsonObject {
  return {
    type: 'AWSAccount',
    principalId: who.type === 'user' ? who.principalId : `${who.principalId}:${who.name}`,
    accountId: accountOfCaller(who),
  };
}

function withoutSession(whole: JsonObject): JsonObject {
  const { sessionContext: _, ...rest } = withoutKey(whole);
  return rest;
}

function withoutKey(whole: JsonObject): JsonObject {
  const { accessKeyId: _, ...rest } = whole;
  return rest;
}

function opened(role: string, name: string, call: string, options: AssumeRole): JsonObject {
  return {
    credentials: credentials(call, options),
    assumedRoleUser: { assumedRoleId: `${roleIdOf(role)}:${name}`, arn: assumedRoleArn(role, name) },
    ...(options.sourceIdentity ? { sourceIdentity: options.sourceIdentity } : {}),
  };
}

function credentials(call: string, _options: Common): JsonObject {
  // `expiration` is a locale string in real records, and must not be relied on.
  return { accessKeyId: keyIdOf(call), sessionToken: SESSION_TOKEN, expiration: 'Nov 24, 2026, 11:00:00 AM' };
}

function arnOfCaller(who: Caller): string {
  if (who.type === 'session') return assumedRoleArn(who.roleArn, who.name);
  return `arn:${who.partition ?? 'aws'}:iam::${who.account}:user/${who.userName}`;
}

function accountOfCaller(who: Caller): string {
  return who.type === 'user' ? who.account : accountOf(who.roleArn);
}

function assumedRoleArn(role: string, name: string): string {
  return `arn:${partitionOf(role)}:sts::${accountOf(role)}:assumed-role/${role.split('/').at(-1)}/${name}`;
}

function accountOf(arn: string): string {
  return arn.split(':')[4] ?? '';
}

function partitionOf(arn: string): string {
  return arn.split(':')[1] ?? 'aws';
}

/** The unique id of a role, as stable as AWS's own. */
export function roleIdOf(roleArn: string): string {
  return `AROA${digest(roleArn).slice(0, 16).toUpperCase()}`;
}

function keyIdOf(seed: string): string {
  return `ASIA${digest(seed).slice(0, 16).toUpperCase()}`;
}

function idOf(kind: string, content: unknown): string {
  const hex = digest(kind + JSON.stringify(content));
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function merge(base: object, over: object): JsonObject {
  const out: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(over)) {
    if (value === undefined) delete out[name];
    else if (isPlain(value)) out[name] = merge(isPlain(out[name]) ? out[name] : {}, value);
    else out[name] = value;
  }
  return out as JsonObject;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
