import { describe, expect, it } from 'vitest';
import { allowsAll, isAdminPolicy, type RoleDetail, unwatchedAdmins } from '../../lambdas/core/admin-like.ts';
import { testPolicy } from '../support/policies.ts';
import { PRODUCTION } from '../support/records.ts';

const document = (...Statement: readonly unknown[]) => JSON.stringify({ Statement });
const allow = (over: object = {}) => ({ Effect: 'Allow', Action: '*', Resource: '*', ...over });

describe('a policy of AWS’s own', () => {
  it.each([
    ['arn:aws:iam::aws:policy/AdministratorAccess', true],
    ['arn:aws-cn:iam::aws:policy/PowerUserAccess', true],
    ['arn:aws-us-gov:iam::aws:policy/IAMFullAccess', true],
    ['arn:aws:iam::aws:policy/ReadOnlyAccess', false],
    ['arn:aws:iam::aws:policy/AdministratorAccess-Amplify', false],
    [`arn:aws:iam::${PRODUCTION}:policy/AdministratorAccess`, false],
    ['x arn:aws:iam::aws:policy/AdministratorAccess', false],
    ['arn::iam::aws:policy/AdministratorAccess', false],
  ])('%s makes an administrator: %s', (arn, expected) => {
    expect(isAdminPolicy(arn)).toBe(expected);
  });
});

describe('a policy document', () => {
  it.each<[string, string, boolean]>([
    ['allows all', document(allow()), true],
    ['allows all, as its one statement', JSON.stringify({ Statement: allow() }), true],
    ['allows all of IAM, in any case', document(allow({ Action: 'IAM:*' })), true],
    ['lets any role be assumed', document(allow({ Action: ['s3:Get*', 'sts:AssumeRole'] })), true],
    ['allows all of STS', document(allow({ Action: 'sts:*' })), true],
    ['allows all of everything', document(allow({ Action: '*:*' })), true],
    ['allows all but something', document(allow({ Action: undefined, NotAction: 'iam:*' })), true],
    ['allows all on all but something', document(allow({ Resource: undefined, NotResource: 'x' })), true],
    ['allows all on everything among others', document(allow({ Resource: ['x', '*'] })), true],
    ['allows all after something else', document(allow({ Action: 's3:*' }), allow()), true],
    ['cannot be read', '{', true],
    ['is null', 'null', true],
    ['is empty', '', false],
    ['has no statement', '{}', false],
    ['has statements that are none', document('x', null), false],
    ['denies all', document(allow({ Effect: 'Deny' })), false],
    ['allows all of S3', document(allow({ Action: 's3:*' })), false],
    ['allows all on one thing', document(allow({ Resource: 'x' })), false],
    ['allows nothing', document(allow({ Action: undefined })), false],
    ['allows all nowhere', document(allow({ Resource: undefined })), false],
    ['says so beyond its two-hundredth statement', document(...Array(200).fill({}), allow()), false],
  ])('that %s: %s is %s', (_, text, expected) => {
    expect(allowsAll(text)).toBe(expected);
  });
});

describe('a role that no target watches', () => {
  const opens = (Principal: unknown, Effect = 'Allow') => document({ Effect, Principal });
  const found = (over: Partial<RoleDetail>) => {
    const role: RoleDetail = {
      arn: `arn:aws:iam::${PRODUCTION}:role/quiet`,
      id: 'AROAQUIET',
      trust: opens({ AWS: '*' }),
      attached: ['arn:aws:iam::aws:policy/AdministratorAccess'],
      documents: [],
      ...over,
    };
    return unwatchedAdmins([role], testPolicy()).length === 1;
  };

  it.each<[string, Partial<RoleDetail>, boolean]>([
    ['is open to an account', {}, true],
    ['is open to anybody', { trust: opens('*') }, true],
    ['is open to a provider', { trust: opens({ Federated: 'x' }) }, true],
    ['is open to a service and to people', { trust: opens({ Service: 'x', AWS: '*' }) }, true],
    ['is open by a trust that cannot be read', { trust: '{' }, true],
    ['is for services alone', { trust: opens({ Service: 'x' }) }, false],
    ['is closed to all', { trust: opens({ AWS: '*' }, 'Deny') }, false],
    ['is open to nobody', { trust: '{}' }, false],
    ['is an administrator by a document', { attached: [], documents: [document(allow())] }, true],
    ['has one such policy among others', { attached: ['x', 'arn:aws:iam::aws:policy/AdministratorAccess'] }, true],
    ['has one such document among others', { attached: [], documents: ['{}', document(allow())] }, true],
    ['is none', { attached: ['x'], documents: [document(allow({ Action: 's3:*' }))] }, false],
    ['is watched', { arn: `arn:aws:iam::${PRODUCTION}:role/notify-prod-admin` }, false],
    ['has an ARN that is none', { arn: 'x' }, true],
  ])('and %s', (_, over, expected) => {
    expect(found(over)).toBe(expected);
  });
});
