import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { inert } from '../../cli/preview/inert.ts';
import { scratchFolder, twoEye } from '../support/command.ts';
import {
  apiCall,
  assumeRole,
  CI_ROLE,
  DEPLOY_ADMIN,
  executeCommand,
  PROD_ADMIN,
  session,
  stranger,
} from '../support/records.ts';

const POLICY = 'policy/notify.yaml';
const JOB = 'arn:aws:iam::222222222222:role/nightly-job';

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

test('a person who is taken out of the policy is a new unknown actor, with the reason', async () => {
  const ran = await previewOf((policy) =>
    policy.replace('AIDAADAEXAMPLE, "arn:aws:iam::444444444444:user/ada@example.gov.uk"', 'AIDASOMEBODYELSE'),
  );
  expect(ran.code).toBe(3);
  expect(ran.stdout).toMatch(
    /### Actors that would be unknown and are not today\n\n.+\n.+\n\| AIDAADAEXAMPLE \| 2 \| .+names AIDAADAEXAMPLE/,
  );
  // Somebody unknown pages whatever the hour.
  expect(ran.stdout).toMatch(/\| pages in working hours \| 0 \| 2\.0 \(2\) \|/);
});

/** A preview of the change of `policy/notify.yaml`, over these records. */
async function previewOver(
  records: readonly unknown[],
  change: (policy: string) => string,
  base: (policy: string) => string = (same) => same,
) {
  await using folder = await scratchFolder();
  const file = await folder.write('trail.json', trail(...records));
  const policy = base(await readFile(POLICY, 'utf8'));
  const old = await folder.write('old.yaml', policy);
  return await twoEye(['policy', 'preview', old, await folder.write('young.yaml', change(policy)), file]);
}

test('one action that becomes four is three more, and four that become one are three fewer', async () => {
  const records = [0, 30, 60, 90].map((second) =>
    assumeRole({ at: Date.UTC(2026, 10, 24, 14, 0, second), key: `at ${second}` }),
  );
  const apart = (policy: string) => policy.replace('grouping: 2m', 'grouping: "0"');
  const split = await previewOver(records, apart);
  expect(split.stdout).toContain(': 3 added.');
  expect(split.stdout).toContain('| added | `ada@example.gov.uk` | notify-prod-admin | part of another use |');
  expect(split.code).toBe(3);
  const merged = await previewOver(records, (policy) => policy.replace('grouping: "0"', 'grouping: 2m'), apart);
  expect(merged.stdout).toContain(': 3 silenced.');
  expect(merged.stdout).toContain('| unapproved, ping to notify | part of another use |');
  expect(merged.code).toBe(3);
});

test.each([
  ['channel: C01NOTIFY', 'channel: C02OTHER', 'in C01NOTIFY and C01CYBER', 'in C02OTHER and C01CYBER'],
  ['pagerDuty: notify', 'pagerDuty: others', 'waking cyber and notify', 'waking cyber and others'],
  ['page: [team, cyber]', 'page: [team]', 'waking cyber and notify', 'waking notify'],
  ['pageAfter: 15m', 'pageAfter: 4h', 'after 15 min waking', 'after 240 min waking'],
  ['pagerDutyRegion: eu', 'pagerDutyRegion: us', 'notify (eu)', 'notify (us)'],
])('a use that is told elsewhere is re-routed: %s becomes %s', async (from, to, now, then) => {
  const use = assumeRole({ at: '2026-11-24T14:00:00Z' });
  const { stdout, code } = await previewOver([use], (policy) => policy.replace(from, to));
  expect(stdout).toContain(': 1 re-routed.');
  const [, , , , , before, after] = stdout.trim().split('\n').at(-1)?.split('|') ?? [];
  expect(before).toContain(now);
  expect(after).toContain(then);
  expect(code).toBe(3);
});

test('a use that nobody is told of is no longer recorded, or newly recorded, but neither silenced nor added', async () => {
  const use = assumeRole({ who: session(CI_ROLE, 'terraform'), role: DEPLOY_ADMIN });
  const unwatched = (policy: string) =>
    policy.replace(/ {2}- id: notify-deploy-admin[\s\S]*?maxAction: 4h\n\n/, '').replace(/suppressions:[\s\S]*$/, '');
  const gone = await previewOver([use], unwatched);
  expect(gone.stdout).toContain(': 1 no longer recorded.');
  const whole = await readFile(POLICY, 'utf8');
  const young = await previewOver([use], () => whole, unwatched);
  expect(young.stdout).toContain(': 1 newly recorded.');
});

