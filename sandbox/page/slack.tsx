import { useSignal } from '@preact/signals';
import { Blocks, type Json, Text } from './blocks.tsx';
import { Modal } from './modal.tsx';
import { call, channel, person, state } from './state.ts';
import { timeOf } from './time.ts';

/** Slack as the person at the keyboard sees it. */
export function Slack() {
  const command = useSignal('');
  const current = state.value;
  const me = current?.people.find(({ id }) => id === person.value)?.slack ?? person.value;
  const as = (body: object) => call('POST', `/api/slack/as/${me}`, body);
  const messages = current?.messages.filter((message) => message.channel === channel.value) ?? [];
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (await as({ act: 'command', text: command.value, channel: channel.value })) command.value = '';
  };
  return (
    <section class="place" aria-labelledby="slack">
      <h2 id="slack">Slack</h2>
      <label>
        Channel
        <select value={channel.value} onChange={(event) => (channel.value = event.currentTarget.value)}>
          {current?.channels.map(({ id, name, kind }) => (
            <option key={id} value={id}>
              {kind === 'channel' ? `#${name}` : `Message to ${name}`}
              {` (${current.messages.filter((message) => message.channel === id).length})`}
            </option>
          ))}
        </select>
      </label>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
      <div class="messages" tabIndex={0} role="log" aria-label="Messages">
        {messages.length === 0 && <p class="quiet">No messages.</p>}
        {messages.map((message) => (
          <article key={message.ts} class={message.threadTs ? 'message reply' : 'message'}>
            <p class="by">
              <strong>two-eye</strong> <span>{timeOf(Number(message.ts) * 1000)}</span>
            </p>
            {message.blocks.length === 0 ? (
              <Text text={message.text} />
            ) : (
              <Blocks
                blocks={message.blocks as readonly Json[]}
                press={(actionId) => void as({ act: 'click', channel: message.channel, actionId, ts: message.ts })}
              />
            )}
          </article>
        ))}
        {current?.ephemerals
          .filter(({ user }) => user === me)
          .map((note) => (
            <p key={note.at} class="only-you">
              Only visible to you: {note.text}
            </p>
          ))}
      </div>
      <Modal />
      <form onSubmit={send}>
        <label>
          /action as {person.value.split('@')[0]}
          <input value={command.value} onInput={(event) => (command.value = event.currentTarget.value)} />
        </label>
        <button type="submit">Send</button>
        <button type="button" class="plain" onClick={() => void as({ act: 'shortcut' })}>
          Ask for an approval
        </button>
      </form>
    </section>
  );
}
