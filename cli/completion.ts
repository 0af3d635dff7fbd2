import { type Command, InvalidArgumentError } from 'commander';

/** Shells for which a completion script can be written. */
const SHELLS = ['bash', 'zsh', 'fish'];

export function register(root: Command): void {
  root
    .command('completion')
    .description('Print a completion script. For bash: eval "$(two-eye completion bash)"')
    .argument('<shell>', SHELLS.join(', '), (shell: string) => {
      if (!SHELLS.includes(shell)) throw new InvalidArgumentError(`It must be one of ${SHELLS.join(', ')}.`);
      return shell;
    })
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
}

function entriesOf(command: Command, path: readonly string[]): Entry[] {
  const words = [
    ...command.commands.map((each) => each.name()),
    ...command.options.flatMap(({ long }) => long ?? []),
    '--help',
  ];
  return [{ path, words }, ...command.commands.flatMap((each) => entriesOf(each, [...path, each.name()]))];
}

function bash(entries: readonly Entry[]): string {
  const cases = entries.map(({ path, words }) => `    '${path.join(' ')}') words='${words.join(' ')}' ;;`).join('\n');
  return `_two_eye() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) break ;; *) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases}
    *) words=$(compgen -f -- "$current") ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current") $(compgen -f -- "$current"))
}
complete -o filenames -F _two_eye two-eye
`;
}

function fish(entries: readonly Entry[]): string {
  const lines = entries.flatMap(({ path, words }) => {
    const where = path.length === 0 ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${path.at(-1)}`;
    return words.map((word) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`;
      return `complete -c two-eye -n '${where}' ${what}`;
    });
  });
  return `${lines.join('\n')}\n`;
}
