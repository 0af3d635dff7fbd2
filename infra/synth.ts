import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { appOfProject } from './app.ts';
import { bundle } from './bundle.ts';

const outdir = join(fileURLToPath(new URL('..', import.meta.url)), 'cdk.out');

await bundle();
await rm(outdir, { recursive: true, force: true });
const assembly = (await appOfProject(outdir)).synth();
for (const stack of assembly.stacks)
  console.log(`${stack.stackName}  ${stack.environment.account} ${stack.environment.region}`);
console.log(`The templates are in cdk.out. No account was asked and nothing was deployed.`);
