import { type Tap, tapStacksOf } from './patterns.ts';
import type { Policy } from './policy.ts';

/**
 * Every account × Region with rules of two-eye's: the taps, and home, which may not be among the watched accounts. Whoever looks from outside looks at
 * all of them, since who switches off the rules at home is not told of by them.
 */
export function placesOf(policy: Policy): readonly Tap[] {
  return [...tapStacksOf(policy), policy.home];
}
