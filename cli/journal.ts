import type { Command } from 'commander';
import { EXIT } from './exit-codes.ts';

/** `two-eye journal verify FOLDER [--head NUMBER:HASH]` */
export function register(root: Command): void {
  root
    .command('journal')
    .description('Verify the journal of the table: pages that prove that nothing was changed afterwards.')
    .command('verify <folder>')
    .description(
      'Follow the chain through a copy of the journal, and name the first page that was altered, dropped or reordered.',
    )
    .option('--head <number:hash>', 'the newest page that was told elsewhere, such as 1042:9f2c…')
    .addHelpText(
      'after',
      '\nExamples:\n  aws s3 sync s3://<journal bucket>/pages journal && two-eye journal verify journal',
    )
    .action(async (folder: string, options: { readonly head?: string }) => {
      const { verifyFolder } = await import('./journal/verify.ts');
      const { ok, text } = verifyFolder(folder, options.head);
      console.log(text);
      process.exitCode = ok ? EXIT.ok : EXIT.unreadInput;
    });
}
