import { describe, expect, it } from 'vitest';
import {
  attribute,
  dependsOn,
  type LiveSession,
  liveSessionOf,
  liveTargetsOf,
  settleMsOf,
} from '../../lambdas/core/attribution.ts';
import { ledgerIdOf, waitsForOtherHalf, withActorOf } from '../../lambdas/core/halves.ts';
import { HOUR_MS, MINUTE_MS } from '../../lambdas/core/time.ts';
import { ledgerRecord, TEN } from '../support/ledger-records.ts';
import { testPolicy } from '../support/policies.ts';

const policy = testPolicy();
const ADA = 'ada@example.gov.uk';
const BEN = 'ben@example.gov.uk';

const database = ledgerRecord({
  kind: 'database',
  target: 'notify-prod-db-write',
  actor: 'unknown',
  how: 'names write only',
  principal: 'db',
});
const shell = ledgerRecord({
  kind: 'shell',
  target: 'notify-prod-shell',
  actor: 'unknown',
  principal: 'AROAX',
  usedKeyId: 'ASIAX',
});

const live = (over: Partial<LiveSession> = {}): LiveSession => ({
  ledger: `person:${ADA}`,
  actor: ADA,
  target: 'notify-prod-admin',
  from: TEN - HOUR_MS / 2,
  until: TEN + HOUR_MS / 2,
  key: 'opened',
  ...over,
});

describe('what a record depends on', () => {
  it('is a live session for a database, an access key for a shell, nothing where somebody is known', () => {
    expect(dependsOn(database, policy)).toBe('live-session');
    expect(liveTargetsOf(database, policy)).toEqual(['notify-prod-admin']);
    expect(dependsOn(shell, policy)).toBe('access-key');
    expect(dependsOn({ ...shell, actor: ADA }, policy)).toBe('nothing');
    expect(dependsOn({ ...shell, principal: 'AIDASTRANGER', usedKeyId: 'AKIAX' }, policy)).toBe('nothing');
    expect(dependsOn({ ...shell, kind: 'tampering' }, policy)).toBe('nothing');
    expect(dependsOn({ ...database, doubtful: 'yes' }, policy)).toBe('nothing');
    expect(dependsOn({ ...database, suppression: 's' }, policy)).toBe('nothing');
    const { usedKeyId: _, ...keyless } = shell;
    expect(dependsOn(keyless, policy)).toBe('nothing');
    expect(dependsOn({ ...shell, usedKeyId: 'AKIAX' }, policy)).toBe('nothing');
    expect(dependsOn({ ...shell, principal: 'AIDASTRANGER' }, policy)).toBe('nothing');
  });

  it('is the session itself for a sign-in, on its own target', () => {
    const signIn = ledgerRecord({ kind: 'sign-in', actor: 'unknown', session: 'AROAX:x' });
    expect(liveTargetsOf(signIn, policy)).toEqual(['notify-prod-admin']);
    expect(dependsOn(signIn, policy)).toBe('live-session');
    const { session: _, ...nameless } = signIn;
    expect(liveTargetsOf(nameless, policy)).toEqual([]);
    expect(liveTargetsOf({ ...signIn, kind: 'assume-role' }, policy)).toEqual([]);
    const including = policy.targets.map((target) => ({ ...target, includes: ['notify-prod-admin'] }));
    expect(liveTargetsOf({ ...nameless, kind: 'assume-role' }, { ...policy, targets: including })).toEqual([]);
    expect(liveTargetsOf({ ...database, target: 'no more' }, policy)).toEqual([]);
  });

  it('is waited for as long as the target says, and not where there is no such target', () => {
    const targets = policy.targets.map((target, index) => ({ ...target, settleMs: index }));
    expect(settleMsOf(database, { ...policy, targets })).toBe(2);
    expect(settleMsOf({ ...database, target: 'no more' }, policy)).toBe(0);
  });
});

