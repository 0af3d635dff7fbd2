import { UNKNOWN } from '../../lambdas/core/access-event.ts';
import type { Policy } from '../../lambdas/core/policy.ts';
import { HOUR_MS } from '../../lambdas/core/time.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';

/** Why a finding would probably have been a false alarm. */
export type FalseAlarmCause = 'CI or automation' | 'service role' | 'refresh of a session';

/** Whole words, of names in camel case too: what only holds such a word (`margot`, `cargo`) is somebody else. */
const AUTOMATION =
  /(?<!\p{L})(?:terraform|git ?hub|git ?lab|jenkins|circle ?ci|concourse|code ?build|argo(?:cd|workflows)?|atlantis|pulumi|ansible|ci|deploy[- ]?bot)(?!\p{L})/iu;

/** How near a use of the same person and target has to be for the later one to be taken for a refresh. */
const REFRESH_MS = 4 * HOUR_MS;

/** Guesses at the cause of each told line, and counts them; a guess is for the reader, it changes no verdict. Lines are in order of time. */
export function falseAlarms(lines: readonly VerdictLine[], policy: Policy): ReadonlyMap<FalseAlarmCause, number> {
  const causes = new Map<FalseAlarmCause, number>();
  const last = new Map<string, number>();
  const people = namesOf(policy);
  for (const line of lines.filter(({ urgency }) => urgency !== undefined)) {
    const who = `${line.actor === UNKNOWN ? line.principal : line.actor} ${line.target}`;
    const at = Date.parse(line.occurredAt);
    const cause = causeOf(line, at - (last.get(who) ?? Number.NEGATIVE_INFINITY), people);
    last.set(who, at);
    if (cause !== undefined) causes.set(cause, (causes.get(cause) ?? 0) + 1);
  }
  return causes;
}

/** Somebody who is known is no machine, whatever tool they run. */
function causeOf(line: VerdictLine, sinceLastMs: number, people: readonly string[]): FalseAlarmCause | undefined {
  if (line.actor === UNKNOWN) {
    if (isAutomation(line, people)) return 'CI or automation';
    if (isWorkload(line)) return 'service role';
  }
  return sinceLastMs <= REFRESH_MS ? 'refresh of a session' : undefined;
}

/** A record may mention somebody without proving that it was them: their name is no sign of a machine either. */
function isAutomation({ origin, hints = [] }: VerdictLine, people: readonly string[]): boolean {
  return AUTOMATION.test(inWords(without(people, [origin.userAgent, ...hints].join(' '))));
}

/** Every name of everybody in lower case, the longest first, since it may hold a shorter one. */
function namesOf(policy: Policy): readonly string[] {
  const names = policy.people.flatMap(({ id, aliases }) => [id, ...aliases]);
  return names.map((name) => name.toLowerCase()).sort((one, other) => other.length - one.length);
}

function without(names: readonly string[], text: string): string {
  let rest = text;
  for (const name of names) {
    let at = rest.toLowerCase().indexOf(name);
    while (at >= 0 && name !== '') {
      rest = `${rest.slice(0, at)} ${rest.slice(at + name.length)}`;
      at = rest.toLowerCase().indexOf(name, at + 1);
    }
  }
  return rest;
}

function inWords(names: string): string {
  return names.replace(/(\p{Ll})(?=\p{Lu})/gu, '$1 ').replace(/(\p{Lu})(?=\p{Lu}\p{Ll})/gu, '$1 ');
}

/** A session of a role that nobody signs in to, or a service of AWS. */
function isWorkload({ principal, origin, hints = [] }: VerdictLine): boolean {
  const isPersonal = hints.some((hint) => hint.includes('AWSReservedSSO_') || hint.startsWith('asserted name '));
  return origin.ip.endsWith('.amazonaws.com') || (principal.startsWith('AROA') && !isPersonal);
}
