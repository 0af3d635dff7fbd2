import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Annotations, App, type AppProps, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';
import { blindSpots, tapStacksOf } from '../lambdas/core/patterns.ts';
import type { Policy } from '../lambdas/core/policy.ts';
import { loadPolicy } from '../policy/load.ts';
import { acknowledge } from './acknowledged.ts';
import { bundle } from './bundle.ts';
import { HomeStack } from './home-stack.ts';
import { TapStack } from './tap-stack.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

export interface TwoEyeAppProps extends AppProps {
  readonly policy: Policy;
  /** Where bundles are: `<bundles>/<function>`. */
  readonly bundles: string;
  readonly alarmEmail?: string;
}

/** The home stack, and one stack for each watched account × Region. Accounts and Regions are the policy's: nothing is looked up. */
export function twoEyeApp({ policy, bundles, alarmEmail, ...props }: TwoEyeAppProps): App {
  const app = new App(props);
  const home = new HomeStack(app, 'two-eye-home', {
    policy,
    bundles,
    env: policy.home,
    terminationProtection: true,
    ...(alarmEmail === undefined ? {} : { alarmEmail }),
  });
  for (const warning of blindSpots(policy)) Annotations.of(home).addWarningV2('two-eye:blind-spot', warning);
  for (const tap of tapStacksOf(policy)) {
    new TapStack(app, `two-eye-tap-${tap.account}-${tap.region}`, {
      policy,
      tap,
      bundles,
      env: tap,
      ...(alarmEmail === undefined ? {} : { alarmEmail }),
    }).addStackDependency(home);
  }
  acknowledge(app, policy);
  return app;
}

/**
 * Bundles the functions and makes the stacks, of the policy that the command line gives: `npx cdk deploy --all -c policy=policy/notify.yaml
 * -c alarmEmail=…`; the path is from the project's folder.
 */
export async function appOfProject(props: AppProps = {}): Promise<App> {
  // It only reads the context: left to itself it would write an empty assembly over the true one when the process ends.
  const given = new App({ ...props, autoSynth: false }).node;
  const policyFile = resolve(root, String(given.tryGetContext('policy') ?? 'policy/notify.yaml'));
  const alarmEmail: unknown = given.tryGetContext('alarmEmail');
  const folder = await mkdtemp(join(tmpdir(), 'two-eye-bundles-'));
  try {
    const bundles = join(folder, 'dist');
    // The functions carry the very policy that the stacks are made of. The assembly has copies of them.
    await bundle({ policyFile, outDir: bundles });
    return checked(
      twoEyeApp({
        ...props,
        policy: await loadPolicy(policyFile),
        bundles,
        ...(typeof alarmEmail === 'string' ? { alarmEmail } : {}),
      }),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function checked(app: App): App {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new NIST80053R5Checks(app));
  return app;
}

// As the CDK's command line starts it.
if (import.meta.main) (await appOfProject()).synth();
