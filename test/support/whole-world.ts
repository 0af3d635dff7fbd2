import { dirname } from 'node:path';
import type { Finding } from '../../lambdas/core/finding.ts';
import type { UnreadableLine, VerdictLine } from '../../lambdas/core/verdict-line.ts';
import { type Doing, tracesOf } from '../../sandbox/acts.ts';
import type { DatabaseLogin } from '../../sandbox/cloudtrail/database-log.ts';
import type { TrailRecord } from '../../sandbox/cloudtrail/record.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/sandbox.ts';
import type { StandInIncident } from '../../sandbox/stand-ins/pagerduty.ts';
import type { Act } from '../../sandbox/stand-ins/slack-acting.ts';
import type { StoredMessage } from '../../sandbox/stand-ins/slack-workspace.ts';
import { bundled } from './bundles.ts';
import { leaksIn } from './leak-scan.ts';

export const SECONDS = 1_000;
export const MINUTES = 60_000;
export const HOURS = 3_600_000;

export const NOTIFY_CHANNEL = 'C01NOTIFY';
export const CYBER_CHANNEL = 'C01CYBER';

/** 14:00 in London on a working day, and 03:00 on a Sunday. */
export const TUESDAY = Date.parse('2026-12-01T14:00:00Z');
export const SUNDAY_NIGHT = Date.parse('2026-12-06T03:00:00Z');

type Who = 'ada' | 'ben' | 'cat' | 'dan';

/** People by their first names, so that a scenario reads as it would be told. */
export interface WholeWorld extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** Forgets everything and sets the clock, which stands still but for `pass`. */
  startAgain(at: number): Promise<void>;
  /** Lets time pass: all that is due on the way happens at its own instant. */
  pass(ms: number): Promise<void>;
  /** Puts the clock forward at once, as when nothing ran meanwhile: what fell due happens late, and in its order. */
  jump(ms: number): Promise<void>;
  /** Somebody uses a target; the records arrive at once, and what they lead to happens within five seconds. */
  uses(who: Who, target: string, doing?: Doing): Promise<readonly TrailRecord[]>;
  /** What AWS would write of a use, with nothing sent. */
  traces(who: Who, target: string, doing?: Doing): readonly TrailRecord[];
  /** These come over the bus, in one batch. */
  arrives(...records: readonly unknown[]): Promise<void>;
  /** The database's log has a login by a user that nobody can be named by; its record comes before CloudTrail's. */
  databaseLogin(user?: string): Promise<void>;
  /** Somebody acts in Slack, as a person can; throws when Slack would not let them. */
  slack(who: Who, act: Act): Promise<{ readonly status: number; readonly errors?: object }>;
  click(who: Who, actionId: string, channel?: string, ts?: string): Promise<unknown>;
  /** Asks by command and confirms by click. */
  approved(who: Who, target: string, by: Who): Promise<void>;
  /** Messages of a channel that are in no thread, as a person reads them. */
  messages(channel?: string): readonly string[];
  threads(channel?: string): readonly string[];
  /** What only this person was shown. */
  whispers(who: Who): readonly string[];
  incidents(service?: string): readonly StandInIncident[];
  lines(): readonly VerdictLine[];
  unreadable(): readonly UnreadableLine[];
  findings(): readonly Finding[];
  /** What no function could work on, by queue. */
  deadLetters(): Readonly<Record<string, number>>;
}

const slackId = (who: Who): string => `U01${who.toUpperCase()}`;
const emailOf = (who: Who): string => `${who}@example.gov.uk`;

/**
 * The whole system on loopback, of the bundles that are deployed. Start one a file: it takes seconds. Its disposal throws when
 * a function asked the table for what its role may not have, or let out a secret, whatever the scenario was about.
 */
