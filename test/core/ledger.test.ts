import { describe, expect, it } from 'vitest';
import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import type { Finding, Word } from '../../lambdas/core/finding.ts';
import { advance, emptyLedger, moveOut } from '../../lambdas/core/ledger.ts';
import type { Advance, Ledger, PeopleFacts } from '../../lambdas/core/ledger-state.ts';
import { HOUR_MS, type Instant, MINUTE_MS } from '../../lambdas/core/time.ts';
import { approval, ledgerRecord, minute, pin } from '../support/ledger-records.ts';
import { testPolicy } from '../support/policies.ts';

const policy = testPolicy();
const empty = emptyLedger('person:ada@example.gov.uk');

function facts(over: Partial<PeopleFacts> = {}): PeopleFacts {
  return { approvals: [], pins: [], words: [], ...over };
}

function step(ledger: Ledger, records: readonly LedgerRecord[], people: PeopleFacts, now: Instant): Advance {
  return advance(ledger, records, people, { now, policy });
}

function use(key: string, at: number, over: Partial<LedgerRecord> = {}): LedgerRecord {
  return ledgerRecord({ key, occurredAt: minute(at), ...over });
}

function told({ changes }: Advance): string[] {
  return changes.map(({ change, action, finding }) =>
    [change, action?.id, action?.judgement.verdict, finding && `${finding.id}:${finding.closedAs ?? finding.state}`]
      .filter((part) => part !== undefined)
      .join(' '),
  );
}

function word(kind: Word['kind'], over: Partial<Word> = {}): Word {
  return { id: `w-${kind}`, finding: 'a', kind, by: 'ben@example.gov.uk', via: 'slack', at: minute(10), ...over };
}

function only(findings: readonly Finding[]): Finding {
  const [first, ...rest] = findings;
  expect(rest).toEqual([]);
  if (first === undefined) throw new Error('there is no finding');
  return first;
}

