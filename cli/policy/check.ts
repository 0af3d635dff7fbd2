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
    `${file} is right: ${count(policy.targets.length, 'target')}, ${count(Object.keys(policy.teams).length, 'team')}, ${count(policy.people.length, 'person', 'people')}, ${count(policy.suppressions.length, 'suppression')} (policy ${policy.hash.slice(0, 12)})`,
  );
  return EXIT.ok;
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
