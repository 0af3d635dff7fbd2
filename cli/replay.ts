import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ReplayOptions } from './replay/options.ts';

const EXAMPLES = `
Examples:
  two-eye replay trail/ --policy policy/notify.yaml --approvals approvals.jsonl
  two-eye replay trail/ --policy policy/notify.yaml --approvals approvals.jsonl --format jsonl > verdicts.jsonl
  two-eye replay 2026/11/ --policy policy/notify.yaml --since 2026-11-01 --target notify-prod-admin --fail-on unapproved
  zcat extra.json.gz | two-eye replay - --policy policy/notify.yaml --format html > report.html

Exit: 1 bad usage or policy, else 2 some input could not be read or nothing was read, else 3 --fail-on met, else 0.`;

export function register(root: Command): void {
  root
    .command('replay')
    .description('Judge an archive of CloudTrail records: what was approved, what would have fired, and why.')
    .argument(
      '<path...>',
      'trail files (.json, .json.gz), JSON Lines, EventBridge envelopes, folders of them, or - for standard input',
    )
    .requiredOption('--policy <file>', 'the policy file')
    .option(
      '--approvals <file>',
      'approvals and pins, JSON Lines (docs/approvals-file.md); without it every use is judged as if nobody had been asked',
    )
    .option('--members <file>', 'members of groups that live in Slack: "group: [people]", JSON or YAML')
    .addOption(new Option('--format <format>', 'how to write it').choices(['table', 'jsonl', 'html']).default('table'))
    .option('--workers <number>', 'threads that read the archive', positive, Math.min(4, availableParallelism()))
    .option('--since <time>', 'show only what happened at or after this day or time (UTC)')
    .option('--until <time>', 'show only what happened before this day or time (UTC)')
    .option('--account <id>', 'show only this account (repeatable)', collect)
    .option('--target <id>', 'show only this target (repeatable)', collect)
    .addOption(
      new Option('--fail-on <verdict>', 'exit 3 when a line shown has this verdict (repeatable)')
        .choices(VERDICTS)
        .argParser(verdict),
    )
    .option(
      '--database-log <target=file>',
      'a PostgreSQL log (stderr, csvlog or jsonlog, UTC) of a database target (repeatable)',
      collect,
    )
    .option('--no-cache', 'neither use nor write what an earlier run found in the archive')
    .option('--cache <folder>', 'keep what was found here instead of beside the archive')
    .option('--verify-digests', 'check the files against the digest files among them')
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], options: ReplayOptions) => {
      const { begin } = await import('./replay/begin.ts');
      process.exitCode = await begin(paths, options, stopOnInterrupt());
    });
}

/** The first Ctrl-C ends the reading and shows what was done so far; the second ends the process. */
export function stopOnInterrupt(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}

const VERDICTS = ['approved', 'pinned', 'unapproved', 'suppressed', 'attempted', 'undecided', 'unreadable'];

function verdict(value: string, before: readonly string[] = []): string[] {
  if (!VERDICTS.includes(value)) throw new InvalidArgumentError(`It must be one of ${VERDICTS.join(', ')}.`);
  return [...before, value];
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

function positive(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1 || number > 64)
    throw new InvalidArgumentError('It must be a whole number from 1 to 64.');
  return number;
}
