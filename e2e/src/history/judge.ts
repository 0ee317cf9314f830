/** Runs the simulator's checkers over a recorded history. */

import { newCheckers, type Violation } from '@micro-socket/simulator';
import type { RecordedHistory } from './recorder.ts';

/** Violations that are told; one mistake makes many, and the first tell most. */
const VIOLATIONS_TOLD_MAX = 5;

/** Every rule that the history breaks, in the order in which that shows. */
export function violationsIn({ events }: Pick<RecordedHistory, 'events'>): Violation[] {
  const violations: Violation[] = [];
  const checkers = newCheckers((violation) => violations.push(violation));
  for (const event of events) checkers.take(event);
  return violations;
}

/** Violations for people, one a line. */
export function violationsText(violations: readonly Violation[]): string {
  const lines = violations
    .slice(0, VIOLATIONS_TOLD_MAX)
    .map(({ invariant, rule, detail }) => `The recorded history breaks ${invariant}, ${rule}: ${detail}`);
  const more = violations.length - lines.length;
  return [...lines, ...(more > 0 ? [`And ${more} more.`] : [])].join('\n');
}
