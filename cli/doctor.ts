import type { Command } from 'commander';
import { EXIT } from './exit-codes.ts';

/** `two-eye doctor --policy FILE [--region REGION]`, with the credentials of the home account. */
export function register(root: Command): void {
  root
    .command('doctor')
    .description('Check a deployment: Slack, PagerDuty, groups, rules. Exit 3 when there is something to mend.')
    .requiredOption('--policy <file>', 'the policy that is deployed')
    .addHelpText(
      'after',
      `
Examples:
  AWS_PROFILE=two-eye-home two-eye doctor --policy policy/notify.yaml

Run it with credentials of the home account that may read the secrets of two-eye and invoke two-eye-self-check, which looks at the rules of the taps.`,
    )
    .action(async ({ policy: file }: { readonly policy: string }) => {
      const [{ loadPolicy }, { examine }, { liveServices }] = await Promise.all([
        import('../policy/load.ts'),
        import('./doctor/examine.ts'),
        import('./doctor/live-services.ts'),
      ]);
      const policy = await loadPolicy(file);
      const complaints = await examine(policy, liveServices(policy));
      for (const { what, mend } of complaints) console.log(`✗ ${what}\n  ${mend}`);
      console.log(complaints.length === 0 ? '✓ Nothing to mend.' : `${complaints.length} to mend.`);
      process.exitCode = complaints.length === 0 ? EXIT.ok : EXIT.failOn;
    });
}
