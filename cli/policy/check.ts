import { compilePolicyFile } from '../../policy/load.ts';
import { problemLine } from '../../policy/problem.ts';
import { EXIT } from '../exit-codes.ts';
import { shown } from '../visible.ts';

/** Names every problem of a policy file by file, line and column, with what would be right. */
export async function check(file: string): Promise<number> {
  const compiled = await compilePolicyFile(file);
  for (const warning of compiled.warnings) console.error(shown(String(warning)));
  if (!compiled.ok) {
    for (const problem of compiled.problems) console.error(shown(problemLine(problem)));
    return EXIT.usage;
  }
  const { policy } = compiled;
  console.log(
    `${file} is right: ${policy.targets.length} targets, ${Object.keys(policy.teams).length} teams, ${policy.people.length} people, ${policy.suppressions.length} suppressions (policy ${policy.hash.slice(0, 12)})`,
  );
  return EXIT.ok;
}
