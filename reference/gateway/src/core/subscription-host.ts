/** What a subscription needs of the connection that it belongs to. */

import type { Backbone } from '@micro-socket/backbone';
import type { GatewayFrame, Limits, UnsubscribedFrame } from '@micro-socket/protocol';
import type { Clock } from '@micro-socket/transport';
import type { Outlet } from './outlet.ts';
import type { Counters } from './stats.ts';
import type { SubSocketRegistry } from './sub-socket-registry.ts';

/** What the session gives its subscriptions. */
export interface SessionPorts {
  readonly outlet: Outlet;
  readonly backbone: Backbone;
  readonly subSockets: SubSocketRegistry;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly counters: Counters;
  /** Whether the client may read the topic at this moment (I1). */
  readonly mayRead: (topic: string) => boolean;
  /** Sends a frame that is for this connection alone. */
  readonly send: (frame: GatewayFrame) => void;
  /** Answers a request that failed. */
  readonly refuse: (error: unknown, id: number | undefined, topic: string) => void;
  readonly onInternalError: (error: unknown) => void;
}

/** What a subscription missed. */
export interface Overrun {
  /** The last seqNo that it was given; everything after it is missing. */
  readonly fromSeqNo: number;
  readonly toSeqNo: number;
}

/** What the connection's table of subscriptions does for each of them. */
export interface SubscriptionHost<Subscription> extends SessionPorts {
  /** `serve` is to be called when the outlet has room again. */
  readonly park: (subscription: Subscription) => void;
  readonly end: (subscription: Subscription, reason: UnsubscribedFrame['reason']) => void;
  readonly lagged: (subscription: Subscription, overrun: Overrun) => void;
  /** The history could not be read. */
  readonly fail: (subscription: Subscription, error: unknown) => void;
}
