import { describe, expect, it } from 'vitest';
import { callerOf, isConsole, isService, isThroughService } from '../../lambdas/core/caller.ts';
import * as build from '../support/records.ts';

const { PRODUCTION, PROD_ADMIN, USERS } = build;

/** The caller of a record whose `userIdentity` is this. */
const by = (userIdentity: unknown, over: object = {}) =>
  callerOf({ ...build.assumeRole(), userIdentity, ...over } as never);

describe('the caller', () => {
  it('is an IAM user with key, name and second factor', () => {
    const { userIdentity } = build.assumeRole({ half: 'caller' });
    expect(by(userIdentity)).toEqual({
      type: 'IAMUser',
      account: USERS,
      principal: 'AIDAADAEXAMPLE',
      identity: {
        kind: 'user',
        partition: 'aws',
        account: USERS,
        path: 'ada@example.gov.uk',
        name: 'ada@example.gov.uk',
        hasPath: true,
      },
      arn: `arn:aws:iam::${USERS}:user/ada@example.gov.uk`,
      userName: 'ada@example.gov.uk',
      sessionName: '',
      keyId: userIdentity.accessKeyId,
      sourceIdentity: '',
      onBehalfOf: '',
      invokedBy: '',
      mfa: true,
    });
  });

  it('is a role’s session with its name, what it carries along, and the path of its role', () => {
    const role = `arn:aws:iam::${PRODUCTION}:role/team/admin`;
    const who = build.session(role, 'ada', { keyId: 'ASIAX', sourceIdentity: 'ada-source' });
    const { userIdentity } = build.apiCall({ who, source: 'x.amazonaws.com', name: 'X' });
    expect(by({ ...userIdentity, onBehalfOf: { userId: 'u-1' }, invokedBy: 'athena.amazonaws.com' })).toEqual({
      type: 'AssumedRole',
      account: PRODUCTION,
      principal: build.roleIdOf(role),
      identity: {
        kind: 'role',
        partition: 'aws',
        account: PRODUCTION,
        path: 'team/admin',
        name: 'admin',
        hasPath: true,
        session: 'ada',
      },
      arn: `arn:aws:sts::${PRODUCTION}:assumed-role/admin/ada`,
      userName: '',
      sessionName: 'ada',
      keyId: 'ASIAX',
      sourceIdentity: 'ada-source',
      onBehalfOf: 'u-1',
      invokedBy: 'athena.amazonaws.com',
      mfa: true,
    });
  });

  it('has a second factor where AWS writes it as a text or as a boolean, and none said where it writes neither', () => {
    const mfa = (mfaAuthenticated: unknown) => by({ sessionContext: { attributes: { mfaAuthenticated } } }).mfa;
    expect(['true', true, 'false', false].map(mfa)).toEqual([true, true, false, false]);
    for (const nothing of [undefined, null, 1]) {
      expect(by({ sessionContext: { attributes: { mfaAuthenticated: nothing } } })).not.toHaveProperty('mfa');
    }
  });
});

describe('the identity of a session', () => {
  const named = (arn: string, issuer: string) =>
    by({ type: 'AssumedRole', arn, sessionContext: { sessionIssuer: { arn: issuer } } }).identity;
  const session = `arn:aws:sts::${PRODUCTION}:assumed-role/admin/ada`;

  it('takes the path of the issuer only where that is the same role of the same account', () => {
    expect(named(session, `arn:aws:iam::${PRODUCTION}:role/team/admin`)).toMatchObject({
      path: 'team/admin',
      session: 'ada',
    });
    for (const other of [
      `arn:aws:iam::${PRODUCTION}:role/team/other`,
      `arn:aws:iam::${USERS}:role/team/admin`,
      `arn:aws:iam::${PRODUCTION}:user/team/admin`,
      'nothing',
    ]) {
      expect(named(session, other)).toMatchObject({ path: 'admin', hasPath: false, session: 'ada' });
    }
    expect(named(`arn:aws:iam::${PRODUCTION}:user/admin`, `arn:aws:iam::${PRODUCTION}:role/team/admin`)).toMatchObject({
      kind: 'user',
    });
  });

  it('is the issuer’s where it has no ARN of its own', () => {
    expect(named('', `arn:aws:iam::${PRODUCTION}:role/team/admin`)).toMatchObject({ path: 'team/admin' });
    expect(named('', `arn:aws:iam::${PRODUCTION}:role/team/admin`)).not.toHaveProperty('session');
    expect(by({ type: 'AWSAccount' })).not.toHaveProperty('identity');
    expect(
      named(`arn:aws:sts::${PRODUCTION}:assumed-role/admin`, `arn:aws:iam::${PRODUCTION}:role/admin`),
    ).toStrictEqual(named('', `arn:aws:iam::${PRODUCTION}:role/admin`));
  });

  it('of a federated user is the IAM user’s who asked for the token', () => {
    const federated = `arn:aws:sts::${USERS}:federated-user/console`;
    expect(named(federated, `arn:aws:iam::${USERS}:user/ada`)).toMatchObject({ kind: 'user', name: 'ada' });
    expect(named(federated, `arn:aws:iam::${USERS}:role/ada`)).toMatchObject({ kind: 'federated-user' });
    expect(named(federated, '')).toMatchObject({ kind: 'federated-user', name: 'console' });
  });
});

