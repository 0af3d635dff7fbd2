import type { Hours, Policy, Target, Team } from '../../lambdas/core/policy.ts';
import { HOUR_MS, MINUTE_MS } from '../../lambdas/core/time.ts';

const HOURS: Hours = {
  timeZone: 'Europe/London',
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  fromMinute: 9 * 60 + 30,
  untilMinute: 17 * 60 + 30,
  holidays: 'england-and-wales',
};

/** What every target of the test policy has unless it says otherwise. */
export function testTarget(over: Pick<Target, 'id' | 'door'> & Partial<Target>): Target {
  return {
    title: over.id,
    team: 'notify',
    identity: [{ source: 'principal' }, { source: 'saml' }],
    groupingMs: 2 * MINUTE_MS,
    maxActionMs: 4 * HOUR_MS,
    settleMs: 15 * MINUTE_MS,
    includes: [],
    ...over,
  };
}

export const NOTIFY: Team = {
  id: 'notify',
  title: 'Notify',
  channel: 'C01NOTIFY',
  pagerDuty: 'notify',
  page: ['team', 'cyber'],
  approvers: 'notify-team',
  hours: HOURS,
  pageAfterMs: 15 * MINUTE_MS,
  runbook: 'https://example.gov.uk/runbook',
};

/** The four targets of the test policy, in its order. */
export const TARGETS: readonly Target[] = [
  testTarget({
    id: 'notify-prod-admin',
    title: 'Notify production admin',
    door: {
      kind: 'role',
      roleArn: 'arn:aws:iam::111111111111:role/notify-prod-admin',
      regions: ['eu-west-1', 'us-east-1'],
    },
  }),
  testTarget({
    id: 'notify-deploy-admin',
    title: 'Notify deploy admin',
    door: {
      kind: 'role',
      roleArn: 'arn:aws:iam::222222222222:role/notify-deploy-admin',
      regions: ['eu-west-1', 'us-east-1'],
    },
  }),
  testTarget({
    id: 'notify-prod-db-write',
    title: 'Notify production database, write',
    door: {
      kind: 'database',
      account: '111111111111',
      region: 'eu-west-1',
      logGroup: '/aws/rds/instance/notifydb/postgresql',
      users: ['write', 'admin'],
    },
    includes: ['notify-prod-admin'],
  }),
  testTarget({
    id: 'notify-prod-shell',
    title: 'A shell on Notify production',
    door: {
      kind: 'shell',
      account: '111111111111',
      regions: ['eu-west-1'],
      ecsClusters: ['notify-production'],
      ssm: true,
      instanceConnect: true,
    },
  }),
];

/**
 * A compiled policy of the shape of `policy/notify.yaml`. Ada and Ben are known by principal id, ARN and alias, Cat by
 * ARN alone (the role's half of her calls names nobody). Accounts: 1111… Notify production, 2222… Notify deploy,
 * 4444… where the people's IAM users live; home is 3333….
 */
export function testPolicy(overrides: Partial<Policy> = {}): Policy {
  return {
    version: 1,
    hash: 'policy-of-the-tests',
    home: { account: '333333333333', region: 'eu-west-2' },
    accounts: {
      '111111111111': 'Notify production',
      '222222222222': 'Notify deploy',
      '333333333333': 'Cyber',
      '444444444444': 'gds-users',
    },
    slack: { workspace: 'T01GDS' },
    pagerDutyRegion: 'eu',
    people: [
      {
        id: 'ada@example.gov.uk',
        aliases: ['ada.lovelace', 'ada@digital.example.gov.uk'],
        slack: 'U01ADA',
        aws: [
          { kind: 'principal-id', id: 'AIDAADAEXAMPLE' },
          { kind: 'arn', arn: 'arn:aws:iam::444444444444:user/ada@example.gov.uk' },
        ],
      },
      {
        id: 'ben@example.gov.uk',
        aliases: ['ben.bitdiddle'],
        slack: 'U01BEN',
        aws: [
          { kind: 'principal-id', id: 'AIDABENEXAMPLE' },
          { kind: 'arn', arn: 'arn:aws:iam::444444444444:user/ben@example.gov.uk' },
        ],
      },
      {
        id: 'cat@example.gov.uk',
        aliases: [],
        slack: 'U01CAT',
        aws: [{ kind: 'arn', arn: 'arn:aws:iam::444444444444:user/cat@example.gov.uk' }],
      },
    ],
    groups: {
      'notify-team': { kind: 'people', people: ['ada@example.gov.uk', 'ben@example.gov.uk', 'cat@example.gov.uk'] },
      cyber: { kind: 'slack-user-group', slackUserGroup: 'S01CYBER' },
    },
    teams: { notify: NOTIFY },
    cyber: {
      channel: 'C01CYBER',
      group: 'cyber',
      pagerDuty: 'cyber',
      hours: { ...HOURS, fromMinute: 9 * 60, untilMinute: 18 * 60 },
      pageAfterMs: 15 * MINUTE_MS,
    },
    targets: TARGETS,
    approvals: {
      validForMs: HOUR_MS,
      maxPinMs: 4 * HOUR_MS,
      requestLapsesMs: 30 * MINUTE_MS,
      emergencyLapsesMs: 72 * HOUR_MS,
    },
    tips: {
      database: [
        'pair with another developer',
        'write the where clause first',
        'run it as a select first and keep the result',
      ],
    },
    suppressions: [
      {
        id: 'terraform-ci',
        match: { target: 'notify-deploy-admin', principal: 'arn:aws:iam::222222222222:role/ci-terraform' },
        reason: 'CI applies reviewed pull requests',
        owner: 'ada@example.gov.uk',
        until: Date.UTC(2027, 3, 1) - HOUR_MS,
      },
    ],
    ...overrides,
  };
}