export async function wholeWorld(
  options: Pick<SandboxOptions, 'bundles' | 'dynamoEndpoint' | 'startFunctions'> = {},
): Promise<WholeWorld> {
  const sandbox = await startSandbox({
    startAt: TUESDAY,
    bundles: dirname(dirname(bundled('on-access'))),
    ...options,
  });
  const { activity, clock, policy } = sandbox;
  clock.setSpeed(0);

  const pass = async (ms: number): Promise<void> => {
    await clock.advance(ms, activity.settle);
  };
  const jump = async (ms: number): Promise<void> => {
    clock.set(clock.now() + ms);
    await pass(5 * SECONDS);
  };
  const person = (who: Who) => found(policy.people.find(({ id }) => id === emailOf(who)));
  const target = (id: string) => found(policy.targets.find((each) => each.id === id));
  const readable = (message: StoredMessage): string => `${message.text}\n${JSON.stringify(message.blocks)}`;
  const inChannel = (channel: string, threaded: boolean) =>
    sandbox.slack
      .messagesIn(channel)
      .filter(({ threadTs }) => (threadTs !== undefined) === threaded)
      .map(readable);

  async function slack(who: Who, act: Act) {
    const outcome = await activity.track(sandbox.slack.actAs(slackId(who), act));
    if (outcome.outcome === 'impossible') throw new Error(outcome.why);
    await pass(5 * SECONDS);
    return outcome;
  }

  const leaks: string[] = [];
  /** In what functions logged, in what people were shown and in the table, which are gone when it starts again. */
  async function lookForSecrets(): Promise<void> {
    const { messages, ephemerals, modals } = sandbox.slack.workspace;
    const all = [
      sandbox.runtime.log(),
      messages,
      ephemerals,
      modals,
      sandbox.pagerDuty.incidents,
      await sandbox.table.items(),
    ];
    leaks.push(...all.flatMap((each) => leaksIn(each.map((one) => JSON.stringify(one)).join('\n'))));
  }

  const click = (who: Who, actionId: string, channel = NOTIFY_CHANNEL, ts?: string) =>
    slack(who, { act: 'click', channel, actionId, ...(ts && { ts }) });

  return {
    sandbox,
    pass,
    jump,
    slack,
    click,
    async startAgain(at) {
      await lookForSecrets();
      await sandbox.startAgain(at);
      await pass(0);
    },
    async uses(who, id, doing = 'assume-role') {
      const done = await sandbox.act({ by: person(who), doing, target: target(id), at: clock.now() });
      if (typeof done === 'string') throw new Error(done);
      await pass(5 * SECONDS);
      return done;
    },
    traces(who, id, doing = 'assume-role') {
      const made = tracesOf(policy, { by: person(who), doing, target: target(id), at: clock.now() });
      if (typeof made === 'string') throw new Error(made);
      return made.records;
    },
    async databaseLogin(user = 'write') {
      await sandbox.login({ ...LOGIN, user, at: clock.now() });
      await pass(5 * SECONDS);
    },
    async arrives(...records) {
      sandbox.putEvents(records);
      await pass(5 * SECONDS);
    },
    async approved(who, id, by) {
      const text = `${id} rotate the API keys for #123 <@${slackId(by)}|${by}>`;
      await slack(who, { act: 'command', text, channel: NOTIFY_CHANNEL });
      await click(by, 'request.approve');
    },
    messages: (channel = NOTIFY_CHANNEL) => inChannel(channel, false),
    threads: (channel = NOTIFY_CHANNEL) => inChannel(channel, true),
    whispers: (who) => sandbox.slack.ephemeralsFor(slackId(who)).map(({ text }) => text),
    incidents: (service) =>
      sandbox.pagerDuty.incidents.filter((each) => service === undefined || each.service === service),
    lines: () => sandbox.book.lines().filter((line): line is VerdictLine => 'action' in line),
    unreadable: () => sandbox.book.lines().filter((line): line is UnreadableLine => !('action' in line)),
    findings: () => sandbox.book.findings(),
    deadLetters: () =>
      Object.fromEntries(sandbox.queues.map(({ name, deadLetters }) => [name, deadLetters?.bodies().length ?? 0])),
    async [Symbol.asyncDispose]() {
      await lookForSecrets();
      await sandbox.close();
      if (leaks.length > 0) throw new Error(`A secret came out: ${JSON.stringify(leaks)}`);
      const refusals = sandbox.refusals();
      if (refusals.length > 0)
        throw new Error(`Functions asked for keys that they may not have: ${JSON.stringify(refusals)}`);
    },
  };
}

const LOGIN: Omit<DatabaseLogin, 'at'> = {
  account: '111111111111',
  region: 'eu-west-1',
  logGroup: '/aws/rds/instance/notifydb/postgresql',
  user: 'write',
  database: 'notifydb',
  ip: '10.0.3.17',
};

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The policy has no such person or target.');
  return value;
}
