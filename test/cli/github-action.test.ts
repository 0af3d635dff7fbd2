import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { scratchFolder } from '../support/command.ts';
import { assumeRole } from '../support/records.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const action = join(root, '.github/actions/policy-preview');

/** A checkout of a pull request: its base has the policy as it is, the working copy as `change` makes it. */
async function pullRequest(
  change: (policy: string) => string,
  base: (policy: string) => string | undefined = (same) => same,
) {
  const folder = await scratchFolder();
  const git = (...args: string[]) =>
    run('git', ['-C', folder.path, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args]);
  await git('init', '--quiet');
  await git('config', 'uploadpack.allowAnySHA1InWant', 'true');
  await git('remote', 'add', 'origin', folder.path);
  const policy = await readFile(join(root, 'policy/notify.yaml'), 'utf8');
  const before = base(policy);
  await folder.write(before === undefined ? 'other.yaml' : 'policy.yaml', before ?? '');
  await git('add', '.');
  await git('commit', '--quiet', '--message', 'base');
  const { stdout } = await git('rev-parse', 'HEAD');
  await folder.write('policy.yaml', change(policy));
  const use = assumeRole({ at: '2026-11-24T14:00:00Z' });
  await folder.write('trail.json', JSON.stringify({ Records: [use] }));
  await git('add', '.');
  return { folder, base: stdout.trim() };
}

async function previewed(...args: Parameters<typeof pullRequest>) {
  const { folder, base } = await pullRequest(...args);
  await using _ = folder;
  return await previewIn(folder, base);
}

async function previewIn(folder: Awaited<ReturnType<typeof scratchFolder>>, base: string, policy = 'policy.yaml') {
  const comment = join(folder.path, 'comment.md');
  const env = {
    ...process.env,
    TWO_EYE: `${process.execPath} ${join(root, 'cli/two-eye.ts')}`,
    POLICY: policy,
    ARCHIVE: 'trail.json',
    APPROVALS: '',
    MEMBERS: '',
    BASE: base,
    COMMENT: comment,
    GITHUB_STEP_SUMMARY: await folder.write('summary.md', ''),
  };
  const ran = await run(join(action, 'preview.sh'), { cwd: folder.path, env }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
  );
  const read = (name: string) => readFile(join(folder.path, name), 'utf8');
  return { ...ran, comment: await read('comment.md'), summary: await read('summary.md') };
}

