/** One live feed of a channel: each message of the main log, derived as it comes. */

import type { EntryListener, FeedEvents } from '@micro-socket/backbone';
import { deriveEntry, type MainEntry } from './derived-entry.ts';
import type { Ledger, LedgerListener } from './ledger.ts';

export interface ChannelFeedOptions {
  readonly ledger: Ledger;
  readonly channel: string;
  readonly listener: EntryListener;
  readonly events: FeedEvents;
  /** A message was derived; for statistics. */
  readonly onDerived: () => void;
  /** The channel has ended, or the log was lost: the feed tells nothing any more. */
  readonly onOver: () => void;
}

/** The channel must exist when the feed begins to listen. */
export class ChannelFeed implements LedgerListener {
  readonly #options: ChannelFeedOptions;

  constructor(options: ChannelFeedOptions) {
    this.#options = options;
  }

  onEntry(main: MainEntry): void {
    const { ledger, channel: id, listener, events, onDerived, onOver } = this.#options;
    const { message } = main;
    const closed = message?.type === 'margins' && message.channel === id ? message.closed : undefined;
    const channel = ledger.channels.get(id);
    if (channel === undefined || closed !== undefined) {
      onOver();
      events.onClosed?.(closed ?? `The channel ${id} has been deleted.`);
      return;
    }
    onDerived();
    listener(deriveEntry(main, channel.current, { channel: id, instruments: ledger.instruments }));
  }

  onLost(): void {
    this.#options.onOver();
    this.#options.events.onLost?.();
  }
}
