import { useSignal } from '@preact/signals';
import { call, channel, person, slackIdOf, state } from './state.ts';

/** What a step did is on its way to the page for so long at most. */
const UNTIL_SHOWN_MS = 250;

/** The newest message that the person at the keyboard can see. */
function newestOf(current: typeof state.value) {
  const me = slackIdOf(person.value);
  const mine =
    current?.channels.filter(({ kind, user }) => kind === 'channel' || user === me).map(({ id }) => id) ?? [];
  return current?.messages.filter((message) => mine.includes(message.channel)).at(-1);
}

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
    const before = newestOf(state.value)?.ts ?? '';
    await call('POST', `/api/stories/${story.id}/${index}`, {});
    await new Promise((resolve) => setTimeout(resolve, UNTIL_SHOWN_MS));
    const newest = newestOf(state.value);
    if (newest !== undefined && newest.ts !== before) channel.value = newest.channel;
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
      <p class="step" role="status">
        {next.value > 0 && (
          <>
            <strong>
              {next.value} of {story.steps.length}
            </strong>{' '}
            {story.steps[next.value - 1]?.say}
          </>
        )}
        {next.value < story.steps.length && (
          <span class="quiet">
            {' '}
            {next.value === 0 ? 'First:' : 'Next:'} {story.steps[next.value]?.say}
          </span>
        )}
      </p>
      <button type="button" disabled={isBusy.value} onClick={() => void step()}>
        {next.value === 0 ? 'Begin' : next.value < story.steps.length ? 'Next step' : 'From the start'}
      </button>
    </section>
  );
}
