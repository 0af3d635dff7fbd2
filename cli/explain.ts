import type { Command } from 'commander';

const EXAMPLES = `
Examples:
  two-eye explain event.json --policy policy/notify.yaml --approvals approvals.jsonl
  pbpaste | two-eye explain - --policy policy/notify.yaml`;

export interface ExplainOptions {
  readonly policy: string;
  readonly approvals?: string;
  readonly members?: string;
}

export function register(root: Command): void {
  root
    .command('explain')
    .description('Say what two-eye makes of one event, as a person would say it.')
    .argument('<event>', 'a record, an envelope or a file of them, or - for standard input')
    .requiredOption('--policy <file>', 'the policy file')
    .option('--approvals <file>', 'approvals and pins, JSON Lines (docs/approvals-file.md)')
    .option('--members <file>', 'members of groups that live in Slack: "group: [people]", JSON or YAML')
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, options: ExplainOptions) => {
      const run = await import('./explain/run.ts');
      process.exitCode = await run.explain(path, options);
    });
}
