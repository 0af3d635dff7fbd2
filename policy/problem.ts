/** Something in a policy file that must be put right before it can be used. */
export interface PolicyProblem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** What is wrong. */
  readonly message: string;
  /** What would be right. */
  readonly remedy: string;
}

/** Where something is in the file: keys and positions from the top, as in `['people', 0, 'slack']`. */
export type Path = readonly PropertyKey[];

/** Collects what is found about a policy file while it is compiled. */
export interface Report {
  /** At the value of the path. */
  problem(path: Path, message: string, remedy: string): void;
  /** At the key that ends the path. */
  problemAtKey(path: Path, message: string, remedy: string): void;
  /** Worth a look, but no reason to refuse the file. */
  warning(path: Path, text: string): void;
}

/** `policy.yaml:12:7 people[0].slack … Did you mean …?`: one line for a terminal. */
export function problemLine(problem: PolicyProblem): string {
  return `${problem.file}:${problem.line}:${problem.column}  ${problem.message} ${problem.remedy}`;
}

/** `people[0].slack` */
export function pathText(path: Path): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`))
    .join('');
}
