import { useSignal } from '@preact/signals';
import { call, state } from './state.ts';
import { dayOf, presets } from './time.ts';

/** The clock and the trouble, always at hand. */
export function Toolbar() {
  const current = state.value;
  if (current === undefined) return null;
  return (
    <section class="toolbar" aria-label="Clock and trouble">
      <fieldset>
        <legend>Clock: {dayOf(current.clock.at)}</legend>
        {presets(current.clock.at).map(({ label, at }) => (
          <button key={label} type="button" class="plain" onClick={() => void call('PUT', '/api/clock', { at })}>
            {label}
          </button>
        ))}
        <button type="button" class="plain" onClick={() => void call('PUT', '/api/clock', { advance: '15m' })}>
          Let 15 minutes pass
        </button>
        <label class="check">
          <input
            type="checkbox"
            checked={current.clock.speed > 1}
            onChange={(event) => void call('PUT', '/api/clock', { speed: event.currentTarget.checked ? 60 : 1 })}
          />
          A minute a second
        </label>
      </fieldset>
      <Trouble />
    </section>
  );
}

function Trouble() {
  const trouble = state.value?.trouble;
  if (trouble === undefined) return null;
  const { delivery } = trouble;
  const word = (name: string, on: boolean): readonly string[] => (on ? [name] : []);
  const set = (body: object) => void call('PUT', '/api/trouble', body);
  const deliver = (name: string, on: boolean) => {
    const now = [
      ...word('duplicates', delivery.duplicates),
      ...word('delay', delivery.delayMs > 0),
      ...word('reorder', delivery.reorder),
    ];
    set({ delivery: [...now.filter((each) => each !== name), ...word(name, on)] });
  };
  const switches: readonly (readonly [string, boolean, (on: boolean) => void])[] = [
    ['Slack is down', trouble.slack === 'down', (on) => set({ slack: on })],
    ['PagerDuty is down', trouble.pagerduty === 'down', (on) => set({ pagerduty: on })],
    ['The table is throttled', trouble.table === 'throttled', (on) => set({ table: on })],
    ['Every record comes twice', delivery.duplicates, (on) => deliver('duplicates', on)],
    ['Records come 5 minutes late', delivery.delayMs > 0, (on) => deliver('delay', on)],
    ['Records come out of order', delivery.reorder, (on) => deliver('reorder', on)],
  ];
  return (
    <fieldset>
      <legend>Trouble</legend>
      {switches.map(([label, on, flip]) => (
        <label key={label} class="check">
          <input type="checkbox" checked={on} onChange={(event) => flip(event.currentTarget.checked)} />
          {label}
        </label>
      ))}
    </fieldset>
  );
}

/** One's own records. */
export function OwnData() {
  const text = useSignal('');
  const said = useSignal('');
  const put = async (body: string | File): Promise<void> => {
    const intake = (await call('POST', '/api/events', body)) as
      | { read: number; watched: number; unreadable: number }
      | undefined;
    if (intake) said.value = `${intake.read} read, ${intake.watched} watched, ${intake.unreadable} unreadable.`;
  };
  const dropped = async (files: FileList | null | undefined): Promise<void> => {
    for (const file of files ?? []) await put(file);
  };
  return (
    <fieldset
      class="own-data"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void dropped(event.dataTransfer?.files);
      }}
    >
      <legend>Your own records</legend>
      <label>
        A trail file (or drop it here)
        <input type="file" multiple onChange={(event) => void dropped(event.currentTarget.files)} />
      </label>
      <label>
        Or a record, pasted
        <textarea value={text.value} onInput={(event) => (text.value = event.currentTarget.value)} />
      </label>
      <button type="button" class="plain" onClick={() => void put(text.value)}>
        Put on the bus
      </button>
      <p role="status">{said.value}</p>
    </fieldset>
  );
}
