import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  ParamsAndSecretsLayerVersion,
  ParamsAndSecretsLogLevel,
  ParamsAndSecretsVersions,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { healthAlarm } from './health-alarm.ts';
import type { WorkQueue } from './work-queue.ts';

export interface WorkerProps {
  /** Of the entry `lambdas/<name>.ts`, and of the function without the prefix `two-eye-`. */
  readonly name: string;
  /** Where bundles are: `<bundles>/<name>`. */
  readonly bundles: string;
  readonly timeout: Duration;
  readonly memoryMb?: number;
  readonly concurrency?: number;
  /** Where another account's trust policy must know the role. */
  readonly roleName?: string;
  readonly key: IKey;
  readonly alarms: ITopic;
  /** Whom it hurts when this function fails, in a sentence. */
  readonly hurts: string;
  /**
   * Whether AWS calls it and does not wait: a schedule, a topic, a log. It is then tried three times within minutes and given up (Lambda guide,
   * "Asynchronous invocation"), which is one period of an alarm; what is called all the time fails in several.
   */
  readonly invoked?: 'asynchronously';
  /** What it reads through the extension. None, no extension. */
  readonly secrets?: readonly Secret[];
}

/** A function with its role, its log, its traces and its alarms. What it may touch, others grant it with the address. */
export class Worker extends Construct {
  readonly fn: LambdaFunction;

  constructor(scope: Construct, id: string, props: WorkerProps) {
    super(scope, id);
    const logGroup = this.logGroup(props);
    const role = this.role(logGroup, props.roleName);
    this.fn = new LambdaFunction(this, 'Function', {
      functionName: `two-eye-${props.name}`,
      description: props.hurts.slice(0, 250),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: codeOf(props.bundles, props.name),
      timeout: props.timeout,
      memorySize: props.memoryMb ?? 512,
      ...(props.concurrency === undefined ? {} : { reservedConcurrentExecutions: props.concurrency }),
      tracing: Tracing.ACTIVE,
      logGroup,
      role,
      environmentEncryption: props.key,
      ...(props.secrets === undefined ? {} : { paramsAndSecrets: secretsExtension() }),
    });
    for (const secret of props.secrets ?? []) secret.grantRead(this.fn);
    this.addAlarms(props);
  }

  /** Address and permission of something in one call. */
  give(variable: string, address: string, actions: readonly string[], arn: string): void {
    this.fn.addEnvironment(variable, address);
    this.fn.addToRolePolicy(new PolicyStatement({ actions: [...actions], resources: [arn] }));
  }

  /** Works on a queue; what fails comes back alone. */
  worksOn({ queue }: WorkQueue, batchSize: number, maxConcurrency: number): void {
    this.fn.addEventSource(new SqsEventSource(queue, { batchSize, reportBatchItemFailures: true, maxConcurrency }));
  }

  /** What is given up after three times is kept where an alarm rings. */
  givesUpTo(dead: Queue): void {
    this.fn.configureAsyncInvoke({ onFailure: new SqsDestination(dead) });
  }

  private logGroup(props: WorkerProps): LogGroup {
    return new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/two-eye-${props.name}`,
      retention: RetentionDays.THREE_MONTHS,
      encryptionKey: props.key,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  /** No managed policy: the usual one may write to every log group of the account. */
  private role(logGroup: LogGroup, roleName?: string): Role {
    const assumedBy = new ServicePrincipal('lambda.amazonaws.com');
    const role = new Role(this, 'Role', { assumedBy, ...(roleName === undefined ? {} : { roleName }) });
    logGroup.grantWrite(role);
    return role;
  }

  private addAlarms({ alarms, hurts, invoked }: WorkerProps): void {
    const common = { topic: alarms, hurts, atLeast: 1 };
    const period = Duration.minutes(5);
    healthAlarm(this, 'ErrorsAlarm', {
      ...common,
      metric: this.fn.metricErrors({ period }),
      periods: invoked === 'asynchronously' ? 1 : 2,
      runbook: 'a-function-fails',
    });
    healthAlarm(this, 'ThrottlesAlarm', {
      ...common,
      metric: this.fn.metricThrottles({ period }),
      periods: 2,
      runbook: 'a-function-is-throttled',
    });
  }
}

function codeOf(bundles: string, name: string): Code {
  const folder = join(bundles, name);
  if (existsSync(folder)) return Code.fromAsset(folder);
  throw new Error(`${folder} does not exist: run npm run build first.`);
}

function secretsExtension(): ParamsAndSecretsLayerVersion {
  return ParamsAndSecretsLayerVersion.fromVersion(ParamsAndSecretsVersions.V1_0_103, {
    cacheSize: 10,
    secretsManagerTtl: Duration.minutes(5),
    secretsManagerTimeout: Duration.seconds(2),
    logLevel: ParamsAndSecretsLogLevel.WARN,
  });
}
