import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { scratchFolder, twoEye } from '../support/command.ts';
import { assumeRole, CI_ROLE, DEPLOY_ADMIN, session } from '../support/records.ts';

const POLICY = 'policy/notify.yaml';

async function previewOf(change: (policy: string) => string) {
  await using folder = await scratchFolder();
  const records = [
    assumeRole({ at: '2026-11-24T14:00:00Z', key: 'ada' }),
    assumeRole({ at: '2026-11-25T14:00:00Z', key: 'deploy', role: DEPLOY_ADMIN }),
  ];
  const trail = await folder.write('trail.json', JSON.stringify({ Records: records }));
  const changed = await folder.write('changed.yaml', change(await readFile(POLICY, 'utf8')));
  return await twoEye(['policy', 'preview', POLICY, changed, trail]);
}

test('a policy that changes nothing says so and exits 0', async () => {
  const ran = await previewOf((policy) => policy);
  expect(ran.stdout).toContain('nothing would have been otherwise');
  expect(ran.code).toBe(0);
});

test('what would be re-routed is named, counted and exits 3', async () => {
  const ran = await previewOf((policy) => policy.replace('until: "17:30"', 'until: "13:30"'));
  expect(ran.code).toBe(3);
  expect(ran.stdout).toContain('re-routed');
  expect(ran.stdout).toMatch(/\| unapproved, ping to notify \| unapproved, page to notify \|/);
});

test('a person who is taken out of the policy shows up as a new unknown actor or a change', async () => {
  const ran = await previewOf((policy) =>
    policy.replace('AIDAADAEXAMPLE, "arn:aws:iam::444444444444:user/ada@example.gov.uk"', 'AIDASOMEBODYELSE'),
  );
  expect(ran.code).toBe(3);
});

test('suggest names admin-like roles, people and machines, and leaves decisions open', async () => {
  await using folder = await scratchFolder();
  const ci = session(CI_ROLE, 'terraform');
  const records = [
    assumeRole({ at: '2026-11-24T14:00:00Z', key: 'ada' }),
    assumeRole({ at: '2026-11-24T15:00:00Z', key: 'ci', who: ci }),
  ];
  const ran = await twoEye([
    'policy',
    'suggest',
    await folder.write('trail.json', JSON.stringify({ Records: records })),
  ]);
  expect(ran.code).toBe(0);
  expect(ran.stdout).toContain('role: "arn:aws:iam::111111111111:role/notify-prod-admin"');
  expect(ran.stdout).toContain('FILL-IN');
  expect(ran.stderr).toContain('1 admin-like roles');
});
