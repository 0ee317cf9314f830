/** What a run tells while it goes on, and how it ended: the types only. */

import type { ProfileName } from '../settings.ts';
import type { Violation } from '../violation.ts';
import type { Summary } from './summary.ts';

/** A world that broke a rule, as it was found and as small as it could be made. */
export interface Failure {
  readonly seed: number;
  readonly profile: ProfileName;
  /** The first one of the small world. */
  readonly violation: Violation;
  /** Runs that it took to make the world smaller; 0 where nobody tried. */
  readonly shrinkRuns: number;
  readonly isSmallest: boolean;
  readonly faultsBefore: number;
  readonly faults: number;
  readonly events: number;
  readonly timeline: string;
  readonly command: string;
}

/** How a run ended. */
export interface Ending {
  readonly ok: boolean;
  readonly isStopped: boolean;
  readonly durationMs: number;
  readonly summary: Summary;
  readonly mutant?: { readonly name: string; readonly isFound: boolean };
}

/** What `--json` prints, one a line: `plan`, then any number of the middle ones, then `end`. */
export type SimRunEvent =
  | {
      readonly t: 'plan';
      readonly kind: 'sim';
      readonly seeds: readonly [number, number];
      readonly profiles: readonly ProfileName[];
      readonly mutant?: string;
      readonly changes: readonly string[];
      readonly total: number;
    }
  | { readonly t: 'progress'; readonly done: number; readonly total: number; readonly label: string }
  | ({ readonly t: 'failure' } & Failure)
  | {
      readonly t: 'end';
      readonly ok: boolean;
      readonly isStopped: boolean;
      readonly durationMs: number;
      readonly results: readonly Summary[];
      readonly mutant?: { readonly name: string; readonly isFound: boolean };
    };
