/** What happened to a client that a program may want to show or watch. All counts since the client was made. */

export interface ClientStats {
  /** Connections that were made again after one was lost. */
  readonly reconnects: number;
  /** Those of them that continued the session. */
  readonly resumed: number;
  /** Times at which a subscription was told that messages are missing. */
  readonly gaps: number;
  /** Replays that were asked for to fill a gap. */
  readonly replays: number;
  /** Messages that came twice and were dropped. */
  readonly duplicates: number;
  /** Checksums that were not the gateway's. */
  readonly checksumFailures: number;
  /** Messages whose signature did not show whose they are. */
  readonly signatureFailures: number;
  /** Publishes that were sent again, because no answer or a passing refusal had come. */
  readonly publishesSentAgain: number;
}

export type Counters = { -readonly [Name in keyof ClientStats]: number };

export function newCounters(): Counters {
  return {
    reconnects: 0,
    resumed: 0,
    gaps: 0,
    replays: 0,
    duplicates: 0,
    checksumFailures: 0,
    signatureFailures: 0,
    publishesSentAgain: 0,
  };
}
