import { randomUUID } from 'node:crypto';
import type { Instant } from '../../lambdas/core/time.ts';
import { isoOf } from '../../lambdas/core/time.ts';

/** A CloudTrail record as AWS writes it, as far as the sandbox needs to know its fields. */
export interface TrailRecord {
  readonly eventID: string;
  readonly eventTime: string;
  readonly eventSource: string;
  readonly eventName: string;
  readonly eventType: string;
  readonly awsRegion: string;
  readonly recipientAccountId: string;
  readonly userIdentity: object;
  readonly [field: string]: unknown;
}

/** Where and how a call was made. */
export interface Origin {
  readonly at: Instant;
  readonly region: string;
  readonly ip: string;
  readonly userAgent: string;
}

export const CLI_AGENT =
  'aws-cli/2.31.5 md/awscrt#0.28.4 ua/2.1 os/macos#24.6.0 lang/python#3.13.9 md/command#sts.assume-role';
export const TERRAFORM_AGENT =
  'APN/1.0 HashiCorp/1.0 Terraform/1.13.4 (+https://www.terraform.io) terraform-provider-aws/6.19.0';
export const BROWSER_AGENT =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';

/** The fields that every record has (CloudTrail record contents, version 1.11), completed by the call's own. */
export function trailRecord(
  call: { readonly source: string; readonly name: string; readonly account: string; readonly type?: string },
  origin: Origin,
  fields: { readonly userIdentity: object; readonly [field: string]: unknown },
): TrailRecord {
  return {
    eventVersion: '1.11',
    eventTime: isoOf(Math.floor(origin.at / 1000) * 1000),
    eventSource: call.source,
    eventName: call.name,
    awsRegion: origin.region,
    sourceIPAddress: origin.ip,
    userAgent: origin.userAgent,
    requestID: randomUUID(),
    eventID: randomUUID(),
    readOnly: true,
    eventType: call.type ?? 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: call.account,
    eventCategory: 'Management',
    tlsDetails: {
      tlsVersion: 'TLSv1.3',
      cipherSuite: 'TLS_AES_128_GCM_SHA256',
      clientProvidedHostHeader: `${call.source.split('.')[0]}.${origin.region}.amazonaws.com`,
    },
    ...fields,
  };
}

/** The EventBridge envelope in which a record arrives on the bus. */
export function envelopeOf(record: TrailRecord): object {
  const signIn = record.eventType === 'AwsConsoleSignIn';
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': signIn ? 'AWS Console Sign In via CloudTrail' : 'AWS API Call via CloudTrail',
    source: `aws.${record.eventSource.split('.')[0]}`,
    account: record.recipientAccountId,
    time: record.eventTime,
    region: record.awsRegion,
    resources: [],
    detail: record,
  };
}

/** An access key id of a session, as AWS forms them. */
export const newKeyId = (): string => `ASIA${randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase()}`;
