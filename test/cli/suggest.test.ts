import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { scratchFolder, twoEye } from '../support/command.ts';
import {
  apiCall,
  assumeRole,
  ben,
  CI_ROLE,
  crossAccountPair,
  DEPLOY_ADMIN,
  deniedAssumeRole,
  envelope,
  identityCenterAssumeRole,
  PROD_ADMIN,
  permissionSetRole,
  samlAssumeRole,
  serviceAssumeRole,
  session,
  stranger,
  webIdentity,
} from '../support/records.ts';

const FULLADMIN = 'arn:aws:iam::111111111111:role/gds/ada.lovelace-fulladmin';

async function suggested(records: readonly unknown[], change = (text: string) => text) {
  await using folder = await scratchFolder();
  const ran = await twoEye(['policy', 'suggest', await folder.write('t.json', JSON.stringify({ Records: records }))]);
  const filled = await folder.write('policy.yaml', change(ran.stdout));
  return { ...ran, policy: parse(ran.stdout), checked: await twoEye(['policy', 'check', filled]) };
}

const pair = crossAccountPair({ at: '2026-11-24T14:00:00Z', key: 'ada' });
const pipeline = crossAccountPair({ at: '2026-11-24T15:00:00Z', key: 'ci', who: session(CI_ROLE, 'terraform') });
const everything = [
  pair.caller,
  pair.role,
  assumeRole({ at: '2026-11-24T14:30:00Z', key: 'ben', who: ben, role: FULLADMIN }),
  pipeline.role,
  pipeline.caller,
  samlAssumeRole({ at: '2026-11-24T15:30:00Z', userName: 'Ada@example.gov.uk' }),
  identityCenterAssumeRole({ at: '2026-11-24T16:00:00Z', userName: 'cat@example.gov.uk' }),
  webIdentity({ at: '2026-11-24T16:30:00Z' }),
  serviceAssumeRole(),
];

/** What the person who fills it in would write. */
function filledIn(text: string): string {
  let number = 0;
  return text
    .replace(/^# (suppressions:| {2,})/gm, '$1')
    .replace('home: { account: "FILL-IN", region: FILL-IN }', 'home: { account: "333333333333", region: eu-west-2 }')
    .replace('workspace: FILL-IN', 'workspace: T01GDS')
    .replace('{ people: [FILL-IN] }', '{ people: [ada@example.gov.uk] }')
    .replace('slackUserGroup: FILL-IN', 'slackUserGroup: S01CYBER')
    .replaceAll('channel: FILL-IN', 'channel: C01NOTIFY')
    .replace(/slack: FILL-IN/g, () => `slack: U0PERSON${++number}`)
    .replace(/ id: FILL-IN/g, () => ` id: person-${++number}@example.gov.uk`)
    .replaceAll('reason: FILL-IN', 'reason: reviewed pull requests')
    .replaceAll('owner: FILL-IN', 'owner: ada@example.gov.uk')
    .replaceAll('until: FILL-IN', 'until: 2027-03-31')
    .replaceAll('FILL-IN', 'an account');
}

test('a suggested policy names roles, people and machines apart, and how each role says who it was', async () => {
  const { policy, stdout, stderr, code } = await suggested(everything);
  expect(code).toBe(0);
  expect(stderr).toContain('3 admin-like roles used');
  const targets: { role: string; identity: unknown[] }[] = policy.targets;
  expect(targets.map(({ role, identity }) => [role, identity])).toEqual([
    ['arn:aws:iam::111111111111:role/notify-prod-admin', ['principal', 'saml']],
    ['arn:aws:iam::111111111111:role/gds/*-fulladmin', [{ 'role-name': '{person}-fulladmin' }, 'principal']],
    [permissionSetRole(), ['identity-center']],
  ]);
  // Two halves of one call are one use; the CI role, the pipeline and the service are machines.
  expect(stdout).toContain('# 5 uses: 2 people, 3 machines or services');
  expect(policy.people.map(({ id, aws = [] }: { id: string; aws?: string[] }) => [id, aws.length])).toEqual([
    ['ada@example.gov.uk', 2],
    ['FILL-IN', 1],
    ['cat@example.gov.uk', 0],
    ['FILL-IN', 0],
  ]);
  expect(stdout).toContain(`principal: "${CI_ROLE}"`);
  expect(policy.suppressions).toBeUndefined();
});

test('the check names what is left to fill in, and takes the file once it is filled in, suppressions too', async () => {
  const open = await suggested(everything);
  expect(open.checked.code).toBe(1);
  expect(open.checked.stderr).toContain('FILL-IN');
  const { checked } = await suggested(everything, filledIn);
  expect(checked).toMatchObject({ code: 0, stderr: expect.not.stringContaining('is not in accounts') });
  expect(checked.stdout).toMatch(/is right: 3 targets, 1 team, 4 people, 1 suppression/);
});

test('an archive without admin-like roles, and one of envelopes, are read as well', async () => {
  const none = await suggested([apiCall({ source: 's3.amazonaws.com', name: 'ListBuckets' })]);
  expect(none.code).toBe(0);
  expect(none.stderr).toContain('0 admin-like roles');
  const wrapped = await suggested([envelope(pair.role)]);
  expect(wrapped.policy.targets).toHaveLength(1);
});

test('who was refused is no person of the policy, and a role that was only asked for no target', async () => {
  const refused = (key: string, role: string) =>
    deniedAssumeRole({
      key,
      who: stranger,
      overrides: { requestParameters: { roleArn: role, roleSessionName: 'contractor' } },
    });
  const { policy, stdout } = await suggested([
    pair.role,
    refused('known', PROD_ADMIN),
    refused('none', 'arn:aws:iam::111111111111:role/no-such-admin'),
  ]);
  expect(policy.targets.map(({ role }: { role: string }) => role)).toEqual([PROD_ADMIN]);
  expect(stdout).toContain('# 1 use: 1 person, 0 machines');
  expect(stdout).not.toContain('AIDASTRANGER');
});

test('whatever replay reads is read: log subscriptions, results of LookupEvents, envelopes and queues of any account', async () => {
  const { caller } = crossAccountPair({ at: '2026-11-24T14:00:00Z', key: 'ada', role: DEPLOY_ADMIN });
  const text = JSON.stringify(caller);
  for (const value of [
    { messageType: 'DATA_MESSAGE', logEvents: [{ id: '1', timestamp: 0, message: text }] },
    { Events: [{ CloudTrailEvent: text }] },
    envelope(caller),
    { Records: [{ eventSource: 'aws:sqs', body: JSON.stringify(envelope(caller)) }] },
  ]) {
    const { code, stderr, policy } = await suggested([value]);
    expect([code, policy.targets.map(({ role }: { role: string }) => role)]).toEqual([0, [DEPLOY_ADMIN]]);
    expect(stderr).not.toContain('unreadable');
  }
});

test('what cannot be read is counted and named as by replay, and the exit is 2', async () => {
  const records = [
    pair.role,
    envelope(pair.role, { source: 'my.app' }),
    ...Array.from({ length: 30 }, () => ({ ...pair.caller, eventID: undefined })),
  ];
  const { code, stderr, policy } = await suggested(records);
  expect(code).toBe(2);
  expect(policy.targets).toHaveLength(1);
  expect(stderr).toContain('event source "my.app" is not one of AWS');
  expect(stderr).toContain('eventID is missing');
  expect(stderr).toContain('… and 11 more; 31 could not be read');
});
