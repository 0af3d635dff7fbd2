import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../../../lambdas/core/time.ts';
import type { VerdictLine } from '../../../lambdas/core/verdict-line.ts';
import {
  closingMessage,
  type FindingShown,
  findingMessage,
  foldedMessage,
} from '../../../lambdas/core/wording/finding-message.ts';
import { triggerEvent } from '../../../lambdas/core/wording/incident.ts';
import { BOXING_DAY, finding, lineOf, TUESDAY_14, word } from '../../support/findings.ts';
import { testPolicy } from '../../support/policies.ts';
import { rendered } from '../../support/rendered.ts';

const policy = testPolicy();
const AT = TUESDAY_14 + 4 * MINUTE_MS;

function shown(over: Partial<FindingShown> = {}, line: Partial<VerdictLine> = {}): FindingShown {
  const of = over.finding ?? finding();
  return { finding: of, action: lineOf(of, line), at: AT, ...over };
}

const golden = (view: FindingShown) => rendered(findingMessage(view, policy));

describe('the message about a finding', () => {
  it('says who, what, when, from where, why nobody approved it, and what happens next', () => {
    const nearMisses = [
      { approval: 'r-1', because: 'other-target', target: 'notify-deploy-admin', approver: 'ben@example.gov.uk' },
      {
        approval: 'r-2',
        because: 'expired',
        at: '2026-11-24T13:48:00Z',
        target: 'notify-prod-admin',
        approver: 'ben@example.gov.uk',
      },
      {
        approval: 'r-2',
        because: 'already-used',
        at: '2026-11-24T10:02:00Z',
        usedBy: 'e-9',
        target: 'notify-prod-admin',
        approver: 'ben@example.gov.uk',
      },
    ];
    expect(golden(shown({}, { nearMisses }))).toMatchSnapshot();
  });

  it('says how long ago the use was, however late its record came', () => {
    const of = finding({ openedAt: TUESDAY_14 + 5 * HOUR_MS });
    const view = shown({ finding: of, at: of.openedAt });
    expect(golden(view)).toContain('14:00 GMT (5 h ago)');
    expect(JSON.stringify(triggerEvent({ ...view, rota: 'team' }, of.dedupKey, policy))).toContain('5 h ago');
  });

  it('of a database shows what came with the login, and where to read on', () => {
    const of = finding({ target: 'notify-prod-db-write', kind: 'database' });
    const member: NonNullable<VerdictLine['members']>[number] = {
      key: 'log-1',
      occurredAt: '2026-11-24T14:00:00Z',
      eventName: 'connection authorized',
      outcome: 'success',
      region: 'eu-west-1',
      ip: '192.0.2.1',
      resource: 'write@notifydb',
      commands: ['WRITE,UPDATE'],
    };
    const view = { ...shown({ finding: of }, { kind: 'database', members: [member] }), rota: 'team' } as const;
    const details = triggerEvent(view, 'two-eye/x', policy).payload.custom_details?.['what was done'];
    expect(details).toEqual([
      expect.stringContaining('WRITE,UPDATE'),
      'Commands are those that came with the login. For what the session did after that, read the log of the database.',
    ]);
    const log =
      'https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/';
    expect(golden(view)).toContain(`${log}$252Faws$252Frds$252Finstance$252Fnotifydb$252Fpostgresql`);
    expect(golden(view)).toContain('WRITE,UPDATE');
  });

  it('says every reason for which an approval did not cover it', () => {
    const reasons = [
      'not-yet-approved',
      'revoked',
      'declined',
      'self-approved',
      'approver-not-eligible',
      'other-account',
      'too-late',
      'something-new',
    ];
    const texts = reasons.map((because) => {
      const nearMisses = [
        {
          approval: 'r-1',
          because,
          at: '2026-11-24T14:00:40Z',
          target: 'notify-prod-admin',
          approver: 'ben@example.gov.uk',
        },
      ];
      return foldedMessage(shown({}, { nearMisses }), policy).text;
    });
    expect(texts.join('\n')).toMatchSnapshot();
    const never = [{ approval: 'r-1', because: 'not-yet-approved', target: 'notify-prod-admin' }];
    expect(golden(shown({}, { nearMisses: never }))).toContain('A request for Notify production admin had no yes yet');
  });

  it('says what a page became, out of hours, and that it could not be sent', () => {
    const of = finding({ urgency: 'page', occurredAt: BOXING_DAY });
    const pages = [
      { rota: 'team', state: 'triggered', at: BOXING_DAY + 4 * MINUTE_MS },
      { rota: 'cyber', state: 'failed', at: BOXING_DAY + 4 * MINUTE_MS, why: 'PagerDuty answered 503' },
    ] as const;
    expect(golden(shown({ finding: of, pages, at: BOXING_DAY + 5 * MINUTE_MS }))).toMatchSnapshot();
    expect(golden(shown({ finding: of, at: BOXING_DAY + 5 * MINUTE_MS }))).toContain('Paging ');
  });

  it('names the hints of an unknown actor and says that they prove nothing', () => {
    const of = finding({ actor: 'unknown', ledger: 'principal:AROAEXAMPLE' });
    expect(
      golden(
        shown(
          { finding: of },
          { actor: 'unknown', how: 'no person has the principal AROAEXAMPLE', hints: ['session name ada'] },
        ),
      ),
    ).toMatchSnapshot();
  });

  it('says what people said, and who has it in hand', () => {
    const words = [
      word({ kind: 'it-was-me', by: 'ada@example.gov.uk', text: 'a hot <!channel> fix', at: AT }),
      word({ kind: 'acknowledged' }),
    ];
    expect(golden(shown({ finding: finding({ state: 'acknowledged', words }) }))).toMatchSnapshot();
  });

  it('has no buttons once it is closed, and says who closed it, how, and how long it took', () => {
    const words = [word({ kind: 'confirmed', text: 'I watched her do it', at: TUESDAY_14 + 20 * MINUTE_MS })];
    const of = finding({ state: 'closed', closedAs: 'confirmed', closedAt: TUESDAY_14 + 20 * MINUTE_MS, words });
    expect(golden(shown({ finding: of }))).toMatchSnapshot();
    expect(closingMessage(of, policy).text).toMatchSnapshot();
    for (const closedAs of ['approved-late', 'not-genuine', 'matched-later', 'duplicate'] as const) {
      expect(
        closingMessage(finding({ ...of, closedAs, words: [word({ kind: 'not-genuine' })] }), policy).text,
      ).toMatchSnapshot(closedAs);
    }
  });

  it('shows an outage, an unreadable record, refused attempts, tampering and an emergency for what they are', () => {
    const outage = finding({ cause: 'undecided', keys: ['a', 'b'], actor: 'unknown' });
    const unreadable = finding({
      cause: 'unreadable',
      why: 'userIdentity is missing',
      team: 'cyber',
      target: '',
      actor: 'unknown',
      wakes: ['cyber'],
    });
    const emergency = {
      approval: 'r-3',
      declaredAt: '2026-11-24T02:10:00Z',
      why: 'live-incident',
      incident: 'INC-12',
      picked: 'ben@example.gov.uk',
    };
    const views = [
      { finding: outage, at: AT },
      { finding: unreadable, at: AT },
      shown({ finding: finding({ cause: 'attempts' }) }, { verdict: 'attempted' }),
      shown({ finding: finding({ cause: 'tampering', why: 'DeleteRule on two-eye-taps by ada' }) }),
      shown({}, { emergency }),
    ];
    expect(views.map(golden).join('\n=======\n')).toMatchSnapshot();
  });

  it('says of an outage that is over that it was decided late, and of a record that nobody can read offers no owning up', () => {
    const outage = finding({ cause: 'undecided', keys: ['a'], actor: 'unknown' });
    expect(golden({ finding: outage, at: AT })).toContain('Not decided yet');
    const over = golden({ finding: { ...outage, state: 'closed', closedAs: 'matched-later', closedAt: AT }, at: AT });
    expect(over).toContain('Decided late');
    expect(over).not.toContain('Not decided yet');
    const unreadable = golden({ finding: finding({ cause: 'unreadable', target: '', actor: 'unknown' }), at: AT });
    expect(unreadable).toContain('[I know what it was]');
    expect(unreadable).not.toContain('It was me');
  });

  it('counts what is folded into it and says when it is re-sent', () => {
    expect(
      golden(shown({ folded: 12, resent: 'yes' }))
        .split('\n---\n')
        .slice(0, 2),
    ).toMatchSnapshot();
    expect(rendered(foldedMessage(shown(), policy))).toMatchSnapshot();
  });

  it('puts the same facts into the incident', () => {
    const of = finding({ urgency: 'page', occurredAt: BOXING_DAY });
    expect(
      triggerEvent({ ...shown({ finding: of, at: BOXING_DAY }), rota: 'team' }, of.dedupKey, policy),
    ).toMatchSnapshot();
  });
});

