/** Why something was thrown; the alarm and the runbook go by it. Expected outcomes are values, not errors. */
export type ErrorCode =
  /** A request whose signature, time or sender does not hold. */
  | 'unauthentic_request'
  /** Input that cannot be understood. */
  | 'unreadable_input'
  /** The deployment lacks something or has it wrong: a variable, a secret, the policy. */
  | 'misconfigured'
  /** A neighbour (DynamoDB, SNS, Slack, PagerDuty …) failed or did not answer in time. */
  | 'dependency_failed'
  /** A promise of our own code is broken: a bug. */
  | 'invariant_broken';

/** The one class that two-eye throws. The original error, if there was one, is the `cause`. */
export class TwoEyeError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'TwoEyeError';
    this.code = code;
  }
}

/** The code of whatever was caught: what we did not throw ourselves is a broken promise of our own. */
export function codeOf(thrown: unknown): ErrorCode {
  return thrown instanceof TwoEyeError ? thrown.code : 'invariant_broken';
}
