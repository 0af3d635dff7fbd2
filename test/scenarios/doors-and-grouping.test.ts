import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinRecords } from '../../cli/replay/join.ts';
import type { Approval } from '../../lambdas/core/approval.ts';
import { judge } from '../../lambdas/core/judge.ts';
import type { DatabaseSession } from '../../lambdas/core/messages.ts';
import { readInput } from '../../lambdas/core/read.ts';
import { approval } from '../support/ledger-records.ts';
import { TARGETS, testPolicy } from '../support/policies.ts';
import * as build from '../support/records.ts';

const policy = testPolicy();
const TEN = Date.UTC(2026, 10, 24, 10);
const at = (minutes: number, seconds = 0) => TEN + minutes * 60_000 + seconds * 1_000;

const yes = (over: Partial<Approval> = {}) => approval({ approvedAt: TEN, ...over });

function verdicts(inputs: readonly unknown[], approvals: readonly Approval[]): string[] {
  const records = inputs
    .flatMap((input) => readInput(input, policy))
    .flatMap((reading) => (reading.outcome === 'access' ? [reading.record] : []));
  expect(records).toHaveLength(inputs.length);
  return judge({ records: joinRecords(records, policy), approvals, pins: [] }).map(
    (action) =>
      `${action.members.length} ${action.members[0]?.actor} ${action.members[0]?.target} ${action.judgement.verdict}`,
  );
}

/** Each scenario is judged in its own order, in some others, and with records that come twice. */
function inEveryOrder(inputs: readonly unknown[], approvals: readonly Approval[], expected: readonly string[]): void {
  expect(verdicts(inputs, approvals)).toEqual(expected);
  const orders = fc.shuffledSubarray([...inputs], { minLength: inputs.length, maxLength: inputs.length });
  fc.assert(
    fc.property(orders, fc.subarray([...inputs]), (order, again) => {
      expect(verdicts([...order, ...again], approvals)).toEqual(expected);
    }),
    { numRuns: 40 },
  );
}

const ADMIN = 'ada@example.gov.uk notify-prod-admin';

const session = (over: Partial<DatabaseSession> = {}) => ({
  twoEye: 'database-session',
  session: {
    key: 'db-1',
    occurredAt: at(1),
    account: build.PRODUCTION,
    region: 'eu-west-1',
    logGroup: '/aws/rds/instance/notifydb/postgresql',
    user: 'write',
    database: 'notifydb',
    ip: '10.0.0.5',
    applicationName: 'psql',
    ...over,
  },
});

describe('what is one action, from the records that AWS writes, in every order of arrival', () => {
  it('the SDK’s double call in one second, after three refusals', () => {
    const refused = [1, 3, 6].map((second) => build.deniedAssumeRole({ at: at(1, second) }));
    const twice = ['a', 'b'].map((key) => build.assumeRole({ at: at(1, 9), key }));
    inEveryOrder([...refused, ...twice], [yes()], [`5 ${ADMIN} approved`]);
  });

  it('a terraform apply whose provider and backend assume the same role', () => {
    const calls = [0, 1, 30, 75].map((second) =>
      build.assumeRole({ at: at(2, second), sessionName: `aws-go-sdk-${second}` }),
    );
    inEveryOrder(calls, [yes()], [`4 ${ADMIN} approved`]);
  });

  it('a console hop of four records, and of somebody whose half names nobody', () => {
    inEveryOrder(Object.values(build.consoleHop({ at: at(3) })), [yes()], [`4 ${ADMIN} approved`]);
    const cats = Object.values(build.consoleHop({ who: build.cat, at: at(3) }));
    inEveryOrder(cats, [yes({ actor: 'cat@example.gov.uk' })], ['4 cat@example.gov.uk notify-prod-admin approved']);
  });

  it('a console link made from role credentials', () => {
    const assumed = build.assumeRole({ at: at(4) });
    const signIn = build.consoleSignIn({ who: build.sessionOpenedBy(assumed), at: at(6), ip: '192.0.2.77' });
    inEveryOrder([assumed, signIn], [yes()], [`2 ${ADMIN} approved`]);
  });

  it('hourly renewals, up to four hours', () => {
    const hourly = [0, 58, 116, 174].map((minutes) => build.assumeRole({ at: at(1 + minutes) }));
    inEveryOrder(hourly, [yes()], [`4 ${ADMIN} approved`]);
  });

  it('is not a renewal from elsewhere, nor twenty minutes after the credentials ended', () => {
    const elsewhere = [build.assumeRole({ at: at(1) }), build.assumeRole({ at: at(59), ip: '203.0.113.9' })];
    inEveryOrder(elsewhere, [yes()], [`1 ${ADMIN} approved`, `1 ${ADMIN} unapproved`]);
    const late = [build.assumeRole({ at: at(1) }), build.assumeRole({ at: at(82) })];
    inEveryOrder(late, [yes()], [`1 ${ADMIN} approved`, `1 ${ADMIN} unapproved`]);
  });

  it('is two by hand ten minutes apart, and two by two people at once', () => {
    const twice = [build.assumeRole({ at: at(1) }), build.assumeRole({ at: at(11) })];
    inEveryOrder(twice, [yes()], [`1 ${ADMIN} approved`, `1 ${ADMIN} unapproved`]);
    const both = [build.assumeRole({ at: at(1), key: 'a' }), build.assumeRole({ who: build.ben, at: at(1), key: 'b' })];
    inEveryOrder(both, [yes()], [`1 ${ADMIN} approved`, '1 ben@example.gov.uk notify-prod-admin unapproved']);
  });

  it('lists an attacker who reuses the address within the window', () => {
    const calls = [
      build.assumeRole({ at: at(1), key: 'hers' }),
      build.assumeRole({ at: at(2), key: 'not-hers', userAgent: 'curl/8' }),
    ];
    inEveryOrder(calls, [yes()], [`2 ${ADMIN} approved`]);
  });

  it('a shell by the access key of the session that opened the way', () => {
    const assumed = build.assumeRole({ at: at(1) });
    const shell = build.executeCommand({ who: build.sessionOpenedBy(assumed), at: at(5) });
    const approvals = [yes(), yes({ id: 'r-2', target: 'notify-prod-shell' })];
    inEveryOrder([assumed, shell], approvals, [
      `1 ${ADMIN} approved`,
      '1 ada@example.gov.uk notify-prod-shell approved',
    ]);
    expect(verdicts([shell], approvals)).toEqual(['1 unknown notify-prod-shell unapproved']);
  });
});

