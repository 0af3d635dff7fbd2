import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../lambdas/core/finding.ts';
import { MINUTE_MS, SECOND_MS } from '../../../lambdas/core/time.ts';
import type { VerdictLine } from '../../../lambdas/core/verdict-line.ts';
import {
  findingFacts,
  headlineOf,
  hoursOf,
  isDoneBySomebody,
  rotaWords,
} from '../../../lambdas/core/wording/finding-facts.ts';
import { closingWords, PLAIN_VOICE, progressWords, wordsSaid } from '../../../lambdas/core/wording/finding-progress.ts';
import { followUpEvent, stormEvent, triggerEvent } from '../../../lambdas/core/wording/incident.ts';
import { finding, lineOf, TUESDAY_14, word } from '../../support/findings.ts';
import { NOTIFY, testPolicy } from '../../support/policies.ts';

const policy = testPolicy();
const KEY = '3038e1f5-6e3c-4bd5-9a5c-1d6d3a4b5c01';
type Member = NonNullable<VerdictLine['members']>[number];
const member = (over: Partial<Member> = {}): Member => ({
  key: KEY,
  occurredAt: '2026-11-24T14:00:00Z',
  eventName: 'AssumeRole',
  outcome: 'success',
  region: 'eu-west-1',
  ip: '192.0.2.1',
  resource: 'a-role',
  ...over,
});

/** The facts of a finding with its action. */
const facts = (of: Partial<Finding> = {}, line: Partial<VerdictLine> = {}, ms = MINUTE_MS, under = policy) => {
  const one = finding(of);
  return findingFacts({ finding: one, action: lineOf(one, line), at: one.occurredAt + ms }, under);
};
/** And of one that has none. */
const bare = (of: Partial<Finding>) => {
  const one = finding(of);
  return findingFacts({ finding: one, at: one.occurredAt }, policy);
};

describe('who did it, and how that is known', () => {
  it('is how the record says it, and nothing where it does not', () => {
    expect(facts().how).toMatch(/^known by IAM user arn:/);
    expect(facts({}, { how: '' }).how).toBe('');
    expect(bare({}).how).toBe('');
    expect([facts().who, facts({ actor: 'unknown' }).who]).toEqual(['ada@example.gov.uk', 'an unknown person']);
  });

  it('is, of nobody, what the record mentions, up to five of it', () => {
    const hints = ['a', 'b', 'c', 'd', 'e', 'f'];
    expect(facts({ actor: 'unknown' }, { how: 'nobody', hints }).how).toBe(
      'nobody; it mentions, which proves nothing: a; b; c; d; e',
    );
    expect(facts({ actor: 'unknown' }, { how: 'nobody', hints: [] }).how).toBe('nobody');
    expect(facts({ actor: 'unknown' }, { how: 'nobody' }).how).toBe('nobody');
    expect(facts({ actor: 'unknown' }, { how: '', hints: ['a'] }).how).toBe('it mentions, which proves nothing: a');
    expect(bare({ actor: 'unknown' }).how).toBe('');
  });

  it('is nobody for what no person does', () => {
    const done = (cause: Finding['cause'], actor: Finding['actor']) => isDoneBySomebody(finding({ cause, actor }));
    expect(done('undecided', 'unknown') || done('unreadable', 'unknown')).toBe(false);
    expect(done('undecided', 'ada@example.gov.uk') && done('unapproved', 'unknown')).toBe(true);
  });
});

