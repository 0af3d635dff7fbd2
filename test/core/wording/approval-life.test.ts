import { describe, expect, it } from 'vitest';
import type { Approval } from '../../../lambdas/core/approval.ts';
import { requestOf } from '../../../lambdas/core/ask-check.ts';
import { HOUR_MS, MINUTE_MS } from '../../../lambdas/core/time.ts';
import { approvalLife } from '../../../lambdas/core/wording/approval-life.ts';
import { type ApprovalState, approvalMessage, peopleOf } from '../../../lambdas/core/wording/approval-message.ts';
import { tipsFor } from '../../../lambdas/core/wording/approval-tips.ts';
import { askedMessage, askedWhere } from '../../../lambdas/core/wording/asked-message.ts';
import type { Block } from '../../../lambdas/core/wording/blocks.ts';
import { pinMessage, pinSummary } from '../../../lambdas/core/wording/pin-message.ts';
import { NOTIFY, testPolicy, testTarget } from '../../support/policies.ts';

const policy = testPolicy();
/** 13:58 in London, in winter. */
const AT = Date.UTC(2026, 10, 24, 13, 58);
const later = (minutes: number) => AT + minutes * MINUTE_MS;
const ask = { target: 'notify-prod-admin', reason: 'terraform apply for #123', picked: 'ben@example.gov.uk' };
const asked = requestOf('r1', ask, 'ada@example.gov.uk', AT, 'modal', policy);
const { picked: _, lapsesAt: __, ...fromAFile } = asked;
const yes = {
  status: 'approved',
  approver: 'ben@example.gov.uk',
  approvedAt: later(4),
  validUntil: later(64),
  approverEligible: true,
} as const;
const use = { target: 'notify-prod-admin', usedAt: later(7), region: 'eu-west-1', ip: '192.0.2.1' };
const late = { lateFor: 'event-1', lateForLedger: 'person:ada@example.gov.uk' } as const;

const actionsOf = (blocks: readonly Block[]) =>
  blocks.flatMap(({ type, elements }) =>
    type === 'actions' ? (elements as readonly Block[]).map(({ action_id }) => action_id) : [],
  );

describe('the life of a request in one line', () => {
  const life = (over: Partial<Approval>, state: Partial<ApprovalState> = {}) =>
    approvalLife({ ...asked, ...over }, { at: later(5), uses: [], ...state }, policy).plain.replaceAll('\u2060', '');

  it.each([
    [{}, 'Waiting for ben@example.gov.uk or anyone else who may confirm; lapses at 14:28.'],
    [yes, 'Confirmed by ben@example.gov.uk 14:02 → use before 15:02.'],
    [{ ...yes, ...late }, 'Confirmed late by ben@example.gov.uk 14:02.'],
    [{ status: 'declined' }, 'Declined by ben@example.gov.uk .'],
    [{ status: 'declined', picked: undefined }, 'Declined by ? .'],
    [
      { status: 'declined', declinedBy: 'cat@example.gov.uk', declinedAt: later(1) },
      'Declined by cat@example.gov.uk 13:59.',
    ],
    [{ status: 'cancelled', cancelledAt: later(1) }, 'Cancelled by ada@example.gov.uk 13:59.'],
    [{ status: 'lapsed', lapsedAt: later(30) }, 'Lapsed 14:28: nobody answered.'],
    [
      { ...yes, status: 'revoked', revokedBy: 'cat@example.gov.uk', revokedAt: later(9) },
      'Confirmed by ben@example.gov.uk 14:02 → revoked by cat@example.gov.uk 14:07.',
    ],
    [{ status: 'revoked' }, 'Confirmed by ?  → revoked by ? .'],
  ])('%#: reads in every state', (over, words) => {
    expect(life(over as Partial<Approval>)).toBe(words);
  });

  it('waits for anyone where nobody was picked, and has no end where there is none', () => {
    expect(approvalLife(fromAFile, { at: AT, uses: [] }, policy).plain).toBe('Waiting for anyone who may confirm.');
  });

  it('is expired from its very end', () => {
    expect(life(yes, { at: later(64) - 1 })).toContain('→ use before 15:02');
    expect(life(yes, { at: later(64) })).toContain('→ expired unused 15:02');
    expect(life({ status: 'approved' }, { at: 0 })).toContain('→ expired unused');
  });

  it('names the target of a use where there are several that it could be', () => {
    expect(life(yes, { uses: [use, { ...use, usedAt: later(9) }] })).toContain(
      '→ used 14:05 (eu-west-1, 192.0.2.1) → used 14:07 (eu-west-1, 192.0.2.1).',
    );
    expect(life({ ...yes, slots: ['notify-prod-admin', 'other'] }, { uses: [use] })).toContain(
      '→ notify-prod-admin used 14:05',
    );
    expect(life({ ...yes, status: 'revoked' }, { uses: [use] })).toContain('14:02 → used 14:05');
  });

  it('says the day of what was on another one', () => {
    expect(life({ status: 'cancelled', cancelledAt: later(24 * 60) })).toContain('Wed 25 Nov 13:58');
  });
});

