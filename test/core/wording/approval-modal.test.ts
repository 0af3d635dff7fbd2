import { describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../../lambdas/core/time.ts';
import { askModal, option, pinModal, wordsModal } from '../../../lambdas/core/wording/approval-modal.ts';
import type { Block } from '../../../lambdas/core/wording/blocks.ts';
import { NOTIFY, TARGETS, testPolicy, testTarget } from '../../support/policies.ts';

const policy = testPolicy();

/** The fields of a form: which, whether it must be filled in, and its element. */
const fieldsOf = ({ blocks }: Block) =>
  (blocks as readonly Block[]).map(({ type, block_id, optional, element }) => ({ type, block_id, optional, element }));
const elementOf = (form: Block, id: string) =>
  fieldsOf(form).find(({ block_id }) => block_id === id)?.element as Readonly<Record<string, unknown>> | undefined;
const text = (words: string) => ({ type: 'plain_text', text: words, emoji: false });

describe('the form of a request', () => {
  it('asks what, why and whom, and lets the rest be left out', () => {
    const form = askModal(TARGETS, policy);
    expect(fieldsOf(form).map(({ block_id, optional }) => [block_id, optional])).toEqual([
      ['target', undefined],
      ['reason', undefined],
      ['picked', undefined],
      ['ticket', true],
      ['emergency', true],
    ]);
    expect(form).toMatchObject({
      type: 'modal',
      callback_id: 'ask',
      title: text('Action notification'),
      submit: text('Ask'),
    });
    expect(fieldsOf(form).every(({ type }) => type === 'input')).toBe(true);
    expect(elementOf(form, 'reason')).toEqual({
      type: 'plain_text_input',
      min_length: 10,
      max_length: 500,
      action_id: 'reason',
    });
    expect(elementOf(form, 'picked')).toMatchObject({ type: 'external_select', min_query_length: 0 });
    expect(elementOf(form, 'ticket')).toMatchObject({ max_length: 100 });
    expect(JSON.stringify(elementOf(form, 'emergency'))).toContain('"nobody-around"');
  });

  it('groups the targets by their team, with the account beside each', () => {
    const other = testTarget({
      id: 'o',
      title: 'Other',
      team: 'gone',
      door: { kind: 'role', roleArn: 'arn:aws:iam::999999999999:role/o', regions: [] },
    });
    const [first] = TARGETS;
    const target = elementOf(askModal([other, ...TARGETS], policy), 'target');
    expect(target).toMatchObject({ type: 'static_select', action_id: 'target' });
    const groups = target?.option_groups as readonly { readonly label: unknown; readonly options: readonly object[] }[];
    expect(groups.map(({ label, options }) => [label, options.length])).toEqual([
      [text('gone'), 1],
      [text('Notify'), 4],
    ]);
    expect(groups[0]?.options).toEqual([
      { value: 'o', text: text('Other'), description: text('account 999999999999') },
    ]);
    expect(groups[1]?.options[0]).toEqual({
      value: first?.id,
      text: text('Notify production admin'),
      description: text('Notify production (111111111111)'),
    });
  });

  it('lists no more than Slack takes', () => {
    const many = Array.from({ length: 101 }, (_, index) =>
      testTarget({ id: `t${index}`, door: { kind: 'role', roleArn: 'arn:aws:iam::1:role/t', regions: [] } }),
    );
    const groups = (targets: typeof many) => {
      const groupsOf = elementOf(askModal(targets, policy), 'target')?.option_groups ?? [];
      return (groupsOf as readonly { readonly options: object[] }[]).map(({ options }) => options.length);
    };
    expect(groups(many)).toEqual([100]);
    expect(groups(many.map((one) => ({ ...one, team: one.id })))).toEqual(Array(100).fill(1));
  });
});

describe('the form of a pin', () => {
  it('asks for people or a team, for what, how long and why', () => {
    expect(fieldsOf(pinModal(TARGETS, policy)).map(({ block_id, optional }) => [block_id, optional])).toEqual([
      ['people', true],
      ['team', true],
      ['targets', undefined],
      ['minutes', undefined],
      ['incident', undefined],
      ['reason', undefined],
    ]);
    const form = pinModal(TARGETS, policy);
    expect(elementOf(form, 'people')).toEqual({ type: 'multi_users_select', action_id: 'people' });
    expect(elementOf(form, 'targets')).not.toHaveProperty('initial_options');
    expect(elementOf(form, 'team')).toMatchObject({
      type: 'static_select',
      options: [{ value: 'notify', text: text('Notify') }],
    });
    expect(elementOf(form, 'incident')).toMatchObject({ type: 'plain_text_input', max_length: 100 });
    expect(elementOf(form, 'reason')).toMatchObject({ type: 'plain_text_input', min_length: 10, max_length: 500 });
  });

  it('starts with the person and the target of the request from which it is opened', () => {
    const form = pinModal(TARGETS, policy, { person: 'U01ADA', target: 'notify-prod-shell' });
    expect(elementOf(form, 'people')).toMatchObject({ initial_users: ['U01ADA'] });
    expect(elementOf(form, 'targets')?.initial_options).toMatchObject([{ value: 'notify-prod-shell' }]);
  });

  it.for([
    [20, ['20']],
    [30, ['30']],
    [31, ['30', '31']],
    [120, ['30', '60', '120']],
    [240.5, ['30', '60', '120', '240']],
  ] as const)('offers lengths up to the most that the policy lets: %i', ([most, values]) => {
    const approvals = { ...policy.approvals, maxPinMs: most * MINUTE_MS };
    const { options } = elementOf(pinModal(TARGETS, testPolicy({ approvals })), 'minutes') ?? {};
    expect(options).toEqual(values.map((value) => ({ value, text: text(`${value} minutes`) })));
  });

  it('lists no more teams than Slack takes', () => {
    const teams = Object.fromEntries(
      Array.from({ length: 101 }, (_, index) => [`t${index}`, { ...NOTIFY, id: `t${index}` }]),
    );
    const { options } = elementOf(pinModal(TARGETS, testPolicy({ teams })), 'team') ?? {};
    expect(options).toHaveLength(100);
  });
});

describe('the form of words', () => {
  const carried = { ledger: 'person:ada@example.gov.uk', finding: 'a' };

  it('asks for words, and brings back what it is about', () => {
    const form = wordsModal('finding.confirm', 'I confirm', 'How do you know?', carried);
    expect(form).toMatchObject({ callback_id: 'finding.confirm', title: text('I confirm'), close: text('Cancel') });
    expect(JSON.parse(String(form.private_metadata))).toEqual(carried);
    expect(fieldsOf(form)).toEqual([
      {
        type: 'input',
        block_id: 'words',
        optional: undefined,
        element: { type: 'plain_text_input', multiline: true, max_length: 500, min_length: 10, action_id: 'words' },
      },
    ]);
  });

  it('asks for a second person, and lets words be left out, where that is wanted', () => {
    const form = wordsModal('c', 't', 'l', carried, { pick: 'a person', optional: 'optional' });
    expect(fieldsOf(form).map(({ block_id, optional }) => [block_id, optional])).toEqual([
      ['words', true],
      ['picked', undefined],
    ]);
    expect(elementOf(form, 'words')).not.toHaveProperty('min_length');
    expect(elementOf(form, 'picked')).toEqual({ type: 'users_select', action_id: 'picked' });
  });
});

it('cuts an option at what Slack takes', () => {
  expect(option('v', 'x'.repeat(76))).toEqual({ value: 'v', text: text(`${'x'.repeat(74)}…`) });
});
