import { existsSync } from 'node:fs';
import { testTitlesIn } from '../support/test-titles.ts';

/** A test: its file under `test/`, and its title exactly as it stands there, without those of the suites around it. */
export interface NamedTest {
  readonly file: string;
  readonly title: string;
}

/** A fault that must be survived, by its number in the list, and the tests that show it: all of them together, not each. */
export interface Fault {
  readonly number: number;
  readonly fault: string;
  readonly provenBy: readonly NamedTest[];
}

/** What the same list gives for the tool that most teams use today, as measured by injecting the faults into it. */
export const INCUMBENT =
  'cloudtrail-to-slack, of the nine faults that were injected into it: 1 retried properly, 2 lost alerts silently, 4 lost alerts behind an error notice, 1 told twice, 1 passed markup through.';

/** Titles, by the file that they are in. */
type Titles = Readonly<Record<string, string | readonly string[]>>;

const SIMULATION = 'simulation/simulation.test.ts';
const KEEPS = 'keeps every promise when %d of all calls go wrong';
const KILLS = {
  'proof/kill.test.ts': 'lose nothing, spend nothing twice, and tell of everything, whatever they were doing',
};

const ROWS: readonly (readonly [fault: string, provenBy: Titles])[] = [
  [
    'the same record twice, at any distance',
    {
      [SIMULATION]: KEEPS,
      'lambdas/on-access.test.ts': 'does nothing again for what is delivered again, at once or by many',
      'scenarios/whole-loop-troubles.test.ts': 'a queue that is handed back once more changes nothing',
    },
  ],
  [
    'records and approvals in another order',
    {
      'core/judge-properties.test.ts': [
        'gives the same verdicts whatever the order and however often records come',
        'ends where one judging of everything ends, keeps ids, and never opens what is closed',
      ],
      'scenarios/whole-loop-troubles.test.ts': 'the verdicts are the same',
    },
  ],
  [
    'a record hours or days late',
    {
      'lambdas/on-access-replayed.test.ts':
        'judges a record that comes hours late by the approvals of its own time, over by now',
      'core/ledger.test.ts':
        'takes a record that was never seen and is older than the ledger for unapproved, and names the approvals of its day',
      'core/wording/finding-message.test.ts': 'says how long ago the use was, however late its record came',
    },
  ],
  [
    'a record that is never delivered',
    {
      'lambdas/reconcile.test.ts': [
        'sends what CloudTrail knows and the table does not, and only uses of targets',
        'reads the trail’s bucket too, tampering included, and sends once what both sources know',
        'finds database sessions that the log has and the table has not',
        'counts at its last look what came late by the bus, and what never did',
      ],
    },
  ],
  [
    'clocks that differ',
    {
      'core/judge.test.ts': 'covers a use up to one second before the yes, and none at its end',
      'lambdas/on-slack.test.ts': 'is judged by its age: %s',
      'edge/table.test.ts': 'signs anew by the table’s clock when its own is wrong',
    },
  ],
  [
    'two uses race for one approval',
    {
      [SIMULATION]: KEEPS,
      'lambdas/on-access.test.ts': 'spends each approval once however many invocations race for it',
      'proof/model.test.ts':
        'finds nothing wrong in any interleaving, for two records, two deliveries of each and one crash',
    },
  ],
  [
    'two approvals, one use',
    {
      'core/judge-properties.test.ts':
        'approves the largest possible number of actions, and spends no approval twice in a slot',
      'core/judge.test.ts': 'takes the approval that ends first',
    },
  ],
  [
    'the table throttles, fails or is silent',
    {
      [SIMULATION]: KEEPS,
      'lambdas/on-access-faults.test.ts': [
        'says once that it cannot decide while the table is away, decides when it is back and closes that',
        'pages for what it cannot decide when nobody decided it in time',
      ],
      'scenarios/whole-loop-troubles.test.ts':
        'uses are undecided, once a team, and decided and closed when it is back',
    },
  ],
  [
    'a write is applied and its answer lost',
    {
      [SIMULATION]: KEEPS,
      'lambdas/on-access-faults.test.ts': 'spends once and opens once when the answers of its writes are lost',
    },
  ],
  [
    'a stale read',
    { 'proof/consistent-reads.test.ts': 'every read of the table asks for what was written last, on the wire' },
  ],
  [
    'a crash between any two steps',
    {
      [SIMULATION]: KEEPS,
      ...KILLS,
      'access/large-commit.test.ts': 'is done once, whole, when the process dies %s any of the parts',
      'lambdas/on-access.test.ts': 'tells on redelivery what was recorded and could not be told',
    },
  ],
  [
    'dead letters redriven, an archive replayed',
    {
      'lambdas/on-access-replayed.test.ts': [
        'tells nothing anew of what was decided, under whatever name it is replayed',
        'tells nothing anew of what could not be read',
        'judges what was never seen, and is loud',
      ],
      'scenarios/whole-loop-troubles.test.ts':
        'the page ends among the dead letters, which an alarm watches, and is sent when they are handed back',
    },
  ],
  [
    'Slack answers 429, 5xx, nothing, or ok:false; its token is revoked, its channel archived',
    {
      'edge/slack.test.ts': [
        'ends when Slack never answers, though the client by itself has no time-out',
        'says how long to wait after a 429, and does not wait itself',
        'does not repeat after a 503, a reset, a redirect or a page of HTML: the message may be there',
        'gives the refusal of a 200 with ok:false',
        'reads the token anew once when it is refused',
      ],
      'scenarios/findings-told.test.ts': [
        '(%s) the finding is paged, the page says so, and the ping follows when Slack is back',
        'by 429, it waits as long as it is told and nobody is paged for it',
      ],
    },
  ],
  [
    'Slack waits three seconds',
    {
      'lambdas/on-slack.test.ts': [
        'is acknowledged without a word from the table or from Slack',
        'is a failure to Slack, not a 200, when the form cannot be opened',
        'is answered before Slack gives up when Slack itself does not answer',
      ],
      'scenarios/approvals.test.ts': 'makes one request of an ask that is delivered three times',
    },
  ],
  [
    'PagerDuty answers 429, 5xx or 400',
    {
      'edge/pagerduty.test.ts': [
        'takes a 400 and other refusals as refusals, though the client resolves',
        'takes 503 and 500 as unreachable, with JSON (where the client resolves) and with HTML (where it rejects)',
        'says how long to wait after a 429 and asks once, where the client would sleep for a minute',
      ],
      'scenarios/findings-told.test.ts': [
        '(%s) Slack and the e-mail say so at once, once, and the page goes when it can',
        'by 429 for a while, the page is sent again until it is taken',
      ],
      'core/wording/finding-message.test.ts': 'is ever live, hides anything, or breaks a limit of Slack or PagerDuty',
    },
  ],
  [
    'both channels are down',
    {
      'scenarios/findings-told.test.ts':
        'together with PagerDuty, what could not be said is a dead letter, and an alarm',
      'infra/stacks.test.ts': 'gives every queue dead letters or is itself where they go',
    },
  ],
  [
    'a record that cannot be read',
    {
      'proof/fuzz.test.ts': [
        'ends as a use, ignored with a reason, or unreadable with why',
        'ends so too when it is a record of a door with any fields at all',
      ],
      'lambdas/on-access.test.ts':
        'makes what cannot be read a finding for cyber, once, and judges the rest of the batch',
    },
  ],
  [
    'a record that is huge, deep or strange',
    {
      'proof/fuzz.test.ts': [
        'is read, wrapped however deeply, as long as you like and of a hundred thousand fields',
        'reaches no prototype, whatever its fields are called',
      ],
      'lambdas/on-access-always.test.ts': 'takes a record of a megabyte, and keeps what it needs of it',
      'proof/adversary/aws.test.ts': 'is not hidden by a record of any size: it is cut, judged and told',
    },
  ],
  [
    'a policy that is missing, wrong or changed',
    {
      'policy/compile.test.ts': [
        'names %s with its remedy',
        'never throws, whatever is cut out of it or put into it',
        'is an error that lists every problem when it is loaded',
      ],
      'lambdas/bundles-under-lambda.test.ts':
        'a policy that is not there is told in the log and fails every record of the batch',
      'lambdas/self-check.test.ts': 'is told to cyber with what changed, silence first, and then noted',
    },
  ],
  [
    'a secret that is rotated',
    {
      'edge/secrets.test.ts': 'is asked for once, and again around every cache when it is wanted anew',
      'edge/slack.test.ts': 'works with a rotated token without a new process',
      'edge/pagerduty.test.ts': 'reads the routing key anew once when it is refused',
      'edge/webhook-signature.test.ts':
        'holds for the raw body, with any of the secrets and any of the signatures while they rotate',
    },
  ],
  [
    'clock changes, holidays, midnight, a year not published',
    {
      'core/hours.test.ts': [
        'agrees with another calendar for every half hour of ten years',
        'counts both passes of the hour that occurs twice, and neither of the hour that does not occur',
        'leaves no gap before midnight where hours run until 24:00',
        'knows the holidays of each division',
        'pages at any time past the end of the snapshot',
      ],
      'scenarios/findings-told.test.ts': 'tells cyber, once a week, when the known bank holidays are near their end',
    },
  ],
  [
    'a forged request of Slack',
    {
      'lambdas/on-slack.test.ts': [
        'is refused when it is signed with another secret, or any of it is changed after signing',
        'is never genuine with an empty secret',
      ],
    },
  ],
  [
    'a replayed request of Slack',
    {
      'lambdas/on-slack.test.ts': 'makes one request when it is replayed within its five minutes',
      'proof/adversary/people.test.ts': 'makes no yes by replaying one after it was revoked',
    },
  ],
  [
    'a person approves themself, by any name',
    {
      'proof/adversary/people.test.ts': [
        'is one person under every alias: asking under one and confirming under another is refused',
        'is not covered by a yes of her own that found its way into the table',
      ],
      'core/ledger.test.ts': 'is never closed by the actor, under any name, nor by PagerDuty',
    },
  ],
  [
    'an approver who may not',
    {
      'scenarios/approvals.test.ts': [
        '%s',
        'after they were removed from the user group, within a minute of that',
        'when Slack cannot say who they are: nobody becomes eligible, and the click counts once Slack is back',
        'when two-eye does not know them',
      ],
      'proof/adversary/people.test.ts': 'does not act from another workspace by the id of a person of this one',
    },
  ],
  [
    'a session name that somebody chose',
    {
      'core/actor.test.ts': 'is not taken from a session name or a source identity that nobody enforces',
      'proof/adversary/aws.test.ts':
        'does not become Ben by the name of the session, the source identity or the user agent',
    },
  ],
  [
    'every way into a role',
    {
      'core/doors.test.ts': ['takes %s for what it is', 'sees %s as refused'],
      'core/read.test.ts': [
        'names both halves of a cross-account call, and joins them by their shared id',
        'gives all four records of a console hop the same link, and a command line call none',
        'ignores what services of AWS do, and roles that nobody watches',
      ],
    },
  ],
  [
    'another Region, the global endpoint',
    {
      'core/patterns.test.ts': 'are in every listed account, in every Region of a target and always in us-east-1',
      'infra/stacks.test.ts': 'is one home stack and a tap for each account and Region of the policy',
    },
  ],
  [
    'an event that AWS did not send',
    {
      'core/read.test.ts': [
        'takes it only from the source and account that AWS gives it',
        'does not take a record of an account that the policy does not list',
      ],
      'core/patterns.test.ts': 'do not believe a record of another account, nor one from a made-up source',
      'infra/stacks.test.ts': 'takes records from the listed accounts alone',
      'proof/adversary/aws.test.ts': 'makes noise, and no use, by any source that is not AWS’s',
    },
  ],
  [
    'markup in what people and records say',
    {
      'core/wording/escape.test.ts': 'reads as it was written and is not live',
      'core/wording/finding-message.test.ts': 'is ever live, hides anything, or breaks a limit of Slack or PagerDuty',
      'proof/adversary/people.test.ts':
        'has nothing live in any message by what they write as reason, ticket or emergency',
    },
  ],
  [
    'a secret in a log or message',
    {
      'proof/secrets.test.ts': [
        'is in a log, a message, a page or the table after uses of every door',
        'comes out when Slack and PagerDuty %s',
      ],
      'proof/leak-scan.test.ts':
        'passes on what a command prints, with its exit code, and tells of a secret in either stream',
      'proof/adversary/threat-model.test.ts': 'writes one line for a text of many, and no control character',
    },
  ],
  [
    'an expression that backtracks',
    {
      'proof/expressions.test.ts': 'never backtracks more than its text is long, whatever the text',
      'core/postgres-log.test.ts': 'is found in a line of any length without a hang',
    },
  ],
  [
    'somebody writes to the table',
    {
      'infra/stacks.test.ts': [
        'lets on-access write no word of people, and the functions of people no ledger',
        'keeps the table under its logical id, protected, recoverable, encrypted, without expiry',
      ],
      'proof/adversary/people.test.ts': 'is not covered by a yes of her own that found its way into the table',
      'core/journal-chain.test.ts': 'always finds a single character that was changed',
    },
  ],
  [
    'somebody switches the watcher off',
    {
      'core/doors.test.ts': 'is told to cyber when somebody %s',
      'core/patterns.test.ts': 'see every change that the correlator calls tampering',
      'core/ledger.test.ts': 'pages cyber for %s, which stops the telling, in an approved session too',
      'infra/stacks.test.ts': 'names everything so that the tampering door knows it',
      'lambdas/self-check.test.ts': 'are a page to cyber when one %s',
      'lambdas/canary.test.ts': 'is loud about a verdict that is not the expected one',
    },
  ],
  [
    'a flood of findings',
    {
      'scenarios/findings-storm.test.ts': [
        'ten thousand in a minute, ends in few pages, a readable channel and nothing lost',
        'are one message, one incident for each rota, and a thread that fills in its turn',
      ],
      'core/telling/pace.test.ts':
        'always keeps a second between any two messages, in whatever lanes and at whatever times they come',
      'proof/adversary/aws.test.ts': 'who makes a flood ends as one finding and no lost record',
    },
  ],
  [
    'a flood of requests',
    {
      'core/asking.test.ts': [
        'stop the eleventh within an hour',
        'stop asking one person a fourth time',
        'let nobody be asked again within half an hour of their no',
      ],
      'scenarios/approvals.test.ts': [
        'after two open requests for one target',
        'counts two asks that are stored in parallel against each other',
      ],
      'core/request.test.ts':
        'refuse a yes from the instant at which the request lapses, though nobody wrote that down',
    },
  ],
  [
    'an archive that is cut or corrupt',
    {
      'cli/archive/fast-scan.test.ts': [
        'never takes a damaged file for a whole one',
        'refuses a member that goes on behind the length and CRC it claims',
      ],
      'cli/archive/digests.test.ts': 'a changed file, a changed digest and a missing file are named',
      'cli/replay.test.ts': 'names what it cannot read by file and offset, reads the rest, and exits 2',
    },
  ],
  [
    'a record that is not in compact form',
    {
      'cli/archive/fast-scan.test.ts':
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the title as it stands in the file
        'gives what parsing everything gives, over ${FILES} hostile files, whatever the stretch',
      'cli/archive/stream.test.ts': 'gives in pieces what parsing the whole gives, over 600 hostile files',
    },
  ],
];

/** Exactly one test of the file has that title, letter by letter. */
export function isThere({ file, title }: NamedTest): boolean {
  const path = new URL(`../${file}`, import.meta.url);
  return existsSync(path) && testTitlesIn(path).filter((one) => one === title).length === 1;
}

export const FAULTS: readonly Fault[] = ROWS.map(([fault, titles], index) => ({
  number: index + 1,
  fault,
  provenBy: Object.entries(titles).flatMap(([file, named]) =>
    (typeof named === 'string' ? [named] : named).map((title) => ({ file, title })),
  ),
}));
