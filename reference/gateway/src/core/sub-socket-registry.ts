/** The sub-sockets of a gateway: each is opened for its first subscriber and closed after its last. */

import type { Backbone, TopicSubscription } from '@micro-socket/backbone';
import type { Limits } from '@micro-socket/protocol';
import type { Clock } from '@micro-socket/transport';
import { LatencyHistogram } from './latency.ts';
import { Pulse } from './pulse.ts';
import type { Counters } from './stats.ts';
import { SubSocket } from './sub-socket.ts';

/** A sub-socket that is held, and where to join it. */
export interface Acquired {
  readonly subSocket: SubSocket;
  readonly ordinal: number;
}

export interface RegistryOptions {
  readonly backbone: Backbone;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly counters: Counters;
  /** How many messages the ring of a topic keeps; `undefined`: as many as the limits say. */
  readonly ringLengthOf: (topic: string) => number | undefined;
  /** A topic has its first subscriber. Each call is followed by one of `onClosed`. */
  readonly onOpened: (topic: string) => void;
  /** The last subscriber has gone. */
  readonly onClosed: (topic: string) => void;
}

interface Holding {
  readonly subSocket: SubSocket;
  readonly subscription: Promise<TopicSubscription>;
  /** Subscriptions that hold it, those that still wait for it included. */
  holders: number;
}

export class SubSocketRegistry {
  /** From storing to hand-over, over all topics (I5). */
  readonly latency = new LatencyHistogram();
  readonly #options: RegistryOptions;
  readonly #pulse: Pulse;
  /** Those that can be joined; one whose epoch has ended is not here any more. */
  readonly #byTopic = new Map<string, Holding>();
  readonly #holdings = new Map<SubSocket, Holding>();
  readonly #dirty: SubSocket[] = [];
  #nextAlias = 1;

  constructor(options: RegistryOptions) {
    const { clock, limits, counters } = options;
    this.#options = options;
    const { headIntervalMs, latencyObjectiveMs: objectiveMs } = limits;
    this.#pulse = new Pulse({ clock, headIntervalMs, objectiveMs, counters });
  }

  get size(): number {
    return this.#holdings.size;
  }

  /** The sub-sockets that are open, with the latency of each; for statistics. */
  *all(): Generator<{ subSocket: SubSocket; latency: LatencyHistogram | undefined }> {
    for (const { subSocket } of this.#holdings.values()) {
      yield { subSocket, latency: this.#pulse.monitorOf(subSocket)?.allTime };
    }
  }

  /**
   * The topic's sub-socket, open, and the ordinal that it had reached when this was asked: a message that is published
   * after the asking is one for the asker, however long the opening takes. Each call is matched by one `release`,
   * unless it rejects.
   */
  async acquire(topic: string): Promise<Acquired> {
    const holding = this.#byTopic.get(topic) ?? this.#open(topic);
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
    const holding = this.#holdings.get(subSocket);
    if (holding === undefined) return;
    holding.holders -= 1;
    if (holding.holders > 0) return;
    this.#holdings.delete(subSocket);
    this.#forget(holding);
    this.#pulse.remove(subSocket);
    // A subscription that failed has nothing to close; whoever asked for it has been told.
    holding.subscription.then((subscription) => subscription.close()).catch(() => {});
    this.#options.onClosed(subSocket.topic);
  }

  #open(topic: string): Holding {
    const { clock, limits, counters, backbone, ringLengthOf } = this.#options;
    const subSocket: SubSocket = new SubSocket({
      topic,
      alias: this.#nextAlias++,
      clock,
      limits,
      counters,
      ringLengthMax: Math.min(ringLengthOf(topic) ?? limits.ringLengthMax, limits.ringLengthMax),
      onDirty: (dirty) => this.#flushSoon(dirty),
      onLag: (of, lagMs) => this.#record(of, lagMs),
      onOver: (of) => this.#forget(this.#holdings.get(of)),
    });
    const subscription = backbone.subscribe(topic, (entry) => subSocket.append(entry), {
      onLost: () => subSocket.fail(),
      onClosed: (why) => subSocket.conclude(why),
      onHealth: (source) => subSocket.sourceIs(source),
    });
    const holding: Holding = { subSocket, subscription, holders: 0 };
    this.#byTopic.set(topic, holding);
    this.#holdings.set(subSocket, holding);
    this.#pulse.add(subSocket);
    this.#options.onOpened(topic);
    return holding;
  }

  #forget(holding: Holding | undefined): void {
    const topic = holding?.subSocket.topic;
    if (topic !== undefined && this.#byTopic.get(topic) === holding) this.#byTopic.delete(topic);
  }

  #record(subSocket: SubSocket, lagMs: number): void {
    // A clock that was set back makes a lag that never was; the monitor counts those.
    this.latency.record(Math.max(0, lagMs));
    this.#pulse.record(subSocket, lagMs);
  }

  #flushSoon(subSocket: SubSocket): void {
    this.#dirty.push(subSocket);
    if (this.#dirty.length === 1) this.#options.clock.soon(() => this.#flushAll());
  }

  #flushAll(): void {
    for (const subSocket of this.#dirty.splice(0)) subSocket.flush();
  }
}
