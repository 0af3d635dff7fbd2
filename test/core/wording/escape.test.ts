import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bounded, code, escaped, escapedWithArns, plainText } from '../../../lambdas/core/wording/escape.ts';
import { accountName, mention, personOf, targetTitle, teamTitle } from '../../../lambdas/core/wording/names.ts';
import { testPolicy } from '../../support/policies.ts';

const policy = testPolicy();
const seen = (text: string) => text.replaceAll('\u2060', '');

describe('text that somebody else wrote', () => {
  it('is one line without unseen characters, cut where it is too long', () => {
    expect(plainText(' a\n\tb\u202ec\u0000d\u200b ')).toBe('a bcd');
    expect(plainText('x'.repeat(400), 10)).toBe('xxxxxxxxx…');
    expect(plainText('👩‍🚀'.repeat(3), 3)).toHaveLength(5);
  });

  it('reads as it was written and is not live', () => {
    expect(seen(escaped('<!channel> & <@U01ADA> *x* _y_ ~z~ `c` :tada:'))).toBe(
      '&lt;!channel&gt; &amp; &lt;@U01ADA&gt; *x* _y_ ~z~ `c` :tada:',
    );
    expect(escaped('*x*')).not.toBe('*x*');
    expect(escaped('https://evil.example')).not.toContain('://');
    expect(code('a`b<c>')).toBe("`a'b&lt;c&gt;`");
    expect(code('')).toBe('`-`');
  });

  it('keeps its ARNs as they can be copied', () => {
    expect(escapedWithArns('by arn:aws:iam::1:user/a_b@c, twice')).toBe('by `arn:aws:iam::1:user/a_b@c`, twice');
  });

  it('is never cut through an escape or a link', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('&amp;', '&lt;', '<https://example.gov.uk/a|b>', 'x', '👍'), { maxLength: 40 }),
        fc.integer({ min: 5, max: 120 }),
        (parts, most) => {
          const cut = bounded(parts.join(''), most);
          expect(cut.length).toBeLessThanOrEqual(most);
          expect(cut.replace(/…$/, '')).toMatch(/^(?:&amp;|&lt;|<https:\/\/example\.gov\.uk\/a\|b>|x|👍)*$/u);
        },
      ),
    );
  });
});

describe('names', () => {
  it('mention a person by the Slack id of the policy, and by nothing else', () => {
    expect(mention(policy, 'ada@example.gov.uk')).toBe('<@U01ADA>');
    expect(mention(policy, 'nobody@example.gov.uk')).toBe('`nobody@example.gov.uk`');
    expect(mention(policy, 'unknown')).toBe('*an unknown person*');
    const forged = testPolicy({ people: [{ id: 'x@example.gov.uk', aliases: [], slack: '!channel', aws: [] }] });
    expect(mention(forged, 'x@example.gov.uk')).toBe('`x@example.gov.uk`');
  });

  it('find a person under any alias, in any case', () => {
    expect(personOf(policy, ' Ada.Lovelace ')?.id).toBe('ada@example.gov.uk');
    expect(personOf(policy, 'ada')).toBeUndefined();
  });

  it('say what the policy no longer has by its id', () => {
    expect(accountName(policy, '111111111111')).toBe('Notify production (111111111111)');
    expect(accountName(policy, '999999999999')).toBe('account 999999999999');
    expect(accountName(policy, '')).toBe('an unknown account');
    expect(targetTitle(policy, 'gone')).toBe('gone');
    expect(teamTitle(policy, 'cyber')).toBe('Cyber');
  });
});
