import { describe, expect, it } from 'vitest';
import { type Principal, principalOf } from '../../lambdas/core/arn.ts';
import type { Caller } from '../../lambdas/core/caller.ts';
import { approversOf, inGroup, knownPerson, mayConfirm, type SlackStanding } from '../../lambdas/core/eligibility.ts';
import { peopleOf } from '../../lambdas/core/people.ts';
import type { PersonPrincipal } from '../../lambdas/core/policy.ts';
import { prepare } from '../../lambdas/core/prepare.ts';
import { testPolicy } from '../support/policies.ts';
import { PRODUCTION, USERS } from '../support/records.ts';

const ADA = 'ada@example.gov.uk';
const BEN = 'ben@example.gov.uk';
const named = (arn: string): Principal => {
  const principal = principalOf(arn);
  if (principal === undefined) throw new Error(`nobody in ${arn}`);
  return principal;
};
const known = (...aws: readonly PersonPrincipal[]) => peopleOf(testPolicy({ people: [{ id: ADA, aliases: [], aws }] }));

describe('the people of a policy', () => {
  it('are known by any of their names, whatever the case', () => {
    const people = peopleOf(testPolicy());
    expect(['Ada.Lovelace', ADA.toUpperCase(), 'nobody', ''].map((name) => people.byName(name))).toEqual([
      ADA,
      ADA,
      undefined,
      undefined,
    ]);
  });

  it('are nobody where two have one name, and still somebody where one has it twice', () => {
    const people = [
      { id: ADA, aliases: ['ada', 'Ada', 'admin'], aws: [] },
      { id: BEN, aliases: ['admin'], aws: [] },
    ];
    const found = peopleOf(testPolicy({ people }));
    expect([found.byName('ada'), found.byName('admin'), found.byName(BEN)]).toEqual([ADA, undefined, BEN]);
  });

  it('are known by unique id, by the id of the identity store, and by user name in the accounts that are listed', () => {
    const people = known(
      { kind: 'principal-id', id: 'AIDAX' },
      { kind: 'identity-store-user', userId: 'AB-cd' },
      { kind: 'user-name', userName: 'Ada', accounts: ['1', '2'] },
    );
    expect([people.byPrincipalId('AIDAX'), people.byPrincipalId('aidax')]).toEqual([ADA, undefined]);
    expect([people.byIdentityStoreUser('ab-CD'), people.byIdentityStoreUser('x')]).toEqual([ADA, undefined]);
    expect(['1', '2', '3'].map((account) => people.byUserName(account, 'aDA'))).toEqual([ADA, ADA, undefined]);
    expect([people.byPrincipalId('AB-cd'), people.byIdentityStoreUser('AIDAX'), people.byName('AIDAX')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('are known by ARN: a user or role in every session of it, and a session as itself alone', () => {
    const role = known({ kind: 'arn', arn: 'arn:aws:iam::1:role/team/ada' });
    const session = known({ kind: 'arn', arn: 'arn:aws:sts::1:assumed-role/shared/ada' });
    const by = (name: string) => named(`arn:aws:sts::1:assumed-role/${name}`);
    expect([role.byPrincipal(by('ada/x')), role.byPrincipal(by('ben/x'))]).toEqual([ADA, undefined]);
    expect([by('shared/ada'), by('shared/ben'), by('shared')].map((one) => session.byPrincipal(one))).toEqual([
      ADA,
      undefined,
      undefined,
    ]);
    expect(known({ kind: 'arn', arn: 'no ARN' }).byPrincipal(by('ada/x'))).toBeUndefined();
  });

  it('are not asked for the name of one kind by a name of another', () => {
    const people = known({ kind: 'arn', arn: 'arn:aws:iam::1:user/ada' });
    expect(people.byUserName('1', 'ada')).toBeUndefined();
    expect(people.byName('aws:1:user:ada')).toBeUndefined();
    expect(people.byPrincipal(named('arn:aws:iam::1:user/Ada'))).toBe(ADA);
  });
});

describe('a policy that is prepared', () => {
  const caller = (over: Partial<Caller>) => ({ arn: '', principal: '', ...over }) as Caller;
  const silences = (principal: string, who: Partial<Caller>) => {
    const [one] = testPolicy().suppressions;
    if (one === undefined) throw new Error('no suppression');
    const policy = testPolicy({ suppressions: [{ ...one, match: { ...one.match, principal } }] });
    return prepare(policy).suppressions[0]?.matches(caller(who));
  };

  it('is prepared once', () => {
    const policy = testPolicy();
    expect(prepare(policy)).toBe(prepare(policy));
    expect(prepare(testPolicy())).not.toBe(prepare(policy));
  });

  it('lists the accounts it watches, and its own', () => {
    const { isListedAccount, guarded } = prepare(testPolicy({ accounts: { [PRODUCTION]: 'Production' } }));
    expect([PRODUCTION, '333333333333', USERS].map(isListedAccount)).toEqual([true, true, false]);
    expect([PRODUCTION, '333333333333'].map(guarded.isHome)).toEqual([false, true]);
  });

  it('silences by unique id, by the ARN of a caller, and by that of its role', () => {
    expect(silences('AROAX', { principal: 'AROAX' })).toBe(true);
    expect(silences('AROAX', { principal: 'AROAY' })).toBe(false);
    expect(silences('arn:aws:iam::1:user/ci-*', { arn: 'arn:aws:iam::1:user/ci-1' })).toBe(true);
    expect(silences('arn:aws:iam::1:user/ci-*', { arn: 'arn:aws:iam::1:user/ada' })).toBe(false);
    const session = 'arn:aws:sts::1:assumed-role/ci/run-1';
    expect(silences('arn:aws:iam::1:role/ci', { arn: session, identity: named(session) })).toBe(true);
    expect(silences('arn:aws:iam::1:role/other', { arn: session, identity: named(session) })).toBe(false);
    expect(silences('arn:aws:iam::1:role/ci', { arn: session })).toBe(false);
  });

  it('guards the roles and the logs that it watches, and the users of its people', () => {
    const guarded = () => prepare(testPolicy()).guarded;
    const role = (name: string) => named(`arn:aws:iam::${PRODUCTION}:role/${name}`);
    expect(['notify-prod-admin', 'other'].map((name) => guarded().isWatchedRole(role(name)))).toEqual([true, false]);
    const log = (name: string) => guarded().isWatchedLogGroup(`/aws/rds/instance/${name}/postgresql`);
    expect([log('notifydb'), log('other')]).toEqual([true, false]);
    const user = (account: string, name: string) => guarded().isPersonsUser(account, name);
    expect([user(USERS, ADA), user(PRODUCTION, ADA), user(USERS, 'robot'), user(USERS, '')]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    const two = prepare(
      testPolicy({
        people: [{ id: ADA, aliases: [], aws: [{ kind: 'user-name', userName: 'ada', accounts: ['1'] }] }],
      }),
    );
    expect([two.guarded.isPersonsUser('1', 'ada'), two.guarded.isPersonsUser('2', 'ada')]).toEqual([true, false]);
  });

  it('guards a log where one of several is watched', () => {
    const base = testPolicy();
    const [, , database] = base.targets;
    if (database?.door.kind !== 'database') throw new Error('no database');
    const other = { ...database, id: 'other', door: { ...database.door, logGroup: '/other' } };
    const { isWatchedLogGroup } = prepare({ ...base, targets: [...base.targets, other] }).guarded;
    expect(['/other', '/aws/rds/instance/notifydb/postgresql', '/none'].map(isWatchedLogGroup)).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('who may say yes', () => {
  const policy = testPolicy();
  const ben: SlackStanding = { id: 'U01BEN', workspace: 'T01GDS', standing: 'full-member' };
  const why = (over: Partial<SlackStanding>) => {
    const found = knownPerson({ ...ben, ...over }, policy);
    return found.outcome === 'refused' ? found.why : found.person;
  };

  it.each<[Partial<SlackStanding>, string]>([
    [{}, BEN],
    [{ workspace: 'T02' }, 'another Slack workspace'],
    [{ standing: 'bot' }, 'A bot cannot'],
    [{ standing: 'deactivated' }, 'deactivated'],
    [{ standing: 'guest' }, 'Guests of the workspace'],
    [{ id: 'U99' }, 'does not know you'],
  ])('is, with %j, %s', (over, words) => {
    expect(why(over)).toContain(words);
  });

  it('is answered with the person, or with why not', () => {
    expect(knownPerson(ben, policy)).toEqual({ outcome: 'eligible', person: BEN });
    expect(knownPerson({ ...ben, standing: 'bot' }, policy)).toMatchObject({ outcome: 'refused' });
  });

  it('is a second person, in the group of approvers now', () => {
    const group = policy.groups['notify-team'];
    const may = (actor: string, of = group, members?: readonly string[]) => {
      const found = mayConfirm(ben, actor, of, members, policy);
      return found.outcome === 'refused' ? found.why : found.person;
    };
    expect(may(ADA)).toBe(BEN);
    expect(may(BEN)).toContain('your own');
    expect(may(ADA, { kind: 'people', people: [ADA] })).toContain('not among those');
    expect(mayConfirm({ ...ben, standing: 'guest' }, ADA, group, undefined, policy)).toMatchObject({
      outcome: 'refused',
      why: expect.stringContaining('Guests') as unknown,
    });
  });

  it('is among the members of a group in Slack, and nobody where Slack could not say', () => {
    const slack = { kind: 'slack-user-group', slackUserGroup: 'S1' } as const;
    expect(inGroup(BEN, 'U01BEN', slack, ['U01ADA', 'U01BEN'])).toBe(true);
    expect(inGroup(BEN, 'U01BEN', slack, ['U01ADA'])).toBe(false);
    expect(inGroup(BEN, 'U01BEN', slack, undefined)).toBe(false);
    expect(inGroup(BEN, 'U01BEN', undefined, ['U01BEN'])).toBe(false);
  });

  it('is asked of the team’s approvers, and of cyber where there is no such team', () => {
    expect(approversOf('notify', policy)).toBe(policy.groups['notify-team']);
    expect(approversOf('nobody', policy)).toBe(policy.groups.cyber);
  });
});
