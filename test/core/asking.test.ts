import { describe, expect, it } from 'vitest';
import type { Approval } from '../../lambdas/core/approval.ts';
import { askProblems, requestOf } from '../../lambdas/core/ask-check.ts';
import { HELP, parseCommand } from '../../lambdas/core/command.ts';
import { lasting, pinOf } from '../../lambdas/core/pin.ts';
import { limitReached } from '../../lambdas/core/request-limits.ts';
import { HOUR_MS, MINUTE_MS } from '../../lambdas/core/time.ts';
import { pin, TEN } from '../support/ledger-records.ts';
import { testPolicy } from '../support/policies.ts';

const policy = testPolicy();
const ask = { target: 'notify-prod-admin', reason: 'terraform apply', picked: 'ben.bitdiddle' };

function request(over: Partial<Approval> = {}): Approval {
  return { ...requestOf('r1', ask, 'ada@example.gov.uk', 10 * HOUR_MS, 'command', policy), ...over };
}

describe('the words after /2i', () => {
  it.each([
    ['', { command: 'open' }],
    ['  pin ', { command: 'pin' }],
    ['status', { command: 'status' }],
    ['notify-prod-admin', { command: 'help', text: HELP }],
    [
      'notify-prod-admin terraform apply for #123 <@U01BEN|ben>',
      { command: 'ask', ask: { target: 'notify-prod-admin', reason: 'terraform apply for #123', picked: 'U01BEN' } },
    ],
    [
      'notify-prod-admin terraform apply @ben.bitdiddle',
      { command: 'ask', ask: { target: 'notify-prod-admin', reason: 'terraform apply', picked: 'ben.bitdiddle' } },
    ],
    [
      'notify-prod-admin mail a@b.example',
      { command: 'ask', ask: { target: 'notify-prod-admin', reason: 'mail a@b.example' } },
    ],
    [
      'notify-prod-admin see <https://example.gov.uk/1|https://example.gov.uk/1> in <#C01|general> a &lt; b &amp;amp; c <@U01BEN>',
      {
        command: 'ask',
        ask: {
          target: 'notify-prod-admin',
          reason: 'see https://example.gov.uk/1 in #general a < b &amp; c',
          picked: 'U01BEN',
        },
      },
    ],
    ['pin', { command: 'pin' }],
    ['status please', { command: 'ask', ask: { target: 'status', reason: 'please' } }],
    ['notify-prod-admin pin', { command: 'ask', ask: { target: 'notify-prod-admin', reason: 'pin' } }],
    ['t a  b\tc @d', { command: 'ask', ask: { target: 't', reason: 'a b c', picked: 'd' } }],
    ['t why @', { command: 'ask', ask: { target: 't', reason: 'why @' } }],
    ['t why x@ada', { command: 'ask', ask: { target: 't', reason: 'why x@ada' } }],
    ['t why <@W0AB>', { command: 'ask', ask: { target: 't', reason: 'why', picked: 'W0AB' } }],
    ['t why <@U1|ada>x', { command: 'ask', ask: { target: 't', reason: 'why @adax' } }],
    ['t why x<@U1|ada>', { command: 'ask', ask: { target: 't', reason: 'why x@ada' } }],
    ['t why <@X1>', { command: 'ask', ask: { target: 't', reason: 'why <@X1>' } }],
    ['t <@W1|ada> <@U2|> why', { command: 'ask', ask: { target: 't', reason: '@ada @ why' } }],
    ['t ask <@U01BEN|ben> first', { command: 'ask', ask: { target: 't', reason: 'ask @ben first' } }],
    ['t <#C1|general> <#C2|> why', { command: 'ask', ask: { target: 't', reason: '#general # why' } }],
    [
      't <mailto:a@b.example|a@b.example> <http://x.example> why',
      { command: 'ask', ask: { target: 't', reason: 'mailto:a@b.example http://x.example why' } },
    ],
    ['t <ftp://x.example|x> why', { command: 'ask', ask: { target: 't', reason: '<ftp://x.example|x> why' } }],
    ['t a &lt;&lt; b &gt;&gt; c', { command: 'ask', ask: { target: 't', reason: 'a << b >> c' } }],
    ['t &amp;&amp; &amp;lt; why', { command: 'ask', ask: { target: 't', reason: '&& &lt; why' } }],
  ])('%j', (text, command) => expect(parseCommand(text)).toEqual(command));
});