describe('advancing a ledger', () => {
  it('tells the later of two uses when the earlier one arrives after it', () => {
    const people = facts({ approvals: [approval()] });
    const first = step(empty, [use('b', 15)], people, minute(20));
    expect(told(first)).toEqual(['judged b approved']);
    expect(first.leansOn.approvals).toEqual(['r-1']);
    const second = step(first.ledger, [use('a', 5)], people, minute(21));
    expect(told(second)).toEqual(['judged a approved', 'opened b unapproved b:open']);
  });

  it('takes uses ten minutes apart by hand for two, also with credentials of a quarter of an hour', () => {
    const short = (key: string, at: number) =>
      use(key, at, { credentialsEndAt: minute(at + 15), issuedKeyId: `ASIA${key}` });
    const uses = [short('a', 1), short('b', 11), short('c', 22), short('d', 33)];
    const { ledger } = step(empty, uses, facts({ approvals: [approval()] }), minute(50));
    expect(ledger.actions.map(({ id, judgement }) => `${id} ${judgement.verdict}`)).toEqual([
      'a approved',
      'b unapproved',
      'c unapproved',
      'd unapproved',
    ]);
  });

  it('lets only so many nameless halves wait, so that the ledger stays an item; the others are told at once', () => {
    const nobody = emptyLedger('principal:AIDAX');
    const halves = Array.from({ length: 60 }, (_, index) =>
      use(`k${String(index).padStart(2, '0')}`, index * 3, {
        actor: 'unknown',
        half: 'role',
        pairKey: `p${index}`,
        principal: 'AIDAX',
      }),
    );
    const { ledger, changes } = step(nobody, halves, facts(), minute(1));
    expect(ledger.held).toHaveLength(50);
    expect(changes.filter(({ change }) => change === 'opened')).toHaveLength(10);
  });

  it('says nothing when nothing is new', () => {
    const first = step(empty, [use('a', 5)], facts(), minute(6));
    const again = step(first.ledger, [use('a', 5)], facts(), minute(7));
    expect(again).toEqual({
      ledger: first.ledger,
      changes: [],
      timers: [],
      superseded: [],
      leansOn: { approvals: [], pins: [] },
    });
  });

  it('pings in hours with a timer, and pages when nobody takes it', () => {
    const first = step(empty, [use('a', 5)], facts(), minute(6));
    expect(only(first.ledger.findings)).toMatchObject({
      urgency: 'ping',
      pageAt: minute(21),
      wakes: ['team', 'cyber'],
    });
    expect(first.timers).toEqual([
      { what: 'page', dueAt: minute(21), about: empty.id, id: 'a' },
      { what: 'delivered', dueAt: minute(11), about: empty.id, id: 'a' },
    ]);
    const due = step(first.ledger, [], facts(), minute(21));
    expect(told(due)).toEqual(['changed a unapproved a:open']);
    expect(only(due.ledger.findings)).toMatchObject({ urgency: 'page', pagedAt: minute(21) });
  });

  it('pages at once out of hours, and whatever the hour when nobody knows who it was', () => {
    const night = minute(12 * 60);
    expect(only(step(empty, [use('a', 5)], facts(), night).ledger.findings)).toMatchObject({
      urgency: 'page',
      pagedAt: night,
    });
    const unknown = emptyLedger('principal:AROAEXAMPLE');
    const record = use('a', 5, { actor: 'unknown', principal: 'AROAEXAMPLE' });
    expect(only(step(unknown, [record], facts(), minute(6)).ledger.findings)).toMatchObject({ urgency: 'page' });
  });

  it('closes as matched later what a late record clears, and opens a second finding for a later need', () => {
    const people = facts({ approvals: [approval({ approvedAt: minute(1) })] });
    const first = step(empty, [use('a', 4), use('b', 5.9)], people, minute(6));
    expect(told(first)).toEqual(['judged a approved']);
    const alone = step(empty, [use('b', 6.5)], facts(), minute(7));
    expect(told(alone)).toEqual(['opened b unapproved b:open']);
    const joined = step(alone.ledger, [use('a', 5)], people, minute(8));
    expect(told(joined)).toEqual(['closed b approved b:matched-later']);
    const split = step(joined.ledger, [use('0', 4)], people, minute(9));
    expect(told(split)).toEqual(['judged 0 approved', 'opened b unapproved b#2:open']);
  });

  it('keeps the older id when a late record joins two actions, and closes the finding of the other as a duplicate', () => {
    const first = step(empty, [use('a', 5)], facts(), minute(6));
    const second = step(first.ledger, [use('b', 8, { pairKey: 's' })], facts(), minute(9));
    expect(second.ledger.findings).toMatchObject([{ id: 'a' }, { id: 'b', foldsInto: 'a', dedupKey: 'two-eye/a' }]);
    const third = step(second.ledger, [use('d', 5, { pairKey: 's' })], facts(), minute(10));
    expect(told(third)).toEqual(['closed a unapproved b:duplicate', 'changed a unapproved a:open']);
    expect(third).toMatchObject({ superseded: ['b'], ledger: { actions: [{ id: 'a', members: ['a', 'd', 'b'] }] } });
  });

  it('takes a record out again when it was somebody else’s', () => {
    const ghost = emptyLedger('principal:AIDACATEXAMPLE');
    const half = use('a', 5, { actor: 'unknown', principal: 'AIDACATEXAMPLE', pairKey: 's', half: 'role' });
    const held = step(ghost, [half], facts(), minute(6));
    expect(held).toMatchObject({ changes: [], timers: [{ what: 'decide', dueAt: minute(11), id: 'a' }] });
    expect(step(held.ledger, [], facts(), minute(11) - 1).changes).toEqual([]);
    const released = step(held.ledger, [], facts(), minute(11));
    expect(told(released)).toEqual(['opened a unapproved a#nobody:open']);
    const moved = moveOut(released.ledger, ['a'], facts(), { now: minute(12), policy });
    expect(told(moved)).toEqual(['closed a unapproved a#nobody:duplicate']);
    expect(moved).toMatchObject({ superseded: ['a'], ledger: { records: [], actions: [] } });
  });

  it('silences the suppressed without keeping them', () => {
    const silent = step(empty, [use('a', 5, { suppression: 'terraform-ci' })], facts(), minute(6));
    expect(told(silent)).toEqual(['judged a suppressed']);
    expect(silent.ledger.records).toEqual([]);
  });
});

