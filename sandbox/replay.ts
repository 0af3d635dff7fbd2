import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inputsOf } from './inputs.ts';
import { readingsOf } from './intake.ts';
import type { Sandbox } from './sandbox.ts';

interface Dated {
  readonly file: string;
  readonly inputs: readonly unknown[];
  /** The time of its last record; undefined when no record in it has one. */
  readonly at: number | undefined;
}

/** What became of a replay: `read` is the sum of the others. */
export interface Replayed {
  readonly read: number;
  readonly watched: number;
  readonly ignored: number;
  readonly unreadable: number;
  /** Files that could not be read at all, with why. */
  readonly bad: readonly string[];
}

/**
 * Puts a folder of trail files on the bus in order of time, with the clock at each file's time. What the rules of
 * EventBridge would hold back is counted, and not queued.
 */
export async function replayFolder(sandbox: Sandbox, folder: string): Promise<Replayed> {
  const bad: string[] = [];
  const total = { read: 0, watched: 0, ignored: 0, unreadable: 0 };
  for (const { inputs, at } of await datedFiles(folder, bad)) {
    const read = inputs.map((input) => ({ input, readings: readingsOf([input], sandbox.policy) }));
    for (const { outcome } of read.flatMap(({ readings }) => readings)) {
      total.read += 1;
      total[outcome === 'ignored' || outcome === 'unreadable' ? outcome : 'watched'] += 1;
    }
    if (at !== undefined) sandbox.clock.set(at);
    sandbox.putEvents(
      read.flatMap(({ input, readings }) => (readings.every(({ outcome }) => outcome === 'ignored') ? [] : [input])),
    );
    await sandbox.activity.settle();
  }
  return { ...total, bad };
}

async function datedFiles(folder: string, bad: string[]): Promise<readonly Dated[]> {
  const dated: Dated[] = [];
  for (const file of await filesIn(folder)) {
    try {
      const { inputs, broken } = inputsOf(await readFile(file));
      if (broken) throw new Error(broken);
      const times = inputs.map(timeOf).filter((at) => !Number.isNaN(at));
      dated.push({ file, inputs, at: times.length > 0 ? times.reduce((a, b) => Math.max(a, b)) : undefined });
    } catch (error) {
      bad.push(`${file}: ${(error as Error).message}`);
    }
  }
  const last = Number.MAX_SAFE_INTEGER;
  return dated.sort((a, b) => (a.at ?? last) - (b.at ?? last) || (a.file < b.file ? -1 : 1));
}

function timeOf(input: unknown): number {
  const { eventTime, time, detail } = (input ?? {}) as {
    eventTime?: string;
    time?: string;
    detail?: { eventTime?: string };
  };
  return Date.parse(eventTime ?? detail?.eventTime ?? time ?? '');
}

async function filesIn(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const names = (await readdir(path, { recursive: true })).sort();
  return names.filter((name) => /\.jsonl?(\.gz)?$/.test(name)).map((name) => join(path, name));
}

/** A replay in words, for the terminal. */
export function replayedLines(
  sandbox: Sandbox,
  { read, watched, ignored, unreadable, bad }: Replayed,
): readonly string[] {
  const verdicts = sandbox.book
    .lines()
    .map((line) =>
      'action' in line
        ? `  ${line.verdict.padEnd(11)} ${line.occurredAt}  ${line.actor}, ${line.target}`
        : `  ${line.verdict.padEnd(11)} ${line.why}`,
    );
  return [
    ...bad.map((each) => `Could not be read: ${each}`),
    ...(read === 0 ? ['Nothing was read: there are no records in files called .json or .jsonl (also .gz) there.'] : []),
    `${read} records read: ${watched} watched, ${ignored} ignored, ${unreadable} unreadable.`,
    ...verdicts,
  ];
}
