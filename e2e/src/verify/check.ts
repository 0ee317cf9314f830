/** What a conformance check is. */

import type { Encoding } from '@micro-socket/protocol';
import type { CheckContext } from './context.ts';
import type { Level } from './level.ts';

export interface Check {
  /** Stable; results and translations of the title are kept by it. */
  readonly id: string;
  readonly level: Level;
  /** States the behaviour of the gateway, in English. */
  readonly title: string;
  /** Sections of the protocol and invariants that it proves. */
  readonly proves: readonly string[];
  /** The encodings in which it means something. Default: all. */
  readonly encodings?: readonly Encoding[];
  /** It mostly waits for the gateway's clock, so it is made beside the others and takes no turn from them. */
  readonly waits?: true;
  /** Passes by resolving; rejects with `Mismatch` or `Skipped`. Whatever it opened is closed afterwards. */
  readonly run: (context: CheckContext) => Promise<void>;
}