describe('what was used, where and when', () => {
  it('is the target and its kind, the account, and the thing itself', () => {
    expect(facts().what).toBe(
      'Notify production admin, role assumed, in Notify production (111111111111): arn:aws:iam::111111111111:role/notify-prod-admin',
    );
    expect(facts({}, { members: [] }).what).toBe(
      'Notify production admin, role assumed, in Notify production (111111111111)',
    );
    expect(bare({ kind: 'new' as never }).what).toBe(
      'Notify production admin, new, in Notify production (111111111111)',
    );
    expect(facts({ cause: 'unreadable' }).what).toBe('Notify production (111111111111)');
    expect(facts({ target: '' }).what).toBe('Notify production (111111111111)');
  });

  it('is an address, a Region and whether there was a second factor, or that there is none', () => {
    const origin = { ip: '192.0.2.1', userAgent: 'cli' };
    expect(facts({}, { origin: { ...origin, mfa: true } }).where).toBe('192.0.2.1, eu-west-1, with MFA, cli');
    expect(facts({}, { origin: { ...origin, mfa: false } }).where).toBe('192.0.2.1, eu-west-1, without MFA, cli');
    expect(facts({}, { origin }).where).toBe('192.0.2.1, eu-west-1, cli');
    expect(facts({}, { origin: { ip: '', userAgent: '' }, region: '' }).where).toBe(
      'no address, no Region, no user agent',
    );
    expect(bare({}).where).toBe('');
  });

  it('is so long ago, and just now below a second', () => {
    const when = (ms: number) => facts({}, {}, ms).when;
    expect(when(SECOND_MS - 1)).toBe('Tue 24 Nov 2026, 14:00 GMT (just now)');
    expect(when(SECOND_MS)).toBe('Tue 24 Nov 2026, 14:00 GMT (1 s ago)');
    expect(when(-MINUTE_MS)).toContain('(just now)');
  });

  it('is in the zone of the team, and in cyber’s where there is none', () => {
    const hours = { ...policy.cyber.hours, timeZone: 'Asia/Tokyo' };
    const tokyo = testPolicy({ cyber: { ...policy.cyber, hours } });
    expect(hoursOf(finding(), tokyo).timeZone).toBe('Europe/London');
    expect(hoursOf(finding({ team: 'gone' }), tokyo).timeZone).toBe('Asia/Tokyo');
  });
});

describe('why it needs a human', () => {
  it('is the cause’s own reason first', () => {
    expect(facts().why).toEqual(['There is no request or approval of ada@example.gov.uk near that time.']);
    expect(facts({ cause: 'attempts' }).why).toEqual(['AWS refused the calls; nobody had approved them.']);
    expect(facts({ actor: 'unknown' }).why).toEqual(['Nobody can be named for it, so no approval can cover it.']);
    expect(facts({ cause: 'tampering', why: 'DeleteRule.' }).why).toEqual(['DeleteRule.']);
    expect(facts({ cause: 'tampering', why: 'DeleteRule' }).why).toEqual(['DeleteRule.']);
    expect(facts({ cause: 'tampering' }).why).toEqual([]);
    expect(facts({ cause: 'unreadable', why: 'no identity' }).why).toEqual(['no identity.']);
    expect(facts({ cause: 'unreadable' }).why).toEqual(['The record could not be understood.']);
    expect(bare({}).why).toEqual([]);
  });

  it('is how many records wait, of an outage', () => {
    const why = (keys?: readonly string[]) => bare({ cause: 'undecided', ...(keys && { keys }) }).why[0];
    expect(why(['a'])).toContain('so one record waits to be decided');
    expect(why(['a', 'b'])).toContain('so 2 records wait to be decided');
    expect(why()).toContain('so 0 records wait');
  });

  it('is that it was found late, or tells again, before the reasons of approvals', () => {
    const again = { because: 'new-address', beside: 'x' } as const;
    const nearMisses = [{ approval: 'r-1', because: 'self-approved' }];
    const members = [member(), member({ late: 'reconcile' })];
    expect(facts({ again }, { members, nearMisses }).why).toEqual([
      'The bus did not bring its record within half an hour: reconciliation found it, so this is told late.',
      'Another finding for this person and target is open; this one comes from a new address.',
      'A request was given by the actor themselves (r-1).',
    ]);
    expect(facts({ again }).why).toHaveLength(2);
  });

  it('is the emergency before those, with who was asked', () => {
    const emergency = { approval: 'r', declaredAt: '2026-11-24T13:50:00Z', why: 'live-incident' };
    const nearMisses = [{ approval: 'r-1', because: 'self-approved' }];
    const why = (over: object) => facts({}, { emergency: { ...emergency, ...over }, nearMisses }).why;
    expect(why({})).toEqual([
      'Emergency (live incident), declared Tue 24 Nov 2026, 13:50 GMT, nobody was asked; nobody had said yes.',
      'A request was given by the actor themselves (r-1).',
    ]);
    expect(why({ picked: 'ben@example.gov.uk', incident: 'INC-1' })[0]).toBe(
      'Emergency (live incident, INC-1), declared Tue 24 Nov 2026, 13:50 GMT, ben@example.gov.uk was asked; nobody had said yes.',
    );
  });
});

