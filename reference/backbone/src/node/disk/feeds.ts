import type { FeedEvents } from '../../contract.ts';

interface Feed {
  readonly events: FeedEvents;
  readonly leave: () => void;
}

/** All that listen to a backbone's topics, so that they can be told when nobody knows any more what they have missed. */
export class Feeds {
  readonly #feeds = new Set<Feed>();

  /** Gives what ends it. */
  add(feed: Feed): () => void {
    this.#feeds.add(feed);
    return () => {
      this.#feeds.delete(feed);
      feed.leave();
    };
  }

  lose(): void {
    const feeds = [...this.#feeds];
    this.#feeds.clear();
    for (const { leave, events } of feeds) {
      leave();
      events.onLost?.();
    }
  }
}