describe('what an approval for the database includes', () => {
  const slots = ['notify-prod-db-write', ...(TARGETS[2]?.includes ?? [])];
  const forDatabase = yes({ target: 'notify-prod-db-write', slots });
  const assumed = build.assumeRole({ at: at(0, 30) });

  it('covers one assumption and one database session', () => {
    const expected = [`1 ${ADMIN} approved`, '1 ada@example.gov.uk notify-prod-db-write approved'];
    inEveryOrder([assumed, session()], [forDatabase], expected);
    const second = session({ key: 'db-2', occurredAt: at(20) });
    inEveryOrder(
      [assumed, session(), second],
      [forDatabase],
      [...expected, '1 ada@example.gov.uk notify-prod-db-write unapproved'],
    );
  });

  it('never works the other way', () => {
    inEveryOrder(
      [assumed, session()],
      [yes()],
      [`1 ${ADMIN} approved`, '1 ada@example.gov.uk notify-prod-db-write unapproved'],
    );
  });

  it('covers nobody when two people had a session open, or none', () => {
    const bens = build.assumeRole({ who: build.ben, at: at(0, 40) });
    expect(verdicts([assumed, bens, session()], [forDatabase])).toContain('1 unknown notify-prod-db-write unapproved');
    expect(verdicts([session()], [forDatabase])).toEqual(['1 unknown notify-prod-db-write unapproved']);
    expect(verdicts([assumed, session({ occurredAt: at(61) })], [forDatabase])).toContain(
      '1 unknown notify-prod-db-write unapproved',
    );
  });
});

describe('what is missing', () => {
  const pair = Object.values(build.crossAccountPair({ at: at(1) }));
  const cats = build.crossAccountPair({ who: build.cat, at: at(1) });
  const forCat = yes({ actor: 'cat@example.gov.uk' });

  it('changes nothing when one half of a call never comes and the other names the person', () => {
    for (const half of pair) inEveryOrder([half], [yes()], [`1 ${ADMIN} approved`]);
    inEveryOrder([cats.caller], [forCat], ['1 cat@example.gov.uk notify-prod-admin approved']);
  });

  it('is loud when the half that came names nobody', () => {
    inEveryOrder([cats.role], [forCat], ['1 unknown notify-prod-admin unapproved']);
  });

  it('changes nothing when records of a console hop are dropped, as long as one names the person', () => {
    const hop = Object.values(build.consoleHop({ who: build.cat, at: at(3) }));
    const [, role] = hop;
    fc.assert(
      fc.property(fc.subarray(hop, { minLength: 1 }), (left) => {
        const named = left.filter((one) => one !== role).length;
        if (named === 0) return;
        const found = verdicts(left, [forCat]);
        const isJoined = left.includes(hop[0] as (typeof hop)[0]) || !left.includes(role as (typeof hop)[0]);
        if (isJoined) expect(found).toEqual([`${left.length} cat@example.gov.uk notify-prod-admin approved`]);
        else expect(found).toContain('1 unknown notify-prod-admin unapproved');
      }),
    );
  });
});
