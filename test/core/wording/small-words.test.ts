import { describe, expect, it } from 'vitest';
import { requestOf } from '../../../lambdas/core/ask-check.ts';
import { MOST_IN_THREAD, type Storm } from '../../../lambdas/core/telling/storm.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../lambdas/core/time.ts';
import { actions, type Block, button, context, fields, said, section } from '../../../lambdas/core/wording/blocks.ts';
import { lengthOf } from '../../../lambdas/core/wording/durations.ts';
import { bounded, code, escaped, escapedWithArns, plainText } from '../../../lambdas/core/wording/escape.ts';
import {
  closingMessage,
  type FindingShown,
  findingButtons,
  findingMessage,
  foldedMessage,
} from '../../../lambdas/core/wording/finding-message.ts';
import { homeView, type Mine, statusMessage } from '../../../lambdas/core/wording/home.ts';
import { mention, personOfSlack, targetTitle, teamTitle } from '../../../lambdas/core/wording/names.ts';
import { nearMissWords } from '../../../lambdas/core/wording/near-miss-words.ts';
import { stormMessage } from '../../../lambdas/core/wording/storm-message.ts';
import { clockTime, timeBeside, zoneOf } from '../../../lambdas/core/wording/times.ts';
import { finding, lineOf, TUESDAY_14, word } from '../../support/findings.ts';
import { pin } from '../../support/ledger-records.ts';
import { NOTIFY, testPolicy } from '../../support/policies.ts';

const policy = testPolicy();
const DAY_MS = 24 * HOUR_MS;

/** The texts of sections, one a block; a row of buttons as their actions. */
const textsOf = (blocks: readonly Block[]) =>
  blocks.map(({ text, elements }) => {
    const own = (text as { readonly text?: string } | undefined)?.text;
    const row = (elements as readonly Block[] | undefined)?.map(({ action_id }) => action_id);
    return (own ?? row?.join(' ') ?? '').replaceAll('\u2060', '');
  });

describe('a length of time', () => {
  it.each([
    [-1, '0 s'],
    [40_400, '40 s'],
    [MINUTE_MS - 1, '60 s'],
    [MINUTE_MS, '1 min'],
    [HOUR_MS - SECOND_MS, '60 min'],
    [HOUR_MS, '1 h'],
    [2 * HOUR_MS + 5 * MINUTE_MS, '2 h 5 min'],
    [2 * DAY_MS - MINUTE_MS, '47 h 59 min'],
    [2 * DAY_MS, '2 days'],
    [3.6 * DAY_MS, '4 days'],
  ])('of %i ms is %s', (ms, words) => expect(lengthOf(ms)).toBe(words));
});

describe('a time', () => {
  it('says the day where it is another one than that of the reference, in the zone', () => {
    const late = Date.parse('2026-06-30T23:30:00Z');
    expect(timeBeside(late, late - HOUR_MS, 'Europe/London')).toBe('Wed 1 Jul 00:30');
    expect(timeBeside(late, late + HOUR_MS, 'Europe/London')).toBe('00:30');
    expect(clockTime(late, 'UTC')).toBe('23:30');
  });

  it('is in the zone of the team, and in London where there is none', () => {
    const hours = { ...NOTIFY.hours, timeZone: 'Asia/Tokyo' };
    expect(zoneOf(testPolicy({ teams: { notify: { ...NOTIFY, hours } } }), 'notify-prod-admin')).toBe('Asia/Tokyo');
    const teams = { notify: NOTIFY, far: { ...NOTIFY, id: 'far', hours } };
    const two = testPolicy({
      teams,
      targets: policy.targets.map((one, at) => (at === 1 ? { ...one, team: 'far' } : one)),
    });
    expect(policy.targets.slice(0, 2).map(({ id }) => zoneOf(two, id))).toEqual(['Europe/London', 'Asia/Tokyo']);
    expect(zoneOf(policy, 'gone')).toBe('Europe/London');
    expect(zoneOf(testPolicy({ teams: {} }), 'notify-prod-admin')).toBe('Europe/London');
  });
});

describe('names', () => {
  it('are those of the policy, or say that there is none', () => {
    expect(personOfSlack(policy, 'U01BEN')?.id).toBe('ben@example.gov.uk');
    expect(personOfSlack(policy, 'U01')).toBeUndefined();
    for (const slack of ['xU01', 'U01|here', 'u01', 'X01']) {
      const forged = testPolicy({ people: [{ id: 'x@example.gov.uk', aliases: [], slack, aws: [] }] });
      expect(mention(forged, 'x@example.gov.uk')).toBe('`x@example.gov.uk`');
    }
    expect([targetTitle(policy, ''), teamTitle(policy, 'gone'), teamTitle(policy, 'notify')]).toEqual([
      'something that no target names',
      'gone',
      'Notify',
    ]);
  });
});

