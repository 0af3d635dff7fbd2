import { type Command, Option } from 'commander';
import type { ReportOptions } from './journal/report.ts';

const EXAMPLES = `
Examples:
  aws s3 sync s3://<journal bucket>/pages journal
  two-eye report journal --policy policy/notify.yaml --since 2026-11-01 --until 2026-12-01
  two-eye report journal --policy policy/notify.yaml --team notify --format csv > november.csv

The journal is verified first: a page that was altered, dropped or reordered ends the report, with exit 2.`;

/** `two-eye report FOLDER --policy FILE` */
export function register(root: Command): void {
  root
    .command('report <folder>')
    .description(
      'Say who used what, who approved it, when, and whether late: from a copy of the journal, which is verified.',
    )
    .requiredOption('--policy <file>', 'the policy file')
    .option('--since <time>', 'what happened at or after this day or time (UTC)')
    .option('--until <time>', 'what happened before this day or time (UTC)')
    .option('--team <id>', 'one team alone')
    .option('--head <number:hash>', 'the newest page that was told elsewhere, such as 1042:9f2c…')
    .addOption(new Option('--format <format>', 'how to write it').choices(['table', 'csv']).default('table'))
    .addHelpText('after', EXAMPLES)
    .action(async (folder: string, options: ReportOptions) => {
      const { reportFolder } = await import('./journal/report.ts');
      process.exitCode = await reportFolder(folder, options);
    });
}
