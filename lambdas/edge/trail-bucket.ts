import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { TwoEyeError } from '../core/errors.ts';
import type { TrailBucket } from '../core/policy.ts';
import { HOUR_MS, type Instant, isoOf } from '../core/time.ts';
import { credentialsOf, type Place, type Span } from './watched-accounts.ts';

/** A file of a trail holds some minutes; one that unpacks to more than this is not ours to read here. */
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * The files that CloudTrail put into the trail's bucket for an account and Region in a span, each parsed; what cannot be unpacked or parsed comes as
 * its text, to be unreadable and loud. Throws `dependency_failed`. Source: "CloudTrail log file name format", CloudTrail user guide.
 */
export async function* trailFiles(trail: TrailBucket, place: Place, span: Span): AsyncGenerator<unknown> {
  const s3 = new S3Client({
    region: place.region,
    maxAttempts: 5,
    followRegionRedirects: true,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 30_000 },
    credentials: await credentialsOf(trail.role, place.region),
  });
  const asked = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await call();
    } catch (cause) {
      throw new TwoEyeError('dependency_failed', `The bucket ${trail.bucket} did not answer.`, { cause });
    }
  };
  for (const Prefix of prefixesOf(trail, place, span)) {
    let ContinuationToken: string | undefined;
    do {
      const list = { Bucket: trail.bucket, Prefix, ContinuationToken };
      const page = await asked(() => s3.send(new ListObjectsV2Command(list)));
      for (const { Key = '', LastModified } of page.Contents ?? []) {
        const at = LastModified?.getTime() ?? span.from;
        if (at < span.from || at >= span.until) continue;
        const { Body } = await asked(() => s3.send(new GetObjectCommand({ Bucket: trail.bucket, Key })));
        yield parsed(await asked(async () => Buffer.from((await Body?.transformToByteArray()) ?? [])));
      }
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }
}

/** A folder a day, UTC. */
function prefixesOf({ prefix }: TrailBucket, { account, region }: Place, { from, until }: Span): readonly string[] {
  const days = new Set<string>();
  const dayOf = (at: Instant) => isoOf(at).slice(0, 10).replaceAll('-', '/');
  for (let at = from; at < until; at += HOUR_MS) days.add(dayOf(at));
  days.add(dayOf(until - 1));
  return [...days].map((day) => `${prefix}/${account}/CloudTrail/${region}/${day}/`);
}

function parsed(bytes: Buffer): unknown {
  try {
    const text = bytes[0] === 0x1f ? gunzipSync(bytes, { maxOutputLength: MOST_BYTES }) : bytes;
    return JSON.parse(text.toString('utf8')) as unknown;
  } catch {
    return `a file of the trail that cannot be read, of ${bytes.length} bytes`;
  }
}