describe('text of others', () => {
  it('is cut at its limit and not before, by what is seen', () => {
    expect(plainText('x'.repeat(10), 10)).toBe('x'.repeat(10));
    expect(plainText('x'.repeat(11), 10)).toBe(`${'x'.repeat(9)}…`);
    expect(plainText('é'.repeat(10), 10)).toBe('é'.repeat(10));
    expect(plainText('😀'.repeat(10), 10)).toBe('😀'.repeat(10));
    expect(plainText(' a\t\r\nb\u2028c\u200b ', 10)).toBe('a b c');
    expect(plainText(' a ', 10)).toBe('a');
    expect(plainText('\ud800a')).toBe('\ufffda');
    expect(plainText(`${'\u200b'.repeat(64)}${'y'.repeat(40)}`, 10)).toBe(`${'y'.repeat(9)}…`);
  });

  it('is not live, and code does not end early', () => {
    expect(escaped('a & <b>')).toBe('a &amp; &lt;b&gt;');
    expect(escaped('*_~`@# http://x :smile: www.x a:b').replaceAll('\u2060', '|')).toBe(
      '*|_|~|`|@|#| http:|//x :|smile: w|ww.x a:b',
    );
    expect([code('a`<&>'), code(''), code(' ')]).toEqual(["`a'&lt;&amp;&gt;`", '`-`', '`-`']);
  });

  it('has ARNs as code, with what stands between them', () => {
    expect(escapedWithArns('by arn:aws:iam::1:user/a_b, and arn:aws-us-gov:iam::2:role/c;d')).toBe(
      'by `arn:aws:iam::1:user/a_b`, and `arn:aws-us-gov:iam::2:role/c`;d',
    );
    expect(escapedWithArns('arn:aws:s3:::x y')).toBe('`arn:aws:s3:::x` y');
    expect(escapedWithArns('no_arn').replaceAll('\u2060', '|')).toBe('no_|arn');
    expect(escapedWithArns('barn:aws:x').startsWith('`')).toBe(false);
  });

  it('is bounded without half an entity, half a link or half a character', () => {
    expect(bounded('abc', 3)).toBe('abc');
    expect(bounded('abcd', 3)).toBe('ab…');
    expect(bounded('ab&amp;cd', 6)).toBe('ab…');
    expect(bounded('ab<https://x|y> z', 8)).toBe('ab…');
    expect(bounded('a😀b', 3)).toBe('a…');
    expect(bounded('a&amp;bcd', 8)).toBe('a&amp;b…');
  });
});

describe('blocks', () => {
  it('have the shapes that Slack takes', () => {
    const text = (words: string) => ({ type: 'plain_text', text: words, emoji: false });
    expect(section('*a*')).toEqual({ type: 'section', text: { type: 'mrkdwn', text: '*a*', verbatim: true } });
    expect(fields('a', 'b')).toEqual({
      type: 'section',
      fields: ['a', 'b'].map((words) => ({ type: 'mrkdwn', text: words, verbatim: true })),
    });
    expect([said('why'), said(' ')]).toEqual([
      { type: 'section', text: text('why') },
      { type: 'section', text: text('–') },
    ]);
    expect(context('*a*')).toEqual({
      type: 'context',
      elements: [{ type: 'mrkdwn', text: '*a*', verbatim: true }],
    });
    expect(actions()).toEqual([]);
    const plainOne = button('Go', 'go', { a: 'b' });
    expect(plainOne).toEqual({ type: 'button', action_id: 'go', text: text('Go'), value: '{"a":"b"}' });
    expect(actions(plainOne)).toEqual([{ type: 'actions', elements: [plainOne] }]);
    expect(button('Go', 'go', {}, { style: 'danger', confirm: 'Sure?' })).toMatchObject({
      style: 'danger',
      confirm: { title: text('Go'), text: text('Sure?'), confirm: text('Go'), deny: text('Go back') },
    });
  });
});

