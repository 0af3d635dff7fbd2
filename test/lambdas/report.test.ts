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

describe('the rows of a report', () => {
  const row = (over: Partial<ActorFacts>) => reportOf(policy, [facts(over)], week)[0];
  const before = week.from - 1;

  it('are of whoever did or asked for anything in the week, and of nobody else', () => {
    const elsewhere = { approvedAt: before, validUntil: before };
    expect(row({ requests: [request(elsewhere)] })).toBeUndefined();
    expect(row({ actions: [line({ occurredAt: '2026-11-15T10:00:00Z' })] })).toBeUndefined();
    expect(row({ actions: [line({ verdict: 'attempted' })] })).toMatchObject({ uses: 0, attempted: 1 });
    const asked = { requestedAt: week.from, ...elsewhere };
    expect(row({ requests: [request({ ...asked, emergency: { why: 'live-incident' } })] })).toMatchObject({
      emergencies: 1,
      unused: 0,
    });
    expect(row({ requests: [request({ ...elsewhere, validUntil: week.from })] })).toMatchObject({ unused: 1 });
    const late = { lateFor: 'f', requestedAt: before, validUntil: before };
    expect(row({ requests: [request({ ...late, approvedAt: week.until - 1 })] })).toHaveProperty('minutesToYes');
    expect(row({ requests: [request({ ...late, approvedAt: week.until })] })).toBeUndefined();
  });

  it('count what could not be decided as unapproved, and what nobody approved afterwards as nothing', () => {
    const findings = [
      lateFinding,
      { ...lateFinding, closedAs: 'confirmed' },
      { ...lateFinding, target: 'notify-deploy-admin' },
      { ...lateFinding, occurredAt: week.until },
    ] as const;
    const actions = [line({ verdict: 'undecided' }), line({ verdict: 'unapproved' }), line({ verdict: 'suppressed' })];
    expect(row({ actions, findings })).toMatchObject({ uses: 3, unapproved: 2, late: 1, approved: 0 });
  });

  it('count emergencies, and what reconciliation found, once each', () => {
    const member = {
      key: 'a',
      occurredAt: '2026-11-18T10:00:00Z',
      eventName: 'AssumeRole',
      outcome: 'success',
    } as const;
    const seen = { ...member, region: 'eu-west-1', ip: '192.0.2.1', resource: 'role' } as const;
    const found = { ...seen, late: 'reconcile' } as const;
    const actions = [line({ members: [seen, found] }), line({ members: [seen] })];
    const requests = [request(), request({ emergency: { why: 'live-incident' } })];
    const others = [request({ emergency: { why: 'live-incident' }, requestedAt: before })];
    expect(row({ actions, requests: [...requests, ...others] })).toMatchObject({ foundLate: 1, emergencies: 1 });
  });

  it('say how long a yes took: of an odd number the middle one, of an even number between the two', () => {
    const waits = (...minutes: readonly number[]) =>
      row({
        requests: minutes.map((one) => {
          const requestedAt = at('2026-11-18T09:50:00Z');
          return request({ requestedAt, approvedAt: requestedAt + one * 60_000 });
        }),
      })?.minutesToYes;
    expect([waits(9), waits(30, 1, 4), waits(10, 2), waits(100, 6, 10, 1)]).toEqual([9, 4, 6, 8]);
    expect(row({ actions: [line()] })).not.toHaveProperty('minutesToYes');
  });
});

describe('the words of a report', () => {
  const words = (rows: Parameters<typeof reportWords>[1], under = policy) => reportWords(team, rows, under, week);
  const rowOf = (over: Partial<ActorFacts> = {}) => {
    const [made] = reportOf(policy, [facts({ actions: [line()], ...over })], week);
    if (made === undefined) throw new Error('no row');
    return made;
  };

  it('are of the team alone, and say nothing of what there was none of', () => {
    expect(words([rowOf(), { ...rowOf(), team: 'other', uses: 40, unused: 3, emergencies: 2 }])).toEqual([
      '1 uses: 1 approved, 0 pinned, 0 unapproved, of which 0 approved late. 0 refused by AWS.',
    ]);
    expect(words([])).toEqual([
      '0 uses: 0 approved, 0 pinned, 0 unapproved, of which 0 approved late. 0 refused by AWS.',
    ]);
  });

  it('add up its people and targets', () => {
    const row = { ...rowOf(), uses: 5, approved: 1, pinned: 2, unapproved: 2, late: 1, attempted: 3, minutesToYes: 4 };
    expect(words([row, { ...row, minutesToYes: 9 }])).toEqual([
      '10 uses: 2 approved, 4 pinned, 4 unapproved, of which 2 approved late. 6 refused by AWS.',
      'ada@example.gov.uk used notify-prod-admin 2 times without an approval.',
      'ada@example.gov.uk used notify-prod-admin 2 times without an approval.',
      'A yes took 6.5 minutes (median of people and targets).',
    ]);
  });

  it('name a silence of the team that ends within four weeks of the week', () => {
    const ends = (until: number, over: Partial<(typeof policy.targets)[number]> = {}) => {
      const suppressions = policy.suppressions.map((each) => ({ ...each, until }));
      const targets = policy.targets.map((each) => ({ ...each, ...over }));
      return words([], { ...policy, suppressions, targets }).length - 1;
    };
    const edge = week.until + 28 * 24 * 3_600_000;
    expect([week.until - 1, week.until, edge - 1, edge].map((until) => ends(until))).toEqual([0, 1, 1, 0]);
    expect(ends(week.until, { team: 'other' })).toBe(0);
    expect(ends(week.until, { id: 'other' })).toBe(0);
  });

  it.for([
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@sum', "'@sum"],
    ['\t=1', "'\t=1"],
    ['a=1', 'a=1'],
    ['a,b', '"a,b"'],
    ['a"b"', '"a""b"""'],
    ['a\nb', '"a\nb"'],
    ['a\rb', '"a\rb"'],
    ['', ''],
  ] as const)('in CSV are quoted where they must be: %j', ([actor, cell]) => {
    expect(reportCsv([{ ...rowOf(), actor, minutesToYes: -3 }])).toContain(
      `\r\nnotify,${cell},notify-prod-admin,1,1,0,0,0,0,0,0,0,-3\r\n`,
    );
  });
});

describe('the report function', () => {
  function services(over: Partial<ReportServices> = {}) {
    const written: string[] = [];
    const posted: string[] = [];
    const read: string[] = [];
    const metrics: unknown[] = [];
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
      metric: (name, value, _unit, _dimensions, at) => void metrics.push([name, value, at]),
      ...over,
    };
    return { given, written, posted, read, metrics };
  }

  it('is counted when every team was told, an hour ahead so that the next comes before it is out of an alarm’s sight', async () => {
    const { given, metrics } = services();
    await report(given);
    expect(metrics).toEqual([['ReportTold', 1, week.until + 3_600_000]]);
    const away = services({ post: () => Promise.reject(new Error('Slack is down')) });
    await expect(report(away.given)).rejects.toMatchObject({ code: 'dependency_failed' });
    expect(away.metrics).toEqual([]);
  });

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
