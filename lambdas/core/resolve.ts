import type { LedgerRecord, Reading } from './access-event.ts';
import { actorOf } from './actor.ts';
import { type Caller, isService, isThroughService } from './caller.ts';
import { CANARY, canaryTarget } from './canary.ts';
import type { Use } from './doors/use.ts';
import type { Policy, Target } from './policy.ts';
import type { PreparedPolicy } from './prepare.ts';
import { objectIn, type RawRecord, textIn } from './raw-record.ts';
import { targetOf } from './targets.ts';
import { HOUR_MS, type Instant, MINUTE_MS, SECOND_MS } from './time.ts';

const NOT_WATCHED: Reading = { outcome: 'ignored', because: 'not-watched' };
const AWS_SERVICE: Reading = { outcome: 'ignored', because: 'aws-service' };

/** What tampering is judged against: nothing can approve it, and it is always cyber's. */
export const TAMPERING = 'tampering';

/** Joins what a door read to the policy: target, actor, suppression. The record then needs no policy to be judged. */
export function resolve(record: RawRecord, at: Instant, caller: Caller, use: Use, prepared: PreparedPolicy): Reading {
  if (isService(caller)) return AWS_SERVICE;
  if (!isForSomebody(use, caller) && isThroughService(record, caller)) return AWS_SERVICE;
  const target = targetOfUse(use, prepared);
  if (target === undefined) return NOT_WATCHED;
  const clues = { caller, use, isListedAccount: prepared.isListedAccount };
  const identified = actorOf(clues, target.identity, prepared.people);
  const isCanary = target.id === CANARY && !prepared.policy.targets.includes(target);
  const suppression = isCanary ? CANARY : suppressionOf(prepared, target.id, caller, at);
  return {
    outcome: 'access',
    record: {
      ...factsOf(record, at, caller, use),
      ...identified,
      target: target.id,
      team: target.team,
      groupingMs: target.groupingMs,
      maxActionMs: target.maxActionMs,
      ...(suppression === undefined ? {} : { suppression }),
      policy: prepared.policy.hash,
    },
  };
}

/**
 * CloudFormation does for whoever deploys: what it changes of the watcher stays a finding, and a secret that a template has it fetch
 * (`{{resolve:secretsmanager:…}}`) can be put by that template wherever its author reads it.
 */
function isForSomebody({ kind }: Use, { invokedBy }: Caller): boolean {
  return kind === 'tampering' || (kind === 'secret' && invokedBy.startsWith('cloudformation.amazonaws.com'));
}

function targetOfUse(use: Use, { policy, targets }: PreparedPolicy): Target | undefined {
  if (use.used.door === 'tampering') return tamperingTarget(policy);
  return targetOf(targets, use.used) ?? canaryTarget(use, policy);
}

type Facts = Omit<
  LedgerRecord,
  'target' | 'team' | 'actor' | 'how' | 'hints' | 'groupingMs' | 'maxActionMs' | 'policy'
>;

/** Only named fields are taken over, each cut to a length: the session token and whatever else a record holds stay behind. */
function factsOf(record: RawRecord, at: Instant, caller: Caller, use: Use): Facts {
  const pairKey = textIn(record, 'sharedEventID', 128);
  const mfa = mfaOf(record, caller);
  const ends = use.outcome === 'success' && use.durationSeconds !== undefined;
  return {
    key: record.eventID,
    ...(pairKey === '' || use.half === undefined ? {} : { pairKey }),
    occurredAt: at,
    kind: use.kind,
    eventName: record.eventName,
    outcome: use.outcome,
    account: use.account,
    region: textIn(record, 'awsRegion', 64),
    principal: caller.principal,
    resource: use.resource.slice(0, 1_024),
    ip: textIn(record, 'sourceIPAddress', 128),
    userAgent: textIn(record, 'userAgent', 512),
    ...(mfa === undefined ? {} : { mfa }),
    ...(use.session === undefined ? {} : { session: use.session }),
    ...(use.consoleLink === undefined ? {} : { consoleLink: use.consoleLink }),
    ...(use.issuedKeyId === undefined ? {} : { issuedKeyId: use.issuedKeyId }),
    ...(caller.keyId === '' ? {} : { usedKeyId: caller.keyId }),
    ...(ends ? { credentialsEndAt: at + (use.durationSeconds ?? 0) * SECOND_MS } : {}),
    half: use.half ?? 'whole',
  };
}

function mfaOf(record: RawRecord, caller: Caller): boolean | undefined {
  const used = textIn(objectIn(record, 'additionalEventData'), 'MFAUsed', 8);
  return used === '' ? caller.mfa : used === 'Yes';
}

function suppressionOf(prepared: PreparedPolicy, target: string, caller: Caller, at: Instant): string | undefined {
  const found = prepared.suppressions.find(
    ({ suppression, matches }) => suppression.match.target === target && at < suppression.until && matches(caller),
  );
  return found?.suppression.id;
}

/** What tampering is a use of, whoever did it. */
export function tamperingTarget(policy: Policy): Target {
  return {
    id: TAMPERING,
    title: 'Two-eye itself, and what it watches',
    team: 'cyber',
    door: { kind: 'root', account: policy.home.account },
    identity: [{ source: 'principal' }, { source: 'saml' }, { source: 'identity-center' }],
    groupingMs: 2 * MINUTE_MS,
    maxActionMs: 4 * HOUR_MS,
    settleMs: 15 * MINUTE_MS,
    includes: [],
  };
}
