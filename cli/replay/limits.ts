import type { Filters } from './filters.ts';

/** What keeps a page from showing all that was asked for, or all that was there. */
export interface Limits {
  readonly filters: Filters;
  /** Actions that the filters leave out. */
  readonly hidden: number;
  /** Whether Ctrl-C ended the reading. */
  readonly isStopped: boolean;
  /** Files of a folder that are not called like a trail file. */
  readonly others: number;
}

/** Each limit as a sentence without its full stop; none where everything is shown. */
export function limitsInWords({ filters, hidden, isStopped, others }: Limits, shown: number): string[] {
  const set = filterWords(filters);
  return [
    ...(isStopped ? ['the reading was stopped before the end: everything here is of the files read so far'] : []),
    ...(set.length === 0
      ? []
      : [
          `only actions ${set.join(', ')} are shown, ${shown} of ${shown + hidden}; what was read and could not be read is told of all`,
        ]),
    ...(others === 0
      ? []
      : [`${others} other ${others === 1 ? 'file' : 'files'} in the folders passed over by name, and not read`]),
  ];
}

function filterWords({ since, until, account = [], target = [] }: Filters): string[] {
  return [
    ...(since === undefined ? [] : [`since ${since}`]),
    ...(until === undefined ? [] : [`before ${until}`]),
    ...(account.length === 0 ? [] : [`in account ${account.join(' or ')}`]),
    ...(target.length === 0 ? [] : [`of target ${target.join(' or ')}`]),
  ];
}
