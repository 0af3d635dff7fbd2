import { describe, expect, it } from 'vitest';
import { parseArn, principalKey, principalOf, roleArnOf, roleMatcher, wildcard } from '../../lambdas/core/arn.ts';

describe('an ARN', () => {
  it('is read from its left, whatever its resource holds', () => {
    expect(parseArn('arn:aws:sts::111111111111:assumed-role/admin/a:b:c')).toEqual({
      partition: 'aws',
      service: 'sts',
      account: '111111111111',
      resource: 'assumed-role/admin/a:b:c',
    });
    expect(parseArn('arn:aws-cn:s3:::bucket')).toEqual({
      partition: 'aws-cn',
      service: 's3',
      account: '',
      resource: 'bucket',
    });
    expect(parseArn('arn:aws:iam::1:')?.resource).toBe('');
  });

  it.each(['', 'arn', 'arn:aws:iam::1', 'urn:aws:iam::1:user/ada', 'AROAX:ada'])('is none in %j', (text) => {
    expect(parseArn(text)).toBeUndefined();
  });
});

describe('the user or role that an ARN names', () => {
  const base = { partition: 'aws', account: '1' };

  it.each([
    ['arn:aws:iam::1:root', { ...base, kind: 'root', path: '', name: 'root', hasPath: true }],
    ['arn:aws:iam::1:user/ada', { ...base, kind: 'user', path: 'ada', name: 'ada', hasPath: true }],
    ['arn:aws:iam::1:role/team/admin', { ...base, kind: 'role', path: 'team/admin', name: 'admin', hasPath: true }],
    [
      'arn:aws:sts::1:federated-user/console',
      { ...base, kind: 'federated-user', path: 'console', name: 'console', hasPath: true },
    ],
    [
      'arn:aws:sts::1:assumed-role/admin/ada',
      { ...base, kind: 'role', path: 'admin', name: 'admin', hasPath: false, session: 'ada' },
    ],
    ['arn:aws:sts::1:assumed-role/admin', { ...base, kind: 'role', path: 'admin', name: 'admin', hasPath: false }],
  ])('is read from %s', (arn, principal) => {
    expect(principalOf(arn)).toStrictEqual(principal);
  });

  it.each([
    'ada',
    'arn:aws:s3:::user/ada',
    'arn:aws:iam::1:group/admins',
    'arn:aws:iam::1:user/',
    'arn:aws:iam::1:role',
    'arn:aws:sts::1:assumed-role/',
    'arn:aws:sts::1:assumed-role',
  ])('is nobody in %s', (arn) => {
    expect(principalOf(arn)).toBeUndefined();
  });

  it('has one spelling, whatever its path and case', () => {
    const keys = ['arn:aws:iam::1:role/team/Admin', 'arn:aws:sts::1:assumed-role/admin/x'].map((arn) => {
      const principal = principalOf(arn);
      return principal && principalKey(principal);
    });
    expect(keys).toEqual(['aws:1:role:admin', 'aws:1:role:admin']);
  });

  it('is written again with as much of its path as is known', () => {
    const again = (arn: string) => {
      const role = principalOf(arn);
      return role && roleArnOf(role);
    };
    expect(again('arn:aws-cn:iam::1:role/team/admin')).toBe('arn:aws-cn:iam::1:role/team/admin');
    expect(again('arn:aws:sts::1:assumed-role/admin/x')).toBe('arn:aws:iam::1:role/admin');
  });
});

describe('a wildcard', () => {
  it.each([
    ['admin', 'admin', true],
    ['admin', 'admin2', false],
    ['*', '', true],
    ['*', 'anything', true],
    ['a*', 'ab', true],
    ['a*', 'ba', false],
    ['*a', 'ba', true],
    ['*a', 'ab', false],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'acb', false],
    ['a*b*c', 'a-c', false],
    ['ab*ba', 'aba', false],
    ['ab*ba', 'abba', true],
    ['a*b*bc', 'abc', false],
    ['*x*x*', 'x', false],
    ['*x*x*', 'xx', true],
    ['a**c', 'ac', true],
  ])('%s: is %s matched? %s', (pattern, text, expected) => {
    expect(wildcard(pattern)(text)).toBe(expected);
  });
});

describe('a role pattern', () => {
  const matches = (pattern: string, arn: string) => {
    const role = principalOf(arn);
    if (role === undefined) throw new Error(`nobody in ${arn}`);
    return roleMatcher(pattern)(role);
  };
  const session = (name: string) => `arn:aws:sts::1:assumed-role/${name}/x`;
  const role = (path: string) => `arn:aws:iam::1:role/${path}`;

  it.each<[string, string, string, boolean]>([
    ['the role itself', role('admin'), role('admin'), true],
    ['whatever its case', role('Admin'), role('aDMIN'), true],
    ['a session of it', role('admin'), session('admin'), true],
    ['that name under a path, where the pattern has none', role('admin'), role('team/admin'), true],
    ['the path that it names', role('team/admin'), role('team/admin'), true],
    ['no other path than the one it names', role('team/admin'), role('other/admin'), false],
    ['a session, which drops the path it names', role('team/admin'), session('admin'), true],
    ['all below a path', role('team/*'), role('team/sub/admin'), true],
    ['no session, where it names a path alone', role('team/*'), session('admin'), false],
    ['every session, where it names any role', role('*'), session('admin'), true],
    ['a session by the part of the name that it says', role('team/adm*'), session('admin'), true],
    ['no session of another name', role('team/adm*'), session('readonly'), false],
    ['no role of another account', 'arn:aws:iam::2:role/admin', role('admin'), false],
    ['no user of that name', role('admin'), 'arn:aws:iam::1:user/admin', false],
    ['no user, where it names any role', '*', 'arn:aws:iam::1:user/admin', false],
    ['no name that only ends like it', role('admin'), role('team/notadmin'), false],
  ])('matches %s', (_, pattern, arn, expected) => {
    expect(matches(pattern, arn)).toBe(expected);
  });
});