describe('what is asked', () => {
  it('is fine when the policy knows the target and the person, who is another', () => {
    expect(askProblems(ask, 'ada@example.gov.uk', policy)).toEqual({});
  });

  it('cannot be confirmed by oneself under an alias', () => {
    expect(askProblems({ ...ask, picked: 'ada.lovelace' }, 'ada@example.gov.uk', policy).picked).toContain('your own');
  });

  it.each([
    ['nine char', true],
    ['ten chars.', false],
    ['x'.repeat(500), false],
    ['x'.repeat(501), true],
  ])('needs 10 to 500 characters of why: %j', (reason, isProblem) => {
    expect('reason' in askProblems({ ...ask, reason }, undefined, policy)).toBe(isProblem);
  });

  const problems = (over: object, actor = 'ada@example.gov.uk', under = policy) =>
    askProblems({ ...ask, ...over }, actor, under);

  it.each([
    [{ target: 'nothing' }, { target: 'There is no target "nothing" in the policy.' }],
    [{ reason: `  ${'x'.repeat(9)}  ` }, { reason: 'Say in 10 to 500 characters why.' }],
    [{ emergency: 'toString' }, { emergency: 'That is no kind of emergency.' }],
    [{ ticket: 'x'.repeat(101) }, { ticket: 'At most 100 characters.' }],
    [{ picked: undefined, emergency: 'live-incident' }, { picked: 'Say who you would have asked.' }],
    [{ picked: 'nobody' }, { picked: 'two-eye does not know this person.' }],
    [{ picked: 'U01ADA' }, { picked: 'You cannot confirm your own; pick somebody else.' }],
    [{ ticket: 'x'.repeat(100) }, {}],
    [{ picked: undefined }, {}],
    [{ emergency: 'planned-change' }, {}],
    [{ picked: 'U01BEN' }, {}],
  ])('has problems beside the fields that have them: %j', (over, expected) => {
    expect(problems(over)).toEqual(expected);
  });

  it('is not confirmed by somebody who is not of those who may, where it is people that may', () => {
    const group = (over: object) => testPolicy({ groups: { ...policy.groups, ...over } });
    const only = group({ 'notify-team': { kind: 'people', people: ['cat@example.gov.uk'] } });
    const words = { picked: 'This person may not confirm for this team.' };
    expect(problems({}, 'ada@example.gov.uk', only)).toEqual(words);
    expect(problems({ picked: 'cat@example.gov.uk' }, 'ada@example.gov.uk', only)).toEqual({});
    expect(problems({ target: 'nothing' }, 'ada@example.gov.uk', only)).not.toHaveProperty('picked');
    expect(problems({ picked: 'ada.lovelace' }, 'ada@example.gov.uk', only).picked).toContain('your own');
    expect(askProblems({ ...ask, picked: undefined } as never, undefined, only)).toEqual({});
    const slack = group({ 'notify-team': { kind: 'slack-user-group', slackUserGroup: 'S1' } });
    expect(problems({}, 'ada@example.gov.uk', slack)).toEqual({});
    const teamless = testPolicy({ teams: {}, groups: { cyber: { kind: 'people', people: ['cat@example.gov.uk'] } } });
    expect(problems({}, 'ada@example.gov.uk', teamless)).toEqual(words);
  });

  it('becomes a request with the targets that it includes, and no field that nobody filled in', () => {
    const at = 10 * HOUR_MS;
    expect(
      requestOf('r1', { ...ask, reason: ' terraform apply ' }, 'ada@example.gov.uk', at, 'command', policy),
    ).toEqual({
      id: 'r1',
      actor: 'ada@example.gov.uk',
      target: 'notify-prod-admin',
      slots: ['notify-prod-admin'],
      reason: 'terraform apply',
      requestedAt: at,
      status: 'requested',
      lapsesAt: at + 30 * MINUTE_MS,
      via: 'command',
      picked: 'ben@example.gov.uk',
    });
    const wanted = {
      target: 'notify-prod-db-write',
      reason: 'a migration',
      ticket: 'INC-1',
      emergency: 'live-incident',
    } as const;
    expect(requestOf('r2', wanted, 'ada@example.gov.uk', at, 'modal', policy)).toEqual({
      id: 'r2',
      actor: 'ada@example.gov.uk',
      target: 'notify-prod-db-write',
      slots: ['notify-prod-db-write', 'notify-prod-admin'],
      reason: 'a migration',
      requestedAt: at,
      status: 'requested',
      lapsesAt: at + 72 * HOUR_MS,
      via: 'modal',
      ticket: 'INC-1',
      emergency: { why: 'live-incident', incident: 'INC-1' },
    });
    const plain = requestOf(
      'r3',
      { target: 'gone', reason: 'x', emergency: 'planned-change' },
      'a',
      at,
      'step',
      policy,
    );
    expect([plain.slots, plain.emergency]).toEqual([['gone'], { why: 'planned-change' }]);
  });

  it('stays open for 72 hours in an emergency', () => {
    const emergency = requestOf('r', { ...ask, emergency: 'nobody-around' }, 'ada@example.gov.uk', 0, 'modal', policy);
    expect(emergency.lapsesAt).toBe(72 * HOUR_MS);
  });
});

