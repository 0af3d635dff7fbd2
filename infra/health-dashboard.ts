import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, Metric, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Tap } from '../lambdas/core/patterns.ts';
import type { WorkQueue } from './work-queue.ts';
import type { Worker } from './worker.ts';

export interface HealthDashboardProps {
  readonly queues: readonly WorkQueue[];
  readonly workers: readonly Worker[];
  readonly taps: readonly Tap[];
}

const VERDICTS = ['approved', 'pinned', 'unapproved', 'suppressed', 'attempted', 'undecided', 'unreadable'];

/** One page: what was judged, how fast it was told, and whether every part moves. */
export class HealthDashboard extends Construct {
  constructor(scope: Construct, id: string, { queues, workers, taps }: HealthDashboardProps) {
    super(scope, id);
    const period = Duration.minutes(5);
    const ours = (metricName: string, dimensionsMap: Record<string, string> = {}, statistic = 'Sum') =>
      new Metric({ namespace: 'two-eye', metricName, dimensionsMap, statistic, period });
    const graph = (title: string, left: IMetric[]) => new GraphWidget({ title, left, width: 12 });
    new Dashboard(this, 'Dashboard', {
      dashboardName: 'two-eye',
      widgets: [
        [
          new TextWidget({
            markdown: '# two-eye\nAlarms say whom it hurts; docs/runbook.md says what to do.',
            width: 24,
            height: 2,
          }),
        ],
        [
          graph(
            'Uses by verdict',
            VERDICTS.map((verdict) => ours('Uses', { verdict })),
          ),
          graph('Seconds from the use to the telling', [ours('TimeToTell', {}, 'p50'), ours('TimeToTell', {}, 'p99')]),
        ],
        [
          graph('Seconds until a finding is in hand', [
            ours('TimeToAcknowledge', {}, 'p50'),
            ours('TimeToAcknowledge', {}, 'p99'),
          ]),
          graph('Open findings', [ours('OpenFindings', {}, 'Maximum')]),
        ],
        [
          graph(
            'Canary: milliseconds from its call to the telling',
            taps.map(({ account, region }) => ours('CanaryLatency', { account, region }, 'Maximum')),
          ),
          graph('Reconcile: found, seen late, never delivered', [
            ours('FoundLate'),
            ours('SeenLate'),
            ours('NeverDelivered'),
          ]),
        ],
        [
          graph(
            'Oldest message, seconds',
            queues.map(({ queue }) => queue.metricApproximateAgeOfOldestMessage({ period })),
          ),
          graph(
            'Dead letters',
            queues.map(({ dead }) => dead.metricApproximateNumberOfMessagesVisible({ period })),
          ),
        ],
        [
          graph(
            'Errors',
            workers.map(({ fn }) => fn.metricErrors({ period })),
          ),
          graph(
            'Duration, p99',
            workers.map(({ fn }) => fn.metricDuration({ period, statistic: 'p99' })),
          ),
        ],
      ],
    });
  }
}
