import { signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Blocks, type Json, Text } from './blocks.tsx';
import { call, channel, person, slackIdOf, state } from './state.ts';
import { timeOf } from './time.ts';

const HOME = 'home';

/** Which message was the newest when somebody last read a channel. */
const read = signal<Readonly<Record<string, string>>>({});

/** Slack as the person at the keyboard sees it: channels, their direct messages, their App Home. */
export function Slack() {
  const command = useSignal('');
  const current = state.value;
  const me = slackIdOf(person.value);
  const as = (body: object) => call('POST', `/api/slack/as/${me}`, body);
  const mine = current?.channels.filter(({ kind, user }) => kind === 'channel' || user === me) ?? [];
  const place = mine.some(({ id }) => id === channel.value) || channel.value === HOME ? channel.value : mine[0]?.id;
  const messagesIn = (id: string) => current?.messages.filter((message) => message.channel === id) ?? [];
  // Counted in the order of posting: a clock that was set back gives newer messages older time stamps.
  const unreadIn = (id: string): number =>
    id === place
      ? 0
      : messagesIn(id).length - 1 - messagesIn(id).findIndex(({ ts }) => ts === read.value[`${me} ${id}`]);
  const newest = messagesIn(place ?? '').at(-1)?.ts ?? '';
  useEffect(() => {
    read.value = { ...read.value, [`${me} ${place}`]: newest };
  }, [me, place, newest]);
  const go = (id: string): void => {
    channel.value = id;
    if (id === HOME) void as({ act: 'open-home' });
  };
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const where = place === HOME ? {} : { channel: place };
    if (await as({ act: 'command', text: command.value, ...where })) command.value = '';
  };
  return (
    <section class="place" aria-labelledby="slack">
      <h2 id="slack">Slack</h2>
      <label>
        Where
        <select value={place} onChange={(event) => go(event.currentTarget.value)}>
          {mine.map(({ id, name, kind }) => (
            <option key={id} value={id}>
              {kind === 'channel' ? `#${name}` : 'Direct messages from two-eye'}
              {unreadIn(id) > 0 ? ` (${unreadIn(id)} new)` : ''}
            </option>
          ))}
          <option value={HOME}>App Home</option>
        </select>
      </label>
      {place === HOME ? <Home me={me} as={as} /> : <Messages place={place ?? ''} me={me} as={as} />}
      <form class="row" onSubmit={send}>
        <label>
          /2i
          <input
            placeholder="notify-prod-admin why you need it @ben"
            value={command.value}
            onInput={(event) => (command.value = event.currentTarget.value)}
          />
        </label>
        <button type="submit">Send</button>
        <button type="button" class="plain" onClick={() => void as({ act: 'shortcut' })}>
          Ask by form
        </button>
      </form>
    </section>
  );
}

interface Seen {
  readonly me: string;
  readonly as: (body: object) => Promise<unknown>;
}

function Home({ me, as }: Seen) {
  const blocks = (state.value?.homes[me]?.blocks ?? []) as readonly Json[];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <section class="messages" tabIndex={0} aria-label="App Home">
      <Blocks blocks={blocks} press={(actionId, value) => void as({ act: 'click-home', actionId, value })} />
    </section>
  );
}

type Shown = NonNullable<typeof state.value>['messages'][number];

function Message({ message, as }: { readonly message: Shown; readonly as: Seen['as'] }) {
  return (
    <article class="message">
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
  );
}

/** Threads in the order of their first messages; the newest is in view, from its first line. */
function Messages({ place, me, as }: Seen & { readonly place: string }) {
  const box = useRef<HTMLDivElement>(null);
  const isRoot = ({ threadTs, ts }: Shown): boolean =>
    threadTs === undefined || threadTs === ts || !messages.some((message) => message.ts === threadTs);
  const messages = state.value?.messages.filter((message) => message.channel === place) ?? [];
  const notes = state.value?.ephemerals.filter(({ user }) => user === me) ?? [];
  const newest = `${place} ${messages.at(-1)?.ts} ${messages.at(-1)?.updatedAt.length} ${notes.length}`;
  useEffect(() => {
    const last = box.current?.querySelector<HTMLElement>('.thread:last-of-type');
    if (box.current && last) box.current.scrollTop = last.offsetTop - box.current.offsetTop;
  }, [newest]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <div class="messages" ref={box} tabIndex={0} role="log" aria-live="polite" aria-label="Messages">
      {messages.length === 0 && <p class="quiet">No messages.</p>}
      {messages.filter(isRoot).map((root) => {
        const replies = messages.filter((message) => message.threadTs === root.ts && message.ts !== root.ts);
        return (
          <div key={root.ts} class="thread">
            <Message message={root} as={as} />
            {replies.length > 0 && (
              <details open>
                <summary>{replies.length === 1 ? '1 reply' : `${replies.length} replies`}</summary>
                {replies.map((reply) => (
                  <Message key={reply.ts} message={reply} as={as} />
                ))}
              </details>
            )}
          </div>
        );
      })}
      {notes.map((note, index) => (
        <p key={index} class="only-you">
          Only visible to you: <Text text={note.text} />
        </p>
      ))}
    </div>
  );
}
