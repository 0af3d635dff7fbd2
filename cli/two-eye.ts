#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import * as completion from './completion.ts';
import * as doctor from './doctor.ts';
import { EXIT } from './exit-codes.ts';
import * as explain from './explain.ts';
import * as journal from './journal.ts';
import * as policy from './policy.ts';
import * as replay from './replay.ts';
import * as report from './report.ts';

const EXAMPLES = `
Examples:
  two-eye policy suggest trail/ > policy.yaml            # a first policy from your own CloudTrail
  two-eye replay trail/ --policy policy.yaml             # what would have fired, and why
  two-eye replay trail/ --policy policy.yaml --format html > report.html

Each command has a --help of its own.`;

/** The whole command. Each part only registers itself here; what it needs is imported when it runs, so that `--help` is quick. */
export function program(): Command {
  const root = new Command('two-eye')
    .description(
      'Matches every use of privileged access to one approval; these are its tools for archives and policies.',
    )
    .version('0.1.0')
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(run with --help for the options and examples)')
    .exitOverride();
  for (const { register } of [replay, explain, policy, journal, report, doctor, completion]) register(root);
  for (const command of allCommands(root))
    command.exitOverride().showHelpAfterError('(run with --help for the options and examples)');
  return root;
}

function allCommands(command: Command): Command[] {
  return command.commands.flatMap((each) => [each, ...allCommands(each)]);
}

export async function main(): Promise<void> {
  // Types are stripped once and not at every start; where nothing can be kept, nothing is. NODE_COMPILE_CACHE names another place.
  if (process.env.NODE_COMPILE_CACHE === undefined) enableCompileCache(join(homedir(), '.cache', 'two-eye'));
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever read us (`head`) has seen enough.
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.ok);
    throw error;
  });
  try {
    await program().parseAsync();
  } catch (error) {
    process.exitCode = await exitCodeOf(error);
  }
}

/** Bad usage and a bad policy are told in words; anything else is a bug and shows where. */
async function exitCodeOf(error: unknown): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const { TwoEyeError } = await import('../lambdas/core/errors.ts');
  const { shown } = await import('./visible.ts');
  if (error instanceof TwoEyeError && error.code !== 'invariant_broken')
    console.error(error.message.split('\n').map(shown).join('\n'));
  else console.error(error);
  return EXIT.usage;
}

if (import.meta.main) await main();
