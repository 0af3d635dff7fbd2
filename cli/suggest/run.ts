import { sourcesOf } from '../archive/paths.ts';
import { scanArchive } from '../archive/scan.ts';
import { EXIT } from '../exit-codes.ts';
import { progressOn } from '../replay/progress.ts';
import { shown } from '../visible.ts';
import { EVERY_ROLE } from './every-role.ts';
import type { RoleSeen } from './observe.ts';
import { policyText } from './policy-text.ts';
import { roleReader } from './read-roles.ts';
import { targetsOf } from './targets.ts';

/** Prints a first policy made from what is seen in an archive; once `stop` is aborted, in what was read so far. */
export async function suggest(paths: readonly string[], stop: AbortSignal): Promise<number> {
  const { sources, missing } = sourcesOf(paths);
  const roles = new Map<string, RoleSeen>();
  const progress = await progressOn(process.stderr, sources);
  const { extract, files } = await scanArchive(sources, EVERY_ROLE, {
    stop,
    progress: progress.update,
    readValue: roleReader(roles),
  });
  progress.stop();
  for (const { path, why } of missing) console.error(shown(`${path}: ${why}`));
  for (const { file, offset, why } of extract.unreadable.slice(0, MOST_NAMED))
    console.error(shown(`unreadable: ${file} at byte ${offset}: ${why}`));
  if (extract.unreadable.length > MOST_NAMED)
    console.error(
      `… and ${extract.unreadable.length - MOST_NAMED} more; ${extract.unreadable.length} could not be read`,
    );
  process.stdout.write(policyText(targetsOf([...roles.values()])));
  if (stop.aborted) console.error('stopped before the end: this is of the files read so far');
  console.error(
    `${files} ${files === 1 ? 'file' : 'files'}, ${roles.size} admin-like ${roles.size === 1 ? 'role' : 'roles'} used; every FILL-IN is for you to decide`,
  );
  return missing.length + extract.unreadable.length > 0 || stop.aborted ? EXIT.unreadInput : EXIT.ok;
}

const MOST_NAMED = 20;