describe('what was done, and what else', () => {
  it('is each record, where there are several', () => {
    expect(facts({}, { members: [member()] }).did).toEqual([]);
    expect(
      facts({}, { members: [member({ outcome: 'refused' }), member({ commands: ['WRITE,UPDATE', 'READ,SELECT'] })] })
        .did,
    ).toEqual([
      `Tue 24 Nov 2026, 14:00 GMT: AssumeRole, refused, eu-west-1, 192.0.2.1 [${KEY}]`,
      `Tue 24 Nov 2026, 14:00 GMT: AssumeRole, eu-west-1, 192.0.2.1, WRITE,UPDATE READ,SELECT [${KEY}]`,
    ]);
    expect(facts({}, { members: [member({ commands: [] }), member()] }).did[0]).not.toContain('192.0.2.1,');
    expect(bare({}).did).toEqual([]);
  });

  it('is, of a database, always what came with the login', () => {
    expect(facts({}, { kind: 'database', members: [member()] }).did).toHaveLength(2);
    expect(facts({}, { kind: 'database', members: undefined } as never).did).toHaveLength(1);
  });

  it('is what else was seen, with its verdict', () => {
    const one = finding();
    const others = [lineOf(one, { verdict: 'approved' })];
    expect(findingFacts({ finding: one, others, at: TUESDAY_14 }, policy).also).toEqual([
      'Tue 24 Nov 2026, 14:00 GMT: Notify production admin, approved',
    ]);
    expect(facts().also).toEqual([]);
  });
});

it('the reason of what cannot be decided or read is one sentence, whatever is in it', () => {
  for (const cause of ['undecided', 'unreadable'] as const)
    expect([bare({ cause, why: 'no table..yet' }).why[0], bare({ cause, why: 'no table.' }).why[0]]).toEqual([
      'no table..yet.',
      'no table.',
    ]);
});

