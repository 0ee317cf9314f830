/** The texts of the durability table. Their shape is the contract that the other languages fill. */

import type { Fault, Outcome } from '../../e2e/src/durability.ts';

export interface DurabilityText {
  readonly caption: string;
  readonly fault: string;
  readonly faults: Readonly<Record<Fault, string>>;
  readonly outcomes: Readonly<Record<Outcome, string>>;
  readonly byNature: string;
  /** Before the name of the test that shows it. */
  readonly shownBy: string;
}

export const durabilityEn: DurabilityText = {
  caption: 'What becomes of an acknowledged message, by fault and level',
  fault: 'Fault',
  faults: {
    'slow-within': 'a reader is slow, within the history',
    'slow-beyond': 'a reader is slow, beyond the history',
    'back-within': 'a reader comes back within the history',
    'back-later': 'a reader comes back later',
    'link-cut': 'the link between gateway and store is cut',
    'edge-killed': 'a gateway in front of the store is killed',
    'store-paused': 'the process that stores stands still for a while',
    'store-killed': 'the process that stores is killed',
    'store-full': 'the disk is full, or fails',
    'power-lost': 'the machine that stores loses power',
    'machine-lost': 'the machine that stores is gone',
  },
  outcomes: {
    kept: 'kept',
    told: 'told',
    lost: 'lost; a new epoch tells',
    absent: 'cannot happen',
  },
  byNature: 'by nature',
  shownBy: 'Shown by',
};
