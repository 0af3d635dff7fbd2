import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { scratchFolder, twoEye } from '../../support/command.ts';
import { assumeRole } from '../../support/records.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const LOG = '111111111111_CloudTrail_eu-west-1_20261124T1400Z_abc.json.gz';
const digestName = (hour: number) =>
  `111111111111_CloudTrail-Digest_eu-west-1_trail_eu-west-1_20261124T${hour}0000Z.json.gz`;
const log = JSON.stringify({ Records: [assumeRole({ at: '2026-11-24T14:00:00Z' })] });
const digest = (over: object) =>
  JSON.stringify({
    awsAccountId: '111111111111',
    digestStartTime: '2026-11-24T14:00:00Z',
    digestS3Bucket: 'b',
    logFiles: [],
    ...over,
  });
const first = digest({ logFiles: [{ s3Object: `AWSLogs/${LOG}`, hashValue: sha256(log), hashAlgorithm: 'SHA-256' }] });
const second = digest({ previousDigestS3Object: `AWSLogs/${digestName(15)}`, previousDigestHashValue: sha256(first) });

async function verified(files: Record<string, string>) {
  await using folder = await scratchFolder();
  for (const [name, text] of Object.entries(files)) await folder.write(name, gzipSync(text));
  return await twoEye(['replay', folder.path, '--policy', 'policy/notify.yaml', '--no-cache', '--verify-digests']);
}

test('digests are recognised, and hold for files as CloudTrail wrote them', async () => {
  const ran = await verified({ [LOG]: log, [digestName(15)]: first, [digestName(16)]: second });
  expect(ran.stderr).toContain('ignored 2 (digest-file 2)');
  expect(ran.stderr).toContain('2 digest files: 2 files are as CloudTrail wrote them, 0 are not, 0 are missing');
  expect(ran.code).toBe(0);
});

test('a changed file, a changed digest and a missing file are named, and the exit is 2', async () => {
  const changed = await verified({ [LOG]: log.replace('AssumeRole', 'ListRoles'), [digestName(15)]: first });
  expect(changed).toMatchObject({ code: 2, stderr: expect.stringContaining('not what CloudTrail wrote: ') });
  const chain = await verified({ [LOG]: log, [digestName(15)]: first.replace('"b"', '"c"'), [digestName(16)]: second });
  expect(chain.stderr).toContain(`not what CloudTrail wrote: `);
  const missing = await verified({ [digestName(15)]: first });
  expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining(`not here: ${LOG}`) });
});
