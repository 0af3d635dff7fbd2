import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { TwoEyeError } from '../core/errors.ts';
import { EMPTY_JOURNAL, type JournalPage, type PageHead } from '../core/journal-chain.ts';
import { environmentVariable } from './environment.ts';

const PREFIX = 'pages/';
const HIGHEST = 999_999_999_999;

let client: S3Client | undefined;

/** S3 lists from the smallest name: counting down puts the newest page first. */
export function pageName(number: number): string {
  return `${PREFIX}${String(HIGHEST - number).padStart(12, '0')}-${number}.json`;
}

/** The last page that was written. Throws `dependency_failed`. */
export async function readHead(): Promise<PageHead> {
  const bucket = { Bucket: environmentVariable('JOURNAL_BUCKET') };
  return calling(async (s3) => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ ...bucket, Prefix: PREFIX, MaxKeys: 1 }));
    const newest = Contents[0]?.Key;
    if (newest === undefined) return EMPTY_JOURNAL;
    const { Body } = await s3.send(new GetObjectCommand({ ...bucket, Key: newest }));
    const { number, hash } = JSON.parse((await Body?.transformToString()) ?? '{}') as JournalPage;
    return { number, hash };
  });
}

/** Writes a page unless there is one of that number: of two writers one wins. Throws `dependency_failed`. */
export async function writePage(page: JournalPage): Promise<'written' | 'taken'> {
  const command = new PutObjectCommand({
    Bucket: environmentVariable('JOURNAL_BUCKET'),
    Key: pageName(page.number),
    Body: JSON.stringify(page),
    ContentType: 'application/json',
    IfNoneMatch: '*',
  });
  return calling(async (s3) => {
    try {
      await s3.send(command);
      return 'written';
    } catch (error) {
      if (statusOf(error) === 412 || statusOf(error) === 409) return 'taken';
      throw error;
    }
  });
}

/** Puts a report beside the journal, under the same lock. Throws `dependency_failed`. */
export async function writeReport(name: string, csv: string): Promise<void> {
  const Bucket = environmentVariable('JOURNAL_BUCKET');
  const command = new PutObjectCommand({
    Bucket,
    Key: `reports/${name}`,
    Body: csv,
    ContentType: 'text/csv; charset=utf-8',
  });
  await calling((s3) => s3.send(command));
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

async function calling<Answer>(call: (s3: S3Client) => Promise<Answer>): Promise<Answer> {
  client ??= new S3Client({ maxAttempts: 3, requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000 } });
  try {
    return await call(client);
  } catch (cause) {
    throw new TwoEyeError('dependency_failed', 'The bucket of the journal did not answer.', { cause });
  }
}
