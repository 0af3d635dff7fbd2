import { createHash } from 'node:crypto';
import { PRODUCTION } from './records.ts';

/** Text of files, by name. */
export type Files = Readonly<Record<string, string>>;

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** `20261124T1400Z` and a name of its own, as CloudTrail calls a log file after the minute in which it is delivered. */
export function logName(time: string, name = 'abc', region = 'eu-west-1'): string {
  return `${PRODUCTION}_CloudTrail_${region}_20261124T${time}Z_${name}.json.gz`;
}

/** The name of the digest that ends at an hour. */
export function digestName(hour: number, suffix = ''): string {
  return `${PRODUCTION}_CloudTrail-Digest_eu-west-1_trail_eu-west-1_20261124T${hour}0000Z${suffix}.json.gz`;
}

/** The digest of the hour that ends at `hour`: it lists files, and names the digest before it, whose text is `previous`. */
export function digest(hour: number, logs: Files = {}, previous?: string): string {
  const at = (hours: number) => new Date(Date.UTC(2026, 10, 24, hours)).toISOString();
  return JSON.stringify({
    awsAccountId: PRODUCTION,
    digestStartTime: at(hour - 1),
    digestEndTime: at(hour),
    digestS3Bucket: 'b',
    digestS3Object: `AWSLogs/${digestName(hour)}`,
    ...(previous === undefined
      ? { previousDigestS3Object: null, previousDigestHashValue: null }
      : {
          previousDigestS3Object: `AWSLogs/${digestName(hour - 1)}`,
          previousDigestHashValue: sha256(previous),
        }),
    logFiles: Object.entries(logs).map(([name, text]) => ({
      s3Object: `AWSLogs/${name}`,
      hashValue: sha256(text),
      hashAlgorithm: 'SHA-256',
    })),
  });
}
