/** A fault that must be survived, and the test that shows it: `file` under `test/`, `test` as it is named there. */
export interface Fault {
  readonly fault: string;
  readonly provenBy?: { readonly file: string; readonly test: string };
}

/** What the same list gives for the tool that most teams use today, as measured by injecting the faults into it. */
export const INCUMBENT =
  'cloudtrail-to-slack, of the nine faults that were injected into it: 1 retried properly, 2 lost alerts silently, 4 lost alerts behind an error notice, 1 told twice, 1 passed markup through.';

const by = (fault: string, file: string, test: string): Fault => ({ fault, provenBy: { file, test } });
const SIMULATION = 'simulation/simulation.test.ts';
const KEEPS = 'keeps every promise when';

export const FAULTS: readonly Fault[] = [
  by('1 the same record twice', SIMULATION, KEEPS),
  by(
    '2 records and approvals in another order',
    'core/judge-properties.test.ts',
    'ends where one judging of everything ends',
  ),
  by(
    '3 a record hours or days late',
    'core/ledger.test.ts',
    'takes a record that was never seen and is older than the ledger for unapproved',
  ),
  by(
    '4 a record that is never delivered',
    'lambdas/reconcile.test.ts',
    'sends what CloudTrail knows and the table does not',
  ),
  by('5 clocks that differ', 'core/judge.test.ts', 'covers a use up to one second before the yes, and none at its end'),
  by('6 two uses race for one approval', SIMULATION, KEEPS),
  by(
    '7 two approvals, one use',
    'core/judge-properties.test.ts',
    'approves the largest possible number of actions, and spends no approval twice',
  ),
  by('8 the table throttles, fails or is silent', SIMULATION, KEEPS),
  by('9 a write is applied and its answer lost', SIMULATION, KEEPS),
  by(
    '10 a stale read',
    'proof/consistent-reads.test.ts',
    'every read of the table asks for what was written last, on the wire',
  ),
  by('11 a crash between any two steps', SIMULATION, KEEPS),
  by('12 dead letters redriven, an archive replayed', SIMULATION, KEEPS),
  by(
    '13 Slack answers 429, 5xx, nothing, or ok:false',
    'edge/slack.test.ts',
    'gives the refusal of a 200 with ok:false',
  ),
  by(
    '14 Slack waits three seconds',
    'scenarios/approvals.test.ts',
    'makes one request of an ask that is delivered three times',
  ),
  by('15 PagerDuty answers 429, 5xx or 400', 'edge/pagerduty.test.ts', 'takes 503 and 500 as unreachable'),
  by(
    '16 both channels are down',
    'scenarios/findings-told.test.ts',
    'together with PagerDuty, what could not be said is a dead letter, and an alarm',
  ),
  by(
    '17 a record that cannot be read',
    'proof/fuzz.test.ts',
    'ends as a use, ignored with a reason, or unreadable with why',
  ),
  by('18 a record that is huge, deep or strange', 'proof/fuzz.test.ts', 'is read in a time that grows with its length'),
  by(
    '19 a policy that is missing, wrong or changed',
    'policy/compile.test.ts',
    'never throws, whatever is cut out of it or put into it',
  ),
  by('20 a secret that is rotated', 'edge/secrets.test.ts', 'is asked for once, and again around every cache'),
  by(
    '21 clock changes, holidays, midnight, a year not published',
    'core/hours.test.ts',
    'agrees with another calendar for every half hour of ten years',
  ),
  by('22 a forged request of Slack', 'lambdas/on-slack.test.ts', 'is refused when it is signed with another secret'),
  by(
    '23 a replayed request of Slack',
    'lambdas/on-slack.test.ts',
    'makes one request when it is replayed within its five minutes',
  ),
  by(
    '24 a person approves themself, by any name',
    'core/ledger.test.ts',
    'is never closed by the actor, under any name, nor by PagerDuty',
  ),
  by('25 an approver who may not', 'scenarios/approvals.test.ts', 'after they were removed from the user group'),
  by(
    '26 a session name that somebody chose',
    'core/actor.test.ts',
    'is not taken from a session name or a source identity that nobody enforces',
  ),
  by('27 every way into a role', 'core/read.test.ts', 'names both halves of a cross-account call'),
  by(
    '28 another Region, the global endpoint',
    'infra/stacks.test.ts',
    'is one home stack and a tap for each account and Region',
  ),
  by(
    '29 an event that AWS did not send',
    'core/read.test.ts',
    'takes it only from the source and account that AWS gives it',
  ),
  by(
    '30 markup in what people and records say',
    'core/wording/escape.test.ts',
    'reads as it was written and is not live',
  ),
  by('31 a secret in a log or message', 'core/read.test.ts', 'keeps no session token, in nothing that it writes'),
  by('32 an expression that backtracks', 'proof/fuzz.test.ts', 'is read in a time that grows with its length'),
  by('33 somebody writes to the table', 'infra/stacks.test.ts', 'lets on-access write no word of people'),
  by(
    '34 somebody switches the watcher off',
    'infra/stacks.test.ts',
    'names everything so that the tampering door knows it',
  ),
  by('35 a flood of findings', 'scenarios/findings-storm.test.ts', 'ten thousand in a minute'),
  by('36 a flood of requests', 'scenarios/approvals.test.ts', 'after two open requests for one target'),
  by(
    '37 an archive that is cut or corrupt',
    'cli/archive/fast-scan.test.ts',
    'never takes a damaged file for a whole one',
  ),
  by(
    '38 a record that is not in compact form',
    'cli/archive/fast-scan.test.ts',
    'gives what parsing everything gives, over',
  ),
];