const HOSTILE = [
  '@alphagov/everyone',
  'x@ada',
  '#1',
  'alphagov/notify#1',
  'GH-1',
  'https://evil.example/?a=1',
  'www.evil.example',
  '*a* _b_ ~~c~~',
  '&lt;b&gt; <b>',
  '[a](https://evil.example)',
  '`@ada` a | @ada | ``@ada`` |',
  '\\`@ada\\',
  'a\n@ada\u2028@ada',
  ':+1:',
  'd34db33f0',
  `${'a'.repeat(118)}|@ada`,
];

test.each(HOSTILE)('a text of a record is one piece of code, which nothing in it ends: %j', (text) => {
  expect(inert(text)).toMatch(/^`[^`|\p{C}\p{Zl}\p{Zp}]+`$/u);
});

test.each(['judged otherwise', '2026-11-24T14:00:00Z', 'unapproved, page to notify', 'notify-prod-admin', ''])(
  'plain words stay words: %j',
  (text) => expect(inert(text)).toBe(text),
);

test('a session name that mentions people mentions nobody in the comment', async () => {
  const use = assumeRole({ who: session(JOB, '@everyone`|*see* #1 https://evil.example'), role: DEPLOY_ADMIN });
  const known = await readFile(POLICY, 'utf8');
  const { stdout } = await previewOver(
    [use],
    () => known,
    (policy) => policy.replace('notify-deploy-admin"', 'other"'),
  );
  expect(stdout).toContain("nightly-job/@everyone'¦*see* #1");
  expect(stdout.replace(/`[^`\n]*`/g, '')).not.toMatch(/@|#1|https:|\*see/);
});

test('a principal that is unknown today is no news where it would be unknown for another use too', async () => {
  const uses = [PROD_ADMIN, DEPLOY_ADMIN].map((role) => assumeRole({ who: stranger, role }));
  const without = (policy: string) =>
    policy.replace('111111111111:role/notify-prod-admin', '111111111111:role/another-admin');
  const known = await readFile(POLICY, 'utf8');
  const { stdout } = await previewOver(uses, () => known, without);
  expect(stdout).toContain(': 1 added.');
  expect(stdout).not.toContain('Actors that would be unknown');
});

const trail = (...records: unknown[]) => JSON.stringify({ Records: records });

test('uses are counted by target and person, and probable false alarms by cause', async () => {
  await using folder = await scratchFolder();
  const records = [
    assumeRole({ at: '2026-11-24T14:00:00Z', key: 'ada' }),
    assumeRole({ at: '2026-11-24T15:30:00Z', key: 'ada again' }),
    assumeRole({ at: '2026-11-24T10:00:00Z', key: 'ci', who: session(CI_ROLE, 'terraform'), role: DEPLOY_ADMIN }),
    assumeRole({ at: '2026-11-24T11:00:00Z', key: 'job', who: session(JOB, 'i-0123'), role: DEPLOY_ADMIN }),
  ];
  const [file, loud] = [
    await folder.write('trail.json', trail(...records)),
    await folder.write('loud.yaml', (await readFile(POLICY, 'utf8')).replace(/suppressions:[\s\S]*$/, '')),
  ];
  const { stdout, code } = await twoEye(['policy', 'preview', POLICY, loud, file]);
  expect(code).toBe(3);
  for (const row of [
    '| notify-deploy-admin | 2 (1 told) | 2 (2 told) |',
    '| notify-prod-admin | 2 (2 told) | 2 (2 told) |',
    '| `ada@example.gov.uk` | 2 (2 told) | 2 (2 told) |',
    '| CI or automation | 0 | 1 |',
    '| service role | 1 | 1 |',
    '| refresh of a session | 1 | 1 |',
    '| notify | 2.0 (2) / 1.0 (1) | 2.0 (2) / 2.0 (2) |',
  ])
    expect(stdout).toContain(row);
});

test.each([
  ['GitHubActions', 'CI or automation'],
  ['AWSCodeBuild-0f1e2d3c', 'CI or automation'],
  ['argocd-application-controller', 'CI or automation'],
  ['ci_deploy', 'CI or automation'],
  ['margot@example.gov.uk', 'service role'],
  ['carla-cargo@example.gov.uk', 'service role'],
  ['Francis', 'service role'],
  ['argo.jones', 'service role'],
])('a session of nobody known that is called %s counts as %s', async (name, cause) => {
  const use = assumeRole({ who: session(JOB, name), role: DEPLOY_ADMIN });
  const { stdout } = await previewOver([use], (policy) =>
    policy.replace('aliases: [ada.lovelace]', 'aliases: [ada.lovelace, argo.jones]'),
  );
  expect(stdout).toContain(`| ${cause} | ${name === 'argo.jones' ? '0' : '1'} | 1 |`);
});

test('a known person who runs terraform is no machine', async () => {
  const use = assumeRole({ userAgent: 'APN/1.0 HashiCorp/1.0 Terraform/1.9.0 (+https://www.terraform.io)' });
  const { stdout } = await previewOver([use], (same) => same);
  expect(stdout).toContain('| notify-prod-admin | 1 (1 told) | 1 (1 told) |');
  expect(stdout).not.toContain('CI or automation');
});

test('the archive is read once, so that it can come from standard input, and what was found is kept', async () => {
  await using folder = await scratchFolder();
  const records = [
    assumeRole({ at: '2026-11-24T14:00:00Z', key: 'ada' }),
    assumeRole({ at: '2026-11-25T14:00:00Z', role: DEPLOY_ADMIN }),
  ];
  const without = await folder.write(
    'less.yaml',
    (await readFile(POLICY, 'utf8')).replace('111111111111:role/notify-prod-admin', '111111111111:role/another-admin'),
  );
  const args = (path: string) => ['policy', 'preview', without, POLICY, path];
  const piped = await twoEye(args('-'), trail(...records));
  expect(piped.stdout).toMatch(/1 added/);
  const file = await folder.write('trail.json.gz', gzipSync(trail(...records)));
  const [first, again] = [await twoEye(args(file)), await twoEye(args(file))];
  expect([first.stdout, again.stdout]).toEqual([piped.stdout, piped.stdout]);
  expect(await readdir(join(folder.path, '.two-eye-extract'))).toHaveLength(1);
});

test('the preview agrees with a replay under each policy, whatever either of them watches', async () => {
  await using folder = await scratchFolder();
  const records = [DEPLOY_ADMIN, PROD_ADMIN].flatMap((role) =>
    Array.from({ length: 5 }, (_, index) =>
      assumeRole({ at: `2026-11-2${index}T10:00:00Z`, role, key: `${role}${index}` }),
    ),
  );
  const file = await folder.write('trail.json', trail(...records, executeCommand({ at: '2026-11-24T14:00:00Z' })));
  const text = await readFile(POLICY, 'utf8');
  const less = await folder.write('less.yaml', text.replace(/ {2}- id: notify-prod-shell[\s\S]*?settle: 15m\n/, ''));
  const uses = async (policy: string) => {
    const { stdout } = await twoEye(['replay', file, '--no-cache', '--policy', policy, '--format', 'jsonl']);
    return stdout.trim().split('\n').length;
  };
  const { stdout } = await twoEye(['policy', 'preview', POLICY, less, file, '--no-cache']);
  const total = (column: number) =>
    /### Uses by target\n\n([\s\S]*?)\n\n/
      .exec(stdout)?.[1]
      ?.split('\n')
      .slice(2)
      .reduce((sum, row) => sum + Number.parseInt(row.split('|')[column] ?? '', 10), 0);
  expect([total(2), total(3)]).toEqual([await uses(POLICY), await uses(less)]);
  expect(total(2)).not.toBe(total(3));
});

test('a group of approvers that lives in Slack and is not given is named beside the figures', async () => {
  await using folder = await scratchFolder();
  const inSlack = await folder.write(
    'policy.yaml',
    (await readFile(POLICY, 'utf8')).replace(/notify-team: \{.*/, 'notify-team: { slackUserGroup: S01TEAM }'),
  );
  const file = await folder.write('trail.json', trail(assumeRole()));
  const approvals = await folder.write('approvals.jsonl', '');
  const ran = await twoEye(['policy', 'preview', inSlack, inSlack, file, '--approvals', approvals]);
  expect(ran.stderr.match(/group "notify-team", which approves for team "notify", lives in Slack/g)).toHaveLength(1);
  expect(ran.stdout).toContain('> **Note:** group "notify-team"');
  const html = await twoEye(['replay', file, '--policy', inSlack, '--approvals', approvals, '--format', 'html']);
  expect(html.stdout).toMatch(/class="warning">.+group &quot;notify-team&quot;/);
});

test('what cannot be read is named, counted beside the figures, and exits 2', async () => {
  await using folder = await scratchFolder();
  const file = await folder.write('trail.jsonl', `${JSON.stringify(assumeRole())}\nnot json\n`);
  const ran = await twoEye(['policy', 'preview', POLICY, POLICY, file]);
  expect(ran.code).toBe(2);
  expect(ran.stderr.match(/unreadable: .+the line is not JSON/g)).toHaveLength(1);
  expect(ran.stdout).toContain('1 files or records could not be read');
});

/** A trail file's name as CloudTrail gives it. */
const named = (day: string) => `111111111111_CloudTrail_eu-west-1_${day}T1405Z_AbCdEf0123456789.json`;

test('the rate is over the days that the names of the files say were read, not from the first use to the last', async () => {
  await using folder = await scratchFolder();
  await folder.write(named('20261102'), trail());
  await folder.write(named('20261124'), trail(assumeRole({ at: '2026-11-24T14:00:00Z' })));
  await folder.write(named('20261129'), trail());
  const { stdout } = await twoEye(['policy', 'preview', POLICY, POLICY, folder.path]);
  expect(stdout).toContain('From 2026-11-02 to 2026-11-29 (4.0 weeks, by the names of the files)');
  expect(stdout).toContain('| pings in working hours | 0.3 (1) | 0.3 (1) |');
});

test('where a file does not say its day, the text says that the rate is from the first use to the last', async () => {
  const uses = ['2026-11-10', '2026-11-23'].map((day) => assumeRole({ at: `${day}T14:00:00Z` }));
  const { stdout } = await previewOver(uses, (same) => same);
  expect(stdout).toContain('From 2026-11-10 to 2026-11-23 (2.0 weeks, from the first use to the last)');
  expect(stdout).toContain('| pings in working hours | 1.0 (2) | 1.0 (2) |');
});

test('a few in years are shown as more than nothing', async () => {
  const uses = ['2024-09-02', '2026-11-24'].map((day) => assumeRole({ at: `${day}T14:00:00Z` }));
  const { stdout } = await previewOver(uses, (same) => same);
  expect(stdout).toContain('| pings in working hours | 0.02 (2) | 0.02 (2) |');
});

test.each([
  ['nothing', {}, '0 files; read 0', 'no file was read'],
  [
    'files of other names',
    { 'notes.txt': 'x' },
    '0 files, 1 other file in the folders passed over',
    'no file was read',
  ],
  ['files without a record', { 'trail.json': trail() }, '1 file; read 0', 'have no record'],
])('of a folder with %s nothing is said of the change, and that exits 2', async (_, files, account, why) => {
  await using folder = await scratchFolder();
  for (const [name, text] of Object.entries(files)) await folder.write(name, text);
  const ran = await twoEye(['policy', 'preview', POLICY, POLICY, folder.path]);
  expect(ran.stdout).toMatch(new RegExp(`> \\*\\*Note:\\*\\* .*${why}`));
  expect(ran.stdout).not.toContain('nothing would have been otherwise');
  for (const text of [ran.stdout, ran.stderr]) expect(text).toContain(account);
  expect(ran.code).toBe(2);
});

test('every record that was read is accounted for once, whichever policy watches it', async () => {
  const records = [
    assumeRole({ at: '2026-11-24T14:00:00Z', key: 'watched by both' }),
    assumeRole({ at: '2026-11-24T14:00:00Z', key: 'watched by both' }),
    assumeRole({ role: DEPLOY_ADMIN, key: 'watched by one' }),
    assumeRole({ role: JOB, key: 'watched by neither' }),
    apiCall({ source: 's3.amazonaws.com', name: 'ListBuckets' }),
  ];
  const ran = await previewOver(records, (policy) => policy.replace('notify-deploy-admin"', 'other"'));
  const account = 'read 5 = watched 2 + ignored 3 (duplicate 1, not-watched 1, other-event 1) + unreadable 0';
  for (const text of [ran.stdout, ran.stderr]) expect(text).toContain(account);
});

test('what is printed has the first 50 changed uses and says how many there are more; --all writes every one', async () => {
  await using folder = await scratchFolder();
  const uses = Array.from({ length: 53 }, (_, index) =>
    assumeRole({ at: Date.UTC(2026, 9, 1, 13 * index), key: `use ${index}` }),
  );
  const file = await folder.write('trail.json', trail(...uses));
  const young = await folder.write(
    'young.yaml',
    (await readFile(POLICY, 'utf8')).replace('channel: C01NOTIFY', 'channel: C02OTHER'),
  );
  const all = join(folder.path, 'all.md');
  const { stdout } = await twoEye(['policy', 'preview', POLICY, young, file, '--all', all]);
  const rows = (text: string) => text.match(/^\| 2026-.* \| re-routed \|/gm)?.length;
  expect(rows(stdout)).toBe(50);
  expect(stdout).toContain('… and 3 more, with option --all');
  const whole = await readFile(all, 'utf8');
  expect(rows(whole)).toBe(53);
  expect(whole).not.toContain('more, with option');
});
