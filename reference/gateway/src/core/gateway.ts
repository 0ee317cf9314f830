/**
 * A gateway: accepts connections, keeps sub-sockets, speaks the protocol.
 *
 * It has no network code and no clock of its own: a server adapter hands it accepted connections, and time, chance and
 * the backbone are arguments. So the same class runs on Node, in a page, and in a simulation.
 */

import type { Backbone } from '@micro-socket/backbone';
import { CLOSE_CODES, DEFAULT_LIMITS, type Limits } from '@micro-socket/protocol';
import { type AcceptedConnection, type Clock, type Random, randomId } from '@micro-socket/transport';
import type { AccessPolicy } from './access.ts';
import { Session, type SessionContext } from './session.ts';
import type { Counters, Stats } from './stats.ts';
import { SubSocketRegistry } from './sub-socket-registry.ts';

export interface GatewayOptions {
  /** Named in `ready`, for people who look at more than one gateway. 1 to 64 characters. */
  readonly name: string;
  readonly backbone: Backbone;
  readonly policy: AccessPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits?: Limits;
  /** Hears of failures that are no fault of a client. */
  readonly onInternalError?: (error: unknown) => void;
}

/** The window over which clients spread their reconnects after a goodbye. */
const RECONNECT_MAX_MS = 5_000;

export class Gateway {
  readonly #random: Random;
  readonly #limits: Limits;
  readonly #context: SessionContext;
  readonly #subSockets: SubSocketRegistry;
  readonly #sessions = new Set<Session>();
  readonly #counters: Counters = { published: 0, duplicates: 0, denied: 0, badFrames: 0, lagged: 0 };
  #draining = false;

  constructor(options: GatewayOptions) {
    const { name, backbone, policy, clock, random, limits = DEFAULT_LIMITS } = options;
    this.#random = random;
    this.#limits = limits;
    this.#subSockets = new SubSocketRegistry(backbone, clock, limits);
    this.#context = {
      gatewayName: name,
      backbone,
      policy,
      clock,
      limits,
      subSockets: this.#subSockets,
      counters: this.#counters,
      onEnd: (session) => this.#sessions.delete(session),
      onInternalError: options.onInternalError ?? (() => {}),
    };
  }

  /** Takes over an accepted connection. Beyond `connectionsMax`, or while draining, it is closed at once. */
  accept(connection: AcceptedConnection): void {
    if (this.#draining) {
      connection.close(CLOSE_CODES.DRAINING.code, 'This gateway is shutting down.');
    } else if (this.#sessions.size >= this.#limits.connectionsMax) {
      const reason = `This gateway has ${this.#limits.connectionsMax} connections (connectionsMax).`;
      connection.close(CLOSE_CODES.OVERLOADED.code, reason);
    } else {
      this.#sessions.add(new Session(connection, randomId(this.#random, 20), this.#context));
    }
  }

  /** Says goodbye to every client and takes no more. */
  drain(reason: string): void {
    this.#draining = true;
    for (const session of [...this.#sessions]) session.goodbye(reason, RECONNECT_MAX_MS);
  }

  stats(): Stats {
    let subscriptions = 0;
    for (const session of this.#sessions) subscriptions += session.subscriptionCount;
    return {
      ...this.#counters,
      connections: this.#sessions.size,
      subSockets: this.#subSockets.size,
      subscriptions,
    };
  }
}