describe('attribution', () => {
  it('is to the one person whose session was open, with the reason', () => {
    expect(attribute(database, [live(), live({ key: 'renewed' })])).toMatchObject({
      actor: ADA,
      how: `only ${ADA} had a session open on notify-prod-admin`,
    });
  });

  it('is to nobody when several could have, and names them', () => {
    expect(attribute(database, [live(), live({ actor: BEN })])).toMatchObject({
      actor: 'unknown',
      hints: [`had a session open: ${ADA}`, `had a session open: ${BEN}`],
    });
    expect(attribute(database, [live(), live({ actor: 'unknown' })]).actor).toBe('unknown');
  });

  it('is to nobody when somebody else’s session ended just before, for a tunnel outlives the credentials that opened it', () => {
    const ended = (minutes: number) => live({ actor: BEN, from: TEN - HOUR_MS, until: TEN - minutes * MINUTE_MS });
    expect(attribute(database, [live(), ended(5)])).toMatchObject({
      actor: 'unknown',
      hints: [`had a session open: ${ADA}`, `had a session that had just ended, which a tunnel outlives: ${BEN}`],
    });
    expect(attribute(database, [live(), ended(60)]).actor).toBe(ADA);
    expect(attribute(database, [live(), live({ from: TEN - HOUR_MS, until: TEN - MINUTE_MS })]).actor).toBe(ADA);
    expect(attribute(database, [ended(5)])).toMatchObject({
      actor: 'unknown',
      hints: [`had a session that had just ended, which a tunnel outlives: ${BEN}`],
    });
  });

  it.each([
    ['ended before', live({ until: TEN })],
    ['began after', live({ from: TEN + 2_000 })],
  ])('is not by a session that %s', (_, session) => {
    expect(attribute(database, [session])).toMatchObject({ actor: 'unknown' });
  });

  it('is by the access key beyond doubt, and by no session with another key', () => {
    expect(attribute(shell, [live({ accessKeyId: 'ASIAX' })])).toMatchObject({
      actor: ADA,
      how: `the access key of the session that ${ADA} opened on notify-prod-admin`,
    });
    expect(attribute(shell, [live({ accessKeyId: 'ASIAY' })])).toEqual({
      ...shell,
      how: `${shell.how}; no session was open that could have led here`,
    });
    const { usedKeyId: _, ...keyless } = shell;
    expect(attribute(keyless, [live()]).actor).toBe('unknown');
    expect(attribute(shell, [live({ accessKeyId: 'ASIAX', until: TEN - 1, from: TEN - 2 })]).actor).toBe(ADA);
    expect(attribute(shell, [live({ until: TEN - MINUTE_MS, from: TEN - HOUR_MS })])).not.toHaveProperty('hints');
  });

  it('of a sign-in is by the very session that signs in', () => {
    const signIn = ledgerRecord({ kind: 'sign-in', actor: 'unknown', session: 'AROAX:x', how: 'nobody' });
    expect(attribute(signIn, [live({ session: 'AROAX:x' })])).toMatchObject({
      actor: ADA,
      how: `the session that ${ADA} opened on notify-prod-admin`,
    });
    expect(attribute(signIn, [live({ session: 'AROAX:y' })])).toMatchObject({ actor: 'unknown' });
  });

  it('knows a session that was opened within a second of it, since CloudTrail writes whole seconds', () => {
    const from = (ms: number) => attribute(database, [live({ from: TEN + ms })]).actor;
    expect([0, 1_000, 1_001].map(from)).toEqual([ADA, ADA, 'unknown']);
    expect(attribute(database, [live({ session: 'AROAX:ada' })]).actor).toBe(ADA);
  });

  it('is in doubt for as long as a tunnel lasts after the end of somebody else’s session', () => {
    const ended = (ms: number) =>
      attribute(database, [live(), live({ actor: BEN, from: TEN - 2 * HOUR_MS, until: TEN - ms })]).actor;
    expect([0, 20 * MINUTE_MS - 1, 20 * MINUTE_MS].map(ended)).toEqual(['unknown', 'unknown', ADA]);
    expect(
      attribute(database, [live(), live({ actor: BEN, from: TEN + HOUR_MS, until: TEN + 2 * HOUR_MS })]).actor,
    ).toBe(ADA);
  });

  it('says why it is to nobody, with those who may have been, in order, and at most twenty of them', () => {
    expect(attribute(database, [live({ actor: BEN }), live(), live({ actor: 'unknown' })])).toEqual({
      ...database,
      how: `${database.how}; several people had a session open`,
      hints: [ADA, BEN, 'unknown'].map((one) => `had a session open: ${one}`),
    });
    expect(attribute(database, [])).toEqual({
      ...database,
      how: `${database.how}; no session was open that could have led here`,
    });
    expect(attribute(database, [live({ actor: 'unknown' })]).how).toContain('several people');
    const many = Array.from({ length: 30 }, (_, index) => live({ actor: `p${index}@example.gov.uk` }));
    const crowded = attribute({ ...database, hints: ['application name psql'] }, many);
    expect(crowded.hints).toHaveLength(20);
    expect(crowded.hints?.[0]).toBe('application name psql');
  });

  it('leaves no hints where it is to somebody', () => {
    const attributed = attribute({ ...database, hints: ['application name psql'] }, [live()]);
    expect(attributed).not.toHaveProperty('hints');
    expect(attributed).toMatchObject({ key: database.key, principal: 'db' });
  });

  it('leaves alone what names somebody', () => {
    const known = ledgerRecord();
    expect(attribute(known, [live({ actor: BEN })])).toBe(known);
  });

  it('comes from successes that gave out credentials', () => {
    const opened = ledgerRecord({ issuedKeyId: 'ASIAX', credentialsEndAt: TEN + HOUR_MS });
    expect(liveSessionOf(opened, ledgerIdOf(opened))).toMatchObject({
      actor: ADA,
      accessKeyId: 'ASIAX',
      from: TEN,
      until: TEN + HOUR_MS,
    });
    expect(liveSessionOf({ ...opened, outcome: 'refused' }, ledgerIdOf(opened))).toBeUndefined();
    expect(liveSessionOf({ ...opened, kind: 'sign-in' }, ledgerIdOf(opened))).toBeUndefined();
    expect(liveSessionOf(ledgerRecord(), ledgerIdOf(opened))).toBeUndefined();
  });

  it('is kept with its key and session, where there are any', () => {
    const opened = ledgerRecord({ credentialsEndAt: TEN + HOUR_MS });
    const session = {
      ledger: `person:${ADA}`,
      actor: ADA,
      target: 'notify-prod-admin',
      from: TEN,
      until: TEN + HOUR_MS,
      key: 'e-1',
    };
    expect(liveSessionOf(opened, ledgerIdOf(opened))).toStrictEqual(session);
    const named = { ...opened, issuedKeyId: 'ASIAX', session: 'AROAX:x' };
    expect(liveSessionOf(named, ledgerIdOf(named))).toStrictEqual({
      ...session,
      accessKeyId: 'ASIAX',
      session: 'AROAX:x',
    });
  });
});