describe('the links', () => {
  const hrefs = (line: Partial<VerdictLine>, of: Partial<Finding> = {}, under = policy) =>
    facts(of, line, 0, under).links.map(({ text, href }) => `${text} ${href}`);
  const RUNBOOK = 'Runbook https://example.gov.uk/runbook';
  const event = (key = KEY, region = 'eu-west-1') =>
    `CloudTrail: AssumeRole https://${region}.console.aws.amazon.com/cloudtrailv2/home?region=${region}#/events/${key}`;

  it('are the runbook and the first three events', () => {
    expect(hrefs({ members: [member()] })).toEqual([RUNBOOK, event()]);
    expect(hrefs({ members: Array.from({ length: 4 }, () => member()) })).toHaveLength(4);
    expect(bare({}).links).toHaveLength(1);
  });

  it('are of nothing that could lead elsewhere', () => {
    const bad = [
      ...[{ key: 'log-1' }, { key: `${KEY}0` }, { key: `x${KEY}` }, { region: 'evil.example/' }, { region: 'eu' }],
      ...[{ region: 'x.eu-west-1' }, { region: 'eu-west-1.evil.example' }, { region: 'eu-' }, { region: 'e-west-1' }],
      ...[{ region: 'europe-west-1' }, { region: 'eu-abcdefghijklm' }, { region: 'eu-a-b-c-d-e' }],
    ];
    for (const over of bad) expect(hrefs({ members: [member(over)] })).toEqual([RUNBOOK]);
    const good = ['eu-west-1', 'us-gov-east-1', 'us-iso-b-east-1', 'eusc-de-east-1'];
    for (const region of good) expect(hrefs({ members: [member({ region })] })).toEqual([RUNBOOK, event(KEY, region)]);
    expect(hrefs({ members: [member({ key: KEY.toUpperCase() })] })).toHaveLength(2);
    const runbook = (href: string) =>
      hrefs({ members: [] }, {}, testPolicy({ teams: { notify: { ...NOTIFY, runbook: href } } }));
    for (const href of [
      'http://example.gov.uk/',
      'https://example.gov.uk',
      'x https://example.gov.uk/',
      'https://example.gov.uk/a|b',
      'https://e@x/',
      '',
    ])
      expect(runbook(href)).toEqual([]);
    expect(runbook('https://example.gov.uk/a-b/c.d?e=f#g%20~h:$&i')).toHaveLength(1);
  });

  it('are cyber’s runbook for what has no team, and none where there is none', () => {
    const of = { team: 'gone' };
    expect(hrefs({ members: [] }, of)).toEqual([]);
    const cyber = { ...policy.cyber, runbook: 'https://example.gov.uk/cyber' };
    expect(hrefs({ members: [] }, of, testPolicy({ cyber }))).toEqual(['Runbook https://example.gov.uk/cyber']);
  });

  it('lead to the log of a database, and of nothing else', () => {
    expect(hrefs({ members: [] }, { target: 'notify-prod-db-write' })[1]).toMatch(
      /^Log of the database https:\/\/eu-west-1/,
    );
    expect(hrefs({ members: [] }, { target: 'notify-prod-shell' })).toHaveLength(1);
    expect(hrefs({ members: [] }, { target: 'gone' })).toHaveLength(1);
  });
});

describe('the headline', () => {
  const head = (over: Partial<Finding>) => headlineOf(finding(over), policy);
  it.each([
    [{}, 'Unapproved use of Notify production admin'],
    [{ cause: 'undecided' }, 'Not decided yet: use of Notify production admin'],
    [{ cause: 'undecided', target: '' }, 'Not decided yet: use of privileged access'],
    [{ cause: 'undecided', state: 'closed' }, 'Decided late: use of Notify production admin'],
    [{ cause: 'unreadable' }, 'A record that cannot be read'],
    [{ cause: 'attempts' }, 'Refused attempts on Notify production admin'],
    [{ cause: 'tampering' }, 'Something changed the watcher: Notify production admin'],
  ] as const)('%#: says what it is', (over, words) => expect(head(over)).toBe(words));
});

describe('whom it wakes', () => {
  it('is each on-call once, cyber’s where there is no other', () => {
    const words = (wakes: Finding['wakes'], team = 'notify') => rotaWords(wakes, finding({ team }), policy);
    expect(words(['team', 'cyber'])).toBe("Notify's on-call and cyber's on-call");
    expect(words(['team', 'cyber'], 'gone')).toBe("cyber's on-call");
    expect([words(['cyber']), words([])]).toEqual(["cyber's on-call", "cyber's on-call"]);
  });
});

