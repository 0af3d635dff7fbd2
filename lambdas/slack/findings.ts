import type { Approval } from '../core/approval.ts';
import { pickedPerson } from '../core/ask-check.ts';
import { approversOf, type Eligibility, knownPerson, mayConfirm } from '../core/eligibility.ts';
import type { Finding, Word } from '../core/finding.ts';
import type { PersonId, Policy } from '../core/policy.ts';
import type { FindingVerb, SlackJob } from '../core/slack-job.ts';
import { mention } from '../core/wording/names.ts';
import { idOf, storeAndShow } from './asking.ts';
import { isCyber, membersIn, standing } from './membership.ts';
import type { SlackWorkServices } from './services.ts';
import { whisper } from './tell.ts';

type FindingJob = SlackJob & { readonly twoEye: 'finding' };

const KINDS: Readonly<Record<FindingVerb, Word['kind']>> = {
  acknowledge: 'acknowledged',
  'it-was-me': 'it-was-me',
  confirm: 'confirmed',
  'not-genuine': 'not-genuine',
};

/** A word on a finding: written beside the approvals, and then on-access is asked to judge again. Success shows on the finding, not before. */
export async function speak(job: FindingJob, services: SlackWorkServices): Promise<void> {
  const { by } = job;
  const finding = await services.readFinding(job.ledger, job.finding);
  if (!finding) return whisper(by, 'This finding is not known. The message may be from another deployment.', services);
  if (finding.state === 'closed') {
    await finishAsking(job, services);
    return whisper(by, `This finding is closed already (${finding.closedAs}). Your click changed nothing.`, services);
  }
  const allowed = await maySay(job, finding, services);
  if (allowed.outcome === 'refused') return whisper(by, allowed.why, services);
  if (job.verb === 'it-was-me') return itWasMe(job, finding, allowed.person, services);
  return say(job, finding, allowed.person, services);
}

async function say(job: FindingJob, finding: Finding, person: PersonId, services: SlackWorkServices): Promise<void> {
  const kind = KINDS[job.verb];
  const text = job.words ? { text: job.words } : {};
  const word: Word = { id: idOf(job.key), finding: finding.id, kind, by: person, via: 'slack', at: job.by.at, ...text };
  const isDenial = kind === 'not-genuine' && person === finding.actor;
  const written = isDenial
    ? await services.putOwnDenial(finding.ledger, word)
    : await services.putWord(finding.ledger, word);
  await services.enqueueAccess({ twoEye: 'rejudge', ledger: finding.ledger, because: `word ${kind} on ${finding.id}` });
  const first = written.outcome === 'exists' ? written.there.value : undefined;
  if (first && first.id !== word.id) {
    const who =
      first.by === person ? 'You had said that before' : `${mention(services.policy, first.by)} was first and said`;
    return whisper(job.by, `${who}: ${first.kind}. Your click changed nothing.`, services);
  }
  if (kind === 'acknowledged' && person === finding.actor) {
    await whisper(
      job.by,
      'Noted. This is your own, so the clock keeps running until somebody else takes it or confirms it.',
      services,
    );
  }
}

async function maySay(job: FindingJob, finding: Finding, services: SlackWorkServices): Promise<Eligibility> {
  const user = await standing(job.by, services);
  const known = knownPerson(user, services.policy);
  if (known.outcome === 'refused' || job.verb === 'acknowledge' || job.verb === 'not-genuine') return known;
  if (job.verb === 'it-was-me') {
    if (finding.actor === 'unknown' || finding.actor === known.person) return known;
    return {
      outcome: 'refused',
      why: `The records name ${mention(services.policy, finding.actor)}, not you. If you know that it was genuine, confirm it.`,
    };
  }
  // Nobody knows who did it, so whoever confirms could be the one: cyber may, or the person says that it was them and another confirms.
  if (finding.actor === 'unknown') {
    if (await isCyber(known.person, user.id, services)) return known;
    return {
      outcome: 'refused',
      why: 'Nobody knows who did this, so only cyber can confirm it. Whoever it was can press “It was me” and name a second person.',
    };
  }
  const group = approversOf(finding.team, services.policy);
  return mayConfirm(user, finding.actor, group, await membersIn(group, services), services.policy);
}

/** The actor says what happened and picks a person, whose late yes is bound to this finding and closes it. */
async function itWasMe(
  job: FindingJob,
  finding: Finding,
  person: PersonId,
  services: SlackWorkServices,
): Promise<void> {
  const picked = pickedPerson(job.picked ?? '', services.policy);
  if (!picked || picked === person)
    return whisper(
      job.by,
      picked ? 'You cannot confirm your own; pick somebody else.' : 'two-eye does not know the person you picked.',
      services,
    );
  const asked = await storeAndShow(lateRequest(job, finding, person, picked, services.policy), services);
  if (asked.outcome === 'refused') return whisper(job.by, asked.why, services);
  await say(job, finding, person, services);
}

/** A run that stored a late request and died before anybody saw it, and meanwhile the finding has closed: it is asked all the same. */
async function finishAsking(job: FindingJob, services: SlackWorkServices): Promise<void> {
  if (job.verb !== 'it-was-me') return;
  const known = knownPerson(await standing(job.by, services), services.policy);
  const stored = known.outcome === 'eligible' ? await services.readRequest(known.person, idOf(job.key)) : undefined;
  if (stored) await storeAndShow(stored.value, services);
}

function lateRequest(job: FindingJob, finding: Finding, actor: PersonId, picked: PersonId, policy: Policy): Approval {
  return {
    id: idOf(job.key),
    actor,
    target: finding.target,
    slots: [finding.target],
    reason: job.words ?? '',
    requestedAt: job.by.at,
    // The person who is asked may be asleep, and the finding stays loud meanwhile.
    lapsesAt: job.by.at + policy.approvals.emergencyLapsesMs,
    picked,
    status: 'requested',
    via: 'modal',
    lateFor: finding.id,
    lateForLedger: finding.ledger,
  };
}
