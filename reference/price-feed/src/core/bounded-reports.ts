/**
 * Tells of things that may happen a million times: of each kind the first twenty, then how many there are after each
 * further thousand, and at the end.
 */

export const REPORTS_FIRST = 20;
export const REPORTS_EVERY = 1_000;

export class BoundedReports<Kind extends string> {
  readonly #tell: (text: string) => void;
  readonly #counts = new Map<Kind, number>();

  constructor(tell: (text: string) => void) {
    this.#tell = tell;
  }

  /** How many of a kind there were. */
  count(kind: Kind): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** `kind` is in words that can be counted, such as `bad lines`. */
  add(kind: Kind, text: string): void {
    const count = this.count(kind) + 1;
    this.#counts.set(kind, count);
    if (count <= REPORTS_FIRST) this.#tell(text);
    else if (count % REPORTS_EVERY === 0) this.#tell(`${count} ${kind} by now; the newest: ${text}`);
  }

  /** Says how many there were of every kind that was not told completely. */
  end(): void {
    for (const [kind, count] of this.#counts) if (count > REPORTS_FIRST) this.#tell(`${count} ${kind} in all.`);
  }
}
