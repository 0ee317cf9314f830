/** What gateways and the engine say to each other in a simulation. Objects are never changed once they were sent. */

import type { Entry } from '@micro-socket/backbone';
import type { Position } from '@micro-socket/protocol';

export type EngineMethod = 'publish' | 'subscribe' | 'read' | 'snapshot' | 'tail' | 'head' | 'anchor';

export interface EngineRequest {
  /** Names the request among all of its link; a request that is sent again keeps it. */
  readonly id: number;
  readonly link: string;
  readonly method: EngineMethod | 'new-epoch' | 'unsubscribe';
  readonly args: readonly unknown[];
}

export interface EngineAnswer {
  readonly id: number;
  /** Which life of the engine answers. */
  readonly life: number;
  readonly result?: unknown;
  readonly error?: unknown;
}

export interface EngineEntry {
  readonly topic: string;
  readonly life: number;
  readonly entry: Entry;
}

/** What the engine answers to `subscribe`, which is also sent to keep a subscription. */
export interface EngineSubscription {
  readonly head: Position;
}

/** How a link reaches the engine. */
export interface EnginePort {
  send(request: EngineRequest): void;
}

/** Who gets what the engine says to a link. */
export interface LinkPort {
  readonly name: string;
  answer(answer: EngineAnswer): void;
  entry(entry: EngineEntry): void;
}
