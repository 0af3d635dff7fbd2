import { judgeRecords } from '../../../cli/replay/judge-records.ts';
import type { LedgerRecord } from '../../../lambdas/core/access-event.ts';
import type { Approval } from '../../../lambdas/core/approval.ts';
import type { Finding } from '../../../lambdas/core/finding.ts';
import type { VerdictMessage } from '../../../lambdas/core/messages.ts';
import type { VerdictLine } from '../../../lambdas/core/verdict-line.ts';
import type { StandInIncident } from '../../../sandbox/stand-ins/pagerduty.ts';
import type { ShownItem } from '../../../sandbox/table-view.ts';
import type { WholeWorld } from '../../support/whole-world.ts';

/** What the table holds, and what people were shown, once all is quiet. */
export interface WhatIsLeft {
  /** The actions that stand. */
  readonly lines: readonly VerdictLine[];
  readonly findings: readonly Finding[];
  readonly approvals: readonly Approval[];
  /** One judging of everything that was sent, with the approvals that the table holds. */
  readonly expected: readonly VerdictLine[];
  readonly records: readonly LedgerRecord[];
  readonly incidents: readonly StandInIncident[];
  /** Findings of which a message in the team's channel says so. */
  readonly shown: ReadonlySet<string>;
  readonly dead: number;
  /** Actions and findings that were told when the table did not have them yet. */
  readonly toldFirst: readonly string[];
}

/** Remembers what is recorded, and what is told before that. */
export function watchTelling() {
  const recorded = new Set<string>();
  const toldFirst: string[] = [];
  return {
    toldFirst,
    /** The table took a transaction. */
    written(transaction: string): void {
      for (const [, name = ''] of transaction.matchAll(/"((?:ACTION|FINDING)#[^"]+)"/g)) recorded.add(name);
    },
    /** The topic took a message. */
    published({ finding, actions: [line] }: VerdictMessage): void {
      // An outage is told without the table.
      if (finding?.cause === 'undecided') return;
      const names = [finding && `FINDING#${finding.id}`, line && `ACTION#${line.action}`];
      toldFirst.push(...names.filter((name) => name !== undefined && !recorded.has(name)).map(String));
    },
  };
}

export async function whatIsLeft(
  world: WholeWorld,
  records: readonly LedgerRecord[],
  toldFirst: readonly string[],
): Promise<WhatIsLeft> {
  const items = await world.sandbox.table.items();
  const approvals = bodies<Approval>(items, ({ pk, sk }) => pk.startsWith('APPROVALS#') && sk.startsWith('REQUEST#'));
  const actions = bodies<{ readonly line?: VerdictLine; readonly superseded?: 'yes' }>(items, ({ sk }) =>
    sk.startsWith('ACTION#'),
  );
  const told = items.filter(({ pk, sk }) => pk.startsWith('TOLD#') && sk === 'slack');
  const posted = new Set(world.sandbox.slack.messagesIn('C01NOTIFY').map(({ ts }) => ts));
  return {
    lines: actions.flatMap(({ line, superseded }) => (line && superseded === undefined ? [line] : [])),
    findings: bodies<Finding>(items, ({ sk }) => sk.startsWith('FINDING#')),
    approvals,
    expected: judgeRecords(records, { approvals, pins: [] }, world.sandbox.policy),
    records,
    incidents: world.incidents(),
    shown: new Set(
      told.flatMap(({ pk, body }) => {
        const { ts, moot } = body as { readonly ts?: string; readonly moot?: 'yes' };
        return moot === 'yes' || (ts !== undefined && posted.has(ts)) ? [pk.slice('TOLD#'.length)] : [];
      }),
    ),
    toldFirst,
    dead: Object.values(world.deadLetters()).reduce((sum, count) => sum + count, 0),
  };
}

/** What must hold on any table that is left, in sentences; none when all is well. */
export function violationsOf(left: WhatIsLeft): readonly string[] {
  return [
    ...spentTwice(left),
    ...notInOneAction(left),
    ...untold(left),
    ...badPages(left),
    ...unlikeTheOracle(left),
    ...left.toldFirst.map((name) => `${name} was told before it was recorded`),
    ...(left.dead > 0 ? [`${left.dead} messages stay dead`] : []),
  ];
}

function spentTwice({ lines }: WhatIsLeft): readonly string[] {
  const spent = lines.flatMap(({ approval, target }) => (approval === undefined ? [] : [`${approval} on ${target}`]));
  return spent.filter((one, index) => spent.indexOf(one) !== index).map((one) => `${one} is spent twice`);
}

function notInOneAction({ records, lines }: WhatIsLeft): readonly string[] {
  return records.flatMap(({ key }) => {
    const count = lines.filter(({ keys }) => keys.includes(key)).length;
    return count === 1 ? [] : [`${key} is in ${count} actions`];
  });
}

function untold({ lines, findings, shown }: WhatIsLeft): readonly string[] {
  const without = lines.filter(
    ({ action, verdict }) => verdict === 'unapproved' && !findings.some((finding) => finding.action === action),
  );
  return [
    ...without.map(({ action }) => `${action} is unapproved and has no finding`),
    ...findings
      // Of an outage nothing is noted while the table is away, which for a process on a busy machine it may be.
      .filter(({ id, cause }) => cause !== 'undecided' && !shown.has(id))
      .map(({ id }) => `${id} is not shown in Slack`),
  ];
}

/** One incident a key and service; open exactly while a finding under it is. */
function badPages({ findings, incidents }: WhatIsLeft): readonly string[] {
  const names = incidents.map(({ service, dedupKey }) => `${service} ${dedupKey}`);
  const twice = names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${name} was opened twice`);
  const open = (key: string): boolean => incidents.some((one) => one.dedupKey === key && one.status !== 'resolved');
  const missing = findings.filter(
    ({ state, urgency, dedupKey }) => state === 'open' && urgency === 'page' && !open(dedupKey),
  );
  const stale = incidents.filter(
    ({ status, dedupKey }) =>
      status !== 'resolved' && !findings.some((one) => one.dedupKey === dedupKey && one.state !== 'closed'),
  );
  return [
    ...twice,
    ...missing.map(({ id }) => `${id} pages and PagerDuty does not know`),
    ...stale.map(({ dedupKey }) => `${dedupKey} is open and what it is about is closed`),
    ...findings
      .filter(({ state, urgency }) => state === 'open' && urgency === 'ping')
      .map(({ id }) => `${id} is still a ping long after its time`),
  ];
}

function unlikeTheOracle({ lines, expected }: WhatIsLeft): readonly string[] {
  const said = (all: readonly VerdictLine[]): readonly string[] =>
    all.map(({ keys, verdict, approval }) => `${[...keys].sort().join('+')} ${verdict} ${approval ?? ''}`).sort();
  const [actual, oracle] = [said(lines), said(expected)];
  return [
    ...actual.filter((one) => !oracle.includes(one)).map((one) => `judged ${one}; one judging of everything does not`),
    ...oracle.filter((one) => !actual.includes(one)).map((one) => `not judged ${one}; one judging of everything does`),
  ];
}

function bodies<T>(items: readonly ShownItem[], wanted: (item: ShownItem) => boolean): readonly T[] {
  return items.filter(wanted).map(({ body }) => body as T);
}
