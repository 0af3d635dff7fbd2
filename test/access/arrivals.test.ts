import { describe, expect, it } from 'vitest';
import { type Asked, askedBy } from '../../lambdas/access/arrivals.ts';
import { databaseSession, minute, TEN } from '../support/ledger-records.ts';
import { testPolicy } from '../support/policies.ts';
import { assumeRole, envelope } from '../support/records.ts';

const NOTHING: Asked = { records: [], ledgers: [], unreadable: [], outages: [], ignored: {} };

const asked = (body: unknown, sessionsOf?: string) => askedBy(JSON.stringify(body), testPolicy(), sessionsOf);

const use = envelope(assumeRole({ key: 'a', at: TEN }));
const other = envelope(assumeRole({ key: 'b', at: TEN, role: 'arn:aws:iam::111111111111:role/nobody-watches' }));

describe('a body of the access queue', () => {
  it('asks for its records to be judged, and accounts for those that need no verdict', () => {
    const { records, unreadable, ...rest } = asked([use, other, other, { twoEye: 'rejudge' }, 7]);
    expect(records.map(({ key }) => key)).toEqual(['a']);
    expect(unreadable).toEqual([{ outcome: 'unreadable', why: 'not a JSON object but a number' }]);
    expect(rest).toEqual({ ledgers: [], outages: [], ignored: { 'not-watched': 2, 'control-message': 1 } });
  });

  it('is unreadable, and never nothing, when it is not JSON or no object', () => {
    expect(askedBy('{', testPolicy())).toEqual({ ...NOTHING, unreadable: [{ why: 'the body is not JSON' }] });
    for (const body of [null, 7, 'text', true])
      expect(asked(body)).toMatchObject({ records: [], ledgers: [], unreadable: [{ outcome: 'unreadable' }] });
  });

  it('asks for a ledger to be judged again, of a person or a principal and of nothing else', () => {
    for (const ledger of ['person:ada@example.gov.uk', 'principal:AROAX'])
      expect(asked({ twoEye: 'rejudge', ledger, because: 'a word' })).toEqual({ ...NOTHING, ledgers: [ledger] });
    for (const ledger of ['APPROVAL', 'ada person:', 'ada principal:', 7, undefined])
      expect(asked({ twoEye: 'rejudge', ledger }).ledgers).toEqual([]);
    expect(asked({ twoEye: 'other', ledger: 'person:ada@example.gov.uk' }).ledgers).toEqual([]);
  });

  it('brings a note of an outage, which is of nothing but an outage', () => {
    const finding = { id: 'undecided-notify', cause: 'undecided', ledger: 'principal:undecided', keys: ['a'] };
    expect(asked({ twoEye: 'outage', finding })).toEqual({ ...NOTHING, outages: [finding] });
    const others = [
      { ...finding, cause: 'unapproved' },
      { ...finding, ledger: 'person:ada@example.gov.uk' },
      { ...finding, id: 'a-undecided-' },
      { ...finding, id: undefined },
      { ...finding, keys: 'a' },
      null,
      undefined,
    ];
    for (const one of others)
      expect(asked({ twoEye: 'outage', finding: one })).toMatchObject({ outages: [], unreadable: [{}] });
    expect(asked({ twoEye: 'other', finding })).toMatchObject({ outages: [], unreadable: [{}] });
  });
});

describe('a body of an account’s own queue', () => {
  const ACCOUNT = '111111111111';
  const session = databaseSession({ key: 'log-1', occurredAt: minute(1) });

  it('tells of a session of the databases of that account', () => {
    expect(asked({ twoEye: 'database-session', session }, ACCOUNT).records.map(({ key }) => key)).toEqual(['log-1']);
  });

  it('is unreadable when it tells of anything else, and names the account', () => {
    const unreadable = { why: `not a database session of ${ACCOUNT}, on its queue`, account: ACCOUNT };
    const forged = [
      { twoEye: 'database-session', session: { ...session, account: '222222222222' } },
      { twoEye: 'database-session', session, late: 'reconcile' },
      { twoEye: 'database-session', session: null },
      { twoEye: 'database-session' },
      { twoEye: 'rejudge', ledger: 'person:ada@example.gov.uk', session },
      use,
      null,
    ];
    for (const body of forged) expect(asked(body, ACCOUNT)).toEqual({ ...NOTHING, unreadable: [unreadable] });
    expect(askedBy('{', testPolicy(), ACCOUNT).unreadable).toEqual([{ why: 'the body is not JSON' }]);
  });
});