test('the comment says what the change would have done, and the exit that there is one', async () => {
  const { code, comment } = await previewed((policy) => policy.replace('until: "17:30"', 'until: "13:30"'));
  expect(code).toBe(3);
  expect(comment).toMatch(/^<!-- two-eye policy preview -->\n## What this change of policy would have done/);
  expect(comment).toContain('> **Note:** no --approvals');
  expect(comment).toMatch(/\| pings in working hours \| 1\.0 \(1\) \| 0 \|/);
});

test('a change that changes nothing, a policy that is not right, and one that is new, each have their comment', async () => {
  const same = await previewed((policy) => `${policy}\n# a word more\n`);
  expect(same).toMatchObject({ code: 0, comment: expect.stringContaining('nothing would have been otherwise') });
  const wrong = await previewed((policy) => policy.replace('version: 1', 'version: 2'));
  expect(wrong).toMatchObject({ code: 1, comment: expect.stringContaining('The policy is not right') });
  const young = await previewed(
    (policy) => policy,
    () => undefined,
  );
  expect(young).toMatchObject({ code: 0, comment: expect.stringContaining('adds the policy') });
});

test('each policy that the pull request changes is previewed, and the worst of them is the exit', async () => {
  const { folder, base } = await pullRequest((policy) => policy.replace('until: "17:30"', 'until: "13:30"'));
  await using _ = folder;
  await folder.write('second.yaml', 'version: 2\n');
  await run('git', ['-C', folder.path, 'add', '.']);
  const both = await previewIn(folder, base, '*.yaml');
  expect(both.code).toBe(1);
  expect(both.comment).toMatch(
    /# `policy\.yaml`\n\n## What [\s\S]+re-routed[\s\S]+# `second\.yaml`\n\nThe policy is not right/,
  );
  const none = await previewIn(folder, base, 'elsewhere/*.yaml');
  expect(none).toMatchObject({ code: 0, comment: expect.stringContaining('no longer changes a policy') });
});

test('every changed use is in the summary of the check, and the log obeys nothing that is said', async () => {
  const ran = await previewed((policy) => policy.replace('until: "17:30"', 'until: "13:30"'));
  expect(ran.summary).toContain('### Changed uses');
  expect(ran.stdout).toMatch(/^::stop-commands::(\S+)\n[\s\S]+\n::\1::\n$/);
});

test('the base is fetched where the checkout does not have it', async () => {
  const { folder, base } = await pullRequest((policy) => policy);
  await using _ = folder;
  const clone = join(folder.path, 'clone');
  const git = (...args: string[]) => run('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args]);
  await git('-C', folder.path, 'commit', '--quiet', '--message', 'head');
  await git('clone', '--quiet', '--depth=1', `file://${folder.path}`, clone);
  await expect(git('-C', clone, 'cat-file', '-e', `${base}^{commit}`)).rejects.toThrow();
  await run(join(action, 'base.sh'), { cwd: clone, env: { ...process.env, BASE: base, TOKEN: 'secret' } });
  await git('-C', clone, 'cat-file', '-e', `${base}^{commit}`);
});

const MARK = '<!-- two-eye policy preview -->';
const written = (databaseId: number, body: string, viewerDidAuthor = true) => ({ databaseId, body, viewerDidAuthor });

test.each([
  ['none', [], 'api repos/o/r/issues/7/comments -F body=@comment.md'],
  ['one', [written(4711, `${MARK}\nx`)], 'api --method PATCH repos/o/r/issues/comments/4711 -F body=@comment.md'],
  [
    "somebody else's with our mark before it",
    [written(1, `${MARK}\nx`, false), written(2, 'hello'), written(3, `${MARK}\nx`)],
    'api --method PATCH repos/o/r/issues/comments/3 -F body=@comment.md',
  ],
  ["somebody else's alone", [written(1, `${MARK}\nx`, false)], 'api repos/o/r/issues/7/comments -F body=@comment.md'],
])('the comment is put on the pull request, or our own that is there is updated: %s', async (_, nodes, expected) => {
  await using folder = await scratchFolder();
  await folder.write('comment.md', `${MARK}\n## x\n`);
  const answer = { data: { repository: { pullRequest: { comments: { nodes } } } } };
  await folder.write('answer.json', JSON.stringify(answer));
  const gh = await folder.write(
    'gh',
    `#!/bin/bash\necho "$*" >> calls\nif [ "$2" = graphql ]; then jq -r "\${@: -1}" answer.json; fi\n`,
  );
  await chmod(gh, 0o755);
  await run(join(action, 'comment.sh'), {
    cwd: folder.path,
    env: {
      ...process.env,
      PATH: `${folder.path}:${process.env.PATH}`,
      GITHUB_REPOSITORY: 'o/r',
      NUMBER: '7',
      COMMENT: 'comment.md',
    },
  });
  const calls = (await readFile(join(folder.path, 'calls'), 'utf8')).trim().split('\n');
  expect(calls.at(-1)).toBe(expected);
});

/** Stands in for `aws`: of a bucket whose folders are those of `bucket/` it lists and notes; what it is told to sync it writes down. */
const AWS = `#!/bin/bash
echo "$*" >> calls
if [ "$1" = s3api ]; then
  cd bucket
  found=$(ls -d "$6"*/ 2> /dev/null)
  echo "\${found:-None}"
fi
`;

test('only the months of the days wanted are listed of the trail, account by account and Region by Region', async () => {
  await using folder = await scratchFolder();
  await chmod(await folder.write('aws', AWS), 0o755);
  for (const below of [
    'org/AWSLogs/o-abc123/111111111111/CloudTrail/eu-west-1/2019',
    'org/AWSLogs/o-abc123/111111111111/CloudTrail-Digest/eu-west-1/2019',
    'org/AWSLogs/o-abc123/222222222222/CloudTrail/us-east-1/2019',
    'org/AWSLogs/o-abc123/222222222222/elasticloadbalancing/us-east-1/2019',
  ])
    await mkdir(join(folder.path, 'bucket', below), { recursive: true });
  await run(join(action, 'fetch.sh'), {
    cwd: folder.path,
    env: {
      ...process.env,
      PATH: `${folder.path}:${process.env.PATH}`,
      BUCKET: 'trail/org',
      DAYS: '1',
      ARCHIVE: 'archive',
    },
  });
  const calls = (await readFile(join(folder.path, 'calls'), 'utf8')).trim().split('\n');
  const synced = calls.filter((call) => call.startsWith('s3 sync'));
  const days = [0, 1].map((ago) =>
    new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '/'),
  );
  const months = new Set(days.map((day) => day.slice(0, 7)));
  expect(synced).toHaveLength(2 * months.size);
  for (const region of ['111111111111/CloudTrail/eu-west-1', '222222222222/CloudTrail/us-east-1'])
    for (const day of days) {
      const from = `s3://trail/org/AWSLogs/o-abc123/${region}/${day.slice(0, 7)} `;
      const call = synced.find((each) => each.includes(from));
      expect(call).toContain(' --exclude * ');
      expect(call).toContain(` --include ${day.slice(8)}/*`);
    }
});

test('the workflow gives the action inputs that it has, and every step of the action is a script or says its shell', async () => {
  const described = parse(await readFile(join(action, 'action.yml'), 'utf8'));
  const workflow = parse(await readFile(join(root, '.github/workflows/policy-preview.yml'), 'utf8'));
  const steps: { uses?: string; with?: object; run?: string; shell?: string }[] = workflow.jobs.preview.steps;
  const used = steps.find(({ uses }) => uses === './.github/actions/policy-preview');
  expect(Object.keys(described.inputs)).toEqual(expect.arrayContaining(Object.keys(used?.with ?? {})));
  for (const step of described.runs.steps) expect(step).toMatchObject({ shell: 'bash', run: expect.any(String) });
  expect(steps[0]?.with).toMatchObject({ 'persist-credentials': false });
  for (const step of steps.filter(({ run }) => run !== undefined)) await run('bash', ['-n', '-c', step.run ?? '']);
});
