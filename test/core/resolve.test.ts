import { describe, expect, it } from 'vitest';
import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import { readRecord } from '../../lambdas/core/read.ts';
import { tamperingTarget } from '../../lambdas/core/resolve.ts';
import { TARGETS, testPolicy, testTarget } from '../support/policies.ts';
import * as build from '../support/records.ts';

const { PRODUCTION, PROD_ADMIN, USERS } = build;
const ADA = 'ada@example.gov.uk';
const TEN = Date.UTC(2026, 10, 24, 10);

/** Under a policy that nobody has prepared before. */
function record(input: unknown): LedgerRecord {
  const secret = { kind: 'secret', arn: `arn:aws:secretsmanager:*:${PRODUCTION}:secret:*` } as const;
  const policy = testPolicy({ targets: [...TARGETS, testTarget({ id: 'secret', door: secret })] });
  const reading = readRecord(input, policy);
  if (reading.outcome !== 'access') throw new Error(`not an access: ${JSON.stringify(reading)}`);
  return reading.record;
}

describe('what is kept of a record', () => {
  it('is all of this, and nothing else', () => {
    const made = build.assumeRole({ key: 'e-1', half: 'caller', durationSeconds: 900, userAgent: 'aws-cli' });
    const response = made.responseElements as { credentials: { accessKeyId: string } };
    expect(record(made)).toEqual({
      key: 'e-1',
      pairKey: made.sharedEventID,
      occurredAt: TEN,
      kind: 'assume-role',
      eventName: 'AssumeRole',
      outcome: 'success',
      account: PRODUCTION,
      region: 'eu-west-1',
      principal: 'AIDAADAEXAMPLE',
      resource: PROD_ADMIN,
      ip: '192.0.2.10',
      userAgent: 'aws-cli',
      mfa: true,
      session: `${build.roleIdOf(PROD_ADMIN)}:${ADA}`,
      issuedKeyId: response.credentials.accessKeyId,
      usedKeyId: made.userIdentity.accessKeyId,
      credentialsEndAt: TEN + 900_000,
      half: 'caller',
      actor: ADA,
      how: `IAM user arn:aws:iam::${USERS}:user/${ADA}`,
      target: 'notify-prod-admin',
      team: 'notify',
      groupingMs: 120_000,
      maxActionMs: 14_400_000,
      policy: 'policy-of-the-tests',
    });
  });

  it('has no field for what the record does not say', () => {
    expect(record(build.deniedAssumeRole({ key: 'e-2', userAgent: 'aws-cli' }))).toEqual({
      key: 'e-2',
      occurredAt: TEN,
      kind: 'assume-role',
      eventName: 'AssumeRole',
      outcome: 'refused',
      account: PRODUCTION,
      region: 'eu-west-1',
      principal: 'AIDAADAEXAMPLE',
      resource: PROD_ADMIN,
      ip: '192.0.2.10',
      userAgent: 'aws-cli',
      mfa: true,
      usedKeyId: expect.stringMatching(/^ASIA/) as unknown,
      half: 'whole',
      actor: ADA,
      how: `IAM user arn:aws:iam::${USERS}:user/${ADA}`,
      target: 'notify-prod-admin',
      team: 'notify',
      groupingMs: 120_000,
      maxActionMs: 14_400_000,
      policy: 'policy-of-the-tests',
    });
    const federated = record(build.samlAssumeRole());
    for (const field of ['mfa', 'usedKeyId', 'pairKey', 'consoleLink', 'hints', 'suppression']) {
      expect(federated).not.toHaveProperty(field);
    }
  });

  it('of a shell has neither session, key nor end of its own', () => {
    const shell = record(build.startSession());
    for (const field of ['session', 'issuedKeyId', 'credentialsEndAt', 'consoleLink', 'pairKey']) {
      expect(shell).not.toHaveProperty(field);
    }
  });

  it('has the second factor of the sign-in before that of the session', () => {
    const who = build.session(PROD_ADMIN, 'x');
    const mfa = (MFAUsed: string | undefined) =>
      record(build.consoleSignIn({ who, overrides: { additionalEventData: { MFAUsed } } })).mfa;
    expect([mfa('Yes'), mfa('No'), mfa(undefined)]).toEqual([true, false, true]);
  });

  it('has no shared id for a call within one account, and no end for what was refused', () => {
    const who = build.session(PROD_ADMIN, 'x');
    const own = record(build.assumeRole({ who, overrides: { sharedEventID: 'shared' } }));
    expect(own).not.toHaveProperty('pairKey');
    const refused = build.awsLogin({ overrides: { additionalEventData: { success: 'false' } } });
    expect(record(refused)).not.toHaveProperty('credentialsEndAt');
    expect(record(build.awsLogin()).credentialsEndAt).toBe(TEN + 900_000);
  });

  it('shows no resource longer than a line', () => {
    const long = build.getSecretValue({ secretId: `notifydb/${'x'.repeat(2_000)}` });
    expect(record(long).resource).toHaveLength(1_024);
  });
});

describe('what a service does', () => {
  const by = (made: build.CloudTrailRecord, invokedBy: string) =>
    readRecord({ ...made, userIdentity: { ...made.userIdentity, invokedBy } }, testPolicy()).outcome;

  it('is its own, but for CloudFormation where it reads a secret or changes the watcher', () => {
    expect(by(build.assumeRole({ half: 'caller' }), 'cloudformation.amazonaws.com')).toBe('ignored');
    expect(by(build.startSession(), 'cloudformation.amazonaws.com')).toBe('ignored');
    const change = { source: 'events.amazonaws.com', name: 'DisableRule', request: { name: 'two-eye' } };
    expect(by(build.apiCall(change), 'config.amazonaws.com')).toBe('access');
  });
});

describe('a suppression', () => {
  it('is for its own target', () => {
    const who = build.session(build.CI_ROLE, 'run-1');
    expect(record(build.assumeRole({ who, role: build.DEPLOY_ADMIN })).suppression).toBe('terraform-ci');
    expect(record(build.assumeRole({ who, half: 'caller' }))).not.toHaveProperty('suppression');
  });

  it('is the canary’s own where it sings', () => {
    const role = `arn:aws:iam::${PRODUCTION}:role/two-eye-canary`;
    expect(record(build.assumeRole({ role }))).toMatchObject({
      target: 'two-eye-canary',
      team: 'two-eye',
      suppression: 'two-eye-canary',
    });
  });

  it('is not given to a target by the name of the canary’s', () => {
    const door = { kind: 'role', roleArn: PROD_ADMIN, regions: [] } as const;
    const reading = readRecord(
      build.assumeRole(),
      testPolicy({ targets: [testTarget({ id: 'two-eye-canary', door })] }),
    );
    expect(reading).toMatchObject({ outcome: 'access', record: { target: 'two-eye-canary' } });
    expect(reading.outcome === 'access' && reading.record).not.toHaveProperty('suppression');
  });
});

it('tampering is cyber’s, told by AWS’s own word and that of identity providers alone', () => {
  expect(tamperingTarget(testPolicy())).toEqual({
    id: 'tampering',
    title: 'Two-eye itself, and what it watches',
    team: 'cyber',
    door: { kind: 'root', account: '333333333333' },
    identity: [{ source: 'principal' }, { source: 'saml' }, { source: 'identity-center' }],
    groupingMs: 120_000,
    maxActionMs: 14_400_000,
    settleMs: 900_000,
    includes: [],
  });
});
