import { readFile } from 'node:fs/promises';
import { TwoEyeError } from '../lambdas/core/errors.ts';
import type { Policy } from '../lambdas/core/policy.ts';
import { whyUnread } from '../policy/unread-file.ts';
import { type ApprovalsFile, type LineNote, readApprovals } from './approvals-file.ts';
import { loadMembers, unknownApproverWarnings } from './members.ts';
import { shown } from './visible.ts';

/** Options of every command that judges. */
export interface PeopleOptions {
  readonly approvals?: string;
  readonly members?: string;
}

/** What is known of who approved what, and what its reader has to know of it. */
export interface GivenApprovals extends ApprovalsFile {
  /** Of the whole: to be shown with the verdicts too. */
  readonly warnings: readonly string[];
}

const NOBODY_ASKED = 'no --approvals: every use is judged as if nobody had been asked';

/** The approvals and pins that were given, with everything doubtful about them said on stderr. */
export async function peopleFrom(options: PeopleOptions, policy: Policy): Promise<GivenApprovals> {
  const given = await givenPeople(options, policy);
  for (const note of notesOf(given)) console.error(note);
  return given;
}

/** The same, saying nothing yet: `notesOf` has what is to be said. */
export async function givenPeople(options: PeopleOptions, policy: Policy): Promise<GivenApprovals> {
  const members = await loadMembers(policy, options.members);
  const { approvals: path } = options;
  if (path === undefined) return { approvals: [], pins: [], bad: [], doubts: [], warnings: [NOBODY_ASKED] };
  const file = readApprovals(await approvalsText(path), path, policy, members);
  return { ...file, warnings: [...unknownApproverWarnings(policy, members), ...unusedWarning(file.bad, path)] };
}

export function notesOf({ bad, doubts, warnings }: GivenApprovals): string[] {
  return [
    ...bad.map((note) => `${noteLine(note)} (this line is not used)`),
    ...doubts.map(noteLine),
    ...warnings.map((warning) => `warning: ${warning}`),
  ];
}

function unusedWarning({ length }: readonly LineNote[], path: string): string[] {
  return length === 0 ? [] : [`${length === 1 ? 'one line' : `${length} lines`} of ${path} could not be used`];
}

async function approvalsText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new TwoEyeError(
      'misconfigured',
      `--approvals ${path} cannot be read: ${whyUnread(cause)}; give the path of a JSON Lines file (docs/approvals-file.md)`,
      {
        cause,
      },
    );
  }
}

function noteLine({ file, line, why }: LineNote): string {
  return shown(`${file}:${line}: ${why}`);
}
