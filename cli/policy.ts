import type { Command } from 'commander';
import type { PreviewOptions } from './preview/run.ts';
import { stopOnInterrupt } from './replay.ts';

const EXAMPLES = `
Examples:
  two-eye policy check policy/notify.yaml
  two-eye policy preview main.yaml policy/notify.yaml trail/ --approvals approvals.jsonl
  two-eye policy suggest trail/ > first-policy.yaml`;

const CHECK_EXAMPLES = `
Examples:
  two-eye policy check policy/notify.yaml`;

const PREVIEW_EXAMPLES = `
Examples:
  git show main:policy/notify.yaml > main.yaml
  two-eye policy preview main.yaml policy/notify.yaml trail/ --approvals approvals.jsonl --members members.yaml

Exit: 1 bad usage or policy, else 2 some input could not be read or there was none, else 3 something would change, else 0.`;

const SUGGEST_EXAMPLES = `
Examples:
  two-eye policy suggest trail/ > first-policy.yaml
  two-eye policy check first-policy.yaml

Exit: 2 some input could not be read, else 0.`;

export function register(root: Command): void {
  const policy = root
    .command('policy')
    .description('Check a policy file, preview a change of it, or have a first one suggested.')
    .addHelpText('after', EXAMPLES);
  policy
    .command('check')
    .description('Say what is wrong in a policy file and what would be right. Exit 1 when something is.')
    .argument('<file>', 'the policy file')
    .addHelpText('after', CHECK_EXAMPLES)
    .action(async (file: string) => {
      const { check } = await import('./policy/check.ts');
      process.exitCode = await check(file);
    });
  policy
    .command('preview')
    .description('Say, as Markdown, what a change of policy would have added, silenced or re-routed.')
    .argument('<old>', 'the policy file in force')
    .argument('<new>', 'the changed policy file')
    .argument('<path...>', 'an archive, as for replay')
    .option('--approvals <file>', 'approvals and pins, JSON Lines (docs/approvals-file.md)')
    .option('--members <file>', 'members of groups that live in Slack')
    .option('--all <file>', 'write the preview with every changed use here; what is printed has the first 50')
    .option('--no-cache', 'neither use nor write what an earlier run found in the archive')
    .option('--cache <folder>', 'keep what was found here instead of beside the archive')
    .addHelpText('after', PREVIEW_EXAMPLES)
    .action(async (before: string, after: string, paths: string[], options: PreviewOptions) => {
      const { preview } = await import('./preview/run.ts');
      process.exitCode = await preview(before, after, paths, options, stopOnInterrupt());
    });
  policy
    .command('suggest')
    .description('A first policy from an archive: admin-like roles, who uses them, machines apart from people.')
    .argument('<path...>', 'an archive, as for replay')
    .addHelpText('after', SUGGEST_EXAMPLES)
    .action(async (paths: string[]) => {
      const { suggest } = await import('./suggest/run.ts');
      process.exitCode = await suggest(paths, stopOnInterrupt());
    });
}
