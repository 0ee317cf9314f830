/** The sub-sockets of a gateway: each is opened for its first subscriber and closed after its last. */

import type { Backbone, TopicSubscription } from '@micro-socket/backbone';
import type { Limits } from '@micro-socket/protocol';
import type { Clock } from '@micro-socket/transport';
import { SubSocket } from './sub-socket.ts';

/** A sub-socket that is held, and where to join it. */
export interface Acquired {
  readonly subSocket: SubSocket;
  readonly ordinal: number;
}

interface Holding {
  readonly subSocket: SubSocket;
  readonly subscription: Promise<TopicSubscription>;
  /** Subscriptions that hold it, those that still wait for it included. */
  holders: number;
}

export class SubSocketRegistry {
  readonly #backbone: Backbone;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #holdings = new Map<string, Holding>();
  readonly #dirty: SubSocket[] = [];
  #nextAlias = 1;

  constructor(backbone: Backbone, clock: Clock, limits: Limits) {
    this.#backbone = backbone;
    this.#clock = clock;
    this.#limits = limits;
  }

  get size(): number {
    return this.#holdings.size;
  }

  /**
   * The topic's sub-socket, open, and the ordinal that it had reached when this was asked: a message that is published
   * after the asking is one for the asker, however long the opening takes. Each call is matched by one `release`,
   * unless it rejects.
   */
  async acquire(topic: string): Promise<Acquired> {
    const holding = this.#holdings.get(topic) ?? this.#open(topic);
    const ordinal = holding.subSocket.nextOrdinal;
    holding.holders += 1;
    try {
      holding.subSocket.openAt((await holding.subscription).head);
      return { subSocket: holding.subSocket, ordinal };
    } catch (error) {
      this.release(holding.subSocket);
      throw error;
    }
  }

  release(subSocket: SubSocket): void {
    const holding = this.#holdings.get(subSocket.topic);
    if (holding?.subSocket !== subSocket) return;
    holding.holders -= 1;
    if (holding.holders > 0) return;
    this.#holdings.delete(subSocket.topic);
    // A subscription that failed has nothing to close; whoever asked for it has been told.
    holding.subscription.then((subscription) => subscription.close()).catch(() => {});
  }

  #open(topic: string): Holding {
    const alias = this.#nextAlias++;
    const onDirty = (dirty: SubSocket) => this.#flushSoon(dirty);
    const subSocket = new SubSocket({ topic, alias, limits: this.#limits, onDirty });
    const subscription = this.#backbone.subscribe(topic, (entry) => subSocket.append(entry));
    const holding: Holding = { subSocket, subscription, holders: 0 };
    this.#holdings.set(topic, holding);
    return holding;
  }

  #flushSoon(subSocket: SubSocket): void {
    this.#dirty.push(subSocket);
    if (this.#dirty.length === 1) this.#clock.soon(() => this.#flushAll());
  }

  #flushAll(): void {
    for (const subSocket of this.#dirty.splice(0)) subSocket.flush();
  }
}