describe('limits of asking', () => {
  const used = new Set<string>();
  const earlier = (minutesAgo: number, over: Partial<Approval> = {}) =>
    request({ id: `e${minutesAgo}${over.picked ?? ''}`, requestedAt: 10 * HOUR_MS - minutesAgo * MINUTE_MS, ...over });

  it('let a third in when one of two was spent', () => {
    const approved = { status: 'approved', validUntil: 11 * HOUR_MS, picked: 'cat@example.gov.uk' } as const;
    const two = [earlier(1, approved), earlier(2, approved)];
    expect(limitReached(request(), two, used)).toContain('2 open requests');
    expect(limitReached(request(), two, new Set([two[0]?.id ?? '']))).toBeUndefined();
  });

  it('stop the eleventh within an hour', () => {
    const ten = Array.from({ length: 10 }, (_, index) =>
      earlier(index + 1, { status: 'cancelled', target: `t${index}` }),
    );
    expect(limitReached(request(), ten, used)).toContain('10 times within an hour');
    expect(limitReached(request(), ten.slice(1), used)).toBeUndefined();
  });

  it('stop asking one person a fourth time', () => {
    const three = [1, 2, 3].map((minutes) => earlier(minutes, { status: 'cancelled' }));
    expect(limitReached(request(), three, used)).toContain('ben@example.gov.uk');
    expect(limitReached(request({ picked: 'cat@example.gov.uk' }), three, used)).toBeUndefined();
  });

  it('let nobody be asked again within half an hour of their no', () => {
    const no = (minutes: number) =>
      earlier(minutes, {
        status: 'declined',
        declinedBy: 'ben@example.gov.uk',
        declinedAt: 10 * HOUR_MS - minutes * MINUTE_MS,
      });
    expect(limitReached(request(), [no(29)], used)).toContain('declined this');
    expect(limitReached(request(), [no(30)], used)).toBeUndefined();
  });
});