/** Text that tries to be live in Slack, to hide, or to be very long. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 4_000 }),
  fc.constantFrom(
    '<!channel>',
    '<@U01ADA>',
    '<https://evil.example|approved>',
    '*bold* _x_ ~y~ `z`',
    '\u202edesrever',
    'x'.repeat(5_000),
    ':tada:',
    '&lt;!here&gt;',
    'https://evil.example/a',
  ),
  fc
    .array(
      fc.constantFrom('<', '>', '&', '!', '@', '|', '`', '*', 'channel', 'https://', '\u202e', '\n', '\u0000', ' '),
      { maxLength: 60 },
    )
    .map((parts) => parts.join('')),
);

describe('nothing that somebody else wrote', () => {
  it('is ever live, hides anything, or breaks a limit of Slack or PagerDuty', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (one, two, three) => {
        const line = {
          how: one,
          hints: [two],
          origin: { ip: two, userAgent: one },
          nearMisses: [{ approval: one, because: two, usedBy: three }],
        };
        const members = Array.from(
          { length: 30 },
          () =>
            ({
              key: one,
              occurredAt: '2026-11-24T14:00:00Z',
              eventName: two,
              outcome: 'success',
              region: three,
              ip: one,
              resource: two,
            }) as const,
        );
        const of = finding({ why: three, words: [word({ kind: 'acknowledged', text: one })] });
        const view = shown(
          { finding: of, others: Array.from({ length: 40 }, () => lineOf(of, { target: one })) },
          { ...line, members },
        );
        const message = findingMessage(view, policy);
        const mrkdwn = JSON.stringify(message)
          .replaceAll('<@U01ADA>', '')
          .replaceAll('<@U01BEN>', '')
          .replaceAll(/<https:\/\/(?:example\.gov\.uk|[\w-]+\.console\.aws\.amazon\.com)\/[^|>]*\|/g, '');
        expect(mrkdwn).not.toMatch(/<[!@#]|<https?:|\u202e/);
        expect(message.blocks.length).toBeLessThanOrEqual(50);
        for (const text of mrkdwn.matchAll(/"text":"((?:[^"\\]|\\.)*)"/g))
          expect(text[1]?.length).toBeLessThanOrEqual(3_200);
        const event = triggerEvent({ ...view, rota: 'cyber', note: one }, of.dedupKey, policy);
        expect(event.payload.summary.length).toBeLessThanOrEqual(1_024);
        expect(JSON.stringify(event).length).toBeLessThan(512_000);
      }),
      { numRuns: 150 },
    );
  });
});
