import { randomBytes } from 'node:crypto';
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
import { type Act, tracesOf } from './acts.ts';
import { createClock, type VirtualClock } from './clock.ts';
import type { DatabaseLogin } from './cloudtrail/database-log.ts';
import { envelopeOf, type TrailRecord } from './cloudtrail/record.ts';
import { arrivalsOf } from './delivery.ts';
import { startEmbeddedDynamo } from './embedded-dynamodb/start.ts';
import { attachEventSource } from './event-source.ts';
import { serveGateway } from './gateway.ts';
import { type Intake, intakeOf } from './intake.ts';
import { keptBundles } from './kept.ts';
import { createQueue, type Queue } from './queue.ts';
import { queueUrl, serveQueues } from './queue-server.ts';
import { type Runtime, startRuntime } from './runtime.ts';
import { every } from './schedule.ts';
import { serveSecrets } from './secrets-extension.ts';
import { httpApiEvent } from './stand-ins/http-api-event.ts';
import { type PagerDutyStandIn, type SignedWebhook, startPagerDuty } from './stand-ins/pagerduty.ts';
import { type SlackStandIn, startSlack } from './stand-ins/slack.ts';
import { type Refusal, serveTableGate } from './table-gate.ts';
import { openTable, TABLE, type TableView } from './table-view.ts';
import { startTaps } from './taps.ts';
import { createTimeline, type Timeline } from './timeline.ts';
import { createTopic } from './topic.ts';
import { serveTopics } from './topic-server.ts';
import { NO_TROUBLE, type Trouble } from './trouble.ts';
import { createVerdictBook, type VerdictBook } from './verdict-book.ts';

