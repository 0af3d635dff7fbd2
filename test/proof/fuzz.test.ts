import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reading } from '../../lambdas/core/access-event.ts';
import { databaseSessionsIn } from '../../lambdas/core/database-sessions.ts';
import { logEntriesOf } from '../../lambdas/core/postgres-log.ts';
import { readInput, readRecord } from '../../lambdas/core/read.ts';
import { testPolicy } from '../support/policies.ts';
import * as build from '../support/records.ts';
import { sampleData } from '../support/sample-data.ts';

/** More in `npm run proof`, in slices: each with a `PROPERTY_SEED` of its own. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 400);

const policy = testPolicy();
const OUTCOMES = ['access', 'ignored', 'unreadable'];

/** No crash, no silent drop, no secret, nothing unbounded. */
function check(readings: readonly Reading[]): void {
  expect(readings.length).toBeGreaterThan(0);
  for (const reading of readings) {
    expect(OUTCOMES).toContain(reading.outcome);
    if (reading.outcome === 'unreadable') expect(reading.why.length).toBeLessThan(600);
    if (reading.outcome === 'access') {
      const written = JSON.stringify(reading.record);
      expect(written.length).toBeLessThan(16_000);
      expect(written).not.toContain(build.SESSION_TOKEN);
      expect(reading.record.key).not.toBe('');
      expect(reading.record.principal).not.toBe('');
      expect(Number.isFinite(reading.record.occurredAt)).toBe(true);
    }
  }
}

const GENUINE: readonly build.JsonObject[] = [
  build.assumeRole(),
  build.deniedAssumeRole(),
  build.samlAssumeRole(),
  build.webIdentity(),
  build.identityCenterAssumeRole({ role: build.PROD_ADMIN }),
  ...Object.values(build.consoleHop()),
  build.consoleSignIn({ who: build.session(build.PROD_ADMIN, 'x') }),
  build.rootSignIn(),
  build.assumeRoot(),
  build.federationToken(),
  build.awsLogin(),
  build.executeCommand(),
  build.startSession({ documentName: 'AWS-StartPortForwardingSession', parameters: { portNumber: ['5432'] } }),
  build.getSecretValue(),
  build.executeStatement(),
  build.apiCall({
    source: 'iam.amazonaws.com',
    name: 'PutRolePolicy',
    request: { roleName: 'x', policyDocument: '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}' },
  }),
  build.envelope(build.assumeRole()),
  { Records: [build.assumeRole(), build.serviceAssumeRole()] },
];

const hostileText = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    'arn:aws:iam::111111111111:role/notify-prod-admin',
    'arn:',
    ':::::',
    'role/',
    '__proto__',
    '<!channel>',
    '\u202e',
    '\u0000',
    'x'.repeat(70_000),
    '*',
  ),
);
const hostile = fc.oneof(
  hostileText,
  fc.jsonValue(),
  fc.constantFrom(null, true, 0, -1, 1e300, [], {}, [[]], '{', '[]'),
);

/** A genuine document with a few of its fields, at any depth, made into something else. */
const mutated = fc
  .tuple(fc.constantFrom(...GENUINE), fc.array(fc.tuple(fc.nat(), hostile), { minLength: 1, maxLength: 4 }))
  .map(([document, changes]) =>
    changes.reduce((changed: unknown, [at, value]) => change(changed, at, value), document),
  );

function change(document: unknown, at: number, value: unknown): unknown {
  const copy = structuredClone(document);
  const places = placesIn(copy);
  const place = places[at % Math.max(1, places.length)];
  if (place !== undefined) place.holder[place.name] = value;
  return copy;
}

interface Place {
  readonly holder: Record<string, unknown>;
  readonly name: string;
}

function placesIn(value: unknown, depth = 0): Place[] {
  if (typeof value !== 'object' || value === null || depth > 6) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((name) => [{ holder, name }, ...placesIn(holder[name], depth + 1)]);
}

