import type { LossListener } from '../../contract.ts';

interface Feed {
  readonly onLost: LossListener;
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
    for (const { leave, onLost } of feeds) {
      leave();
      onLost();
    }
  }
}