describe('where it stands', () => {
  const said = (of: Partial<Finding>, pages: Parameters<typeof progressWords>[1] = []) =>
    progressWords(finding(of), pages, policy, PLAIN_VOICE);
  const page = { rota: 'team', at: TUESDAY_14 } as const;
  const OPEN = 'It stays open until another eligible person confirms it.';
  const BOTH = "Notify's on-call and cyber's on-call";

  it('is what happens next', () => {
    expect(said({})).toEqual([`Pages ${BOTH} at 14:18 unless somebody takes it on.`]);
    const { pageAt: _, ...timeless } = finding();
    expect(progressWords(timeless, [], policy, PLAIN_VOICE)).toEqual([OPEN]);
    expect(said({ urgency: 'page' })).toEqual([`Paging ${BOTH} now. ${OPEN}`]);
    expect(said({ state: 'acknowledged', urgency: 'page' })).toEqual([OPEN]);
    expect(said({ cause: 'undecided' })).toEqual(['It is decided as soon as the table can be read.']);
    expect(said({ cause: 'undecided', state: 'closed' })).toEqual(['Closed.']);
  });

  it.each([
    ['sent', "Paging Notify's on-call: PagerDuty took it at 14:00."],
    ['triggered', "Paged Notify's on-call at 14:00."],
    ['acknowledged', "Acknowledged in PagerDuty by Notify's on-call at 14:00."],
    ['resolved', "Resolved in PagerDuty (Notify's on-call) at 14:00."],
    ['failed', "The page to Notify's on-call could not be sent (14:00): no reason was given. Call them."],
  ] as const)('is what became of the page that is %s', (state, words) => {
    expect(said({ urgency: 'page' }, [{ ...page, state }])).toEqual([words, OPEN]);
  });

  it('is what people said, in the order of time', () => {
    const words = [
      word({ kind: 'confirmed', via: 'pagerduty', by: 'unknown', at: TUESDAY_14 + MINUTE_MS }),
      word({ kind: 'it-was-me', text: 'a fix', at: TUESDAY_14 }),
    ];
    expect(wordsSaid(finding({ words }), policy, PLAIN_VOICE)).toEqual([
      'ben@example.gov.uk says: it was me (14:00, Slack): “a fix”',
      'Somebody whom the policy does not name confirms it (14:01, PagerDuty)',
    ]);
  });

  it.each([
    [{ closedAs: 'confirmed' }, 'Closed: confirmed by ben@example.gov.uk, 2 min after it was opened.'],
    [{ closedAs: 'approved-late' }, 'Closed: approved late by ben@example.gov.uk, 2 min after it was opened.'],
    [
      { closedAs: 'not-genuine' },
      'Closed: not genuine, said by ben@example.gov.uk, 2 min after it was opened. Cyber is paged.',
    ],
    [
      { closedAs: 'not-genuine', words: [] },
      'Closed: not genuine, said by a person, 2 min after it was opened. Cyber is paged.',
    ],
    [{ closedAs: 'matched-later' }, 'Closed by itself, 2 min after it was opened: what arrived later clears it.'],
    [
      { closedAs: 'matched-later', cause: 'undecided' },
      'Closed: the table can be read again, and what waited is decided, 2 min after it was opened.',
    ],
    [{ closedAs: 'duplicate' }, 'Closed by itself, 2 min after it was opened: it is part of another finding now.'],
    [{}, 'Closed, 2 min after it was opened.'],
    [{ closedAt: undefined }, 'Closed.'],
  ])('%#: is who closed it, how, and how long that took', (over, expected) => {
    const closedAs = 'closedAs' in over ? over.closedAs : undefined;
    const words =
      closedAs === undefined
        ? []
        : [word({ kind: closedAs as never }), word({ kind: 'acknowledged', by: 'cat@example.gov.uk' })];
    const closedAt = finding().openedAt + 2 * MINUTE_MS;
    expect(closingWords(finding({ state: 'closed', closedAt, words, ...over } as never), PLAIN_VOICE)).toBe(expected);
  });

  it('names nobody whom the policy does not know', () => {
    const words = [word({ kind: 'confirmed', by: 'unknown' })];
    expect(closingWords(finding({ state: 'closed', closedAs: 'confirmed', words }), PLAIN_VOICE)).toBe(
      'Closed: confirmed.',
    );
  });
});