describe('whatever arrives', () => {
  it('ends as a use, ignored with a reason, or unreadable with why', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), mutated, hostile), (input) => check(readInput(input, policy))),
      { numRuns },
    );
  });

  it('ends so too when it is a record of a door with any fields at all', () => {
    const names = GENUINE.flatMap((one) =>
      typeof one.eventName === 'string' ? [[one.eventSource, one.eventName] as const] : [],
    );
    const fields = fc.record(
      Object.fromEntries(
        [
          'userIdentity',
          'requestParameters',
          'responseElements',
          'resources',
          'errorCode',
          'errorMessage',
          'additionalEventData',
          'recipientAccountId',
          'sharedEventID',
          'sourceIPAddress',
        ].map((name) => [name, hostile]),
      ),
      { requiredKeys: [] },
    );
    const input = fc.tuple(fc.constantFrom(...names), fields).map(([[eventSource, eventName], rest]) => ({
      eventID: 'e',
      eventTime: '2026-11-24T10:00:00Z',
      eventSource,
      eventName,
      ...rest,
    }));
    fc.assert(
      fc.property(input, (record) => check([readRecord(record, policy)])),
      { numRuns },
    );
  });

  it('is never changed by being read', () => {
    fc.assert(
      fc.property(mutated, (input) => {
        const before = JSON.stringify(input);
        readInput(input, policy);
        expect(JSON.stringify(input)).toBe(before);
      }),
      { numRuns: Math.ceil(numRuns / 4) },
    );
  });

  it('is read, wrapped however deeply, as long as you like and of a hundred thousand fields', () => {
    let wrapped: unknown = build.assumeRole();
    for (let depth = 0; depth < 2_000; depth += 1) wrapped = [wrapped];
    check(readInput(wrapped, policy));
    const huge = build.assumeRole({
      overrides: { requestParameters: { roleArn: `arn:aws:iam::111111111111:role/${'a/'.repeat(400_000)}` } },
    });
    check(readInput(huge, policy));
    check(readInput(build.deniedAssumeRole({ overrides: { errorMessage: ' on resource: '.repeat(60_000) } }), policy));
    const fields = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`field-${index}`, 'x']));
    for (const part of ['requestParameters', 'responseElements', 'userIdentity', 'additionalEventData'])
      for (const record of [build.assumeRole(), build.executeCommand(), build.getSecretValue()])
        check(readInput({ ...record, [part]: { ...objectOf(record[part]), ...fields } }, policy));
    check(readInput({ ...fields, ...build.assumeRole() }, policy));
  });

  it('reaches no prototype, whatever its fields are called', () => {
    const names = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf');
    const values = fc.constantFrom({ polluted: 'yes' }, { prototype: { polluted: 'yes' } }, 'x', null, []);
    // A field of its own, as `JSON.parse` makes it; an assignment would set the prototype.
    const inserted = fc
      .tuple(fc.constantFrom(...GENUINE), fc.nat(), names, values)
      .map(([document, at, name, value]) => {
        const copy = structuredClone(document) as Record<string, unknown>;
        const holders = [copy, ...placesIn(copy).map(({ holder }) => holder)].filter((one) => !Array.isArray(one));
        const holder = holders[at % holders.length] ?? copy;
        return (
          Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true }) && copy
        );
      });
    fc.assert(
      fc.property(inserted, (input) => {
        check(readInput(input, policy));
        expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
        expect(({} as { readonly polluted?: string }).polluted).toBeUndefined();
      }),
      { numRuns },
    );
  });
});

function objectOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

describe('whatever a database logs', () => {
  const word = fc.constantFrom(
    'LOG:  ',
    'connection authorized: user=',
    'write',
    ' database=',
    'notifydb',
    ' application_name=',
    ' SSL enabled (',
    ':[12]:',
    '[12] ',
    '@',
    '(',
    '):',
    '2026-11-24 10:00:00 UTC:',
    '2026-11-24 10:00:00 UTC [1] ',
    '2026-11-24 10:00:00 UTC,',
    '"',
    '""',
    ',',
    '\n',
    '\t',
    '{"message":"',
    '}',
    'AUDIT: SESSION,1,1,WRITE,UPDATE,,,',
    '<134>1 ',
    'postgres[1]: ',
    'user=',
  );
  const line = fc
    .array(fc.oneof({ weight: 3, arbitrary: word }, fc.string()), { maxLength: 14 })
    .map((words) => words.join(''));
  const source = { account: '111111111111', region: 'eu-west-1', logGroup: '/aws/rds/instance/notifydb/postgresql' };

  const holds = (lines: readonly string[]) => {
    const sessions = databaseSessionsIn(
      lines.map((message, index) => ({ id: `e${index}`, timestamp: index, message })),
      source,
    );
    const authorized = lines.flatMap(logEntriesOf).filter((entry) => entry.kind === 'authorized');
    expect(sessions).toHaveLength(authorized.length);
    expect(new Set(sessions.map(({ key }) => key)).size).toBe(sessions.length);
    for (const session of sessions) {
      expect(JSON.stringify(session).length).toBeLessThan(8_000);
      check(readInput({ twoEye: 'database-session', session }, policy));
    }
  };

  it('is read without a crash, each session once, under a key of its own, within bounds', () => {
    fc.assert(fc.property(fc.array(line, { maxLength: 8 }), holds), { numRuns });
  });

  it.skipIf(sampleData === undefined)(
    'is so for published logs with pieces exchanged (skipped where ../shared/data is absent)',
    () => {
      const folder = join(sampleData ?? '', 'postgres');
      const lines = readdirSync(folder)
        .filter((name) => !name.endsWith('.json') || name.includes('jsonlog'))
        .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, 200));
      const spliced = fc
        .tuple(fc.constantFrom(...lines), fc.constantFrom(...lines), fc.nat(400), fc.nat(400))
        .map(([one, other, from, to]) => one.slice(0, from) + other.slice(to));
      fc.assert(fc.property(fc.array(spliced, { maxLength: 6 }), holds), { numRuns });
    },
  );
});

describe.skipIf(sampleData === undefined)('published records (skipped where ../shared/data is absent)', () => {
  it('end as one of the three with any of their fields made into something else', () => {
    const lines = readFileSync(join(sampleData ?? '', 'cloudtrail', 'records.jsonl'), 'utf8')
      .trim()
      .split('\n');
    const doors = lines.filter((line) =>
      /AssumeRole|ConsoleLogin|StartSession|SendSSH|GetSecretValue|ExecuteStatement|RolePolicy|StopLogging/.test(line),
    );
    const changed = fc
      .tuple(fc.constantFrom(...doors), fc.nat(), hostile)
      .map(([line, at, value]) => change(JSON.parse(line), at, value));
    fc.assert(
      fc.property(changed, (record) => check(readInput(record, policy))),
      { numRuns },
    );
  });
});