describe('limits of asking, at their edges', () => {
  const used = new Set<string>();
  const at = 10 * HOUR_MS;
  const ago = (minutes: number, over: Partial<Approval> = {}) =>
    request({ id: `e${minutes}`, requestedAt: at - minutes * MINUTE_MS, status: 'cancelled', ...over });

  it('say in words how often was asked', () => {
    const ten = Array.from({ length: 10 }, (_, index) => ago(index, { target: `t${index}` }));
    expect(limitReached(request(), ten, used)).toBe(
      'You have asked 10 times within an hour. Wait a while, or talk to cyber.',
    );
    expect(limitReached(request(), ten.with(9, ago(60, { target: 't9' })), used)).toBeUndefined();
  });

  it('count what is open or approved for the same target, and neither what has ended nor what is late', () => {
    const { picked: _, ...wanted } = request();
    const reached = (...earlier: readonly Approval[]) => limitReached(wanted, earlier, used);
    const open = { status: 'requested', lapsesAt: at + 1 } as const;
    const live = { status: 'approved', validUntil: at + 1 } as const;
    expect(reached(ago(90, open), ago(80, live))).toBe(
      'You have 2 open requests or unused approvals for notify-prod-admin. Use one, cancel one, or let one expire.',
    );
    expect(reached(ago(90, open), ago(80, open), ago(70, live))).toContain('3 open requests');
    const { validUntil: __, ...endless } = ago(3, { status: 'approved' });
    const others = [
      ago(1, { ...open, lapsesAt: at }),
      ago(2, { ...live, validUntil: at }),
      endless,
      ago(4, { ...live, status: 'revoked' }),
      ago(5, { ...open, target: 'notify-prod-shell' }),
      ago(6, { ...open, lateFor: 'a finding' }),
    ];
    expect(reached(ago(90, open), ...others)).toBeUndefined();
  });

  it('let one late request wait for a finding, whatever else is open', () => {
    const late = request({ lateFor: 'a' });
    const reached = (...earlier: readonly Approval[]) => limitReached(late, earlier, used);
    const open = { status: 'requested', lapsesAt: at + 1 } as const;
    expect(reached(ago(90, { ...open, lateFor: 'a' }))).toBe(
      'You have asked for a late yes to this already; it waits for an answer.',
    );
    expect(
      reached(
        ago(1, { ...open, lateFor: 'b' }),
        ago(2, { ...open, lateFor: 'a', lapsesAt: at }),
        ago(3, { ...open, lateFor: 'a', status: 'declined' }),
        ago(4, open),
        ago(5, open),
        ago(6, open),
      ),
    ).toBeUndefined();
  });

  it('stop asking one person for one thing, within the hour', () => {
    const reached = (wanted: Approval, ...earlier: readonly Approval[]) => limitReached(wanted, earlier, used);
    const three = [ago(1), ago(2), ago(59)];
    expect(reached(request(), ...three)).toBe(
      'You have asked ben@example.gov.uk for this 3 times within an hour. Talk to them, or ask somebody else.',
    );
    expect(reached(request(), ago(1), ago(2), ago(60))).toBeUndefined();
    expect(reached(request(), ago(1), ago(2), ago(3, { target: 'notify-prod-shell' }))).toBeUndefined();
    const { picked: _, ...anybody } = request();
    expect(reached(anybody, ...three.map(({ picked: __, ...one }) => one))).toBeUndefined();
  });

  it('say who declined, where it was the same person for the same thing', () => {
    const ben = 'ben@example.gov.uk';
    const no = { status: 'declined', declinedBy: ben, declinedAt: at - 1 } as const;
    const reached = (one: Partial<Approval>) => limitReached(request(), [ago(5, { ...no, ...one })], used);
    expect(reached({})).toBe(`${ben} declined this less than half an hour ago. Talk to them, or ask somebody else.`);
    expect(reached({ target: 'notify-prod-shell' })).toBeUndefined();
    expect(reached({ picked: 'cat@example.gov.uk' })).toBeUndefined();
    expect(reached({ declinedBy: 'cat@example.gov.uk' })).toBeUndefined();
    const { declinedAt: _, ...undated } = ago(5, no);
    expect(limitReached(request(), [undated], used)).toBeUndefined();
  });
});

