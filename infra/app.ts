import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Annotations, App, type AppProps, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';
import { blindSpots, tapStacksOf } from '../lambdas/core/patterns.ts';
import type { Policy } from '../lambdas/core/policy.ts';
import { loadPolicy } from '../policy/load.ts';
import { acknowledge } from './acknowledged.ts';
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
 * Policy and e-mail as the command line gives them: `npx cdk deploy --all -c policy=policy/notify.yaml -c alarmEmail=…`. Without the CDK's
 * command line (`npm run synth`) the context is that of cdk.json.
 */
export async function appOfProject(props: AppProps = {}): Promise<App> {
  const given = new App(props).node;
  const policyFile = String(given.tryGetContext('policy') ?? 'policy/notify.yaml');
  const alarmEmail: unknown = given.tryGetContext('alarmEmail');
  const app = twoEyeApp({
    ...props,
    policy: await loadPolicy(join(root, policyFile)),
    bundles: join(root, 'dist'),
    ...(typeof alarmEmail === 'string' ? { alarmEmail } : {}),
  });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new NIST80053R5Checks(app));
  return app;
}

if (import.meta.main) (await appOfProject()).synth();