describe('words', () => {
  const open = step(empty, [use('a', 5)], facts(), minute(6)).ledger;
  const said = (words: readonly Word[], people: Partial<PeopleFacts> = {}, now = minute(11)) =>
    step(open, [], facts({ words, ...people }), now);

  it('stops the clock when a second person acknowledges, not when the actor or a stranger does', () => {
    expect(only(said([word('acknowledged')], {}, minute(30)).ledger.findings)).toMatchObject({
      state: 'acknowledged',
      urgency: 'ping',
    });
    for (const by of ['ada@example.gov.uk', 'ada.lovelace', 'unknown', 'stranger@example.com']) {
      const after = only(said([word('acknowledged', { by })], {}, minute(30)).ledger.findings);
      expect(after).toMatchObject({ state: 'open', urgency: 'page', words: [{ by }] });
    }
  });

  it('closes by a second person’s word and seals the action', () => {
    const closed = said([word('confirmed')]);
    expect(told(closed)).toEqual(['closed a unapproved a:confirmed']);
    const later = step(closed.ledger, [use('b', 20)], facts({ words: [word('confirmed')], pins: [pin()] }), minute(21));
    expect(told(later)).toEqual(['judged b pinned']);
  });

  it('is never closed by the actor, under any name, nor by PagerDuty', () => {
    for (const kind of ['confirmed', 'approved-late'] as const) {
      for (const by of ['ada@example.gov.uk', 'ADA.lovelace'])
        expect(only(said([word(kind, { by })]).ledger.findings)).toMatchObject({ state: 'open', words: [{ by }] });
      expect(only(said([word(kind, { via: 'pagerduty' })]).ledger.findings)).toMatchObject({ state: 'open' });
    }
  });

  it('pages cyber at once when it was not genuine, and also when the actor says so, who cannot close it', () => {
    expect(only(said([word('not-genuine')]).ledger.findings)).toMatchObject({
      closedAs: 'not-genuine',
      urgency: 'page',
      wakes: ['team', 'cyber'],
    });
    const byActor = only(said([word('not-genuine', { by: 'ada@example.gov.uk' })]).ledger.findings);
    expect(byActor).toMatchObject({ state: 'open', urgency: 'page', pagedAt: minute(11) });
  });

  it('closes as approved late by the yes that is bound to it', () => {
    const late = approval({ id: 'late', lateFor: 'a', approvedAt: minute(10) });
    const closing = word('approved-late', { approval: 'late' });
    expect(told(said([closing], { approvals: [late] }))).toEqual(['closed a unapproved a:approved-late']);
    const other = approval({ id: 'late', lateFor: 'z', approvedAt: minute(10) });
    expect(only(said([closing], { approvals: [other] }).ledger.findings).state).toBe('open');
  });

  it('closes as approved late by the yes to the emergency on its own target, and on no other', () => {
    const closing = word('approved-late', { approval: 'e' });
    const yes = (target: string) =>
      approval({
        id: 'e',
        target,
        approvedAt: minute(10),
        requestedAt: minute(1),
        emergency: { why: 'live-incident' },
      });
    expect(told(said([closing], { approvals: [yes('notify-prod-admin')] }))).toEqual([
      'closed a unapproved a:approved-late',
    ]);
    const elsewhere = said([closing], { approvals: [yes('notify-deploy-admin')] });
    expect(only(elsewhere.ledger.findings).state).toBe('open');
  });

  it('pages again when somebody who does not count has acknowledged the page in PagerDuty, and at once for a further use', () => {
    const night = minute(12 * 60);
    const later = (minutes: number) => night + minutes * MINUTE_MS;
    const paged = step(empty, [use('a', 5), use('b', 9)], facts(), night).ledger;
    for (const by of ['ada@example.gov.uk', 'unknown']) {
      const people = facts({ words: [word('acknowledged', { by, via: 'pagerduty', at: later(1) })] });
      const silenced = step(paged, [], people, later(2));
      expect(silenced.timers).toEqual(
        ['a', 'b'].map((id) => ({ what: 'page', dueAt: later(17), about: empty.id, id })),
      );
      const again = step(silenced.ledger, [], people, later(17)).ledger;
      expect(again.findings).toMatchObject([
        { id: 'a', state: 'open', dedupKey: 'two-eye/a/2', pagedAt: later(17) },
        { id: 'b', state: 'open', dedupKey: 'two-eye/a/2', pagedAt: later(17) },
      ]);
      // Once is enough, and what folds into it after that is shown there.
      expect(step(again, [], people, later(40)).changes).toEqual([]);
      expect(step(again, [use('c', 15)], people, later(41)).ledger.findings[2]).toMatchObject({ foldsInto: 'a' });
      const further = step(silenced.ledger, [use('c', 15)], people, later(3)).ledger.findings[2];
      expect(further).toMatchObject({ urgency: 'page', again: { because: 'silenced' }, dedupKey: 'two-eye/c' });
      // A second acknowledgement of that kind gains nothing; one by a second person stops the clock.
      const twice = word('acknowledged', { id: 'w-2', by, via: 'pagerduty', at: later(16) });
      expect(step(silenced.ledger, [], facts({ words: [twice] }), later(17)).ledger.findings).toMatchObject(
        again.findings.map(({ dedupKey }) => ({ dedupKey })),
      );
      const taken = word('acknowledged', { id: 'w-2', at: later(5) });
      expect(step(silenced.ledger, [], facts({ words: [taken] }), later(17)).ledger.findings).toMatchObject([
        { state: 'acknowledged', dedupKey: 'two-eye/a' },
        { state: 'acknowledged', dedupKey: 'two-eye/a' },
      ]);
    }
  });

  it('pages again under the next key when PagerDuty resolves it without a word here', () => {
    const once = said([word('resolved-elsewhere', { via: 'pagerduty' })]);
    expect(only(once.ledger.findings)).toMatchObject({ state: 'open', urgency: 'page', dedupKey: 'two-eye/a/2' });
    const twice = step(
      once.ledger,
      [],
      facts({ words: [word('resolved-elsewhere', { id: 'w-2', via: 'pagerduty' })] }),
      minute(12),
    );
    expect(only(twice.ledger.findings)).toMatchObject({ dedupKey: 'two-eye/a/3' });
  });
});

