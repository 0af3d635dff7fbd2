import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { appOfProject } from './app.ts';

// As `cdk synth` does it, without its command line: `npm run synth -- -c policy=policy.yaml`.
const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = join(root, 'cdk.out');
const { context } = JSON.parse(await readFile(join(root, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
const { values } = parseArgs({ options: { context: { type: 'string', short: 'c', multiple: true } } });
const given = Object.fromEntries((values.context ?? []).map((each) => each.split('=', 2)));

await rm(outdir, { recursive: true, force: true });
const assembly = (await appOfProject({ outdir, context: { ...context, ...given } })).synth();
for (const stack of assembly.stacks)
  console.log(`${stack.stackName}  ${stack.environment.account} ${stack.environment.region}`);
console.log(`The templates are in cdk.out. No account was asked and nothing was deployed.`);
