/** What every format of a recorded file has in common. */

import type { Tick } from '../tick.ts';

/** Reads the lines of one pass through a file. */
export interface LineReader {
  /** Whether the first line names the columns; it is not to be read then. */
  readonly hasHeader: boolean;
  /** The tick of a line; `undefined` for one that tells no price. Throws `PriceFeedError`. */
  read(line: string): Tick | undefined;
}