describe('folding', () => {
  it('folds a further finding of the same actor and target, and notifies again for a new address or after an acknowledgement', () => {
    const first = step(empty, [use('a', 5)], facts(), minute(6));
    const address = step(first.ledger, [use('b', 8, { ip: '203.0.113.9' })], facts(), minute(9));
    expect(address.ledger.findings[1]).toMatchObject({
      dedupKey: 'two-eye/b',
      again: { because: 'new-address', beside: 'a' },
    });
    const taken = step(
      first.ledger,
      [use('b', 8)],
      facts({ words: [word('acknowledged', { at: minute(7) })] }),
      minute(9),
    );
    expect(taken.ledger.findings[1]).toMatchObject({
      dedupKey: 'two-eye/b',
      again: { because: 'acknowledged', beside: 'a' },
    });
  });
});

describe('attempts', () => {
  it('opens a finding at the fifth refused attempt in ten minutes, and at the first of an unknown actor', () => {
    const refused = (key: string, at: number) => use(key, at, { outcome: 'refused', ip: `192.0.2.${at}` });
    const four = step(
      empty,
      [1, 3, 5, 7].map((at) => refused(`a${at}`, at)),
      facts(),
      minute(8),
    );
    expect(told(four)).toEqual([
      'judged a1 attempted',
      'judged a3 attempted',
      'judged a5 attempted',
      'judged a7 attempted',
    ]);
    expect(told(step(four.ledger, [refused('a9', 9)], facts(), minute(10)))).toEqual(['opened a9 attempted a9:open']);
    const stranger = use('a', 1, { outcome: 'refused', actor: 'unknown' });
    expect(told(step(emptyLedger('principal:X'), [stranger], facts(), minute(2)))).toEqual([
      'opened a attempted a:open',
    ]);
  });

  it('keeps ten refused attempts of the same ten minutes, and tells and counts the others', () => {
    const flood = Array.from({ length: 50 }, (_, index) => use(`a${index}`, index / 10, { outcome: 'refused' }));
    const after = step(empty, flood, facts(), minute(8));
    expect(after.ledger.records).toHaveLength(10);
    expect(after.ledger.refusedNotKept).toBe(40);
    expect(after.changes.flatMap(({ action }) => action?.members ?? [])).toHaveLength(50);
  });
});

