import type { LedgerId } from '../../lambdas/core/access-event.ts';
import type { Finding } from '../../lambdas/core/finding.ts';
import type { Ledger } from '../../lambdas/core/ledger-state.ts';
import type { VerdictMessage } from '../../lambdas/core/messages.ts';
import { isSame } from '../../lambdas/core/same.ts';
import { incidentOf, type ToldIncident } from '../../lambdas/core/telling/told.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';
import type { OpenPointer } from '../../lambdas/edge/finding-store.ts';
import { actionKey, eventKey, findingKey, openKey, toldKey } from '../../lambdas/edge/table-keys.ts';
import type { Outcome } from './outcome.ts';
import type { SimulatedTable } from './table.ts';

/** An action as it is stored. */
export interface ActionItem {
  readonly line: VerdictLine;
  readonly superseded?: 'yes';
}

/** The table alone tells what was judged, found, told and paged: its items say the same of it, and so does the world outside. */
export function unlikeTheTable(outcome: Outcome): readonly string[] {
  const { table } = outcome;
  const ledgers = table.items().flatMap(({ key, value }) => (key.sk === 'LEDGER' ? [value as Ledger] : []));
  return [
    ...ledgers.flatMap((ledger) => [...actions(ledger, table), ...findings(ledger, table), ...owners(ledger, table)]),
    ...ledgers.flatMap((ledger) => outbox(ledger.id, table)),
    ...incidents(outcome),
  ];
}

/** What stands in a ledger stands beside it, as it is told. */
function actions({ id, actions: standing }: Ledger, table: SimulatedTable): readonly string[] {
  return standing.flatMap((action) => {
    const item = table.at(actionKey(id, action.id))?.value as ActionItem | undefined;
    const members = item?.line.members?.map(({ key }) => key) ?? [];
    const isTold = item?.line.verdict === action.judgement.verdict && item.superseded === undefined;
    return isTold && isSame(members.toSorted(), action.members.toSorted())
      ? []
      : [`${action.id} is ${action.judgement.verdict} in its ledger and ${item?.line.verdict} beside it`];
  });
}

function findings({ id, findings: known }: Ledger, table: SimulatedTable): readonly string[] {
  return known.flatMap((finding) => {
    const item = table.at(findingKey(id, finding.id))?.value;
    const pointer = table.at(openKey(finding.id))?.value as OpenPointer | undefined;
    return isSame(item, finding) && pointer?.state === finding.state
      ? []
      : [`${finding.id} is not in the table as it is in its ledger`];
  });
}

function owners({ id, records, held }: Ledger, table: SimulatedTable): readonly string[] {
  return [...records, ...held.map(({ record }) => record)].flatMap(({ key }) => {
    const owner = (table.at(eventKey(key))?.value as { readonly ledger: LedgerId } | undefined)?.ledger;
    return owner === id ? [] : [`${key} is in ${id} and said to be in ${owner}`];
  });
}

/** The last that was to be told of a finding or an action is how it is. */
function outbox(ledger: LedgerId, table: SimulatedTable): readonly string[] {
  const entries = table.partition(`LEDGER#${ledger}`, { prefix: 'OUTBOX#' });
  const messages = entries.flatMap(({ value }) => value as readonly VerdictMessage[]);
  const lastFindings = new Map(messages.flatMap(({ finding }) => (finding ? [[finding.id, finding] as const] : [])));
  const lastLines = new Map(messages.flatMap(({ actions: [line] }) => (line ? [[line.action, line] as const] : [])));
  return [
    ...[...lastFindings.values()].flatMap((told) => {
      const item = table.at(findingKey(ledger, told.id))?.value as Finding | undefined;
      return isSame(item, told) ? [] : [`${told.id} was last told as ${told.state} and is ${item?.state}`];
    }),
    ...[...lastLines.values()].flatMap((told) => {
      const item = table.at(actionKey(ledger, told.action))?.value as ActionItem | undefined;
      return item?.superseded === 'yes' || isSame(item?.line.verdict, told.verdict)
        ? []
        : [`${told.action} was last told as ${told.verdict} and is ${item?.line.verdict}`];
    }),
  ];
}

const ROTAS: Readonly<Record<string, 'team' | 'cyber'>> = { notify: 'team', cyber: 'cyber' };

/** What PagerDuty has open is known to be open, and what it has resolved to be resolved. An outage is told without the table. */
function incidents({ table, incidents: all }: Outcome): readonly string[] {
  return [...all].flatMap(([name, { state }]) => {
    const [service = '', key = ''] = name.split(' ');
    if (key.startsWith('two-eye/undecided-')) return [];
    const told = table.at(toldKey(incidentOf(key), 'pagerduty'))?.value as ToldIncident | undefined;
    const known = told?.pages[ROTAS[service] ?? 'cyber']?.state;
    const isKnown = (known === 'resolved') === (state === 'resolved');
    return known !== undefined && isKnown ? [] : [`${name} is ${state} and the table says ${known}`];
  });
}
