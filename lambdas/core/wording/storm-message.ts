import { localTime } from '../hours.ts';
import { MOST_IN_THREAD, type Storm } from '../telling/storm.ts';
import { type Message, section } from './blocks.ts';
import { escaped } from './escape.ts';

const MOST_LINES = 10;

/** The one summary of a storm in a channel: how many, of which kinds, and where each of them is. */
export function stormMessage(storm: Storm, timeZone: string): Message {
  const kinds = Object.entries(storm.kinds).sort(([, one], [, other]) => other - one);
  const lines = kinds.slice(0, MOST_LINES).map(([kind, count]) => `• ${count} × ${escaped(kind, 200)}`);
  const rest = kinds.length > MOST_LINES ? [`• and ${kinds.length - MOST_LINES} more kinds`] : [];
  const since = localTime(storm.startedAt, timeZone);
  const heading = `:rotating_light: *${storm.count} more findings since ${since}*, too many to show one by one. ${whereWords(storm.count)}`;
  const text = `${storm.count} more findings since ${since}: too many to show one by one. ${whereWords(storm.count)}`;
  return { text, blocks: [section([heading, ...lines, ...rest].join('\n'))] };
}

function whereWords(count: number): string {
  if (count <= MOST_IN_THREAD) return 'Each is posted in this thread in its turn, with its buttons; none is lost.';
  return `The first ${MOST_IN_THREAD} are posted in this thread, with their buttons; the other ${count - MOST_IN_THREAD} are in the Home tab of two-eye as long as they are open. Each is on record; none is lost.`;
}