describe('the principal of a caller', () => {
  const arn = `arn:aws:iam::${USERS}:user/ada`;

  it.each<[string, object, string]>([
    ['its unique id', { type: 'IAMUser', principalId: 'AIDAADAEXAMPLE', arn }, 'AIDAADAEXAMPLE'],
    ['its role’s id, without the session', { type: 'AssumedRole', principalId: 'AROAX1234567:ada' }, 'AROAX1234567'],
    ['the ARN where the id is none', { type: 'IAMUser', principalId: 'ada', arn }, arn],
    ['the ARN where the id is too short', { type: 'IAMUser', principalId: 'AIDASHORT12', arn }, arn],
    ['the ARN where the id is longer than any', { type: 'IAMUser', principalId: 'A'.repeat(33), arn }, arn],
    ['the ARN where more than an id stands there', { principalId: 'AIDAADAEXAMPLE!', arn }, arn],
    ['the ARN where an id only ends it', { principalId: '!AIDAADAEXAMPLE', arn }, arn],
    [
      'root’s ARN, not its account',
      { type: 'Root', principalId: USERS, arn: `arn:aws:iam::${USERS}:root` },
      `arn:aws:iam::${USERS}:root`,
    ],
    ['the whole id of a SAML user', { type: 'SAMLUser', principalId: 'k=:ada', arn }, 'k=:ada'],
    ['the whole id of a web identity', { type: 'WebIdentityUser', principalId: 'p:aud:sub', arn }, 'p:aud:sub'],
    ['the type of a SAML user without an id', { type: 'SAMLUser', arn }, 'SAMLUser'],
    ['an id that is none where there is no ARN', { principalId: 'ada:x' }, 'ada'],
    ['account and type where there is nothing else', { type: 'AWSAccount', accountId: USERS }, `${USERS} AWSAccount`],
    ['words where there is nothing at all', {}, 'an account that is not named of no type'],
  ])('is %s', (_, userIdentity, principal) => {
    expect(by(userIdentity).principal).toBe(principal);
  });
});

describe('the name of a session', () => {
  it('stands after the colon where the record has no ARN of a session', () => {
    const name = (type: string, principalId: string) => by({ type, principalId }).sessionName;
    expect(name('AssumedRole', 'AROAX1234567:ada:x')).toBe('ada:x');
    expect(name('AWSAccount', 'AROAX1234567:ada')).toBe('ada');
    expect(name('AWSAccount', 'AIDAADAEXAMPLE')).toBe('');
    expect(name('SAMLUser', 'k=:ada')).toBe('');
    expect(name('AssumedRole', ':ada')).toBe('ada');
  });
});

describe('a call', () => {
  const record = (over: object) => ({ ...build.assumeRole(), ...over }) as never;
  const console = ({ invokedBy, ip }: { invokedBy?: string; ip?: string }) => {
    const made = record({ userIdentity: { invokedBy }, sourceIPAddress: ip });
    return [isConsole(made, callerOf(made)), isThroughService(made, callerOf(made))];
  };

  it('is the console’s where AWS says so, of the caller or of the address', () => {
    for (const name of ['AWS Internal', 'signin.amazonaws.com']) {
      expect(console({ invokedBy: name })).toEqual([true, false]);
      expect(console({ ip: name })).toEqual([true, false]);
      expect(console({ ip: name, invokedBy: 'athena.amazonaws.com' })).toEqual([true, false]);
    }
    expect(console({ ip: '192.0.2.1' })).toEqual([false, false]);
  });

  it('is made through a service where one of AWS calls, in China too, but for the remote desktop', () => {
    expect(console({ invokedBy: 'athena.amazonaws.com' })).toEqual([false, true]);
    expect(console({ invokedBy: 'cloudformation.amazonaws.com.cn' })).toEqual([false, true]);
    expect(console({ invokedBy: 'ssm-guiconnect.amazonaws.com' })).toEqual([false, false]);
    expect(console({ invokedBy: 'amazonaws.com.evil.example' })).toEqual([false, false]);
  });

  it('is a service’s own by its type, or by its name where there is no type', () => {
    const own = (userIdentity: object) => isService(by(userIdentity));
    expect(own({ type: 'AWSService', invokedBy: 'lambda.amazonaws.com' })).toBe(true);
    expect(own({ invokedBy: 'lambda.amazonaws.com' })).toBe(true);
    expect(own({ invokedBy: 'lambda.amazonaws.com.cn' })).toBe(true);
    expect(own({ invokedBy: 'lambda.amazonaws.com.evil.example' })).toBe(false);
    expect(own({ type: 'IAMUser', invokedBy: 'lambda.amazonaws.com' })).toBe(false);
  });
});

it('a role’s own sign-in has the session that it was made with', () => {
  const made = build.consoleSignIn({ who: build.session(PROD_ADMIN, 'x') });
  expect(callerOf(made as never)).toMatchObject({ sessionName: 'x', keyId: '', identity: { hasPath: true } });
});
