/** What messages are put into: a gateway, or a bare store that does the same work. */

export interface SinkEvents {
  /** The sink has the message, at the level that it is asked for. */
  onAcknowledged(number: number): void;
  /** It did something that it must not; called once. */
  onFault(error: unknown): void;
}

export interface Sink {
  /** Names who is told, once, before the first message. */
  listen(events: SinkEvents): void;
  /** Puts in the message with this number; numbers rise by one from 0 on. */
  put(number: number): void;
  /** Called while nothing is under way. Rejects with `BenchError` when what was acknowledged is not there, intact and in order. */
  verify(): Promise<void>;
  close(): Promise<void>;
}
