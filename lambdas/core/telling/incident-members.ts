import type { Finding } from '../finding.ts';
import type { VerdictMessage } from '../messages.ts';
import { isInHand } from './incident-plan.ts';
import { progressOf } from './progress.ts';
import type { IncidentMember, ToldIncident } from './told.ts';

/** The finding as a member of its incident, with the newest message about it. */
export function memberOf(message: VerdictMessage, finding: Finding, incident: string): IncidentMember {
  const { trouble: _, reminder: __, ...lasting } = message;
  return {
    incident,
    finding: finding.id,
    ledger: finding.ledger,
    progress: progressOf(finding),
    state: finding.state === 'closed' ? 'closed' : 'open',
    message: lasting,
  };
}

/** The incident with the finding counted in it, each finding once: `known` is the member that it was before, if it was one. */
export function withMember(
  told: ToldIncident | undefined,
  incident: string,
  finding: Finding,
  known: IncidentMember | undefined,
): ToldIncident {
  const base = told ?? newIncident(incident, finding);
  const before = known?.state === 'closed' ? 1 : 0;
  const after = finding.state === 'closed' ? 1 : 0;
  return {
    ...base,
    opened: base.opened + (known ? 0 : 1),
    closed: base.closed + after - before,
    ...(!base.storm && isInHand(finding) ? { acknowledged: 'yes' as const } : {}),
  };
}

/** The incident that a finding has left for another one, which those that are heard of late follow. A storm's has findings of many keys. */
export function withoutMember(left: ToldIncident, movedTo: string): ToldIncident {
  return { ...left, closed: left.closed + 1, ...(left.storm ? {} : { movedTo }) };
}

function newIncident(incident: string, { ledger, id, team }: Finding): ToldIncident {
  return {
    dedupKey: `two-eye/${incident}`,
    ledger,
    finding: id,
    team,
    opened: 0,
    closed: 0,
    pages: {},
    ...(incident.startsWith('storm/') ? { storm: 'yes' as const } : {}),
  };
}
