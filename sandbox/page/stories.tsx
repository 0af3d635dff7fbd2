import { useSignal } from '@preact/signals';
import { call, channel, person, state } from './state.ts';

/** Guided stories, a step a click. */
export function Stories() {
  const id = useSignal('approved');
  const next = useSignal(0);
  const isBusy = useSignal(false);
  const story = state.value?.stories.find((each) => each.id === id.value);
  if (story === undefined) return null;
  const step = async (): Promise<void> => {
    isBusy.value = true;
    const index = next.value % story.steps.length;
    person.value = story.steps[index]?.by ?? person.value;
    channel.value = state.value?.channels[0]?.id ?? channel.value;
    await call('POST', `/api/stories/${story.id}/${index}`, {});
    next.value = index + 1;
    isBusy.value = false;
  };
  return (
    <section class="stories" aria-labelledby="stories">
      <h2 id="stories">Stories</h2>
      <label>
        Story
        <select
          value={id.value}
          onChange={(event) => {
            id.value = event.currentTarget.value;
            next.value = 0;
          }}
        >
          {state.value?.stories.map((each) => (
            <option key={each.id} value={each.id}>
              {each.title}
            </option>
          ))}
        </select>
      </label>
      <ol>
        {story.steps.map(({ say }, index) => (
          <li key={say} class={index < next.value ? 'done' : ''}>
            {say}
          </li>
        ))}
      </ol>
      <button type="button" disabled={isBusy.value} onClick={() => void step()}>
        {next.value === 0 ? 'Begin' : next.value < story.steps.length ? 'Next step' : 'From the start'}
      </button>
    </section>
  );
}
