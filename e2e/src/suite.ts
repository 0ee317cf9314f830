/** What an end-to-end suite is: a name, and tests that a gateway passes or fails from the outside. */

import type { Encoding } from '@micro-socket/protocol';
import type { World } from './world.ts';

export interface E2eTest {
  /** Stable inside the suite; translations of the title are kept by it. */
  readonly id: string;
  /** States the behaviour, in English. */
  readonly title: string;
  /** Sections of the protocol and invariants that it proves. */
  readonly proves: readonly string[];
  /** The encodings in which it is run, one after the other. Default: both. */
  readonly encodings?: readonly Encoding[];
  /** How long it may take before it counts as hanging, in milliseconds. Infinite where its waits have bounds of their own. */
  readonly hangMs?: number;
  /** Why it cannot be run on this machine, and what to do about that; `undefined`: it can. */
  readonly whySkipped?: () => string | undefined;
  /** Passes by resolving. Everything that it opened through the world is closed afterwards. */
  readonly run: (world: World) => Promise<void>;
}

export interface Suite {
  readonly name: string;
  readonly title: string;
  readonly tests: readonly E2eTest[];
}
