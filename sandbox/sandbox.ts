import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readApprovals } from '../cli/approvals-file.ts';
import { membersOf } from '../cli/members.ts';
import type { VerdictMessage } from '../lambdas/core/messages.ts';
import type { Policy } from '../lambdas/core/policy.ts';
import type { Instant } from '../lambdas/core/time.ts';
import { loadPolicy } from '../policy/load.ts';
import { type Activity, createActivity } from './activity.ts';
import type { Act } from './acts.ts';
import { createClock, type VirtualClock } from './clock.ts';
import type { DatabaseLogin } from './cloudtrail/database-log.ts';
import { envelopeOf, type TrailRecord } from './cloudtrail/record.ts';
import { cyberMembersOf } from './cyber.ts';
import { arrivalsOf } from './delivery.ts';
import { startEmbeddedDynamo } from './embedded-dynamodb/start.ts';
import { attachEventSource } from './event-source.ts';
import { serveGateway } from './gateway.ts';
import { type Intake, intakeOf } from './intake.ts';
import { keptBundles } from './kept.ts';
import { secretsOf } from './made-secrets.ts';
import type { Queue } from './queue.ts';
import { queueUrl, serveQueues } from './queue-server.ts';
import { type Runtime, startRuntime } from './runtime.ts';
import { every } from './schedule.ts';
import { serveSecrets } from './secrets-extension.ts';
import type { PagerDutyStandIn } from './stand-ins/pagerduty.ts';
import type { SlackStandIn } from './stand-ins/slack.ts';
import { startStandIns } from './stand-ins/start.ts';
import { type Refusal, serveTableGate } from './table-gate.ts';
import { openTable, TABLE, type TableView } from './table-view.ts';
import { startTaps } from './taps.ts';
import { type Done, openTerminal } from './terminal.ts';
import { createTimeline, type Timeline } from './timeline.ts';
import { createTopic } from './topic.ts';
import { serveTopics } from './topic-server.ts';
import { NO_TROUBLE, type Trouble } from './trouble.ts';
import { createVerdictBook, type VerdictBook } from './verdict-book.ts';
import { workQueues } from './work-queues.ts';

/** Two-eye on one machine, running. */
export interface Sandbox {
  readonly policy: Policy;
  readonly clock: VirtualClock;
  readonly activity: Activity;
  readonly queues: readonly Queue[];
  readonly runtime: Runtime;
  readonly slack: SlackStandIn;
  readonly pagerDuty: PagerDutyStandIn;
  readonly table: TableView;
  readonly book: VerdictBook;
  readonly timeline: Timeline;
  /** What functions asked of the table without a right to it; a function of two-eye asks for nothing such. */
  refusals(): readonly Refusal[];
  trouble(): Trouble;
  setTrouble(trouble: Trouble): void;
  /** Puts inputs on the bus: records, envelopes, or any text that then is unreadable. */
  putEvents(inputs: readonly unknown[]): Intake;
  /** Approvals file lines; returns what was wrong with lines. */
  putApprovals(text: string): Promise<{ readonly taken: number; readonly bad: readonly string[] }>;
  /** Somebody does something at the terminal; a sentence when it makes no sense. */
  act(act: Act): Promise<readonly TrailRecord[] | string>;
  /** What was done at the terminal, oldest first: by the page, by a story, or through the control API. */
  terminal(): readonly Done[];
  /** Somebody enters a database: its log has the lines. */
  login(login: DatabaseLogin): Promise<void>;
  /** Calls back after anything changed. */
  onChange(callback: () => void): void;
  startAgain(at?: Instant): Promise<void>;
  close(): Promise<void>;
}

export interface SandboxOptions {
  readonly policyFile?: string;
  /** Folder of bundles that are fresh already; without it they are made, or taken from an earlier start. */
  readonly bundles?: string;
  /** Is told what takes long. */
  readonly print?: (line: string) => void;
  readonly startAt?: Instant;
  readonly dynamoEndpoint?: string;
  /** How the functions are run; in a thread, unless said otherwise. */
  readonly startFunctions?: typeof startRuntime;
}

const TOPIC_ARN = 'arn:aws:sns:eu-west-2:333333333333:two-eye-verdicts';
const TOKEN = 'sandbox-session-token';