describe('the events of an incident', () => {
  const details = (of: Partial<Finding>, line: Partial<VerdictLine> = {}, over: object = {}) => {
    const one = finding(of);
    const view = { finding: one, action: lineOf(one, line), at: TUESDAY_14, rota: 'team', ...over } as const;
    return triggerEvent(view, one.dedupKey, policy).payload;
  };

  it('say of a page who did what where, and what is not known is left out', () => {
    const { summary, custom_details, ...rest } = details({});
    expect(summary).toBe(
      'Unapproved use of Notify production admin by ada@example.gov.uk in Notify production (111111111111)',
    );
    expect(rest).toEqual({
      source: 'notify-prod-admin',
      severity: 'critical',
      timestamp: '2026-11-24T14:00:00Z',
      component: '111111111111',
      group: 'Notify',
      class: 'unapproved',
    });
    expect(Object.keys(custom_details ?? {})).toEqual([
      ...['who', 'what', 'when', 'from', 'why it is not approved', 'said so far', 'what to do', 'finding', 'paged'],
    ]);
    expect(custom_details?.who).toMatch(/^ada@example.gov.uk, known by /);
    expect(details({}, { how: '' }).custom_details?.who).toBe('ada@example.gov.uk');
  });

  it('say first what else the reader must know', () => {
    const { summary, custom_details } = details({}, {}, { note: 'Slack is away' });
    expect(summary).toMatch(/^Slack is away: Unapproved use/);
    expect(custom_details?.note).toBe('Slack is away');
  });

  it('list twenty records and twenty others at most', () => {
    const members = Array.from({ length: 21 }, () => member());
    const others = members.map(() => lineOf(finding()));
    const { custom_details } = details({}, { members }, { others });
    expect([custom_details?.['what was done'], custom_details?.['also seen']]).toEqual([
      Array(20).fill(expect.any(String)),
      Array(20).fill(expect.any(String)),
    ]);
  });

  it('name nobody for what nobody did, and have a source for what has no target', () => {
    const unreadable = details({ cause: 'unreadable', actor: 'unknown', target: '', team: 'cyber', account: '' });
    expect(unreadable).toMatchObject({ source: 'two-eye', component: 'unknown', group: 'cyber' });
    expect(unreadable.summary).toBe('A record that cannot be read in an unknown account');
    expect(unreadable.custom_details?.['what to do']).toMatch(/^Look for what it was about\. .* in cyber's channel/);
    expect(details({ target: '' }).source).toBe('111111111111');
    expect(details({}).custom_details?.['what to do']).toMatch(
      /^Ask ada@example.gov.uk what .* in the channel of Notify /,
    );
    expect(details({ actor: 'unknown' }).custom_details?.['what to do']).toMatch(/^Ask the team what/);
  });

  it('lead to the channel of the team, or cyber’s', () => {
    const link = (of: Partial<Finding>) => stormEvent(finding(of), 'k', policy).links?.[0];
    expect(link({})).toEqual({
      text: 'Open the channel of Notify in Slack',
      href: 'https://slack.com/app_redirect?team=T01GDS&channel=C01NOTIFY',
    });
    expect(link({ team: 'cyber' })?.href).toContain('channel=C01CYBER');
    const one = finding();
    const { links } = triggerEvent({ finding: one, at: TUESDAY_14, rota: 'team' }, 'k', policy);
    expect(links?.map(({ text }) => text)).toEqual(['Open the channel of Notify in Slack', 'Runbook']);
  });

  it('are of one storm where there is one', () => {
    expect(stormEvent(finding(), 'two-eye/storm/x', policy)).toMatchObject({
      event_action: 'trigger',
      dedup_key: 'two-eye/storm/x',
      payload: {
        summary: expect.stringContaining('first of them on Notify production'),
        custom_details: { first: KEY },
      },
    });
  });

  it('say at an acknowledgement where it stands, and at the end how it closed', () => {
    const words = [word({ kind: 'acknowledged' })];
    const taken = followUpEvent('acknowledge', finding({ state: 'acknowledged', words }), 'k', policy);
    expect(taken).toMatchObject({ event_action: 'acknowledge', dedup_key: 'k' });
    expect(taken.payload.summary).toBe('It stays open until another eligible person confirms it.');
    expect(taken.payload.custom_details).toEqual({
      'said so far': ['ben@example.gov.uk is on it (14:05, Slack)'],
      finding: KEY,
    });
    const over = followUpEvent('resolve', finding({ state: 'closed', closedAs: 'duplicate' }), 'k', policy);
    expect(over.payload.summary).toBe('Closed by itself: it is part of another finding now.');
  });
});
