/** What can be watched of a simulation beside its history: for pictures, not for checkers. */

import type { HistoryEvent } from './history.ts';

/** A frame or a packet was sent from one node to another. */
export interface PacketEvent {
  readonly kind: 'packet';
  readonly at: number;
  readonly packet: number;
  readonly from: string;
  readonly to: string;
  /** When it arrives if nothing holds it up. */
  readonly arrivesAt: number;
  readonly type: string;
  readonly bytes: number;
  readonly lost?: true;
  readonly topic?: string;
  readonly seqNo?: number;
}

export interface NodeEvent {
  readonly kind: 'node';
  readonly at: number;
  readonly node: string;
  readonly state: 'up' | 'down';
}

export interface ConnectionEvent {
  readonly kind: 'connection';
  readonly at: number;
  readonly client: string;
  readonly gateway: string;
  readonly connection: string;
  readonly state: 'open' | 'closed' | 'half-open';
}

export type NetworkEvent = PacketEvent | NodeEvent | ConnectionEvent;
export type TraceEvent = HistoryEvent | NetworkEvent;
