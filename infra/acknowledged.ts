import { type App, Validations } from 'aws-cdk-lib';

/** Rules that do not fit what this is, each with why. Whatever fits one place only is acknowledged at that place. */
const REASONS: Readonly<Record<string, string>> = {};

export function acknowledge(app: App): void {
  for (const [id, reason] of Object.entries(REASONS)) Validations.of(app).acknowledge({ id, reason });
}
