import { describe, expect, it } from 'vitest';
import type { Approval } from '../../lambdas/core/approval.ts';
import type { Finding } from '../../lambdas/core/finding.ts';
import { type ActorFacts, reportCsv, reportOf, reportWords } from '../../lambdas/core/report.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';
import { type ReportServices, report } from '../../lambdas/report.ts';
import { loadPolicy } from '../../policy/load.ts';

const policy = await loadPolicy('policy/notify.yaml');
const team = policy.teams.notify;
if (team === undefined) throw new Error('policy/notify.yaml has no team notify');
const at = (iso: string) => Date.parse(iso);
const week = { from: at('2026-11-16T07:30:00Z'), until: at('2026-11-23T07:30:00Z') };
const ada = 'ada@example.gov.uk';

function line(over: Partial<VerdictLine> = {}): VerdictLine {
  return {
    version: 1,
    action: 'a',
    keys: ['a'],
    occurredAt: '2026-11-18T10:00:00Z',
    kind: 'assume-role',
    target: 'notify-prod-admin',
    team: 'notify',
    account: '111111111111',
    region: 'eu-west-1',
    actor: ada,
    how: 'test',
    principal: 'AIDAADAEXAMPLE',
    verdict: 'approved',
    nearMisses: [],
    origin: { ip: '192.0.2.1', userAgent: 'test' },
    ...over,
  };
}

function request(over: Partial<Approval> = {}): Approval {
  const requestedAt = at('2026-11-18T09:50:00Z');
  return {
    id: 'r1',
    actor: ada,
    target: 'notify-prod-admin',
    slots: ['notify-prod-admin'],
    reason: 'test',
    requestedAt,
    status: 'approved',
    approvedAt: requestedAt + 240_000,
    validUntil: at('2026-11-18T10:54:00Z'),
    ...over,
  };
}

function facts(over: Partial<ActorFacts> = {}): ActorFacts {
  return { actor: ada, actions: [], findings: [], requests: [], ...over };
}

const lateFinding = {
  target: 'notify-prod-admin',
  closedAs: 'approved-late',
  occurredAt: at('2026-11-19T10:00:00Z'),
} as Finding;