describe('tampering', () => {
  const tampering = use('t', 30, { kind: 'tampering', target: 'two-eye', usedKeyId: 'ASIADEPLOY', resource: 'rule' });

  it('pages cyber', () => {
    const { ledger } = step(empty, [tampering], facts(), minute(31));
    expect(only(ledger.findings)).toMatchObject({
      cause: 'tampering',
      team: 'cyber',
      wakes: ['cyber'],
      urgency: 'page',
    });
  });

  it('pings cyber when it was done in the session of an approved deployment', () => {
    const opened = use('a', 5, { issuedKeyId: 'ASIADEPLOY' });
    const { ledger } = step(empty, [opened, tampering], facts({ approvals: [approval()] }), minute(31));
    expect(only(ledger.findings)).toMatchObject({ cause: 'tampering', urgency: 'ping' });
  });

  it.for(['StopLogging', 'DisableRule', 'PurgeQueue', 'DeleteTable', 'DisableKey', 'PutFunctionConcurrency20171031'])(
    'pages cyber for %s, which stops the telling, in an approved session too',
    (eventName) => {
      const opened = use('a', 5, { issuedKeyId: 'ASIADEPLOY' });
      const stop = { ...tampering, eventName };
      const { ledger } = step(empty, [opened, stop], facts({ approvals: [approval()] }), minute(31));
      expect(only(ledger.findings)).toMatchObject({ cause: 'tampering', urgency: 'page', wakes: ['cyber'] });
    },
  );
});