describe('the message of a request', () => {
  const messageOf = (over: Partial<Approval>, state: Partial<ApprovalState> = {}) =>
    approvalMessage({ ...asked, ...over }, { at: later(5), uses: [], ...state }, policy);
  const buttons = (over: Partial<Approval>, state: Partial<ApprovalState> = {}) =>
    actionsOf(messageOf(over, state).blocks);
  const DECIDE = ['request.approve', 'request.decline', 'request.cancel'];

  it('has the buttons that still do something', () => {
    expect(buttons({})).toEqual([...DECIDE, 'request.pin']);
    expect(buttons(late)).toEqual(DECIDE);
    expect(buttons(yes)).toEqual(['request.revoke', 'request.pin']);
    expect(buttons(yes, { at: later(64) - 1 })).toHaveLength(2);
    for (const over of [
      { ...yes, ...late },
      { ...yes, status: 'revoked' },
      { status: 'declined' },
      { status: 'approved' },
    ])
      expect(buttons(over as Partial<Approval>)).toEqual([]);
    expect(buttons(yes, { uses: [use] })).toEqual([]);
    expect(buttons(yes, { at: later(64) })).toEqual([]);
  });

  it('carries on each button what it is about, and on that of a pin the target too', () => {
    const values = messageOf({}).blocks.flatMap(({ type, elements }) =>
      type === 'actions' ? (elements as readonly { readonly value: string }[]).map((one) => JSON.parse(one.value)) : [],
    );
    const value = { ledger: 'person:ada@example.gov.uk', request: 'r1' };
    expect(values).toEqual([value, value, value, { ...value, target: 'notify-prod-admin' }]);
  });

  it('says beside it what kind it is', () => {
    const text = (over: Partial<Approval>) => JSON.stringify(messageOf(over).blocks);
    expect(text(late)).toContain('For what already happened: `event-1`. Good for nothing else.');
    expect(text({ via: 'step' })).toContain('Asked by a workflow');
    expect(text({ ticket: 'INC-7' })).toContain('Ticket: INC-7');
    expect(text({ emergency: { why: 'planned-change' } })).toContain('Emergency (a planned change): goes ahead');
    expect(messageOf({}).blocks.filter(({ type }) => type === 'context')).toEqual([]);
    expect(messageOf({ emergency: { why: 'nobody-around' } }).text).toMatch(/^Emergency: /);
    expect(messageOf(late).text).toMatch(/^Late approval: /);
    expect(messageOf({}).text).toMatch(/^Action notification: /);
  });

  it('says where the target is, and what it includes', () => {
    const fields = (over: Partial<Approval>) => JSON.stringify(messageOf(over).blocks[1]);
    expect(fields({})).toContain('`notify-prod-admin` in Notify production (111111111111)');
    expect(fields({ account: '222222222222' })).toContain('in Notify deploy (222222222222)');
    expect(fields({ target: 'gone', slots: ['gone'] })).toMatch(/`gone`"/);
    expect(fields({ slots: ['notify-prod-admin', 'a', 'b'] })).toContain('`notify-prod-admin`, with `a`, `b` in ');
    expect(fields({ picked: undefined } as never)).toMatch(/\*Asked\*\\n13:58"/);
    expect(fields({})).toContain('*Asked*\\n13:58, of <@U01BEN>');
  });

  it('shows the tips of a database while it is open, and not for what is late', () => {
    const tips = (over: Partial<Approval>) =>
      JSON.stringify(messageOf({ target: 'notify-prod-db-write', ...over }).blocks).includes('• pair with another');
    expect([tips({}), tips(late), tips(yes), tips({ target: 'notify-prod-admin' })]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    const [context] = messageOf({ target: 'notify-prod-db-write' }).blocks.filter(({ type }) => type === 'context');
    expect(JSON.stringify(context)).toContain(
      'pair with another developer\\n• write the where clause first\\n• run it',
    );
  });

  it('shows those tips of the Data API of a database too, and the style and question of its buttons', () => {
    const door = { kind: 'data-api', cluster: 'arn:aws:rds:eu-west-1:111111111111:cluster:c', regions: [] } as never;
    const targets = [testTarget({ id: 'data', door })];
    expect(tipsFor('data', testPolicy({ targets }))).toEqual(policy.tips.database);
    const looks = (over: Partial<Approval>) => JSON.stringify(messageOf(over).blocks.at(-1));
    expect(looks({})).toMatch(/"style":"primary".*"style":"danger"/);
    expect(looks(yes)).toContain('"style":"danger","confirm":');
  });

  it('reaches who asked, who was picked and who confirmed', () => {
    expect(peopleOf(fromAFile)).toEqual(['ada@example.gov.uk']);
    expect(peopleOf({ ...asked, approver: 'cat@example.gov.uk' })).toEqual([
      ...['ada@example.gov.uk', 'ben@example.gov.uk', 'cat@example.gov.uk'],
    ]);
  });
});

describe('the direct message to the person in whose name it is asked', () => {
  const told = (over: Partial<Approval>, state: Partial<ApprovalState> = {}) =>
    askedMessage({ ...asked, ...over }, { at: later(5), uses: [], ...state }, policy);

  it('has nobody else’s buttons', () => {
    const { blocks, text } = approvalMessage(asked, { at: later(5), uses: [] }, policy);
    expect(told({})).toEqual({ text, blocks: blocks.filter(({ type }) => type !== 'actions') });
  });

  it('has one to disown what a workflow asked, for as long as that changes anything', () => {
    const step = { via: 'step' } as const;
    const heading = 'A workflow asked in your name for Notify production admin.';
    for (const over of [step, { ...step, ...yes }]) {
      const message = told(over);
      expect([message.text, actionsOf(message.blocks)]).toEqual([heading, ['request.disown']]);
      expect(message.blocks[0]).toMatchObject({ text: { text: heading } });
    }
    for (const [over, uses] of [
      [{ ...step, ...yes }, [use]],
      [{ ...step, status: 'cancelled' }, []],
      [{ ...step, ...yes, status: 'revoked' }, []],
    ] as const) {
      const message = told(over, { uses });
      const ofTheTeam = approvalMessage({ ...asked, ...over }, { at: later(5), uses }, policy);
      expect([actionsOf(message.blocks), message.text]).toEqual([[], ofTheTeam.text]);
      expect(message.blocks.slice(1)).toEqual(ofTheTeam.blocks.filter(({ type }) => type !== 'actions'));
      expect(message.blocks[0]).toMatchObject({ text: { text: heading } });
    }
    const [row] = told(step).blocks.filter(({ type }) => type === 'actions');
    expect(JSON.stringify(row)).toContain(
      JSON.stringify(JSON.stringify({ ledger: 'person:ada@example.gov.uk', request: 'r1' })),
    );
  });

  it('is noted under the person’s own name', () => {
    expect(askedWhere('U01ADA')).toBe('slack-dm#U01ADA#asked');
  });
});

describe('the message of a pin', () => {
  const pin = {
    id: 'p1',
    people: ['ada@example.gov.uk', 'ben@example.gov.uk'],
    targets: ['notify-prod-admin', 'notify-prod-shell'],
    from: AT,
    until: AT + HOUR_MS,
    by: 'cat@example.gov.uk',
    reason: 'site is down',
  };

  it('can be ended until its very end', () => {
    const state = (at: number, over: object = {}) => {
      const { text, blocks } = pinMessage({ ...pin, ...over }, at, policy);
      return [text.split('. ')[1], actionsOf(blocks)];
    };
    expect(state(later(60) - 1)).toEqual(['Lasts until 14:58.', ['pin.end']]);
    expect(state(later(60))).toEqual(['Ended 14:58.', []]);
    expect(state(later(20), { endedAt: later(20) })).toEqual(['Ended 14:18.', []]);
    expect(state(later(60), { endedAt: later(90) })).toEqual(['Ended 14:58.', []]);
  });

  it('names everybody and everything, and the incident where there is one', () => {
    const text = (over: object) => JSON.stringify(pinMessage({ ...pin, ...over }, AT, policy).blocks);
    expect(text({})).toContain('<@U01ADA>, <@U01BEN>');
    expect(text({})).toContain('`notify-prod-admin`, `notify-prod-shell`');
    expect(text({})).toContain('*Pinned for an incident* by <@U01CAT>');
    expect(text({ incident: 'INC-7' })).toContain('*Pinned for an incident* (INC-7) by');
    expect(text({ targets: [] })).toContain('13:58 to 14:58');
    expect(text({})).toContain('\\"pin\\":\\"p1\\"');
  });

  it('has its times in the zone of the team of its first target', () => {
    const hours = { ...NOTIFY.hours, timeZone: 'Asia/Tokyo' };
    const tokyo = testPolicy({ teams: { notify: { ...NOTIFY, hours } } });
    expect(pinMessage(pin, AT, tokyo).text).toContain('Lasts until 23:58');
    expect(pinSummary(pin, [], tokyo).text).toContain('ended 23:58');
  });

  it('sums up what it was used for, by person and target', () => {
    const [ada, ben] = ['ada@example.gov.uk', 'ben@example.gov.uk'].map((actor) => ({
      actor,
      target: 'notify-prod-admin',
    }));
    if (!ada || !ben) throw new Error('nobody');
    const lines = (...uses: readonly (typeof ada)[]) =>
      (pinSummary(pin, uses, policy).blocks[0] as { readonly text?: { readonly text: string } }).text?.text.split('\n');
    expect(lines()).toEqual(['The pin ended 14:58; it was never used.']);
    expect(lines(ada, ben, ada, ben, ben)).toEqual([
      'The pin ended 14:58; it was used 5 times.',
      '• <@U01ADA> used `notify-prod-admin` twice',
      '• <@U01BEN> used `notify-prod-admin` 3 times',
    ]);
    expect(lines(ada)).toContain('• <@U01ADA> used `notify-prod-admin` once');
    expect(pinSummary({ ...pin, targets: [] }, [ada], policy).text).toBe('The pin ended 14:58; it was used once.');
  });
});
