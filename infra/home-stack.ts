import { Duration, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import { AccountPrincipal, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { tapsOf } from '../lambdas/core/patterns.ts';
import type { Policy } from '../lambdas/core/policy.ts';
import { AccessBus } from './access-bus.ts';
import { accountRoles } from './account-roles.ts';
import { CANARY_CALLER, CanaryWatch } from './canary-watch.ts';
import { dataKey } from './data-key.ts';
import { healthAlarm } from './health-alarm.ts';
import { HealthDashboard } from './health-dashboard.ts';
import { HomeSecrets } from './home-secrets.ts';
import { JournalStore } from './journal-store.ts';
import { PeopleApi } from './people-api.ts';
import { RECONCILE_CALLER, ReconcileWatch, SELF_CHECK_CALLER } from './reconcile-watch.ts';
import { RecordTable } from './record-table.ts';
import { TABLE_ACCESS } from './table-access.ts';
import { DATABASE_LOG_ROLE, databaseQueue } from './tap-stack.ts';
import { AlarmTopic, TELLING_TIMEOUT, VerdictsTopic } from './verdict-topics.ts';
import { WatchRules } from './watch-rules.ts';
import { WorkQueue } from './work-queue.ts';
import { Worker, type WorkerProps } from './worker.ts';

export interface HomeStackProps extends StackProps {
  readonly policy: Policy;
  /** Where bundles are: `<bundles>/<function>`. */
  readonly bundles: string;
  /** Who is told of two-eye's own alarms, and of a channel that failed. */
  readonly alarmEmail?: string;
}

type Queues = Readonly<Record<'access' | 'slack' | 'ping' | 'page', WorkQueue>>;
type Workers = Readonly<Record<keyof typeof TABLE_ACCESS | 'on-slack' | 'journal' | 'canary', Worker>>;

const SEND = ['sqs:SendMessage'];

/** Functions that a schedule calls and that no queue brings work to. `sweep` is not one: it comes again in a minute. */
const SELDOM = ['journal', 'reconcile', 'self-check', 'report', 'canary'] as const satisfies readonly (keyof Workers)[];

/** The home account: everything but the taps. */
export class HomeStack extends Stack {
  private readonly key: Key;
  private readonly alarms: AlarmTopic;
  private readonly verdicts: VerdictsTopic;
  private readonly table: RecordTable;

  constructor(scope: Construct, id: string, props: HomeStackProps) {
    super(scope, id, { description: 'two-eye: who used privileged access, and who said yes.', ...props });
    const { policy } = props;
    this.key = dataKey(this, 'Key', 'two-eye');
    this.alarms = new AlarmTopic(this, 'Alarms', {
      key: this.key,
      ...(props.alarmEmail ? { email: props.alarmEmail } : {}),
    });
    this.verdicts = new VerdictsTopic(this, 'Verdicts', this.key);
    this.table = new RecordTable(this, 'Record', this.key);
    const queues = this.queues();
    const secrets = new HomeSecrets(this, 'Secrets', policy, this.key);
    const workers = this.workers(props, secrets);
    this.connect(queues, workers, props);
    const dead = this.deadRuns();
    for (const name of SELDOM) workers[name].givesUpTo(dead);
    const databases = this.databaseQueues(policy, workers['on-access']);
    secrets.letDescribe(workers['self-check']);
    this.watch(policy, queues, workers.canary);
    new ReconcileWatch(this, 'ReconcileWatch', {
      policy,
      worker: workers.reconcile,
      selfCheck: workers['self-check'],
      alarms: this.alarms.topic,
      dead: queues.access.dead,
    });
    new PeopleApi(this, 'Api', { slack: workers['on-slack'], pagerDuty: workers['on-pagerduty'], key: this.key });
    const journal = new JournalStore(this, 'Journal', {
      table: this.table,
      worker: workers.journal,
      key: this.key,
      alarms: this.alarms.topic,
    });
    journal.tellsHead(workers.journal, queues.access.dead, this.alarms.topic);
    journal.takesReports(workers.report, queues.access.dead, this.alarms.topic);
    this.sweepEveryMinute(workers.sweep, queues.access);
    new HealthDashboard(this, 'Dashboard', {
      queues: [...Object.values(queues), ...databases],
      workers: Object.values(workers),
      taps: tapsOf(policy),
    });
    // Not the dashboard: linters hold its tags for an error.
    Tags.of(this).add('two-eye:policy', policy.hash.slice(0, 12), {
      excludeResourceTypes: ['AWS::CloudWatch::Dashboard'],
    });
  }

  private queue(name: string, hurts: string, oldestMinutes: number): WorkQueue {
    return new WorkQueue(this, `${name.charAt(0).toUpperCase()}${name.slice(1)}Queue`, {
      name,
      functionTimeout: TELLING_TIMEOUT,
      key: this.key,
      alarms: this.alarms.topic,
      hurts,
      oldest: Duration.minutes(oldestMinutes),
    });
  }

  private queues(): Queues {
    const queue = this.queue.bind(this);
    return {
      access: queue('access', 'Uses of privileged access are not judged: nobody is told of an unapproved one.', 5),
      slack: queue('slack', 'People cannot get approvals: their clicks in Slack wait.', 2),
      ping: queue('ping', 'Teams are not asked in Slack about unapproved uses.', 10),
      page: queue('page', 'On-call and cyber are not woken for unapproved uses.', 2),
    };
  }

  /** Runs that failed for good. Not among the dead letters of uses: these are no messages that a queue could take again. */
  private deadRuns(): Queue {
    const dead = new Queue(this, 'DeadRuns', {
      queueName: 'two-eye-runs-dead',
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: this.key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    healthAlarm(this, 'DeadRunsAlarm', {
      metric: dead.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: 'Maximum' }),
      atLeast: 1,
      hurts: 'A scheduled check, report or look for lost uses failed three times and was given up until its next time.',
      runbook: 'a-run-was-given-up',
      topic: this.alarms.topic,
    });
    return dead;
  }

  private workers(props: HomeStackProps, secrets: HomeSecrets): Workers {
    const worker = (name: keyof Workers, hurts: string, more: Partial<WorkerProps> = {}) =>
      new Worker(this, name, {
        name,
        hurts,
        bundles: props.bundles,
        timeout: TELLING_TIMEOUT,
        key: this.key,
        alarms: this.alarms.topic,
        ...more,
      });
    return {
      'on-access': worker(
        'on-access',
        'Uses of privileged access are not judged: nobody is told of an unapproved one.',
        { memoryMb: 1024 },
      ),
      'on-slack': worker('on-slack', 'People cannot ask for approvals or answer in Slack.', {
        timeout: Duration.seconds(10),
        memoryMb: 1024,
        secrets: [secrets.slack],
      }),
      'slack-work': worker('slack-work', 'Approvals are not stored or shown: people act without one and are paged.', {
        secrets: [secrets.slack],
      }),
      'on-pagerduty': worker(
        'on-pagerduty',
        'Acknowledging in PagerDuty has no effect: acknowledged pages ring again.',
        {
          timeout: Duration.seconds(10),
          secrets: [secrets.webhook],
        },
      ),
      ping: worker('ping', 'Teams are not asked in Slack about unapproved uses.', { secrets: [secrets.slack] }),
      page: worker('page', 'On-call and cyber are not woken for unapproved uses.', { secrets: secrets.routingKeys }),
      journal: worker('journal', 'Auditors: what is not in the journal within a day cannot be proved later.', {
        invoked: 'asynchronously',
        timeout: Duration.minutes(1),
      }),
      reconcile: worker('reconcile', 'Uses that did not arrive by the bus are not looked for.', {
        invoked: 'asynchronously',
        timeout: Duration.minutes(15),
        roleName: RECONCILE_CALLER,
      }),
      'self-check': worker(
        'self-check',
        'Nobody would be told of changes of the policy, or of rules that were switched off.',
        {
          invoked: 'asynchronously',
          timeout: Duration.minutes(5),
          roleName: SELF_CHECK_CALLER,
          secrets: [secrets.slack],
        },
      ),
      report: worker('report', 'Teams and auditors do not get the report of the week.', {
        invoked: 'asynchronously',
        timeout: Duration.minutes(5),
        secrets: [secrets.slack],
      }),
      canary: worker('canary', 'Nobody would notice if records of privileged access stopped arriving.', {
        invoked: 'asynchronously',
        timeout: Duration.minutes(2),
        roleName: CANARY_CALLER,
      }),
      sweep: worker('sweep', 'Nothing that has to happen later happens: unanswered pings do not become pages.', {
        timeout: Duration.seconds(50),
      }),
    };
  }

  private connect(queues: Queues, workers: Workers, { alarmEmail }: HomeStackProps): void {
    for (const [name, access] of Object.entries(TABLE_ACCESS)) {
      this.table.giveTo(workers[name as keyof typeof TABLE_ACCESS], access);
    }
    workers['on-access'].worksOn(queues.access, 10, 10);
    workers['slack-work'].worksOn(queues.slack, 1, 10);
    // One at a time: a neighbour that never answers takes its four seconds several times for one message, and a batch must fit into the function.
    workers.ping.worksOn(queues.ping, 1, 2);
    workers.page.worksOn(queues.page, 1, 5);
    this.verdicts.tell(queues.ping, 'everything');
    this.verdicts.tell(queues.page, 'findings');
    if (alarmEmail) this.verdicts.mailTrouble(alarmEmail);
    for (const name of ['on-access', 'ping', 'page', 'sweep'] as const) this.mayPublish(workers[name]);
    this.maySend(queues.access, 'ACCESS_QUEUE_URL', [
      workers['on-access'],
      workers.reconcile,
      workers['self-check'],
      workers['slack-work'],
      workers['on-pagerduty'],
      workers.sweep,
    ]);
    this.maySend(queues.slack, 'SLACK_QUEUE_URL', [workers['on-slack'], workers.sweep]);
    this.maySend(queues.ping, 'PING_QUEUE_URL', [
      workers.ping,
      workers.page,
      workers.sweep,
      workers['on-pagerduty'],
      workers.journal,
    ]);
  }

  private mayPublish(worker: Worker): void {
    const { topic } = this.verdicts;
    worker.give('VERDICTS_TOPIC_ARN', topic.topicArn, ['sns:Publish'], topic.topicArn);
    this.key.grantEncryptDecrypt(worker.fn);
  }

  private maySend({ queue }: WorkQueue, variable: string, workers: readonly Worker[]): void {
    for (const worker of workers) {
      worker.give(variable, queue.queueUrl, SEND, queue.queueArn);
      this.key.grantEncryptDecrypt(worker.fn);
    }
  }

  /**
   * A queue for each account with watched databases: its log function alone sends to it, and it is believed of sessions of that account
   * alone. Whoever became that function's role (which is tampering) could still not tell of anything else, or unsay anything.
   */
  private databaseQueues({ targets }: Policy, onAccess: Worker): readonly WorkQueue[] {
    const accounts = new Set(targets.flatMap(({ door }) => (door.kind === 'database' ? [door.account] : [])));
    return [...accounts].sort().map((account) => {
      const hurts = 'Sessions of databases are not judged: nobody is told of an unapproved one.';
      const queue = this.queue(databaseQueue(account), hurts, 5);
      queue.queue.grantSendMessages(this.logFunctionOf(account));
      onAccess.worksOn(queue, 10, 2);
      return queue;
    });
  }

  private logFunctionOf(account: string): IGrantable {
    const role = `arn:${this.partition}:iam::${account}:role/${DATABASE_LOG_ROLE}-*`;
    return new AccountPrincipal(account).withConditions({ ArnLike: { 'aws:PrincipalArn': role } });
  }

  /** Records of the taps, and changes of the watcher in its own account. */
  private watch(policy: Policy, queues: Queues, canary: Worker): void {
    const { home } = policy;
    const accounts = [...new Set([...Object.keys(policy.accounts), home.account])];
    new AccessBus(this, 'Access', { accounts, key: this.key, target: queues.access });
    new CanaryWatch(this, 'CanaryWatch', {
      policy,
      verdicts: this.verdicts,
      worker: canary,
      alarms: this.alarms.topic,
      dead: queues.access.dead,
    });
    new WatchRules(this, 'Own', {
      policy,
      tap: home,
      target: { queue: queues.access.queue },
      dead: queues.access.dead,
    });
    accountRoles(new Construct(this, 'Roles'), policy, home);
  }

  private sweepEveryMinute(sweep: Worker, { dead }: WorkQueue): void {
    new Rule(this, 'EveryMinute', {
      ruleName: 'two-eye-every-minute',
      description: 'Looks at what is due.',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new FunctionTarget(sweep.fn, { retryAttempts: 0, deadLetterQueue: dead })],
    });
    healthAlarm(this, 'SweepAlarm', {
      metric: sweep.fn.metricInvocations({ period: Duration.minutes(5) }),
      below: 1,
      missing: 'fault',
      hurts: 'Nothing that has to happen later happens: unanswered pings do not become pages.',
      runbook: 'sweep-does-not-run',
      topic: this.alarms.topic,
    });
  }
}
