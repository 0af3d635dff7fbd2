import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePolicy, policyHash } from '../../policy/compile.ts';
import { policyJsonSchema } from '../../policy/json-schema.ts';
import { loadPolicy } from '../../policy/load.ts';
import { patternsOverlap } from '../../policy/patterns-overlap.ts';

const notify = readFileSync('policy/notify.yaml', 'utf8');
const now = Date.parse('2026-11-24T12:00:00Z');
const compile = (text: string) => compilePolicy(text, 'policy.yaml', now);

/** What is said of Notify's policy after one change, with the line at which it was made. */
function withChange(from: string, to: string) {
  if (!notify.includes(from)) throw new Error(`"${from}" is not in policy/notify.yaml`);
  const changed = notify.replace(from, to);
  const compiled = compile(changed);
  const shown = changed.slice(0, notify.indexOf(from)).split('\n').length;
  return { line: shown, problems: compiled.ok ? [] : compiled.problems, warnings: compiled.warnings, compiled };
}

describe('the policies of the project', () => {
  it.each(['notify', 'govuk'])('%s compiles without a problem or a warning', (name) => {
    const compiled = compile(readFileSync(`policy/${name}.yaml`, 'utf8'));
    expect(compiled).toMatchObject({ ok: true, warnings: [] });
  });

  it('fills in the defaults', () => {
    const { compiled } = withChange(
      'approvals:\n  validFor: 60m\n  maxPin: 4h\n  requestLapses: 30m\n  emergencyLapses: 72h\n',
      '',
    );
    expect(compiled).toMatchObject({
      policy: {
        approvals: {
          validForMs: 3_600_000,
          maxPinMs: 14_400_000,
          requestLapsesMs: 1_800_000,
          emergencyLapsesMs: 259_200_000,
        },
        cyber: { pageAfterMs: 900_000 },
      },
    });
  });

  it('ends a suppression with its last day in London, in summer time too', () => {
    const { compiled } = withChange('until: 2027-03-31', 'until: 2027-06-30');
    expect(compiled.ok && compiled.policy.suppressions[0]?.until).toBe(Date.parse('2027-06-30T23:00:00Z'));
  });

  it('watches a shell that names no Region wherever its account is watched', () => {
    const { compiled } = withChange('      regions: [eu-west-1]\n      ecsClusters', '      ecsClusters');
    const door = compiled.ok ? compiled.policy.targets.at(-1)?.door : undefined;
    expect(door).toMatchObject({ kind: 'shell', regions: ['eu-west-2', 'eu-west-1', 'us-east-1'] });
  });

  it('has a hash that comments and the order of keys leave alone and that a change of hours does not', () => {
    const hash = (text: string) => {
      const compiled = compile(text);
      return compiled.ok ? compiled.policy.hash : 'not a policy';
    };
    const swapped = notify.replace('  channel: C01CYBER\n  group: cyber\n', '  group: cyber\n  channel: C01CYBER\n');
    expect(hash(`# a comment\n${swapped}`)).toBe(hash(notify));
    expect(hash(notify.replace('"17:30"', '"18:30"'))).not.toBe(hash(notify));
    const compiled = compile(notify);
    expect(compiled.ok && policyHash(compiled.policy)).toBe(hash(notify));
  });

  it('has a JSON schema for editors that is up to date (npx node policy/json-schema.ts)', () => {
    expect(readFileSync('policy/policy.schema.json', 'utf8')).toBe(policyJsonSchema());
  });
});

