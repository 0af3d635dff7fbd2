import { signal } from '@preact/signals';
import type { PageState } from '../control-api.ts';

/** What the server last said; undefined until it first did. */
export const state = signal<PageState | undefined>(undefined);
/** The last thing that went wrong, in words. */
export const problem = signal('');
/** Who sits at the keyboard, in all three places. */
export const person = signal('');
export const channel = signal('');

/** A person's id in Slack; their own id where the policy gives none. */
export const slackIdOf = (id: string): string => state.value?.people.find((each) => each.id === id)?.slack ?? id;

/** Follows the server; the browser reconnects by itself. */
export function follow(): void {
  const stream = new EventSource('/api/stream');
  stream.onmessage = (event: MessageEvent<string>) => {
    const next = JSON.parse(event.data) as PageState;
    state.value = next;
    person.value ||= next.people[0]?.id ?? '';
    channel.value ||= next.channels[0]?.id ?? '';
  };
}

/** Calls the control API, a file as it is; what it refuses is shown and gives undefined. */
export async function call(method: 'POST' | 'PUT', path: string, body: object | string): Promise<unknown> {
  const sent = typeof body === 'string' || body instanceof File ? body : JSON.stringify(body);
  const answer = await fetch(path, { method, body: sent });
  const value = (await answer.json()) as { error?: string; why?: string; bad?: readonly string[] };
  problem.value = answer.ok ? '' : (value.error ?? value.why ?? value.bad?.join('; ') ?? 'That did not work.');
  return answer.ok ? value : undefined;
}
