import { execFile } from 'node:child_process';
import { chmod, readFile } from 'node:fs/promises';
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
  return { folder, base: stdout.trim() };
}

async function previewed(...args: Parameters<typeof pullRequest>) {
  const { folder, base } = await pullRequest(...args);
  await using _ = folder;
  const comment = join(folder.path, 'comment.md');
  const env = {
    ...process.env,
    TWO_EYE: `${process.execPath} ${join(root, 'cli/two-eye.ts')}`,
    POLICY: 'policy.yaml',
    ARCHIVE: 'trail.json',
    APPROVALS: '',
    MEMBERS: '',
    BASE: base,
    COMMENT: comment,
  };
  const code = await run(join(action, 'preview.sh'), { cwd: folder.path, env }).then(
    () => 0,
    (error: { code: number }) => error.code,
  );
  return { code, comment: await readFile(comment, 'utf8') };
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

test.each([
  ['', 'api repos/o/r/issues/7/comments -F body=@comment.md'],
  ['4711\n4712', 'api --method PATCH repos/o/r/issues/comments/4711 -F body=@comment.md'],
])('the comment is put on the pull request, or the one that is there is updated (%j)', async (there, expected) => {
  await using folder = await scratchFolder();
  await folder.write('comment.md', '<!-- two-eye policy preview -->\n## x\n');
  const gh = await folder.write(
    'gh',
    `#!/bin/sh\necho "$*" >> calls\ncase "$*" in *--jq*) printf '%s' '${there}' ;; esac\n`,
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

test('the workflow gives the action inputs that it has, and every step of the action is a script or says its shell', async () => {
  const described = parse(await readFile(join(action, 'action.yml'), 'utf8'));
  const workflow = parse(await readFile(join(root, '.github/workflows/policy-preview.yml'), 'utf8'));
  const steps: { uses?: string; with?: object; run?: string; shell?: string }[] = workflow.jobs.preview.steps;
  const used = steps.find(({ uses }) => uses === './.github/actions/policy-preview');
  expect(Object.keys(described.inputs)).toEqual(expect.arrayContaining(Object.keys(used?.with ?? {})));
  for (const step of described.runs.steps) expect(step).toMatchObject({ shell: 'bash', run: expect.any(String) });
  for (const step of steps.filter(({ run }) => run !== undefined)) await run('bash', ['-n', '-c', step.run ?? '']);
});
