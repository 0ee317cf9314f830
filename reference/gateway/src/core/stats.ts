/** What a gateway counts, and what it holds now. */

import type { LatencySummary } from './latency.ts';

/** All counters rise from 0 at the gateway's start. */
export interface Counters {
  /** Publishes that were stored. */
  published: number;
  /** Publishes that were answered as duplicates (I2). */
  duplicates: number;
  /** Publishes refused with MESSAGE_ID_CONFLICT (I2). */
  conflicts: number;
  /** Messages given to subscribers, each time that one is. */
  delivered: number;
  /** Requests refused with ACL_DENIED, and tokens that were refused (I1). */
  denied: number;
  /** Connections ended because their token expired (I1). */
  expired: number;
  /** Connections and subscriptions ended because a token or a grant was withdrawn (I1). */
  revoked: number;
  /** Frames that could not be understood. */
  badFrames: number;
  /** Frames refused with RATE_LIMITED. */
  rateLimited: number;
  /** Subscriptions ended because what they needed was no longer kept (I4). */
  lagged: number;
  /** Sessions that were resumed (I6). */
  resumed: number;
  /** Resumes refused with SESSION_INVALID (I6). */
  resumesRefused: number;
  /** Connections that lost their session to another one (I6). */
  takenOver: number;
  /** Subscriptions that began at an anchored position (I6). */
  recoveredFull: number;
  /** Subscriptions whose position was not anchored (I6). */
  recoveredGap: number;
  /** Snapshots that were begun. */
  snapshots: number;
  /** `replay` requests (I4). */
  replays: number;
  /** Messages sent from the history to subscribers that came back or fell behind (I6). */
  replayedMessages: number;
  /** Topics announced as late (I5). */
  late: number;
  /** Topics announced as stale, because their source was silent (I5). */
  stale: number;
}

/** A gateway's counters, and what it holds now. */
export interface Stats extends Readonly<Counters> {
  readonly connections: number;
  readonly subSockets: number;
  readonly subscriptions: number;
  /** Sessions that are present somewhere, those in their grace included. */
  readonly presences: number;
  /** From storing to the hand-over to subscribers, over all topics, in milliseconds (I5). */
  readonly latency: LatencySummary;
}

/** All counters at 0. */
export function newCounters(): Counters {
  return {
    published: 0,
    duplicates: 0,
    conflicts: 0,
    delivered: 0,
    denied: 0,
    expired: 0,
    revoked: 0,
    badFrames: 0,
    rateLimited: 0,
    lagged: 0,
    resumed: 0,
    resumesRefused: 0,
    takenOver: 0,
    recoveredFull: 0,
    recoveredGap: 0,
    snapshots: 0,
    replays: 0,
    replayedMessages: 0,
    late: 0,
    stale: 0,
  };
}