describe('a policy that is not right', () => {
  const problems: readonly [string, string, string, RegExp, RegExp][] = [
    [
      'an unknown key',
      '  pageAfter: 15m\n    runbook',
      '  pageAftr: 15m\n    runbook',
      /"pageAftr" is not a key of teams.notify/,
      /Did you mean "pageAfter"/,
    ],
    ['an unknown key at the top', 'tips:', 'tip:', /"tip" is not a key of the policy/, /"tips"/],
    ['another version', 'version: 1', 'version: 2', /version cannot be 2/, /Write version: 1/],
    ['an unknown team', 'team: notify\n    role', 'team: notfy\n    role', /no team "notfy"/, /"notify"/],
    ['an unknown group', 'approvers: notify-team', 'approvers: notify-tam', /no group "notify-tam"/, /"notify-team"/],
    ['an unknown person', 'owner: ada@', 'owner: adda@', /Nobody in people is called/, /"ada@example.gov.uk"/],
    [
      'an unknown included target',
      'includes: [notify-prod-admin]',
      'includes: [notify-prod-admn]',
      /no target "notify-prod-admn"/,
      /"notify-prod-admin"/,
    ],
    [
      'an account that is not listed',
      '"arn:aws:iam::111111111111:role',
      '"arn:aws:iam::111111111112:role',
      /Account 111111111112/,
      /"111111111111"/,
    ],
    [
      'an account id without quotes',
      'account: "333333333333"',
      'account: 333333333333',
      /home.account cannot be 333333333333/,
      /in quotes/,
    ],
    ['a Slack id of two people', 'slack: U01BEN', 'slack: U01ADA', /"U01ADA" already belongs to ada/, /one person/],
    [
      'an alias of two people in another case',
      '[ben.bowyer]',
      '[Ada.Lovelace]',
      /"ada.lovelace" already belongs/,
      /one person/,
    ],
    ['a principal of two people', 'AIDABENEXAMPLE', 'AIDAADAEXAMPLE', /already belongs to ada/, /one person/],
    ['a person listed twice', 'id: ben@', 'id: ada@', /listed twice/, /one entry/],
    ['an AWS name that is neither id nor ARN', 'AIDABENEXAMPLE', 'ben', /people\[1\].aws\[0\] cannot be "ben"/, /AIDA/],
    [
      'a session whose name its caller chooses',
      '"arn:aws:iam::444444444444:user/ben@example.gov.uk"',
      '"arn:aws:sts::444444444444:assumed-role/Developer/ben@example.gov.uk"',
      /names no person/,
      /enforced-session-name/,
    ],
    [
      'a federated user, whose name its caller chooses',
      '"arn:aws:iam::444444444444:user/ben@example.gov.uk"',
      '"arn:aws:sts::444444444444:federated-user/ben@example.gov.uk"',
      /names no person/,
      /AIDA…/,
    ],
    ['a Slack channel by name', 'C01NOTIFY', '"#notify"', /channel cannot be "#notify"/, /id of the channel/],
    ['hours that end before they begin', '"17:30"', '"09:00"', /not after 09:30/, /earlier time into from/],
    [
      'an unknown time zone',
      'timeZone: Europe/London',
      'timeZone: Europe/Lundon',
      /not a time zone/,
      /"Europe\/London"/,
    ],
    [
      'an abbreviated time zone',
      'timeZone: Europe/London',
      'timeZone: BST',
      /"BST" is not a time zone/,
      /Europe\/London/,
    ],
    ['an offset for a time zone', 'timeZone: Europe/London', 'timeZone: "+01:00"', /not a time zone/, /IANA/],
    ['a duration without a unit', 'validFor: 60m', 'validFor: 60', /validFor cannot be 60/, /60m/],
    ['a duration beyond the limit', 'maxPin: 4h', 'maxPin: 3d', /maxPin cannot be "3d"/, /at most 24h/],
    [
      'a suppression of every account',
      'iam::222222222222:role/ci-terraform',
      'iam::*:role/ci-terraform',
      /leave the account open/,
      /Name one role/,
    ],
    ['a suppression of everybody', 'role/ci-terraform', 'role/*', /everybody in an account/, /Name one role/],
    ['a suppression that ends on no day', '2027-03-31', '2027-02-30', /no day 2027-02-30/, /2027-03-31/],
    ['nobody to wake', 'page: [team, cyber]', 'page: []', /page cannot be an empty list/, /Somebody must be woken/],
    [
      'a shell that watches nothing',
      '      ecsClusters: [notify-production]\n      ssm: true\n',
      '',
      /watches nothing/,
      /ecsClusters/,
    ],
    ...['two-eye-canary', 'two-eye', 'tampering', 'unreadable'].flatMap(
      (id): [string, string, string, RegExp, RegExp][] => [
        [
          `the target ${id}`,
          '- id: notify-deploy-admin',
          `- id: ${id}`,
          new RegExp(`^A target cannot be called ${id}`),
          /another id/,
        ],
        [
          `the team ${id}`,
          'teams:\n  notify:',
          `teams:\n  ${id}:`,
          new RegExp(`^A team cannot be called ${id}`),
          /another id/,
        ],
      ],
    ),
    [
      'a Region misspelt',
      '[eu-west-1, us-east-1]',
      '[eu-wst-1]',
      /regions\[0\] cannot be "eu-wst-1"/,
      /AWS Region such as/,
    ],
    [
      'a Region that is none',
      'region: eu-west-2',
      'region: eu-west-99',
      /home.region cannot be "eu-west-99"/,
      /eu-west-2/,
    ],
    ['an approval that ends at once', 'validFor: 60m', 'validFor: 0', /validFor cannot be 0/, /0 would leave nothing/],
    ['an action without length', 'maxAction: 4h', 'maxAction: 0', /maxAction cannot be 0/, /0 would leave nothing/],
    [
      'an account twice',
      '"444444444444": gds',
      '222222222222: Other\n  "444444444444": gds',
      /keys must be unique/,
      /./,
    ],
    [
      'a duration in words',
      'pageAfter: 15m',
      'pageAfter: 15 minutes',
      /pageAfter cannot be "15 min/,
      /a duration such as 15m/,
    ],
    ['a second document', 'tips:', '---\ntips:', /second document begins here/, /one policy in the file/],
    ['UTF-16', '# yaml', '\uFFFD\uFFFD# yaml', /not text in UTF-8/, /Save it as UTF-8/],
    ['broken YAML', 'targets:', 'targets: [', /not valid YAML/, /Mend the YAML/],
  ];

  it.each(problems)('names %s with its remedy', (_what, from, to, message, remedy) => {
    const { problems: found } = withChange(from, to);
    const match = found.find((each) => message.test(each.message));
    expect(match, JSON.stringify(found)).toBeDefined();
    expect(match?.remedy).toMatch(remedy);
    expect(match?.file).toBe('policy.yaml');
  });

  it.each([
    'iam::444444444444:role/ben',
    'sts::444444444444:assumed-role/AWSReservedSSO_Admin_0a1b/ben@example.gov.uk',
  ])('takes for a person what AWS itself names: arn:aws:%s', (arn) => {
    expect(withChange('arn:aws:iam::444444444444:user/ben@example.gov.uk', `arn:aws:${arn}`).problems).toEqual([]);
  });

  it.each(['BST', 'EST', 'IST', 'GB', 'EST5EDT', 'Etc/GMT-1', 'US/Eastern', 'Europe/', '/'])(
    'refuses the time zone %s, which means something else than it seems or nothing at all',
    (zone) => {
      expect(withChange('timeZone: Europe/London', `timeZone: "${zone}"`).problems).toMatchObject([
        { message: `"${zone}" is not a time zone with an area and a city.` },
      ]);
    },
  );

  it.each(['UTC', 'Asia/Kolkata', 'Asia/Calcutta', 'Europe/Kyiv', 'America/Argentina/Buenos_Aires'])(
    'takes the time zone %s, also where it is another name of one',
    (zone) => expect(withChange('timeZone: Europe/London', `timeZone: ${zone}`).compiled.ok).toBe(true),
  );

  it('names the line of the slip', () => {
    const { problems: found, line } = withChange('slack: U01BEN', 'slack: ben');
    expect(found).toMatchObject([{ line, column: 12 }]);
  });

  it('names the line behind an anchor', () => {
    const text = notify
      .replace('team: notify\n    role', 'team: &team notfy\n    role')
      .replace('team: notify\n    database', 'team: *team\n    database');
    const compiled = compile(text);
    const lines = text.split('\n').flatMap((line, index) => (/team: [&*]team/.test(line) ? [index + 1] : []));
    expect(compiled.ok ? [] : compiled.problems.map((each) => each.line)).toEqual(lines);
  });

  it.each([
    ['secret: { arn: "arn:aws:secretsmanager:*:111111111111:secret:notifydb-*" }', 1],
    ['secret: { arn: "arn:aws:secretsmanager:eu-west-1:*:secret:notifydb-*" }', 1],
    ['secret: { arn: "arn:aws:secretsmanager:eu-west-1:111111111111:secret:notifydb-*" }', 0],
    ['dataApi: { cluster: "arn:aws:rds:eu-*:111111111111:cluster:notifydb" }', 1],
    ['dataApi: { cluster: "arn:aws:rds:eu-west-1:1111111111*:cluster:notifydb" }', 1],
    ['dataApi: { cluster: "arn:aws:rds:eu-west-1:111111111111:cluster:*" }', 0],
  ])('refuses what nothing would listen for: %s', (door, count) => {
    const { problems: found } = withChange(
      'approvals:\n',
      `  - { id: other, title: Other, team: notify, ${door} }\n\napprovals:\n`,
    );
    expect(found.map(({ message }) => message)).toEqual(
      Array(count).fill(expect.stringMatching(/leaves its account or Region open, so nothing would listen for it/)),
    );
  });

  it.each(['*', '1:*', '111111111111:*', '111111111111:user/ada'])('refuses the role arn:aws:iam::%s', (rest) => {
    const { problems: found } = withChange(
      'arn:aws:iam::222222222222:role/notify-deploy-admin',
      `arn:aws:iam::${rest}`,
    );
    expect(found.map(({ message }) => message)).toContain(`arn:aws:iam::${rest} is no ARN of a role.`);
  });

  it('refuses a target that watches two things, and one that watches nothing', () => {
    expect(withChange('    settle: 15m\n\n', '    root: { account: "111111111111" }\n\n').problems[0]?.message).toMatch(
      /2 things to watch/,
    );
    expect(
      withChange(
        '    role: "arn:aws:iam::222222222222:role/notify-deploy-admin"\n    regions: [eu-west-1, us-east-1]\n',
        '',
      ).problems[0]?.message,
    ).toMatch(/nothing to watch/);
  });

  it('refuses aliases that grow without end, and nesting without end, at once', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'
        .split('')
        .map((key, index) => `${key}: &${key} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`),
    ];
    const hostile = [
      bomb.join('\n'),
      '['.repeat(50_000),
      '- '.repeat(50_000),
      `${'a: {'.repeat(5_000)}`,
      'x'.repeat(1_000_001),
    ];
    for (const text of hostile) expect(compile(text).ok).toBe(false);
  });

  it('never throws, whatever is cut out of it or put into it', () => {
    const junk = fc.constantFrom(
      '',
      '*',
      '&a',
      '[',
      '{',
      '"',
      ': ',
      '\n',
      '\t',
      '- ',
      '~',
      '0',
      '!!js',
      '|',
      '__proto__: 1\n',
      '*x',
    );
    fc.assert(
      fc.property(fc.nat({ max: notify.length }), fc.nat({ max: 200 }), junk, (start, length, put) => {
        const compiled = compile(notify.slice(0, start) + put + notify.slice(start + length));
        if (!compiled.ok) expect(compiled.problems.length).toBeGreaterThan(0);
      }),
      { numRuns: 150 },
    );
  });

  it('is an error that lists every problem when it is loaded', async () => {
    await expect(loadPolicy('policy/nowhere.yaml')).rejects.toMatchObject({ code: 'misconfigured' });
  });
});

