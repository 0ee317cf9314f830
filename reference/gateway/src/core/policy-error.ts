/** What is written down for a policy cannot be used; the message names the place and what is wrong there. */
export class PolicyError extends Error {
  readonly code = 'POLICY_INVALID';
  /** The place and what is wrong there, without a full stop. */
  readonly problem: string;

  constructor(problem: string, options?: ErrorOptions) {
    super(`The access policy cannot be used: ${problem}.`, options);
    this.name = 'PolicyError';
    this.problem = problem;
  }
}

interface Checker {
  Check(value: unknown): boolean;
  Errors(value: unknown): { readonly instancePath: string; readonly message: string }[];
}

/** What a schema has against a value, as `users.0.name must be string`; `undefined` when it has nothing. */
export function schemaProblem(checker: Checker, value: unknown, whole: string): string | undefined {
  if (checker.Check(value)) return undefined;
  const { instancePath = '', message = 'is not valid' } = checker.Errors(value)[0] ?? {};
  const place = instancePath.slice(1).replaceAll('/', '.') || whole;
  return `${place} ${message === 'schema is false' ? 'is not a known field' : message}`;
}
