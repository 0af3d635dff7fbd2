import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { inputsOf, runStep } from './control-api.ts';
import type { Sandbox } from './sandbox.ts';
import { OPENING_STORIES, STORIES } from './stories.ts';

type Print = (line: string) => void;

/** Plays the opening stories and prints what people would see. */
export async function tellStories(sandbox: Sandbox, print: Print): Promise<void> {
  for (const id of OPENING_STORIES) {
    const story = STORIES.find((each) => each.id === id);
    if (story === undefined) continue;
    print(`— ${story.title}`);
    for (const step of story.steps) {
      print(`  ${step.say}`);
      const before = {
        messages: sandbox.slack.workspace.messages.length,
        incidents: sandbox.pagerDuty.incidents.length,
      };
      const answer = await runStep(sandbox, step);
      if (answer.status >= 400) print(`    ! ${String(answer.body)}`);
      report(sandbox, print, step.calls[0]?.path === '/api/start-again' ? { messages: 0, incidents: 0 } : before);
    }
    print('');
  }
}

function report(sandbox: Sandbox, print: Print, before: { messages: number; incidents: number }): void {
  const { channels, messages } = sandbox.slack.workspace;
  for (const line of sandbox.book.lines())
    print(`    verdict    ${line.verdict}${'action' in line ? `: ${line.actor}, ${line.target}` : ''}`);
  for (const message of messages.slice(before.messages))
    print(`    Slack      #${channels.get(message.channel)?.name ?? message.channel}: ${message.text.split('\n')[0]}`);
  for (const incident of sandbox.pagerDuty.incidents.slice(before.incidents))
    print(`    PagerDuty  ${incident.service}: ${incident.summary}`);
}

/** Puts a folder of trail files on the bus, in order of time, with the clock at each file's time. */
export async function replayFolder(sandbox: Sandbox, folder: string, print: Print): Promise<void> {
  const total = { read: 0, watched: 0, unreadable: 0 };
  for (const file of await filesIn(folder)) {
    const packed = await readFile(file);
    const text = file.endsWith('.gz') ? gunzipSync(packed).toString() : packed.toString();
    const intake = sandbox.putEvents(inputsOf(text));
    total.read += intake.read;
    total.watched += intake.watched;
    total.unreadable += intake.unreadable;
    await sandbox.activity.settle();
  }
  print(`${total.read} records read: ${total.watched} watched, ${total.unreadable} unreadable, the rest ignored.`);
  for (const line of sandbox.book.lines())
    print(
      `  ${line.verdict}${'action' in line ? `  ${line.occurredAt}  ${line.actor}  ${line.target}` : `  ${line.why}`}`,
    );
}

async function filesIn(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const names = (await readdir(path, { recursive: true })).sort();
  return names.filter((name) => /\.jsonl?(\.gz)?$/.test(name)).map((name) => join(path, name));
}