describe('the ledger’s edge', () => {
  it('forgets a closed finding that stands for no action, and never an open one', () => {
    const opened = only(step(empty, [use('a', 5)], facts(), minute(6)).ledger.findings);
    const closed: Finding = {
      ...opened,
      id: 'b',
      action: 'b',
      state: 'closed',
      closedAs: 'duplicate',
      closedAt: minute(7),
    };
    const ledger: Ledger = { ...empty, findings: [{ ...opened, id: 'c', action: 'c' }, closed] };
    const left = (at: Instant) => step(ledger, [], facts(), at).ledger.findings.map(({ id }) => id);
    expect(left(minute(7) + 48 * HOUR_MS)).toEqual(['c', 'b']);
    expect(left(minute(7) + 48 * HOUR_MS + 1)).toEqual(['c']);
  });

  it('lets whole actions leave with what they spent, and keeps what has an open finding', () => {
    const people = facts({ approvals: [approval({ validUntil: minute(90 * 60) })] });
    const first = step(empty, [use('a', 5), use('b', 10)], people, minute(11));
    const later = step(first.ledger, [], people, minute(60 * 60));
    expect(later.changes.filter(({ change }) => change !== 'changed')).toEqual([]);
    expect(later.ledger.actions.map(({ id }) => id)).toEqual(['b']);
    expect(later.ledger.spends).toEqual([
      { approval: 'r-1', slot: 'notify-prod-admin', action: 'a', occurredAt: minute(5) },
    ]);
    expect(told(step(later.ledger, [use('c', 60 * 60)], people, minute(60 * 60 + 1)))).toEqual([
      'opened c unapproved c:open',
    ]);
  });

  it('leaves as it is what a pin covered that is not kept any more, however long nothing was heard of its person', () => {
    const pinned = step(empty, [use('a', 5)], facts({ pins: [pin()] }), minute(6));
    expect(told(pinned)).toEqual(['judged a pinned']);
    const later = step(pinned.ledger, [], facts(), minute(60 * 24 * 60));
    expect(told(later)).toEqual([]);
    expect(later.ledger.actions).toEqual([]);
    const again = step(pinned.ledger, [use('b', 60 * 24 * 60)], facts(), minute(60 * 24 * 60 + 1));
    expect(told(again)).toEqual(['opened b unapproved b:open']);
  });

  it('takes a record that was never seen and is older than the ledger for unapproved, and names the approvals of its day', () => {
    const late = step(empty, [use('a', 5)], facts({ approvals: [approval()] }), minute(5) + 49 * HOUR_MS);
    expect(told(late)).toEqual(['opened a unapproved a:open']);
    expect(late.changes[0]?.action?.judgement).toMatchObject({
      nearMisses: [{ approval: 'r-1', because: 'too-late' }],
    });
    const again = step(late.ledger, [use('b', 6)], facts({ approvals: [approval()] }), minute(7) + 49 * HOUR_MS);
    expect(told(again)).toEqual(['changed a unapproved a:open']);
  });

  it('stays an item that can be stored, whatever its person asks and does, however many words are said', () => {
    const asked = (id: string) =>
      approval({ id, status: 'declined', approvedAt: minute(1), approver: 'ben@example.gov.uk' });
    const missesOf = ({ judgement }: Ledger['actions'][number]) =>
      judgement.verdict === 'unapproved' ? judgement.nearMisses.length : 0;
    const requests = Array.from({ length: 40 }, (_, index) => asked(`r-${index}`));
    const at = (index: number, over: Partial<LedgerRecord> = {}) =>
      use(`key-of-a-record-as-long-as-real-ones-are-${String(index).padStart(4, '0')}`, index * 3, {
        ip: `203.0.113.${index % 250}`,
        userAgent: 'aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux#6.8 md/arch#x86_64 lang/python#3.13.7',
        ...over,
      });
    let ledger = empty;
    // The requests come when the uses are there, so that each of them has near misses that it had not.
    for (let batch = 0; batch < 40; batch += 1) {
      const people = batch < 30 ? facts() : facts({ approvals: requests });
      const records = Array.from({ length: 10 }, (_, index) => at(batch * 10 + index));
      ledger = step(ledger, records, people, minute(1_300 + batch)).ledger;
    }
    const words = ledger.findings.map(({ id }) =>
      word('it-was-me', { id: `w-${id}`, finding: id, text: 'é'.repeat(400), at: minute(1_350) }),
    );
    ledger = step(ledger, [], facts({ approvals: requests, words }), minute(1_351)).ledger;
    expect(ledger.actions.length).toBeGreaterThan(50);
    expect(Buffer.byteLength(JSON.stringify(ledger))).toBeLessThan(400_000);
    expect(Math.max(...ledger.actions.map(missesOf))).toBe(3);
  });

  it('takes no further actions when it is full, loudly, and under one finding', () => {
    const many = Array.from({ length: 400 }, (_, index) => use(`k${String(index).padStart(3, '0')}`, index * 3));
    const people = facts({ pins: [pin({ until: minute(9_000) })] });
    const full = step(empty, many, people, minute(1_300));
    const unapproved = full.changes.filter(({ action }) => action?.judgement.verdict === 'unapproved');
    expect(unapproved.length).toBeGreaterThan(100);
    expect(unapproved.length + full.ledger.records.length - 1).toBe(400);
    const finding = only(full.ledger.findings);
    expect(unapproved.every((change) => change.finding?.id === finding.id)).toBe(true);
    expect(JSON.stringify(full.ledger).length).toBeLessThan(250_000);
  });
});
