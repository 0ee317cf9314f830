/** What a gateway counts. All counters rise from 0 at its start. */
export interface Counters {
  /** Publishes that were stored. */
  published: number;
  /** Publishes that were answered as duplicates (I2). */
  duplicates: number;
  /** Requests refused with ACL_DENIED, and setups refused for their token (I1). */
  denied: number;
  /** Frames that could not be understood. */
  badFrames: number;
  /** Subscriptions ended because the subscriber could not keep up (I4). */
  lagged: number;
}

/** A gateway's counters, and what it holds now. */
export interface Stats extends Readonly<Counters> {
  readonly connections: number;
  readonly subSockets: number;
  readonly subscriptions: number;
}
