import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { appOfProject } from './app.ts';
import { bundle } from './bundle.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = join(root, 'cdk.out');
const { context } = JSON.parse(await readFile(join(root, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };

await bundle();
await rm(outdir, { recursive: true, force: true });
const assembly = (await appOfProject({ outdir, context })).synth();
for (const stack of assembly.stacks)
  console.log(`${stack.stackName}  ${stack.environment.account} ${stack.environment.region}`);
console.log(`The templates are in cdk.out. No account was asked and nothing was deployed.`);
