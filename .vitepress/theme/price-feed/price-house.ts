/** Where the prices of the screen come from: a gateway of the page itself, or one that has been started. */

import type { MarginsText, SideMarginText } from '@micro-socket/price-feed';
import type { Clock } from '@micro-socket/transport';
import type { ChannelName } from './feeds.ts';
import type { TapHandler, TappedConnection } from './tapped-connection.ts';

/** A channel as it is at one version. */
export interface ChannelState {
  readonly epoch: string;
  readonly version: number;
  readonly margins: MarginsText;
}

/** The margin that bid and ask of one instrument are to have. */
export interface MarginChange {
  readonly channel: ChannelName;
  /** An instrument, or `*` for those that are not named. */
  readonly instrument: string;
  readonly margin: SideMarginText;
}

/** What can be done to a market that is in the page. */
export interface Market {
  cut(): void;
  restore(): void;
  /** About so many ticks a second, over all instruments. */
  pace(ticksPerSecond: number): void;
}

export interface PriceHouse {
  readonly clock: Clock;
  readonly token: string;
  /** Opens a connection with a tap in it, which expects so many `subscribed` frames. */
  dial(tap: TapHandler, expected: number): Promise<TappedConnection>;
  /** The seqNo of the newest message of the main feed, where it is known without asking. */
  head(): number | undefined;
  channel(id: ChannelName): Promise<ChannelState>;
  /** Rejects when the channel is not at the version that was seen any more. */
  change(change: MarginChange, seen: ChannelState): Promise<ChannelState>;
  /** Absent where the market is out of reach. */
  readonly market?: Market;
  /** Takes so many frames a second from connections from now on; absent where a reader cannot be made slow. */
  slow?(framesPerSecond: number | undefined): void;
  /** Stands still; absent where only the connection can be given up. */
  pause?(): void;
  goOn?(): void;
  close(): Promise<void>;
}

/** All that a margin of bid and ask is, in the words of the REST interface. */
export function marginsOf({ instrument, margin }: MarginChange): MarginsText {
  return { [instrument]: { bid: margin, ask: margin } };
}
