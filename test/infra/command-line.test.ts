import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { tapStacksOf } from '../../lambdas/core/patterns.ts';
import { loadPolicy } from '../../policy/load.ts';
import { scratchFolder } from '../support/command.ts';

interface Manifest {
  readonly artifacts: Readonly<Record<string, { readonly type: string }>>;
}

/** As the CDK's command line starts the app: with where to write, and the context of cdk.json and of `-c`, in the environment. */
async function asTheCdkDoes(outdir: string, given: object): Promise<void> {
  const { context: known } = JSON.parse(await readFile('cdk.json', 'utf8')) as { context: object };
  const context = { ...known, ...given };
  const env = {
    ...process.env,
    CDK_OUTDIR: outdir,
    CDK_CONTEXT_JSON: JSON.stringify(context),
    CDK_VALIDATION: 'false',
  };
  await promisify(execFile)(process.execPath, ['infra/app.ts'], { env });
}

test('what `cdk deploy -c policy=…` deploys are the stacks of that policy, and functions that judge by it', async () => {
  await using folder = await scratchFolder();
  const policyFile = 'policy/govuk.yaml';
  const policy = await loadPolicy(policyFile);
  const outdir = folder.path;
  await asTheCdkDoes(outdir, { policy: resolve(policyFile) });
  const { artifacts } = JSON.parse(await readFile(join(outdir, 'manifest.json'), 'utf8')) as Manifest;
  const stacks = Object.entries(artifacts).flatMap(([id, { type }]) =>
    type === 'aws:cloudformation:stack' ? [id] : [],
  );
  const taps = tapStacksOf(policy).map(({ account, region }) => `two-eye-tap-${account}-${region}`);
  expect(stacks.sort()).toEqual(['two-eye-home', ...taps].sort());
  const assets = (await readdir(outdir, { recursive: true })).filter((name) => name.endsWith('policy.json'));
  const hashes = await Promise.all(
    assets.map(async (name) => (JSON.parse(await readFile(join(outdir, name), 'utf8')) as { hash: string }).hash),
  );
  expect(hashes.length).toBeGreaterThan(5);
  expect(new Set(hashes)).toEqual(new Set([policy.hash]));
}, 180_000);
