/**
 * What the load generator must say and understand to talk to a program under measurement.
 *
 * Everything that is checked, counted and timed is the same for all programs; a dialect only opens a connection, writes a
 * publish, and finds the delivered messages in what has come. No sockets and no clock here.
 */

import { BenchError } from '../errors.ts';

export type Outgoing = string | Uint8Array;

export interface SessionOptions {
  /** What to subscribe to; a publisher has none. */
  readonly topic?: string | undefined;
}

/** Where a session says what has come. */
export interface Inbox {
  /** The connection is set up. A subscription begins behind this seqNo, where there are such; 0 otherwise. */
  ready(seqNo: number): void;
  /** One message was delivered; the check compares these bytes. */
  delivery(bytes: Buffer): void;
  /** One publish was answered: the server has it. */
  acknowledged(): void;
  /** Something must be answered, or nothing goes on. */
  say(message: Outgoing): void;
}

/** One connection, from its first word on; it may remember the half of a message that has come. */
export interface Session {
  /** The WebSocket is open. */
  begin(inbox: Inbox): void;
  /** A WebSocket message has come. Throws `BenchError` UNEXPECTED_FRAME for what has no place here. */
  read(message: Buffer, inbox: Inbox): void;
}

export interface PublishedMessage {
  readonly number: number;
  /** Unique among runs against one server, for programs that want to know. */
  readonly messageId: string;
  /** JSON of an exact size. */
  readonly payload: string;
}

/** How a delivered message holds its payload. */
export interface Envelope {
  /** The last bytes of the delivery. They hold the whole payload with its number. */
  tailOf(payload: string): Buffer;
  /** True when the tail is all of it, so that every byte of every delivery is compared. */
  readonly isWhole: boolean;
  /** The value of the payload in a delivery that is not what was expected. Throws when there is none. */
  payloadIn(delivery: Buffer): unknown;
  /** What else a delivery says of its message; undefined where it is nothing but its payload. */
  readonly fieldsOf?: (delivery: Buffer) => Readonly<Record<string, unknown>>;
}

export interface Dialect {
  readonly subprotocol?: string;
  /** Whether a publish is answered. Without that a turn ends with its last delivery. */
  readonly acknowledges: boolean;
  readonly envelope: Envelope;
  /** Where to connect, when that differs from the server's address. */
  urlOf?(address: string, options: SessionOptions): string;
  session(options: SessionOptions): Session;
  /** The WebSocket messages that publish these, written in one go. */
  publish(topic: string, messages: readonly PublishedMessage[]): Outgoing[];
}

const SHOWN_BYTES_MAX = 200;

export function unexpected(message: Uint8Array): BenchError {
  return new BenchError('UNEXPECTED_FRAME', `got ${Buffer.from(message).toString('utf8', 0, SHOWN_BYTES_MAX)}`);
}
