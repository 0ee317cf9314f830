/**
 * The port through which prices come in. A source tells instruments first and then ticks; it judges nothing, because
 * what may enter the main log is decided in one place for all sources (`gate.ts`).
 */

import type { Instrument } from './instrument.ts';
import type { Tick } from './tick.ts';

// #region port
/** Where a source puts what it has. */
export interface SourceSink {
  /** An instrument that is going to have ticks; telling it again changes nothing. Throws `PriceFeedError` FIELD. */
  instrument(instrument: Instrument): void;
  /** Never throws: a tick that may not enter is refused and counted. */
  tick(tick: Tick): void;
  /**
   * Resolves when there is room for more. Who can wait, does; who cannot, such as an exchange, goes on: beyond the bound
   * the newest tick of each instrument takes the place of the older one, and that is counted.
   */
  ready(): Promise<void>;
  /** Something that the operator should know and that ends nothing, such as a line that cannot be read. */
  problem(text: string): void;
  /** The source has nothing to tell until `found` is called: its connection is lost. One sentence. */
  lost(why: string): void;
  /** The source is there again, or for the first time. */
  found(): void;
  /** The source has told everything: the end of a file. */
  ended(): void;
}

export interface PriceSource {
  /** What it is called in statistics, such as `simulator` or `binance`. */
  readonly name: string;
  /** Begins to tell; called once. Rejects where it cannot begin at all, such as for a file that does not exist. */
  start(sink: SourceSink): Promise<void>;
  /** Tells nothing from now on, and gives back what it holds. */
  stop(): Promise<void>;
}
// #endregion port
