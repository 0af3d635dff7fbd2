import { describe, expect, it } from 'vitest';
import { placesOf } from '../../lambdas/core/places.ts';
import type { Policy } from '../../lambdas/core/policy.ts';
import { testPolicy } from '../support/policies.ts';

const HOME = '333333333333';
const PRODUCTION = '111111111111';

const places = (over: Partial<Policy>) =>
  placesOf(testPolicy({ targets: [], ...over })).map(({ account, region }) => `${account} ${region}`);

describe('the places with rules of two-eye’s', () => {
  it('are the taps and home, which need not be watched itself', () => {
    expect(places({ accounts: { [PRODUCTION]: 'Production' } })).toEqual([
      `${PRODUCTION} us-east-1`,
      `${HOME} us-east-1`,
      `${HOME} eu-west-2`,
    ]);
  });

  it('are each there once where home is watched, or lies in the global Region', () => {
    expect(places({ accounts: { [HOME]: 'Everything' } })).toEqual([`${HOME} us-east-1`, `${HOME} eu-west-2`]);
    const home = { account: HOME, region: 'us-east-1' };
    expect(places({ home, accounts: { [HOME]: 'Everything' } })).toEqual([`${HOME} us-east-1`]);
    expect(places({ home, accounts: { [PRODUCTION]: 'Production' } })).toEqual([
      `${PRODUCTION} us-east-1`,
      `${HOME} us-east-1`,
    ]);
  });
});