describe('a half', () => {
  const role = ledgerRecord({
    key: 'r',
    half: 'role',
    pairKey: 'p',
    actor: 'unknown',
    hints: ['x'],
    principal: 'AIDACAT',
  });
  const caller = ledgerRecord({ key: 'c', half: 'caller', pairKey: 'p', actor: ADA });

  it('waits only when it is the role’s, has a partner and names nobody', () => {
    expect(waitsForOtherHalf(role)).toBe(true);
    expect(waitsForOtherHalf(caller)).toBe(false);
    expect(waitsForOtherHalf({ ...role, actor: ADA })).toBe(false);
    expect(waitsForOtherHalf({ ...role, suppression: 's' })).toBe(false);
  });

  it('takes the person and the silence of the other, and moves to that ledger', () => {
    const joined = withActorOf(role, caller);
    expect(joined).toMatchObject({ actor: ADA, how: `${caller.how} (in the caller's copy of the call)` });
    expect([ledgerIdOf(role), ledgerIdOf(joined)]).toEqual(['principal:AIDACAT', `person:${ADA}`]);
    expect(withActorOf(role, { ...caller, suppression: 's' }).suppression).toBe('s');
    expect(withActorOf(role, { ...caller, pairKey: 'q' })).toBe(role);
  });

  it('waits only for another of the same call', () => {
    const { pairKey: _, ...alone } = role;
    expect(waitsForOtherHalf(alone)).toBe(false);
    expect(waitsForOtherHalf({ ...caller, actor: 'unknown' })).toBe(false);
    expect(withActorOf(alone, (({ pairKey: __, ...rest }) => rest)(caller))).toEqual(alone);
    expect(withActorOf(role, { ...caller, key: role.key })).toBe(role);
  });

  it('keeps the person it names, and is silenced with the other all the same', () => {
    const named = { ...role, actor: BEN };
    expect(withActorOf(named, caller)).toStrictEqual(named);
    expect(withActorOf(named, { ...caller, suppression: 's' })).toEqual({ ...named, suppression: 's' });
    expect(withActorOf(role, { ...caller, actor: 'unknown', suppression: 's' })).toEqual({ ...role, suppression: 's' });
  });

  it('says in whose copy the person stood, and gives no hints where it is known', () => {
    const joined = withActorOf({ ...caller, actor: 'unknown', hints: ['x'] }, { ...role, actor: ADA });
    expect(joined.how).toBe(`${role.how} (in the role's copy of the call)`);
    expect(joined).not.toHaveProperty('hints');
  });
});

describe('the ledger of a principal that nobody knows', () => {
  it.each([
    ['AROAX:ci run#7', 'principal:AROAX:ci%20run%237'],
    ['100%', 'principal:100%25'],
    ['a\u0000b\u200bc', 'principal:a%00b%E2%80%8Bc'],
    ['unreadable', 'principal:%unreadable'],
    ['waiting/ASIAX', 'principal:%waiting/ASIAX'],
    ['undecided', 'principal:%undecided'],
    ['undecided-no-more', 'principal:undecided-no-more'],
    ['not-waiting', 'principal:not-waiting'],
    ['\ud800', 'principal:%EF%BF%BD'],
    ['x'.repeat(400), `principal:${'x'.repeat(256)}`],
    ['#'.repeat(256), `principal:${'%23'.repeat(100)}`],
  ])('%j is %s', (principal, ledger) => {
    expect(ledgerIdOf(ledgerRecord({ actor: 'unknown', principal }))).toBe(ledger);
  });
});