/** Starts everything on loopback. Throws `misconfigured` for a policy that is not right. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const policyFile = options.policyFile ?? join(import.meta.dirname, '..', 'policy', 'notify.yaml');
  const policy = await loadPolicy(policyFile);
  const bundles = options.bundles ?? (await keptBundles(options.print ?? (() => undefined)));
  const folder = await mkdtemp(join(tmpdir(), 'two-eye-sandbox-'));
  const compiledPolicy = join(folder, 'policy.json');
  await writeFile(compiledPolicy, JSON.stringify(policy));
  const clock = createClock(options.startAt ?? Date.now());
  const activity = createActivity();
  const changed: (() => void)[] = [];
  const announce = (): void => {
    for (const callback of changed) callback();
  };
  let trouble = NO_TROUBLE;

  const dynamo = options.dynamoEndpoint ? undefined : await startEmbeddedDynamo();
  const endpoint = options.dynamoEndpoint ?? dynamo?.endpoint ?? '';
  const table = await openTable(endpoint);
  const gate = await serveTableGate(endpoint, () => trouble.table === 'throttled');

  const queues = workQueues(policy, clock);
  const findings = { change: ['opened', 'changed', 'closed'] };
  const subscriptions = [
    { queue: queues.ping, raw: true },
    { queue: queues.page, raw: true, filter: findings },
  ];
  const topic = createTopic({ arn: TOPIC_ARN, clock, subscriptions });
  const book = createVerdictBook();
  const timeline = createTimeline(clock.now);
  topic.tap(({ body }) => {
    const message = JSON.parse(body) as VerdictMessage;
    book.take(message);
    timeline.published(message);
    announce();
  });

  const secrets = secretsOf(policy);
  const [queueServer, topicServer, secretServer] = await Promise.all([
    serveQueues(queues.all),
    serveTopics([topic]),
    serveSecrets(secrets.byId, TOKEN),
  ]);
  const later: { runtime?: Runtime } = {};
  const invoke = (name: string, event: unknown): Promise<unknown> =>
    later.runtime?.invoke(name, event) ?? Promise.reject(new Error('The functions are not there yet.'));
  const gateway = await serveGateway(invoke, activity);

  const { slack, pagerDuty } = await startStandIns({ policy, clock, activity, secrets, invoke });

  const environmentOf = (): Record<string, string> => ({
    TABLE_NAME: TABLE,
    ACCESS_QUEUE_URL: queueUrl(queueServer, queues.access),
    SLACK_QUEUE_URL: queueUrl(queueServer, queues.slack),
    PING_QUEUE_URL: queueUrl(queueServer, queues.ping),
    VERDICTS_TOPIC_ARN: TOPIC_ARN,
    SLACK_API_URL: slack.url,
    PAGERDUTY_EVENTS_SERVER: pagerDuty.server,
    PARAMETERS_SECRETS_EXTENSION_HTTP_PORT: String(secretServer.port),
    POLICY_FILE: compiledPolicy,
    AWS_ENDPOINT_URL_DYNAMODB: gate.url,
    AWS_ENDPOINT_URL_SQS: queueServer.url,
    AWS_ENDPOINT_URL_SNS: topicServer.url,
    AWS_REGION: policy.home.region,
    AWS_SECRET_ACCESS_KEY: 'sandbox',
    AWS_SESSION_TOKEN: TOKEN,
  });
  const runtime = (options.startFunctions ?? startRuntime)({ bundles, environment: environmentOf(), clock, activity });
  const taps = startTaps({
    ...{ bundles, environment: environmentOf(), clock, activity },
    databaseQueues: Object.fromEntries(
      [...queues.databases].map(([account, queue]) => [account, queueUrl(queueServer, queue)]),
    ),
  });
  later.runtime = runtime;

  let slackCount = 0;
  runtime.onInvocation(({ name, event }) => {
    noteTelling(name, event);
    announce();
  });
  /** Which finding was told is in the message that the function was called with; that it was told is seen in the stand-in. */
  function noteTelling(name: string, event: unknown): void {
    if (name !== 'ping' && name !== 'page') return;
    const total = slack.workspace.messages.length + pagerDuty.incidents.length;
    if (total <= slackCount) return;
    slackCount = total;
    for (const { body } of (event as { Records?: readonly { body: string }[] }).Records ?? []) {
      const { finding, actions } = JSON.parse(body) as Partial<VerdictMessage>;
      const about = finding?.id ?? actions?.[0]?.action;
      if (about) timeline.told(about, name === 'ping' ? 'Told in Slack.' : 'Paged through PagerDuty.');
    }
  }

  const attach = (queue: Queue, name: string, concurrency = 2): void =>
    attachEventSource({ queue, activity, batchSize: 10, concurrency, invoke: (event) => invoke(name, event) });
  for (const queue of [queues.access, ...queues.databases.values()]) attach(queue, 'on-access');
  attach(queues.slack, 'slack-work');
  attach(queues.ping, 'ping', 1);
  attach(queues.page, 'page', 1);
  const endSweep = every(clock, 60_000, () => void invoke('sweep', {}).catch(() => undefined));

  function putOne(input: unknown, delayMs: number): void {
    const body = typeof input === 'string' ? input : JSON.stringify(isRecord(input) ? envelopeOf(input) : input);
    queues.access.send(body, delayMs);
    if (isRecord(input)) timeline.arrived({ keys: keysOf(input), title: titleOf(input) });
  }

  function putEvents(inputs: readonly unknown[]): Intake {
    const intake = intakeOf(inputs, policy);
    for (const { item, afterMs } of arrivalsOf(inputs, trouble.delivery)) putOne(item, afterMs);
    announce();
    return intake;
  }

  const terminal = openTerminal(policy, taps.login, putEvents);
  return {
    policy,
    clock,
    activity,
    queues: queues.all,
    runtime,
    slack,
    pagerDuty,
    table,
    book,
    timeline,
    refusals: gate.refusals,
    trouble: () => trouble,
    setTrouble(next) {
      const over = trouble;
      trouble = next;
      slack.trouble(next.slack === 'down' ? 'down' : 'fine');
      pagerDuty.setMood(next.pagerduty === 'down' ? 'down' : 'fine');
      const ended = (['slack', 'pagerduty', 'table'] as const).some(
        (name) => over[name] !== 'fine' && next[name] === 'fine',
      );
      if (ended) for (const queue of queues.all) queue.hurry();
      announce();
    },
    putEvents,
    async putApprovals(text) {
      const members = membersOf(policy, cyberMembersOf(policy), 'sandbox');
      const { approvals, pins, bad } = readApprovals(text, 'approvals', policy, members);
      await table.putApprovals(approvals, pins);
      const touched = new Set([...approvals.map((each) => each.actor), ...pins.flatMap((pin) => pin.people)]);
      for (const person of touched)
        queues.access.send(
          JSON.stringify({ twoEye: 'rejudge', ledger: `person:${person}`, because: 'approvals changed' }),
        );
      announce();
      return { taken: approvals.length + pins.length, bad: bad.map(({ line, why }) => `line ${line} ${why}`) };
    },
    act: terminal.act,
    terminal: terminal.done,
    login: taps.login,
    onChange: (callback) => changed.push(callback),
    async startAgain(at) {
      // Ends what is being let pass, which would not let anything settle.
      clock.set(clock.now());
      for (const queue of queues.all) queue.purge();
      await activity.settle();
      await table.clear();
      slack.forget();
      pagerDuty.forget();
      terminal.clear();
      slackCount = 0;
      book.clear();
      timeline.clear();
      trouble = NO_TROUBLE;
      slack.trouble('fine');
      pagerDuty.setMood('fine');
      clock.set(at ?? Date.now());
      announce();
    },
    async close() {
      endSweep();
      clock.stop();
      await Promise.all([runtime.close(), taps.close()]);
      table.close();
      const servers = [queueServer, topicServer, secretServer, gateway, gate, slack, pagerDuty];
      await Promise.all(servers.map((server) => server.close()));
      await dynamo?.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function isRecord(input: unknown): input is TrailRecord {
  return typeof input === 'object' && input !== null && 'eventName' in input && !('detail' in input);
}

function keysOf(record: TrailRecord): readonly string[] {
  return [record.eventID, record.sharedEventID].filter((key): key is string => typeof key === 'string');
}

const titleOf = ({ eventName, recipientAccountId, awsRegion }: TrailRecord): string =>
  `${eventName}, recorded in ${recipientAccountId}, ${awsRegion}`;
