/** The command line or its configuration cannot be understood; the message says why and what to do. */
export class UsageError extends Error {
  readonly code = 'USAGE';

  constructor(problem: string) {
    super(`${problem} Try --help.`);
    this.name = 'UsageError';
  }
}
