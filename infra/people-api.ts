import { CfnOutput, RemovalPolicy } from 'aws-cdk-lib';
import { CfnStage, HttpApi, HttpMethod, type HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Worker } from './worker.ts';

export interface PeopleApiProps {
  readonly slack: Worker;
  readonly pagerDuty: Worker;
  readonly key: IKey;
}

/** The two addresses that the world can reach. Each function checks the signature of every request before anything else. */
export class PeopleApi extends Construct {
  readonly api: HttpApi;

  constructor(scope: Construct, id: string, { slack, pagerDuty, key }: PeopleApiProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', {
      apiName: 'two-eye',
      description: 'Slack and PagerDuty knock here.',
      createDefaultStage: false,
    });
    this.route('Slack', '/slack', slack);
    this.route('PagerDuty', '/pagerduty', pagerDuty);
    const logs = new LogGroup(this, 'Log', {
      logGroupName: '/aws/apigateway/two-eye',
      retention: RetentionDays.THREE_MONTHS,
      encryptionKey: key,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const stage = this.api.addStage('Stage', {
      stageName: '$default',
      autoDeploy: true,
      // People click slowly; more than this is not people.
      throttle: { rateLimit: 20, burstLimit: 50 },
      accessLogSettings: { destination: new LogGroupLogDestination(logs) },
    });
    this.outputs(stage);
  }

  private route(id: string, path: string, worker: Worker): void {
    const integration = new HttpLambdaIntegration(id, worker.fn);
    this.api.addRoutes({ path, methods: [HttpMethod.POST], integration });
  }

  private outputs(stage: HttpStage): void {
    if (!(stage.node.defaultChild instanceof CfnStage)) return;
    new CfnOutput(this, 'SlackRequestUrl', { value: `${this.api.apiEndpoint}/slack` });
    new CfnOutput(this, 'PagerDutyWebhookUrl', { value: `${this.api.apiEndpoint}/pagerduty` });
  }
}
