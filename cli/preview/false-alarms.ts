import { HOUR_MS } from '../../lambdas/core/time.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';

/** Why a finding would probably have been a false alarm. */
export type FalseAlarmCause = 'CI or automation' | 'service role' | 'refresh of a session';

const AUTOMATION =
  /terraform|github|gitlab|jenkins|circleci|concourse|codebuild|argo|atlantis|pulumi|ansible|\bci\b|-ci\b|\bci-|deploy-?bot/i;

/** How near a use of the same person and target has to be for the later one to be taken for a refresh. */
const REFRESH_MS = 4 * HOUR_MS;

/** Guesses at the cause of each told line, and counts them; a guess is for the reader, it changes no verdict. Lines are in order of time. */
export function falseAlarms(lines: readonly VerdictLine[]): ReadonlyMap<FalseAlarmCause, number> {
  const causes = new Map<FalseAlarmCause, number>();
  const last = new Map<string, number>();
  for (const line of lines.filter(({ urgency }) => urgency !== undefined)) {
    const who = `${line.actor === 'unknown' ? line.principal : line.actor} ${line.target}`;
    const at = Date.parse(line.occurredAt);
    const cause = causeOf(line, at - (last.get(who) ?? Number.NEGATIVE_INFINITY));
    last.set(who, at);
    if (cause !== undefined) causes.set(cause, (causes.get(cause) ?? 0) + 1);
  }
  return causes;
}

function causeOf(line: VerdictLine, sinceLastMs: number): FalseAlarmCause | undefined {
  const names = [line.origin.userAgent, ...(line.hints ?? [])].join(' ');
  if (AUTOMATION.test(names)) return 'CI or automation';
  if (line.actor === 'unknown' && isWorkload(line)) return 'service role';
  return sinceLastMs <= REFRESH_MS ? 'refresh of a session' : undefined;
}

/** A session of a role that nobody signs in to, or a service of AWS. */
function isWorkload({ principal, origin, hints = [] }: VerdictLine): boolean {
  const isPersonal = hints.some((hint) => hint.includes('AWSReservedSSO_') || hint.startsWith('asserted name '));
  return origin.ip.endsWith('.amazonaws.com') || (principal.startsWith('AROA') && !isPersonal);
}
