import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { commandLine } from '../command-line.ts';
import { call, person, state } from './state.ts';

interface Command {
  readonly line: string;
  readonly doing: string;
  readonly target: string;
}

/** The commands that make sense for the policy's targets. */
function commands(): readonly Command[] {
  const targets = state.value?.targets ?? [];
  const roles = targets.filter(({ kind }) => kind === 'role');
  const first = roles[0]?.id ?? '';
  return [
    ...roles.map(({ id }) => ({ doing: 'assume-role', target: id })),
    ...targets.filter(({ kind }) => kind === 'database').map(({ id }) => ({ doing: 'database', target: id })),
    ...targets.filter(({ kind }) => kind === 'shell').map(({ id }) => ({ doing: 'shell', target: id })),
    ...['switch-role', 'terraform', 'ci', 'stolen-key', 'refused'].map((doing) => ({ doing, target: first })),
  ].map((each) => ({ ...each, line: commandLine(each.doing, each.target, first) }));
}

/** Where somebody does something to AWS. */
export function Terminal() {
  const chosen = useSignal(0);
  const list = commands();
  const first = list[0]?.target ?? '';
  const done = state.value?.terminal ?? [];
  const lines = done.flatMap(({ by, doing, target, recorded }) => [
    `${short(by)} $ ${commandLine(doing, target, first)}`,
    `  recorded: ${recorded.join(', ') || 'nothing'}`,
  ]);
  const screen = useRef<HTMLPreElement>(null);
  useEffect(() => {
    if (screen.current) screen.current.scrollTop = screen.current.scrollHeight;
  }, [lines.length]);
  const run = async (event: Event): Promise<void> => {
    event.preventDefault();
    const command = list[chosen.value];
    if (command === undefined) return;
    const { doing, target } = command;
    await call('POST', '/api/act', { by: person.value, doing, target });
  };
  return (
    <section class="place" aria-labelledby="terminal">
      <h2 id="terminal">Terminal</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
      <pre class="screen" ref={screen} tabIndex={0} role="log" aria-label="What was done at the terminal">
        {lines.length === 0 ? 'Choose a person and what they do.' : lines.join('\n')}
      </pre>
      <form onSubmit={run}>
        <label>
          What {short(person.value)} does
          <select value={chosen.value} onChange={(event) => (chosen.value = Number(event.currentTarget.value))}>
            {list.map(({ line }, index) => (
              <option key={line} value={index}>
                {line}
              </option>
            ))}
          </select>
        </label>
        <button type="submit">Run</button>
      </form>
    </section>
  );
}

const short = (id: string): string => id.split('@')[0] ?? id;