describe('why approvals did not cover a use', () => {
  const use = {
    target: 'notify-prod-admin',
    account: '111111111111',
    occurredAt: TUESDAY_14,
    timeZone: 'Europe/London',
  };
  const miss = (because: string, over: object = {}) => ({ approval: 'r-1', because, ...over });
  const at = (ms: number) => ({ at: new Date(TUESDAY_14 + ms).toISOString() });
  const words = (...misses: ReturnType<typeof miss>[]) => nearMissWords(misses, use, policy);

  it.each([
    ['already-used', {}, 'A request was already used (r-1).'],
    [
      'already-used',
      { ...at(0), usedBy: 'x' },
      'A request was already used at Tue 24 Nov 2026, 14:00 GMT, by the action x (r-1).',
    ],
    ['not-yet-approved', {}, 'A request had no yes yet (r-1).'],
    ['not-yet-approved', at(MINUTE_MS), 'A request came late: the yes came 1 min after the use (r-1).'],
    ['expired', {}, 'A request had expired (r-1).'],
    ['expired', at(-MINUTE_MS), 'A request had expired 1 min earlier, at Tue 24 Nov 2026, 13:59 GMT (r-1).'],
    ['revoked', {}, 'A request had been revoked (r-1).'],
    ['revoked', at(-MINUTE_MS), 'A request had been revoked 1 min earlier, at Tue 24 Nov 2026, 13:59 GMT (r-1).'],
    ['declined', {}, 'The request was declined (r-1).'],
    [
      'declined',
      { approver: 'ben@example.gov.uk', target: 'gone' },
      'The request to ben@example.gov.uk for gone was declined (r-1).',
    ],
    ['other-account', {}, 'A request is for another account than Notify production (r-1).'],
    [
      'other-target',
      { approver: 'ben@example.gov.uk' },
      "ben@example.gov.uk's approval is not for Notify production admin (r-1).",
    ],
    ['new', { target: 'notify-prod-shell' }, 'A request for A shell on Notify production did not cover it: new (r-1).'],
  ] as const)('%s %j reads so', (because, over, sentence) => {
    expect(words(miss(because, over))).toEqual([sentence]);
  });

  it('are one sentence an approval, the first three of them', () => {
    expect(words(miss('expired'), miss('revoked'), miss('expired', { approval: 'r-2' }))).toEqual([
      'A request had expired, and had been revoked (r-1).',
      'A request had expired (r-2).',
    ]);
    expect(words(...['1', '2', '3', '4'].map((approval) => miss('expired', { approval })))).toHaveLength(3);
    const elsewhere = nearMissWords([miss('other-account')], { ...use, account: '999999999999' }, policy);
    expect(elsewhere).toEqual(['A request is for another account than 999999999999 (r-1).']);
  });
});

describe('the summary of a storm', () => {
  const storm: Storm = {
    id: 's',
    startedAt: TUESDAY_14,
    lastAt: TUESDAY_14,
    count: 3,
    kinds: { few: 1, many: 2 },
    refreshAt: 0,
  };
  const linesOf = (over: Partial<Storm>) =>
    textsOf(stormMessage({ ...storm, ...over }, 'Europe/London').blocks)[0]?.split('\n');

  it('lists its kinds, the most first, and how many more there are', () => {
    expect(linesOf({})?.slice(1)).toEqual(['• 2 × many', '• 1 × few']);
    const kinds = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]));
    expect(linesOf({ kinds: kinds(10) })).toHaveLength(11);
    expect(linesOf({ kinds: kinds(12) })?.slice(-2)).toEqual(['• 2 × k2', '• and 2 more kinds']);
  });

  it('says where each of them is', () => {
    expect(stormMessage(storm, 'Europe/London').text).toMatch(
      /^3 more findings since 14:00: .* Each is posted in this thread/,
    );
    expect(linesOf({ count: MOST_IN_THREAD })?.[0]).toContain('Each is posted');
    expect(linesOf({ count: MOST_IN_THREAD + 5 })?.[0]).toContain(
      'The first 100 are posted in this thread, with their buttons; the other 5 are',
    );
  });
});