describe('a policy that is worth another look', () => {
  const warnings: readonly [string, string, string, RegExp][] = [
    ['a suppression that has ended', '2027-03-31', '2026-11-23', /ended on 2026-11-23/],
    [
      'approvers of one',
      '[ada@example.gov.uk, ben@example.gov.uk, cat@example.gov.uk]',
      '[ada@example.gov.uk]',
      /nobody can approve/,
    ],
    ['a team without a runbook', '    runbook: https://example.gov.uk/runbook\n', '', /no runbook/],
    ['a person without a Slack id', '    slack: U01BEN\n', '', /ben@example.gov.uk has no Slack id/],
    [
      'a person whom PagerDuty cannot name',
      '    pagerDuty: P01BEN\n',
      '',
      /without a pagerDuty id: ben@example.gov.uk\. What they/,
    ],
    ['a person from an account nobody watches', '444444444444:user/ben@', '999999999999:user/ben@', /999999999999/],
  ];

  it.each(warnings)('warns of %s', (_what, from, to, text) => {
    const { compiled, warnings: found } = withChange(from, to);
    expect(compiled.ok).toBe(true);
    expect(found).toEqual([expect.stringMatching(text)]);
  });

  it('warns of targets that overlap, and says which one counts', () => {
    const { warnings: found } = withChange(
      '"arn:aws:iam::222222222222:role/notify-deploy-admin"',
      '"arn:aws:iam::*:role/notify-prod-*"',
    );
    expect(found).toEqual([
      expect.stringMatching(/policy.yaml:\d+: targets notify-prod-admin and notify-deploy-admin overlap/),
    ]);
  });
});

describe('patternsOverlap', () => {
  it('agrees with trying every short text', () => {
    const texts = [
      '',
      ...'ab'.split(''),
      'aa',
      'ab',
      'ba',
      'bb',
      'aaa',
      'aab',
      'aba',
      'abb',
      'baa',
      'bab',
      'bba',
      'bbb',
      'abab',
      'baba',
    ];
    const matches = (pattern: string, text: string) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text);
    const pattern = fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: 2 }).map((letters) => letters.join(''));
    fc.assert(
      fc.property(pattern, pattern, (a, b) => {
        expect(patternsOverlap(a, b)).toBe(texts.some((text) => matches(a, text) && matches(b, text)));
      }),
    );
  });
});
