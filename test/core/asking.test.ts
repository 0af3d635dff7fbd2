import { describe, expect, it } from 'vitest';
import type { Approval } from '../../lambdas/core/approval.ts';
import { askProblems, requestOf } from '../../lambdas/core/ask-check.ts';
import { HELP, parseCommand } from '../../lambdas/core/command.ts';
import { pinOf } from '../../lambdas/core/pin.ts';
import { limitReached } from '../../lambdas/core/request-limits.ts';
import { HOUR_MS, MINUTE_MS } from '../../lambdas/core/time.ts';
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
  it('names people and targets of the policy', () => {
    expect(why({ people: [] })).toContain('Name somebody');
    expect(why({ people: ['U99'] })).toContain('not in the policy');
    expect(why({ targets: ['nothing'] })).toContain('no target "nothing"');
  });
});
