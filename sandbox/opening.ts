import { createColors } from 'picocolors';
import { runStep } from './control-api.ts';
import { incidentLines, messageLines } from './plain-words.ts';
import type { Sandbox } from './sandbox.ts';
import { OPENING_STORIES, STORIES, type StoryStep } from './stories.ts';

export type Print = (line: string) => void;

/** Plays the opening stories and prints what people would see: the Slack messages and the pages, in full words. */
export async function tellStories(sandbox: Sandbox, print: Print, isColoured = false): Promise<void> {
  const colours = createColors(isColoured);
  for (const story of OPENING_STORIES.flatMap((id) => STORIES.filter((each) => each.id === id))) {
    const before: Before = new Map();
    print(colours.bold(story.title));
    for (const step of story.steps) await tellStep(sandbox, step, before, print, colours);
  }
}

type Colours = ReturnType<typeof createColors>;

/** What stood somewhere before: of a message that changes only the new lines are printed. */
type Before = Map<string, readonly string[]>;

interface Seen {
  readonly id: string;
  readonly head: string;
  readonly lines: readonly string[];
}

async function tellStep(sandbox: Sandbox, step: StoryStep, before: Before, print: Print, c: Colours): Promise<void> {
  print(`  ${step.say}\n`);
  const answer = await runStep(sandbox, step);
  if (answer.status >= 400) print(`    ${c.red('That did not work:')} ${String(answer.body)}`);
  for (const { head, lines } of together(changesOf([...slackSeen(sandbox), ...pagesSeen(sandbox)], before))) {
    print(`    ${c.cyan(head)}`);
    for (const line of lines) print(`    ${c.dim('│')} ${line}`);
    print('');
  }
}

function changesOf(seen: readonly Seen[], before: Before): readonly Seen[] {
  return seen.flatMap(({ id, head, lines }) => {
    const old = before.get(id);
    before.set(id, lines);
    const added = lines.filter((line) => !old?.includes(line));
    if (added.length === 0) return [];
    return [{ id, head: old ? `${head}, changed` : head, lines: added }];
  });
}

/** The same words in several places are printed once. */
function together(seen: readonly Seen[]): readonly Pick<Seen, 'head' | 'lines'>[] {
  const places = new Map<string, string[]>();
  for (const { head, lines } of seen) {
    const text = lines.join('\n');
    places.set(text, [...(places.get(text) ?? []), head]);
  }
  return [...places].map(([text, heads]) => ({ head: heads.join(' and '), lines: text.split('\n') }));
}

function slackSeen(sandbox: Sandbox): readonly Seen[] {
  const { channels, messages } = sandbox.slack.workspace;
  return messages.flatMap((message) => {
    const channel = channels.get(message.channel);
    if (channel?.kind !== 'channel') return [];
    return [{ id: message.ts, head: `Slack #${channel.name}`, lines: messageLines(message, sandbox) }];
  });
}

function pagesSeen({ pagerDuty }: Sandbox): readonly Seen[] {
  return pagerDuty.incidents
    .filter(({ status }) => status === 'triggered')
    .map((incident) => ({
      id: incident.id,
      head: `PagerDuty pages ${incident.service}'s on-call`,
      lines: incidentLines(incident),
    }));
}