describe('what is mine', () => {
  const AT = TUESDAY_14;
  const ask = { target: 'notify-prod-admin', reason: 'terraform apply' };
  const request = requestOf('r1', ask, 'ada@example.gov.uk', AT - MINUTE_MS, 'modal', policy);
  const mine = (over: Partial<Mine>): Mine => ({ requests: [], waiting: [], pins: [], findings: [], at: AT, ...over });
  const home = (over: Partial<Mine>) => textsOf(homeView(mine(over), policy).blocks as readonly Block[]).slice(1);

  it('says of each list that there is none', () => {
    expect(home({})).toEqual([
      '*My open requests* none',
      '*Waiting for me* none',
      '*Active pins* none',
      '*Open findings of my teams* none',
    ]);
  });

  it('shows ten of each, and counts the rest', () => {
    const ten = Array.from({ length: 10 }, () => pin({ until: AT, endedAt: AT }));
    expect(home({ pins: ten })).toHaveLength(14);
    expect(home({ pins: [...ten, pin()] })).toContain('… and 1 more.');
    expect(home({ pins: [pin({ until: AT })] })).toContain('• INC-12 by `cy@example.gov.uk`, until 14:00');
    const { incident: _, ...unnamed } = pin({ until: AT, targets: [] });
    expect(home({ pins: [unnamed] })).toContain('• p-1 by `cy@example.gov.uk`, until 14:00');
  });

  it('has a button to cancel what waits, and none on what was approved', () => {
    expect(home({ requests: [request] }).slice(0, 3)).toEqual([
      '*My open requests*',
      '• Notify production admin: waiting, asked 13:59',
      'request.cancel',
    ]);
    const approved = { ...request, status: 'approved', validUntil: AT + HOUR_MS } as const;
    expect(home({ requests: [approved] }).slice(1, 3)).toEqual([
      '• Notify production admin: use before 15:00',
      '*Waiting for me* none',
    ]);
  });

  it('has the buttons of what waits for me, and of findings', () => {
    expect(home({ waiting: [request] }).slice(1, 5)).toEqual([
      '*Waiting for me*',
      '• <@U01ADA> asked 13:59 for Notify production admin',
      'terraform apply',
      'request.approve request.decline',
    ]);
    expect(home({ findings: [finding()] }).at(-1)).toMatch(/^finding.acknowledge /);
    expect(home({ findings: [finding()] })).toContain('• 14:00 <@U01ADA> used Notify production admin: open');
  });

  it('has buttons that say which request they are about, the first of them in the colour of the expected one', () => {
    const { blocks } = homeView(mine({ requests: [request], waiting: [{ ...request, id: 'r2' }] }), policy);
    const buttons = (blocks as readonly Block[]).flatMap(({ elements }) => (elements as readonly Block[]) ?? []);
    const about = (id: string) => JSON.stringify({ ledger: 'person:ada@example.gov.uk', request: id });
    expect(buttons.map(({ action_id, value, style }) => [action_id, value, style])).toEqual([
      ['home.ask', '{}', 'primary'],
      ['home.pin', '{}', undefined],
      ['request.cancel', about('r1'), undefined],
      ['request.approve', about('r2'), 'primary'],
      ['request.decline', about('r2'), undefined],
    ]);
  });

  it('shows a pin in the zone of the team that its first target belongs to', () => {
    const hours = { ...NOTIFY.hours, timeZone: 'Asia/Tokyo' };
    const far = testPolicy({ teams: { notify: { ...NOTIFY, hours } } });
    const { blocks } = homeView(mine({ pins: [pin({ until: AT, targets: ['notify-prod-admin'] })] }), far);
    expect(textsOf(blocks as readonly Block[])).toContain('• INC-12 by `cy@example.gov.uk`, until 23:00');
  });

  it('is a message that stays within what Slack takes', () => {
    const findings = Array.from({ length: 10 }, () => finding());
    const blocks = (over: Partial<Mine>) => statusMessage(mine(over), policy).blocks.length;
    const waiting = Array.from({ length: 7 }, () => request);
    expect(blocks({ findings })).toBe(1 + 4 + 20);
    expect(blocks({ findings, waiting: waiting.slice(0, 6), requests: [request] })).toBe(1 + 4 + 20 + 18 + 2);
    expect(blocks({ findings, waiting })).toBe(45 + 1);
    expect(blocks({ findings, waiting, requests: [request] })).toBe(45);
    expect(statusMessage(mine({ findings }), policy).text).toContain('Open findings of your teams: 10.');
  });
});

describe('the buttons of a finding', () => {
  const buttons = (over: Parameters<typeof finding>[0]) =>
    findingButtons(finding(over)).map(({ action_id }) => action_id);
  const REST = ['finding.it-was-me', 'finding.confirm', 'finding.not-genuine'];

  it('are those that can still do something', () => {
    expect(buttons({})).toEqual(['finding.acknowledge', ...REST, 'finding.ask']);
    expect(buttons({ state: 'acknowledged' })).toEqual([...REST, 'finding.ask']);
    expect(buttons({ actor: 'unknown' })).toEqual(['finding.acknowledge', ...REST]);
    expect(buttons({ cause: 'attempts' })).toEqual(['finding.acknowledge', ...REST]);
    expect(buttons({ cause: 'unreadable' })).toEqual(['finding.acknowledge', ...REST.slice(1)]);
    expect([buttons({ state: 'closed' }), buttons({ cause: 'undecided' })]).toEqual([[], []]);
    const [first] = findingButtons(finding({ id: 'a' }));
    expect(first?.value).toBe('{"ledger":"person:ada@example.gov.uk","finding":"a"}');
    expect(findingButtons(finding()).map(({ style, confirm }) => [style, confirm !== undefined])).toEqual([
      ['primary', false],
      [undefined, false],
      [undefined, false],
      ['danger', true],
      [undefined, false],
    ]);
  });
});

