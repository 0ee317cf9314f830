/** What a checker found: which invariant does not hold, and what shows it. */

export const INVARIANTS = ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'liveness'] as const;
export type Invariant = (typeof INVARIANTS)[number];

export interface Violation {
  readonly invariant: Invariant;
  /** The rule of the invariant that is broken, in a few words; the same for every breach of this rule. */
  readonly rule: string;
  /** What happened, with names and numbers. */
  readonly detail: string;
  readonly at: number;
  /** The nodes, and the topic, that it concerns. */
  readonly nodes: readonly string[];
  readonly topic?: string;
}