describe('the pins that are kept', () => {
  const MONTH = 30 * 24 * HOUR_MS;
  it('are those that were over less than a month ago, by their end or by whoever ended them', () => {
    const kept = (over: object, at: number) => lasting([pin(over)], at).length;
    const until = TEN + 2 * HOUR_MS;
    expect([kept({}, until + MONTH - 1), kept({}, until + MONTH)]).toEqual([1, 0]);
    const ended = { endedAt: TEN + HOUR_MS };
    expect([kept(ended, TEN + HOUR_MS + MONTH - 1), kept(ended, TEN + HOUR_MS + MONTH)]).toEqual([1, 0]);
    expect(kept({ endedAt: until + HOUR_MS }, until + MONTH)).toBe(0);
  });
});

describe('a pin', () => {
  const wanted = { people: ['U01ADA'], targets: ['notify-prod-admin'], minutes: 240, reason: 'site is down' };
  const why = (over: Partial<typeof wanted>, team: readonly string[] = []) => {
    const check = pinOf('p', { ...wanted, ...over }, 'cat@example.gov.uk', team, 0, policy);
    return check.outcome === 'refused' ? check.why : check.pin.until;
  };
  it('lasts as long as it is asked for, up to the policy’s most', () => {
    expect(why({})).toBe(4 * HOUR_MS);
    expect(why({ minutes: 241 })).toContain('within 240 minutes');
    expect(why({ minutes: Number.NaN })).toContain('within 240 minutes');
  });
  it('covers nobody who makes it, by name or through a team', () => {
    expect(why({ people: ['U01CAT'] })).toContain('cannot pin yourself');
    expect(why({}, ['cat@example.gov.uk'])).toContain('cannot pin yourself');
  });
  it('is for those named and the team, each once, with what was said beside', () => {
    const more = { team: 'notify', incident: 'INC-1', reason: ' site is down ', people: ['U01ADA', 'ada.lovelace'] };
    const team = ['ben@example.gov.uk', 'ada@example.gov.uk'];
    expect(pinOf('p', { ...wanted, ...more }, 'cat@example.gov.uk', team, TEN, policy)).toEqual({
      outcome: 'ok',
      pin: {
        id: 'p',
        people: ['ada@example.gov.uk', 'ben@example.gov.uk'],
        targets: ['notify-prod-admin'],
        from: TEN,
        until: TEN + 4 * HOUR_MS,
        by: 'cat@example.gov.uk',
        reason: 'site is down',
        team: 'notify',
        incident: 'INC-1',
      },
    });
    const plain = pinOf('p', wanted, 'cat@example.gov.uk', [], TEN, policy);
    expect(plain.outcome === 'ok' && Object.keys(plain.pin)).toEqual([
      ...['id', 'people', 'targets', 'from', 'until', 'by', 'reason'],
    ]);
    expect(why({ people: [] }, ['ben@example.gov.uk'])).toBe(4 * HOUR_MS);
  });
  it.each([
    [{ people: ['U01ADA', 'nobody'] }, 'Somebody you named is not in the policy.'],
    [{ people: [] }, 'Name somebody to pin, or a team.'],
    [
      { people: ['U01CAT'] },
      'You cannot pin yourself, by any of your names or through a team. Ask another member of cyber.',
    ],
    [{ targets: [] }, 'Name at least one target.'],
    [{ targets: ['notify-prod-admin', 'nothing'] }, 'There is no target "nothing".'],
    [{ minutes: 0 }, 'A pin ends within 240 minutes.'],
    [{ reason: ' nine char ' }, 'Say in 10 to 500 characters why.'],
  ])('is refused in words: %j', (over, words) => {
    expect(why(over)).toBe(words);
  });
  it('needs ten characters of why, and a minute at least', () => {
    expect([why({ reason: 'ten chars.' }), why({ minutes: 1 })]).toEqual([4 * HOUR_MS, MINUTE_MS]);
  });
  it('names people and targets of the policy', () => {
    expect(why({ people: [] })).toContain('Name somebody');
    expect(why({ people: ['U99'] })).toContain('not in the policy');
    expect(why({ targets: ['nothing'] })).toContain('no target "nothing"');
  });
});
