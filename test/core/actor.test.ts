import { describe, expect, it } from 'vitest';
import { actorOf } from '../../lambdas/core/actor.ts';
import { callerOf } from '../../lambdas/core/caller.ts';
import { readAssumeRole } from '../../lambdas/core/doors/assume-role.ts';
import { readSignIn } from '../../lambdas/core/doors/sign-in.ts';
import type { DoorReader } from '../../lambdas/core/doors/use.ts';
import { peopleOf } from '../../lambdas/core/people.ts';
import type { IdentitySource, Person } from '../../lambdas/core/policy.ts';
import { readRecord } from '../../lambdas/core/read.ts';
import { testPolicy, testTarget } from '../support/policies.ts';
import * as build from '../support/records.ts';

const ADA = 'ada@example.gov.uk';

function whose(
  input: unknown,
  identity: readonly IdentitySource[],
  roleArn = 'arn:aws:iam::*:role/*',
  people?: readonly Person[],
) {
  const targets = [testTarget({ id: 'any', door: { kind: 'role', roleArn, regions: [] }, identity })];
  const reading = readRecord(input, testPolicy({ targets, ...(people ? { people } : {}) }));
  if (reading.outcome !== 'access') throw new Error(`not an access: ${JSON.stringify(reading)}`);
  const { actor, how, hints } = reading.record;
  return { actor, how, hints };
}

const PRINCIPAL: readonly IdentitySource[] = [{ source: 'principal' }];

