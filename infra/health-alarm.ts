import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

export interface HealthAlarmProps {
  readonly metric: IMetric;
  /** Alarms at this value and above it … */
  readonly atLeast?: number;
  /** … or below this one. */
  readonly below?: number;
  /** How many periods in a row; default 1. */
  readonly periods?: number;
  /** Whom it hurts and how, in a sentence: the first thing that is read at night. */
  readonly hurts: string;
  /** The heading of docs/runbook.md, as in its link. */
  readonly runbook: string;
  /** No data is a fault for what must always run; default fine. */
  readonly missing?: 'fault' | 'fine';
  readonly topic: ITopic;
}

const AT_LEAST = ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD;
const BELOW = ComparisonOperator.LESS_THAN_THRESHOLD;

/** An alarm of two-eye's own health. It goes to the alarm topic, which does not pass through what it watches. */
export function healthAlarm(scope: Construct, id: string, props: HealthAlarmProps): Alarm {
  const alarm = new Alarm(scope, id, {
    metric: props.metric,
    threshold: props.below ?? props.atLeast ?? 1,
    evaluationPeriods: props.periods ?? 1,
    comparisonOperator: props.below === undefined ? AT_LEAST : BELOW,
    treatMissingData: props.missing === 'fault' ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    alarmDescription: `${props.hurts} Runbook: docs/runbook.md#${props.runbook}`,
  });
  alarm.addAlarmAction(new SnsAction(props.topic));
  alarm.addOkAction(new SnsAction(props.topic));
  return alarm;
}
