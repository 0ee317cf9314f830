/** The port of all checkers: each is given every event of a history, in order, and says what is wrong as soon as it is. */

import type { HistoryEvent } from '../history.ts';
import type { Violation } from '../violation.ts';

export type Report = (violation: Violation) => void;

export interface Checker {
  take(event: HistoryEvent): void;
}

export type NewChecker = (report: Report) => Checker;