describe('the message of a finding', () => {
  const shown = (over: Partial<FindingShown> = {}): FindingShown => {
    const of = over.finding ?? finding();
    return { finding: of, action: lineOf(of), at: TUESDAY_14, ...over };
  };
  const texts = (over: Partial<FindingShown>) => textsOf(findingMessage(shown(over), policy).blocks);

  it('says in its heading how it stands, how many are in its thread, and that it was sent again', () => {
    const head = (over: Partial<FindingShown>) => texts(over)[0];
    expect(head({})).toBe(':rotating_light: *Unapproved use of Notify production admin* · open');
    expect(head({ finding: finding({ state: 'acknowledged' }) })).toMatch(/^:eyes: .* · acknowledged$/);
    expect(head({ finding: finding({ state: 'closed', closedAs: 'confirmed' }) })).toMatch(/^:white_check_mark: /);
    expect(head({ finding: finding({ state: 'closed', closedAs: 'not-genuine' }) })).toMatch(/^:rotating_light: /);
    expect(head({ folded: 2, resent: 'yes' })).toMatch(
      / · open · and 2 more in the thread · re-sent: the first may not have arrived$/,
    );
    expect(head({ folded: 0 })).toMatch(/ · open$/);
    expect(findingMessage(shown({ resent: 'yes' }), policy).text).toMatch(/^Re-sent\. Unapproved/);
    expect(findingMessage(shown(), policy).text).toMatch(/^Unapproved use of Notify production admin by ada/);
  });

  it('leaves out the columns of which nothing is known', () => {
    const cellsOf = (view: FindingShown) => {
      const cells = findingMessage(view, policy).blocks[1]?.fields ?? [];
      return (cells as readonly { readonly text: string }[]).map(({ text }) => text.split('\n'));
    };
    const columns = (over: Partial<FindingShown>) => cellsOf(shown(over)).map(([title]) => title);
    expect(columns({})).toEqual(['*Who*', '*What*', '*When*', '*From*']);
    expect(columns({ finding: finding({ cause: 'unreadable', actor: 'unknown' }) })).toEqual([
      ...['*What*', '*When*', '*From*'],
    ]);
    expect(cellsOf({ finding: finding(), at: TUESDAY_14 })).toMatchObject([
      ['*Who*', '<@U01ADA>'],
      ['*What*', expect.any(String)],
      ['*When*', expect.any(String)],
    ]);
  });

  it('lists eight of anything, and counts the rest', () => {
    const others = (count: number) => Array.from({ length: count }, () => lineOf(finding()));
    const also = (count: number) =>
      texts({ others: others(count) })
        .find((text) => text.startsWith('*Also seen*'))
        ?.split('\n');
    expect([also(0), also(8)?.length]).toEqual([undefined, 9]);
    expect(also(10)?.slice(8)).toEqual([also(1)?.[1], '• and 2 more']);
  });

  it('in a thread is short, with the first reason and its buttons', () => {
    const { blocks } = foldedMessage(shown(), policy);
    expect(textsOf(blocks)[0]?.split('\n')).toHaveLength(4);
    expect(textsOf(blocks).at(-1)).toMatch(/^finding.acknowledge/);
    const bare = finding({ state: 'closed', team: 'gone' });
    expect(foldedMessage({ finding: bare, at: TUESDAY_14 }, policy).blocks).toHaveLength(1);
    expect(textsOf(foldedMessage({ finding: bare, at: TUESDAY_14 }, policy).blocks)[0]?.split('\n')).toHaveLength(3);
  });

  it('when it closes says which one it was, and what was said', () => {
    const words = [word({ kind: 'confirmed', text: 'I watched' })];
    const { text, blocks } = closingMessage(finding({ state: 'closed', closedAs: 'confirmed', words }), policy);
    expect(textsOf(blocks)).toEqual([text.replaceAll('\u2060', '')]);
    expect(text.split('\n')).toEqual([
      'Closed: confirmed by <@U01BEN>. (Unapproved use of Notify production admin, 14:00)',
      '<@U01BEN> confirms it (14:05, Slack): “I watched”',
    ]);
  });
});