describe('the actor', () => {
  it('is known by principal id, by ARN, and by the ARN a console switch came from', () => {
    expect(whose(build.assumeRole(), PRINCIPAL)).toMatchObject({ actor: ADA, how: 'principal id AIDAADAEXAMPLE' });
    const { caller } = build.crossAccountPair();
    expect(whose(caller, PRINCIPAL)).toMatchObject({
      actor: ADA,
      how: 'IAM user arn:aws:iam::444444444444:user/ada@example.gov.uk',
    });
    expect(whose(build.switchRole().target, PRINCIPAL).actor).toBe(ADA);
  });

  it('is not taken from a session name or a source identity that nobody enforces', () => {
    const spoof = build.crossAccountPair({ who: build.stranger, sessionName: ADA, sourceIdentity: ADA }).caller;
    expect(whose(spoof, [{ source: 'principal' }, { source: 'saml' }, { source: 'identity-center' }])).toMatchObject({
      actor: 'unknown',
      hints: expect.arrayContaining([`session name ${ADA}`, `source identity ${ADA}`]) as unknown,
    });
    expect(whose(spoof, [{ source: 'enforced-session-name' }]).actor).toBe(ADA);
    expect(whose(spoof, [{ source: 'enforced-source-identity' }]).actor).toBe(ADA);
  });

  it('is what the identity provider asserts, under any alias and in any case', () => {
    for (const userName of [ADA, 'Ada.Lovelace', 'ADA@digital.example.gov.uk']) {
      expect(whose(build.samlAssumeRole({ userName }), [{ source: 'saml' }]).actor).toBe(ADA);
    }
    expect(
      whose(build.samlAssumeRole({ userName: 'ada@example.gov.uk.evil.example' }), [{ source: 'saml' }]).actor,
    ).toBe('unknown');
  });

  it('is the user of Identity Center for its own roles only', () => {
    const sources: readonly IdentitySource[] = [{ source: 'identity-center' }];
    expect(whose(build.identityCenterAssumeRole(), sources).actor).toBe(ADA);
    expect(whose(build.samlAssumeRole(), sources).actor).toBe('unknown');
    const lookalike = `arn:aws:iam::${build.PRODUCTION}:role/AWSReservedSSO_AdministratorAccess_0123456789abcdef`;
    expect(whose(build.assumeRole({ who: build.session(lookalike, ADA) }), sources).actor).toBe('unknown');
    expect(whose(build.assumeRole({ who: build.session(build.permissionSetRole(), ADA) }), sources).actor).toBe(ADA);
  });

  it('is known by the immutable user id on whose behalf a session acts', () => {
    const person: Person = { id: ADA, aliases: [], aws: [{ kind: 'identity-store-user', userId: '9067642ac7-aaaa' }] };
    const input = build.assumeRole({
      who: build.session(build.PROD_ADMIN, 'x'),
      overrides: { userIdentity: { onBehalfOf: { userId: '9067642ac7-aaaa' } } },
    });
    expect(whose(input, [{ source: 'identity-center' }], undefined, [person])).toMatchObject({
      actor: ADA,
      how: 'Identity Center user id 9067642ac7-aaaa',
    });
  });

  it('is named by a role that belongs to one person, held to both ends of the template and to listed accounts', () => {
    const template: readonly IdentitySource[] = [{ source: 'role-name', template: '{person}-fulladmin' }];
    const own = (name: string, account = build.USERS) =>
      whose(
        build.assumeRole({ who: build.session(`arn:aws:iam::${account}:role/${name}`, 'anything'), half: 'caller' }),
        template,
      ).actor;
    expect(own('ada.lovelace-fulladmin')).toBe(ADA);
    expect(own('Ada.Lovelace-fulladmin')).toBe(ADA);
    expect(own('x-ada.lovelace-fulladmin')).toBe('unknown');
    expect(own('ada.lovelace-fulladmin-2')).toBe('unknown');
    expect(own('-fulladmin')).toBe('unknown');
    expect(own('ada.lovelace-fulladmin', '999999999999')).toBe('unknown');
    expect(
      whose(
        build.assumeRole({ role: `arn:aws:iam::${build.PRODUCTION}:role/ada.lovelace-fulladmin`, who: build.stranger }),
        template,
      ).actor,
    ).toBe(ADA);
  });

  it('is nobody, loudly, where two trusted sources name different people', () => {
    const borrowed = build.assumeRole({
      who: build.ben,
      role: `arn:aws:iam::${build.PRODUCTION}:role/ada.lovelace-fulladmin`,
    });
    const found = whose(borrowed, [{ source: 'principal' }, { source: 'role-name', template: '{person}-fulladmin' }]);
    expect(found.actor).toBe('unknown');
    expect(found.how).toContain('trusted sources disagree');
    expect(found.how).toContain('ben@example.gov.uk');
  });

  it('is known by a bare user name only in the accounts that the policy lists for it', () => {
    const person: Person = {
      id: ADA,
      aliases: [],
      aws: [{ kind: 'user-name', userName: 'ada', accounts: [build.USERS] }],
    };
    const by = (account: string) =>
      whose(
        build.assumeRole({ who: build.user('ada', 'AIDASOMEBODYNEW1', account), half: 'caller' }),
        PRINCIPAL,
        undefined,
        [person],
      ).actor;
    expect(by(build.USERS)).toBe(ADA);
    expect(by(build.DEPLOY)).toBe('unknown');
  });

  it('is known by its user’s ARN whatever the path, and by no other account’s user of that name', () => {
    const there = (arn: string) =>
      whose(
        build.assumeRole({ half: 'caller', overrides: { userIdentity: { arn, principalId: 'AIDANEW123456789' } } }),
        PRINCIPAL,
      ).actor;
    expect(there(`arn:aws:iam::${build.USERS}:user/staff/${ADA}`)).toBe(ADA);
    expect(there(`arn:aws:iam::999999999999:user/${ADA}`)).toBe('unknown');
    expect(there(`arn:aws:sts::${build.USERS}:assumed-role/x/${ADA}`)).toBe('unknown');
  });

  it('is nobody where two people share a name', () => {
    const twice: readonly Person[] = [ADA, 'ben@example.gov.uk'].map((id) => ({ id, aliases: ['admin'], aws: [] }));
    expect(whose(build.samlAssumeRole({ userName: 'admin' }), [{ source: 'saml' }], undefined, twice).actor).toBe(
      'unknown',
    );
  });

  it('is told with how it is known', () => {
    const how = (input: unknown, source: IdentitySource) => whose(input, [source]).how;
    const { role, caller } = build.crossAccountPair({ sessionName: ADA, sourceIdentity: ADA });
    expect(how(role, { source: 'enforced-session-name' })).toBe(`enforced session name ${ADA}`);
    expect(how(caller, { source: 'enforced-source-identity' })).toBe(`enforced source identity ${ADA}`);
    expect(how(build.samlAssumeRole(), { source: 'saml' })).toBe(`SAML user name ${ADA}`);
    const center = { source: 'identity-center' } as const;
    expect(how(build.identityCenterAssumeRole(), center)).toBe(`Identity Center user name ${ADA}`);
    const named = build.assumeRole({ role: `arn:aws:iam::${build.PRODUCTION}:role/ada.lovelace-admin` });
    expect(how(named, { source: 'role-name', template: '{person}-admin' })).toBe('role name ada.lovelace-admin');
  });

  it('is known by a role of its own, in whatever session, and by an IAM user’s bare name', () => {
    const role = `arn:aws:iam::${build.DEPLOY}:role/team/ada`;
    const person: Person = { id: ADA, aliases: [], aws: [{ kind: 'arn', arn: role }] };
    const input = build.assumeRole({ who: build.session(role, 'x'), half: 'caller' });
    expect(whose(input, PRINCIPAL, undefined, [person])).toEqual({ actor: ADA, how: `role ${role}` });
    const bare: Person = {
      id: ADA,
      aliases: [],
      aws: [{ kind: 'user-name', userName: 'ada', accounts: [build.USERS] }],
    };
    const user = build.assumeRole({
      who: build.user('ada', 'AIDANEW123456789'),
      half: 'caller',
      overrides: { userIdentity: { arn: undefined } },
    });
    expect(whose(user, PRINCIPAL, undefined, [bare])).toEqual({ actor: ADA, how: 'IAM user name ada' });
    const other = { ...user, userIdentity: { ...user.userIdentity, type: 'FederatedUser' } };
    expect(whose(other, PRINCIPAL, undefined, [bare]).actor).toBe('unknown');
    const asRole = build.assumeRole({
      who: build.session(`arn:aws:iam::${build.USERS}:role/ada`, 'x'),
      half: 'caller',
    });
    expect(whose(asRole, PRINCIPAL, undefined, [bare]).actor).toBe('unknown');
  });

  it('is known by a bare user name in the ARN that a switch came from', () => {
    const bare: Person = {
      id: ADA,
      aliases: [],
      aws: [{ kind: 'user-name', userName: 'ada', accounts: [build.USERS] }],
    };
    const { target } = build.switchRole({ who: build.user('ada', 'AIDANEW123456789') });
    expect(whose(target, PRINCIPAL, undefined, [bare])).toEqual({
      actor: ADA,
      how: `IAM user arn:aws:iam::${build.USERS}:user/ada`,
    });
  });

  it('is asked for by no name that the record does not have', () => {
    const sources: readonly IdentitySource[] = [
      { source: 'saml' },
      { source: 'identity-center' },
      { source: 'enforced-session-name' },
      { source: 'enforced-source-identity' },
      { source: 'role-name', template: '{person}-fulladmin' },
    ];
    const asked = (input: build.CloudTrailRecord, read: DoorReader) => {
      const names: string[] = [];
      const caller = callerOf(input as never);
      const use = read(input as never, caller);
      if (use === undefined) throw new Error('no use');
      const byName = (name: string) => void names.push(name);
      actorOf({ caller, use, isListedAccount: () => true }, sources, { ...peopleOf(testPolicy()), byName });
      return names;
    };
    const nameless = build.assumeRole({
      half: 'caller',
      overrides: { requestParameters: { roleSessionName: undefined } },
    });
    expect(asked(nameless, readAssumeRole)).toEqual([]);
    expect(asked(build.rootSignIn(), readSignIn)).toEqual([]);
    const full = build.session(`arn:aws:iam::${build.USERS}:role/ada-fulladmin`, 'x', { sourceIdentity: 'y' });
    expect(asked(build.assumeRole({ who: full, half: 'caller' }), readAssumeRole)).toEqual(['x', 'y', 'ada']);
  });

  it('is not who opened a session in the role’s copy of a switch, but who the console says', () => {
    const role: Person = { id: ADA, aliases: [], aws: [{ kind: 'arn', arn: build.PROD_ADMIN }] };
    expect(whose(build.switchRole({ who: build.ben }).target, PRINCIPAL, undefined, [role]).actor).toBe('unknown');
  });

  it('is of the session that is opened where the call opens one, else of the one that acts', () => {
    const enforced: readonly IdentitySource[] = [{ source: 'enforced-session-name' }];
    const who = build.session(`arn:aws:iam::${build.USERS}:role/x`, ADA);
    expect(whose(build.assumeRole({ who, sessionName: 'x', half: 'caller' }), enforced).actor).toBe('unknown');
    const nameless = { requestParameters: { roleSessionName: undefined } };
    expect(whose(build.assumeRole({ who, overrides: nameless, half: 'caller' }), enforced).actor).toBe('unknown');
    const acts = build.consoleSignIn({ who: build.session(build.PROD_ADMIN, ADA) });
    expect(whose(acts, enforced).actor).toBe(ADA);
    const source: readonly IdentitySource[] = [{ source: 'enforced-source-identity' }];
    const carried = build.session(build.PROD_ADMIN, 'x', { sourceIdentity: ADA });
    expect(whose(build.assumeRole({ who: carried }), source).actor).toBe(ADA);
    expect(whose(build.assumeRole({ who: carried, sourceIdentity: 'x' }), source).actor).toBe('unknown');
  });

  it('is not Identity Center’s on the word of a provider that only bears its name, or for another role', () => {
    const sources: readonly IdentitySource[] = [{ source: 'identity-center' }];
    const plain = build.identityCenterAssumeRole({ provider: 'entra' });
    expect(whose(plain, sources).actor).toBe('unknown');
    const elsewhere = build.identityCenterAssumeRole({ role: build.PROD_ADMIN });
    expect(whose(elsewhere, sources).actor).toBe('unknown');
  });

  it('is not named by a role that fits one end of the template only, or both ends in one', () => {
    const named = (name: string, template: string) =>
      whose(build.assumeRole({ role: `arn:aws:iam::${build.PRODUCTION}:role/${name}`, who: build.stranger }), [
        { source: 'role-name', template },
      ]).actor;
    expect(named('x-ada.lovelace-y', 'x-{person}-y')).toBe(ADA);
    expect(named('x-ada.lovelace-z', 'x-{person}-y')).toBe('unknown');
    expect(named('z-ada.lovelace-y', 'x-{person}-y')).toBe('unknown');
    expect(named('ada.lovelace', '{person}')).toBe(ADA);
    expect(named('ada.lovelace', 'ada.lovelace{person}')).toBe('unknown');
    expect(named('ada.lovelace', 'ada.{person}.lovelace')).toBe('unknown');
  });

  it('is nobody with all that the record mentions, each at most so long', () => {
    const who = build.session(`arn:aws:iam::${build.USERS}:role/x`, 'caller-name', { sourceIdentity: 'caller-source' });
    expect(
      whose(build.assumeRole({ who, half: 'caller', sessionName: 'opened', sourceIdentity: 'source' }), []),
    ).toEqual({
      actor: 'unknown',
      how: `the policy knows nobody as arn:aws:sts::${build.USERS}:assumed-role/x/caller-name`,
      hints: [
        `caller arn:aws:sts::${build.USERS}:assumed-role/x/caller-name`,
        'session name opened',
        'source identity source',
      ],
    });
    expect(whose(build.consoleSignIn({ who }), [])).toMatchObject({
      hints: expect.arrayContaining(['session name caller-name', 'source identity caller-source']) as unknown,
    });
    expect(whose(build.switchRole().target, [])).toMatchObject({
      hints: expect.arrayContaining([`switched from arn:aws:iam::${build.USERS}:user/${ADA}`]) as unknown,
    });
    expect(whose(build.samlAssumeRole(), []).hints).toEqual([`asserted name ${ADA}`, `session name ${ADA}`]);
    expect(whose(build.assumeRole({ who: build.stranger, half: 'caller' }), []).hints?.[0]).toBe('user contractor');
    const long = build.assumeRole({ sessionName: 'x'.repeat(400), half: 'caller' });
    expect(whose(long, []).hints?.every((hint) => hint.length <= 256)).toBe(true);
  });

  it('is nobody whom the policy knows, or whom this copy of the call cannot name', () => {
    const { role } = build.crossAccountPair({ who: build.stranger });
    expect(whose(role, PRINCIPAL).how).toBe(
      `this copy of the call names AIDASTRANGEREXAMPLE of account ${build.USERS} only`,
    );
    const arnless = { userIdentity: { arn: undefined } };
    expect(whose(build.assumeRole({ who: build.stranger, half: 'caller', overrides: arnless }), PRINCIPAL).how).toBe(
      'the policy knows nobody as AIDASTRANGEREXAMPLE',
    );
    const long = { userIdentity: { arn: `arn:aws:iam::${build.USERS}:user/${'x'.repeat(900)}` } };
    const named = whose(build.assumeRole({ half: 'caller', who: build.stranger, overrides: long }), PRINCIPAL);
    expect(named.how).toHaveLength(512);
    expect(Math.max(...(named.hints ?? []).map((hint) => hint.length))).toBe(256);
  });
});

describe('a suppression', () => {
  it('silences its principal on its target until its end, and nobody else', () => {
    const silenced = (who: build.Caller, at = '2026-11-24T10:00:00Z') => {
      const reading = readRecord(build.assumeRole({ who, role: build.DEPLOY_ADMIN, at }), testPolicy());
      return reading.outcome === 'access' ? reading.record.suppression : reading;
    };
    expect(silenced(build.session(build.CI_ROLE, 'run-1'))).toBe('terraform-ci');
    expect(silenced(build.session(build.CI_ROLE, 'run-1'), '2027-03-31T23:00:00Z')).toBeUndefined();
    expect(silenced(build.session(`${build.CI_ROLE}-2`, 'run-1'))).toBeUndefined();
    expect(silenced(build.ada)).toBeUndefined();
  });
});