describe('the report of a week', () => {
  it('counts what was used, by person and target', () => {
    const actions = [
      line({ approval: 'r1' }),
      line({ verdict: 'unapproved', occurredAt: '2026-11-19T10:00:00Z' }),
      line({ verdict: 'pinned' }),
      line({ verdict: 'attempted' }),
      line({ verdict: 'unapproved', target: 'notify-deploy-admin' }),
    ];
    const rows = reportOf(policy, [facts({ actions, findings: [lateFinding], requests: [request()] })], week);
    expect(rows).toEqual([
      {
        team: 'notify',
        actor: ada,
        target: 'notify-prod-admin',
        uses: 3,
        approved: 1,
        pinned: 1,
        unapproved: 1,
        late: 1,
        attempted: 1,
        foundLate: 0,
        emergencies: 0,
        unused: 0,
        minutesToYes: 4,
      },
      {
        team: 'notify',
        actor: ada,
        target: 'notify-deploy-admin',
        uses: 1,
        approved: 0,
        pinned: 0,
        unapproved: 1,
        late: 0,
        attempted: 0,
        foundLate: 0,
        emergencies: 0,
        unused: 0,
      },
    ]);
  });

  it('begins with its first instant and ends before its last, so that no use is in two weeks or in none', () => {
    const actions = [
      '2026-11-16T07:29:59Z',
      '2026-11-16T07:30:00Z',
      '2026-11-23T07:29:59Z',
      '2026-11-23T07:30:00Z',
    ].map((occurredAt) => line({ occurredAt }));
    expect(reportOf(policy, [facts({ actions })], week)[0]?.uses).toBe(2);
  });

  it('counts an approval as unused when it ended in the week unspent, and a late one never', () => {
    const requests = [request({ id: 'spent' }), request({ id: 'unused' }), request({ id: 'late', lateFor: 'finding' })];
    expect(reportOf(policy, [facts({ actions: [line({ approval: 'spent' })], requests })], week)[0]?.unused).toBe(1);
  });

  it('says how many uses the bus did not bring in time', () => {
    const member = {
      key: 'a',
      occurredAt: '2026-11-18T10:00:00Z',
      eventName: 'AssumeRole',
      outcome: 'success',
    } as const;
    const found = { ...member, region: 'eu-west-1', ip: '192.0.2.1', resource: 'role', late: 'reconcile' } as const;
    const rows = reportOf(policy, [facts({ actions: [line({ members: [found] }), line({ action: 'b' })] })], week);
    expect(rows[0]).toMatchObject({ uses: 2, foundLate: 1 });
    expect(reportWords(team, rows, policy, week)).toContain(
      'The bus did not bring 1 of them in time: reconciliation found them.',
    );
  });

  it('says in words what a team did, who went ahead in an emergency, and which silence ends soon', () => {
    const requests = [request({ emergency: { why: 'live-incident' } })];
    const rows = reportOf(policy, [facts({ actions: [line({ verdict: 'unapproved' })], requests })], week);
    const soon = {
      ...policy,
      suppressions: policy.suppressions.map((each) => ({ ...each, until: week.until + 86_400_000 })),
    };
    expect(reportWords(team, rows, soon, week)).toEqual([
      '1 uses: 0 approved, 0 pinned, 1 unapproved, of which 0 approved late. 0 refused by AWS.',
      'ada@example.gov.uk declared 1 emergencies for notify-prod-admin.',
      'ada@example.gov.uk used notify-prod-admin 1 times without an approval.',
      '1 approvals ended unused.',
      'A yes took 4 minutes (median of people and targets).',
      'Suppression terraform-ci ends at 2026-11-24T07:30:00Z: renew or remove it.',
    ]);
  });

  it('is CSV that no spreadsheet takes for a formula', () => {
    const [row] = reportOf(policy, [facts({ actor: '=cmd|"x"', actions: [line()] })], week);
    expect(reportCsv(row ? [row] : [])).toBe(
      'team,actor,target,uses,approved,pinned,unapproved,late,attempted,foundLate,emergencies,unused,minutesToYes\r\n' +
        'notify,"\'=cmd|""x""",notify-prod-admin,1,1,0,0,0,0,0,0,0,\r\n',
    );
  });
});

describe('the report function', () => {
  function services(over: Partial<ReportServices> = {}) {
    const written: string[] = [];
    const posted: string[] = [];
    const read: string[] = [];
    const given: ReportServices = {
      policy,
      now: () => week.until,
      readActor: async (ledger) => {
        read.push(ledger);
        return ledger === `person:${ada}`
          ? { actions: [line()], findings: [], requests: [] }
          : { actions: [], findings: [], requests: [] };
      },
      strangers: async () => ['principal:AIDASTRANGER'],
      writeCsv: async (name, csv) => void written.push(`${name} ${csv.split('\r\n').length - 2}`),
      post: async (channel, title) => void posted.push(`${channel} ${title}`),
      ...over,
    };
    return { given, written, posted, read };
  }

  it('looks at everybody, strangers too, writes one file and tells each team', async () => {
    const { given, written, posted, read } = services();
    await report(given);
    expect(read).toEqual([...policy.people.map(({ id }) => `person:${id}`), 'principal:AIDASTRANGER']);
    expect(written).toEqual(['week-to-2026-11-23.csv 1']);
    expect(posted).toEqual(['C01NOTIFY Privileged access of GOV.UK Notify, the last seven days']);
  });

  it('fails, naming the team, when Slack does not take it; the file is written all the same', async () => {
    const { given, written } = services({ post: async () => Promise.reject(new Error('Slack is down')) });
    await expect(report(given)).rejects.toMatchObject({
      code: 'dependency_failed',
      message: 'Not told of their week: notify.',
    });
    expect(written).toHaveLength(1);
  });
});
