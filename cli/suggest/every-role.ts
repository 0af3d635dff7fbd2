import type { Policy } from '../../lambdas/core/policy.ts';
import { HOUR_MS } from '../../lambdas/core/time.ts';

const ALWAYS = { timeZone: 'UTC', days: [], fromMinute: 0, untilMinute: 0 };

/** Has the scanner hand over every assumed role. Nothing is judged by it. */
export const EVERY_ROLE: Policy = {
  version: 1,
  hash: '',
  home: { account: '', region: '' },
  accounts: {},
  slack: { workspace: '' },
  pagerDutyRegion: 'eu',
  people: [],
  groups: {},
  teams: {},
  cyber: { channel: '', group: '', pagerDuty: '', hours: ALWAYS, pageAfterMs: 0 },
  targets: [
    {
      id: 'every-role',
      title: '',
      team: '',
      door: { kind: 'role', roleArn: 'arn:aws:iam::*:role/*', regions: [] },
      identity: [],
      groupingMs: 0,
      maxActionMs: 0,
      settleMs: 0,
      includes: [],
    },
  ],
  approvals: { validForMs: HOUR_MS, maxPinMs: HOUR_MS, requestLapsesMs: HOUR_MS, emergencyLapsesMs: HOUR_MS },
  tips: { database: [] },
  suppressions: [],
};
