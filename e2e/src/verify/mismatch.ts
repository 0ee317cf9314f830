/** The two ways in which a check can end other than by passing. */

/** The gateway did something else than the protocol says. */
export class Mismatch extends Error {
  readonly code = 'MISMATCH';
  readonly expected: string;
  readonly came: string;

  constructor(expected: string, came: string) {
    super(`expected ${expected}; came ${came}`);
    this.name = 'Mismatch';
    this.expected = expected;
    this.came = came;
  }
}

/** The check cannot be made here; the message says what is missing. It is never counted as passed. */
export class Skipped extends Error {
  readonly code = 'SKIPPED';
}
