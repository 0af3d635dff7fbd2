import type { Command } from 'commander';
import type { PreviewOptions } from './preview/run.ts';

const EXAMPLES = `
Examples:
  two-eye policy check policy/notify.yaml
  two-eye policy preview main.yaml policy/notify.yaml trail/ --approvals approvals.jsonl
  two-eye policy suggest trail/ > first-policy.yaml`;

export function register(root: Command): void {
  const policy = root
    .command('policy')
    .description('Check a policy file, preview a change of it, or have a first one suggested.')
    .addHelpText('after', EXAMPLES);
  policy
    .command('check')
    .description('Say what is wrong in a policy file and what would be right. Exit 1 when something is.')
    .argument('<file>', 'the policy file')
    .action(async (file: string) => {
      const { check } = await import('./policy/check.ts');
      process.exitCode = await check(file);
    });
  policy
    .command('preview')
    .description(
      'Say what a change of policy would have added, silenced or re-routed. Exit 0 no change, 3 a change, 1 and 2 as for replay.',
    )
    .argument('<old>', 'the policy file in force')
    .argument('<new>', 'the changed policy file')
    .argument('<path...>', 'an archive, as for replay')
    .option('--approvals <file>', 'approvals and pins, JSON Lines')
    .option('--members <file>', 'members of groups that live in Slack')
    .option('--format <format>', 'text or markdown', 'text')
    .action(async (before: string, after: string, paths: string[], options: PreviewOptions) => {
      const { preview } = await import('./preview/run.ts');
      process.exitCode = await preview(before, after, paths, options);
    });
  policy
    .command('suggest')
    .description('A first policy from an archive: admin-like roles, who uses them, machines apart from people.')
    .argument('<path...>', 'an archive, as for replay')
    .action(async (paths: string[]) => {
      const { suggest } = await import('./suggest/run.ts');
      process.exitCode = await suggest(paths);
    });
}
