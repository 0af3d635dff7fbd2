import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rulesOf } from '../../lambdas/core/patterns.ts';
import type { Policy } from '../../lambdas/core/policy.ts';
import { readRecord } from '../../lambdas/core/read.ts';
import { loadPolicy } from '../../policy/load.ts';
import { matchesPattern } from '../support/event-pattern.ts';
import { type CloudTrailRecord, envelope } from '../support/records.ts';
import { sampleData } from '../support/sample-data.ts';

const notify = await loadPolicy('policy/notify.yaml');
const [base] = notify.targets;
if (base === undefined) throw new Error('policy/notify.yaml has no target');

function records(file: string): readonly CloudTrailRecord[] {
  const lines = readFileSync(join(sampleData ?? '', 'cloudtrail', file), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as CloudTrailRecord);
}

/** Watches every role, shell and root of the accounts that the records are of. */
function watchAll(all: readonly CloudTrailRecord[]): Policy {
  const accounts = [
    ...new Set(all.map((record) => record.recipientAccountId).filter((id) => /^\d{12}$/.test(id ?? ''))),
  ];
  const shells = accounts.map((account) => ({
    ...base,
    id: `shell-${account}`,
    door: { kind: 'shell' as const, account, regions: [], ecsClusters: ['*'], ssm: true, instanceConnect: true },
  }));
  const roots = accounts.map((account) => ({
    ...base,
    id: `root-${account}`,
    door: { kind: 'root' as const, account },
  }));
  return {
    ...notify,
    hash: 'all',
    accounts: Object.fromEntries(accounts.map((account) => [account, account])),
    targets: [
      { ...base, door: { kind: 'role', roleArn: 'arn:aws:iam::*:role/*', regions: ['us-east-1'] } },
      ...roots,
      ...shells,
    ],
  } as Policy;
}

describe.skipIf(sampleData === undefined)('the rules, on published records', () => {
  it('match every record that the reader takes for a use', () => {
    const all = records('records.jsonl').filter(
      (record) => typeof record.eventSource === 'string' && !isMadeUp(record),
    );
    const policy = watchAll(all);
    let uses = 0;
    const unseen: string[] = [];
    for (const record of all) {
      const { recipientAccountId: account, awsRegion: region } = record;
      if (!(account in policy.accounts)) continue;
      const reading = readRecord(record, policy);
      if (reading.outcome !== 'access') continue;
      uses += 1;
      const here = { ...policy, targets: policy.targets.map((each) => inRegion(each, region)) };
      const event = envelope(record);
      if (!rulesOf(here, { account, region }).some(({ pattern }) => matchesPattern(pattern, event))) {
        unseen.push(`${record.eventID} ${record.eventName} ${reading.record.kind} ${reading.record.resource}`);
      }
    }
    expect(uses).toBeGreaterThan(50);
    expect(unseen).toEqual([]);
  });
});

/** One test's record gives a role session an ARN of IAM's, which AWS never writes: sessions are STS's. */
function isMadeUp({ userIdentity }: CloudTrailRecord): boolean {
  return /^arn:aws:iam::\d+:assumed-role/.test(String(userIdentity?.arn));
}

function inRegion(target: Policy['targets'][number], region: string): Policy['targets'][number] {
  return target.door.kind === 'shell' ? { ...target, door: { ...target.door, regions: [region] } } : target;
}
