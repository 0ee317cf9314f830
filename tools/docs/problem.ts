/** What a check of the pages says when something is wrong. */

export interface Problem {
  /** The rule that is broken, such as `shape` or `links`. */
  readonly check: string;
  /** Path below `docs/`, or below the repository for files that are not pages. */
  readonly file: string;
  /** Line of the file, counted from 1, where it makes sense. */
  readonly line?: number;
  /** A sentence that says what is wrong, and what to do when that is not obvious. */
  readonly message: string;
}

/** One line for a terminal or for a test's failure. */
export function describeProblem({ check, file, line, message }: Problem): string {
  return `${file}${line === undefined ? '' : `:${line}`}  [${check}] ${message}`;
}