/** Something done at the terminal, and the names of the records that AWS made of it. */
export interface Done {
  readonly by: string;
  readonly doing: Act['doing'];
  readonly target: string;
  readonly recorded: readonly string[];
}

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
const WEBHOOK_ATTEMPTS = 10;
const MOST_DONE = 30;
/** As long as a routing key, with a mark by which the tests see it wherever it should not be. */
const made = (): string => `CANARY${randomBytes(13).toString('hex')}`;

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

  const queueOf = (name: string): Queue => {
    const deadLetters = createQueue({ name: `${name}-dead`, clock, visibilityMs: 30_000 });
    return createQueue({ name, clock, visibilityMs: 30_000, maxReceiveCount: 10, deadLetters });
  };
  const queues = { access: queueOf('access'), slack: queueOf('slack'), ping: queueOf('ping'), page: queueOf('page') };
  const databaseAccounts = new Set(
    policy.targets.flatMap(({ door }) => (door.kind === 'database' ? [door.account] : [])),
  );
  const databaseQueues = new Map(
    [...databaseAccounts].map((account) => [account, queueOf(`two-eye-database-${account}`)]),
  );
  const allQueues = [...Object.values(queues), ...databaseQueues.values()];
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
    serveQueues(allQueues),
    serveTopics([topic]),
    serveSecrets(secrets.byId, TOKEN),
  ]);
  const later: { runtime?: Runtime } = {};
  const invoke = (name: string, event: unknown): Promise<unknown> =>
    later.runtime?.invoke(name, event) ?? Promise.reject(new Error('The functions are not there yet.'));
  const gateway = await serveGateway(invoke, activity);

  /** A webhook that nobody took is sent again, as PagerDuty does for two days. */
  async function deliverWebhook(webhook: SignedWebhook, attempt = 1): Promise<void> {
    const answer = (await activity
      .track(invoke('on-pagerduty', httpApiEvent(webhook, '/pagerduty')))
      .catch(() => ({ statusCode: 502 }))) as { readonly statusCode?: number };
    if ((answer.statusCode ?? 200) < 500 || attempt === WEBHOOK_ATTEMPTS) return;
    clock.at(clock.now() + attempt * 60_000, () => void deliverWebhook(webhook, attempt + 1));
  }

  const startStandIns = async () => {
    const slackOne = await startSlack({
      policy,
      signingSecret: secrets.signingSecret,
      botToken: secrets.botToken,
      now: clock.now,
      userGroups: cyberOf(policy),
      deliverTo: async (request) => {
        const answer = (await invoke('on-slack', httpApiEvent(request))) as { statusCode?: number; body?: string };
        return { status: answer.statusCode ?? 200, body: answer.body ?? '' };
      },
    });
    const pagerDutyOne = await startPagerDuty({
      now: clock.now,
      services: secrets.services,
      webhookSecrets: [secrets.webhookSecret],
      onWebhook: (webhook) => deliverWebhook(webhook),
    });
    return { slackOne, pagerDutyOne };
  };
  const { slackOne, pagerDutyOne } = await startStandIns();

  const environmentOf = (): Record<string, string> => ({
    TABLE_NAME: TABLE,
    ACCESS_QUEUE_URL: queueUrl(queueServer, queues.access),
    SLACK_QUEUE_URL: queueUrl(queueServer, queues.slack),
    PING_QUEUE_URL: queueUrl(queueServer, queues.ping),
    VERDICTS_TOPIC_ARN: TOPIC_ARN,
    SLACK_API_URL: slackOne.url,
    PAGERDUTY_EVENTS_SERVER: pagerDutyOne.server,
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
      [...databaseQueues].map(([account, queue]) => [account, queueUrl(queueServer, queue)]),
    ),
  });
  later.runtime = runtime;

  const done: Done[] = [];
  let slackCount = 0;
  runtime.onInvocation(({ name, event }) => {
    noteTelling(name, event);
    announce();
  });
  /** Which finding was told is in the message that the function was called with; that it was told is seen in the stand-in. */
  function noteTelling(name: string, event: unknown): void {
    if (name !== 'ping' && name !== 'page') return;
    const total = slackOne.workspace.messages.length + pagerDutyOne.incidents.length;
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
  for (const queue of [queues.access, ...databaseQueues.values()]) attach(queue, 'on-access');
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

  return {
    policy,
    clock,
    activity,
    queues: allQueues,
    runtime,
    get slack() {
      return slackOne;
    },
    get pagerDuty() {
      return pagerDutyOne;
    },
    table,
    book,
    timeline,
    refusals: gate.refusals,
    trouble: () => trouble,
    setTrouble(next) {
      const over = trouble;
      trouble = next;
      slackOne.trouble(next.slack === 'down' ? 'down' : 'fine');
      pagerDutyOne.setMood(next.pagerduty === 'down' ? 'down' : 'fine');
      const ended = (['slack', 'pagerduty', 'table'] as const).some(
        (name) => over[name] !== 'fine' && next[name] === 'fine',
      );
      if (ended) for (const queue of allQueues) queue.hurry();
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
    async act(act) {
      const traces = tracesOf(policy, act);
      if (typeof traces === 'string') return traces;
      try {
        for (const login of traces.logins) await taps.login(login);
      } finally {
        // CloudTrail writes its records whatever became of the database's log.
        const recorded = traces.records.map(({ eventName }) => String(eventName));
        done.push({ by: act.by.id, doing: act.doing, target: act.target.id, recorded });
        done.splice(0, done.length - MOST_DONE);
        putEvents(traces.records);
      }
      return traces.records;
    },
    terminal: () => done,
    login: taps.login,
    onChange: (callback) => changed.push(callback),
    async startAgain(at) {
      for (const queue of allQueues) queue.purge();
      await activity.settle();
      await table.clear();
      slackOne.workspace.messages.length = 0;
      slackOne.workspace.ephemerals.length = 0;
      slackOne.workspace.modals.length = 0;
      slackOne.workspace.homes.clear();
      slackOne.workspace.steps.clear();
      pagerDutyOne.forget();
      done.length = 0;
      slackCount = 0;
      book.clear();
      timeline.clear();
      trouble = NO_TROUBLE;
      slackOne.trouble('fine');
      pagerDutyOne.setMood('fine');
      clock.set(at ?? Date.now());
      announce();
    },
    async close() {
      endSweep();
      clock.stop();
      await Promise.all([runtime.close(), taps.close()]);
      table.close();
      const servers = [queueServer, topicServer, secretServer, gateway, gate, slackOne, pagerDutyOne];
      await Promise.all(servers.map((server) => server.close()));
      await dynamo?.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface MadeSecrets {
  readonly byId: Readonly<Record<string, object>>;
  readonly signingSecret: string;
  readonly botToken: string;
  readonly webhookSecret: string;
  /** Routing key → service. */
  readonly services: Readonly<Record<string, string>>;
}

/** Secrets made up for this run. */
function secretsOf(policy: Policy): MadeSecrets {
  const names = [...new Set([...Object.values(policy.teams).map((team) => team.pagerDuty), policy.cyber.pagerDuty])];
  const keys = names.map((name) => ({ name, routingKey: made() }));
  const [signingSecret, botToken, webhookSecret] = [made(), `xoxb-${made()}`, made()];
  return {
    signingSecret,
    botToken,
    webhookSecret,
    services: Object.fromEntries(keys.map(({ name, routingKey }) => [routingKey, name])),
    byId: {
      'two-eye/slack': { botToken, signingSecret },
      'two-eye/pagerduty-webhook': { secrets: [webhookSecret] },
      ...Object.fromEntries(keys.map(({ name, routingKey }) => [`two-eye/pagerduty/${name}`, { routingKey }])),
    },
  };
}

/** In the sandbox the people of no team make up the groups that live in Slack; everybody, where all are in teams. */
function outsiders(policy: Policy): readonly string[] {
  const inGroups = Object.values(policy.groups).flatMap((group) => (group.kind === 'people' ? group.people : []));
  const others = policy.people.filter(({ id }) => !inGroups.includes(id)).map(({ id }) => id);
  return others.length > 0 ? others : policy.people.map(({ id }) => id);
}

function cyberOf(policy: Policy): Record<string, readonly string[]> {
  const slackIds = policy.people.flatMap(({ id, slack }) => (slack && outsiders(policy).includes(id) ? [slack] : []));
  const groups = Object.values(policy.groups).flatMap((group) =>
    group.kind === 'people' ? [] : [group.slackUserGroup],
  );
  return Object.fromEntries(groups.map((group) => [group, slackIds]));
}

function cyberMembersOf(policy: Policy): Record<string, readonly string[]> {
  const names = Object.entries(policy.groups).flatMap(([name, group]) => (group.kind === 'people' ? [] : [name]));
  return Object.fromEntries(names.map((name) => [name, [...outsiders(policy)]]));
}

function isRecord(input: unknown): input is TrailRecord {
  return typeof input === 'object' && input !== null && 'eventName' in input && !('detail' in input);
}

function keysOf(record: TrailRecord): readonly string[] {
  return [record.eventID, record.sharedEventID].filter((key): key is string => typeof key === 'string');
}

const titleOf = ({ eventName, recipientAccountId, awsRegion }: TrailRecord): string =>
  `${eventName}, recorded in ${recipientAccountId}, ${awsRegion}`;
