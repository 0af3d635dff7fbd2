import { useSignal } from '@preact/signals';
import { call, lines, person, state } from './state.ts';

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
    ...roles.map(({ id }) => ({ line: `gds aws ${id} -l`, doing: 'assume-role', target: id })),
    ...targets
      .filter(({ kind }) => kind === 'database')
      .map(({ id }) => ({ line: `gds aws ${first} -- db-connect.sh notifydb -- psql`, doing: 'database', target: id })),
    ...targets
      .filter(({ kind }) => kind === 'shell')
      .map(({ id }) => ({ line: `gds aws ${first} -- ecs-exec.sh`, doing: 'shell', target: id })),
    { line: `console: switch to ${first}`, doing: 'switch-role', target: first },
    { line: `gds aws ${first} -- terraform apply`, doing: 'terraform', target: first },
    { line: 'the deployment robot runs terraform', doing: 'ci', target: first },
    { line: 'a stolen key, used from elsewhere', doing: 'stolen-key', target: first },
    { line: 'a role that AWS refuses', doing: 'refused', target: first },
  ];
}

/** Where somebody does something to AWS. */
export function Terminal() {
  const chosen = useSignal(0);
  const list = commands();
  const run = async (event: Event): Promise<void> => {
    event.preventDefault();
    const command = list[chosen.value];
    if (command === undefined) return;
    const done = (await call('POST', '/api/act', { by: person.value, ...command })) as
      | { records: readonly { eventName: string }[] }
      | undefined;
    const names = done ? done.records.map(({ eventName }) => eventName).join(', ') : 'nothing happened';
    lines.value = [...lines.value, `${short(person.value)} $ ${command.line}`, `  recorded: ${names}`].slice(-40);
  };
  return (
    <section class="place" aria-labelledby="terminal">
      <h2 id="terminal">Terminal</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
      <pre class="screen" tabIndex={0} role="log" aria-label="What was done at the terminal">
        {lines.value.length === 0 ? 'Choose a person and what they do.' : lines.value.join('\n')}
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
