import { Argument, type Command } from 'commander';

/** Shells for which a completion script can be written. */
const SHELLS = ['bash', 'zsh', 'fish'];

const EXAMPLES = `
A command two-eye has to be on PATH, or an alias (README.md).

Examples:
  eval "$(two-eye completion bash)"                                  # in ~/.bashrc
  eval "$(two-eye completion zsh)"                                   # in ~/.zshrc, after compinit
  two-eye completion fish > ~/.config/fish/completions/two-eye.fish`;

export function register(root: Command): void {
  root
    .command('completion')
    .description('Print a completion script for bash, zsh or fish.')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText('after', EXAMPLES)
    .action((shell: string) => {
      process.stdout.write(scriptFor(shell, root));
    });
}

/** Made from the commands themselves, so that it cannot lag behind them. */
function scriptFor(shell: string, root: Command): string {
  const entries = entriesOf(root, []);
  if (shell === 'fish') return fish(entries);
  const zsh = shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : '';
  return `${zsh}${bash(entries)}`;
}

interface Entry {
  readonly path: readonly string[];
  readonly words: readonly string[];
  /** Options that take one of a few values. */
  readonly choices: readonly { readonly option: string; readonly values: readonly string[] }[];
}

function entriesOf(command: Command, path: readonly string[]): Entry[] {
  const words = [
    ...command.commands.map((each) => each.name()),
    ...command.options.flatMap(({ long }) => long ?? []),
    ...command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    '--help',
  ];
  const choices = command.options.flatMap(({ long, argChoices }) =>
    long === undefined || long === null || argChoices === undefined ? [] : { option: long, values: argChoices },
  );
  return [{ path, words, choices }, ...command.commands.flatMap((each) => entriesOf(each, [...path, each.name()]))];
}

function bash(entries: readonly Entry[]): string {
  const commands = entries.filter(({ path }) => path.length > 0).map(({ path }) => `'${path.join(' ')}'`);
  const words = entries.map(({ path, words }) => `    '${path.join(' ')}') words='${words.join(' ')}' ;;`);
  const values = entries.flatMap(({ path, choices }) =>
    choices.map(({ option, values }) => `    '${path.join(' ')} ${option}') values='${values.join(' ')}' ;;`),
  );
  return `_two_eye() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" path='' word words='' values=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in ${commands.join('|')}) path="\${path:+$path }$word" ;; esac
  done
  case "$path $before" in
${values.join('\n')}
  esac
  if [ -n "$values" ]; then COMPREPLY=($(compgen -W "$values" -- "$current")); return; fi
  case "$path" in
${words.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current") $(compgen -f -- "$current"))
}
complete -o filenames -F _two_eye two-eye
`;
}

function fish(entries: readonly Entry[]): string {
  const lines = entries.flatMap(({ path, words, choices }) => {
    const where = path.length === 0 ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${path.at(-1)}`;
    return words.map((word) => {
      const values = choices.find(({ option }) => option === word)?.values;
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`;
      return `complete -c two-eye -n '${where}' ${what}${values === undefined ? '' : ` -x -a '${values.join(' ')}'`}`;
    });
  });
  return `${lines.join('\n')}\n`;
}
