/** The messages that are published in one go, and how each must end when it is delivered. */

import type { Dialect, Outgoing } from '../dialects/dialect.ts';
import { payloadText } from './payload.ts';

export const TOPIC = 'bench.fan-out';

export interface TurnOptions {
  /** Number of the first message; the first message of all has 0. */
  readonly first: number;
  readonly messages: number;
  readonly payloadBytes: number;
  /** Makes messageIds unique among runs against one server. */
  readonly idPrefix: string;
  readonly dialect: Dialect;
}

export interface Turn {
  readonly first: number;
  readonly payloadBytes: number;
  /** What publishes them. */
  readonly outgoing: readonly Outgoing[];
  /**
   * The last bytes of the deliveries. They hold the whole payload with its number, so one comparison of bytes tells that
   * the message is intact and that it is the next.
   */
  readonly tails: readonly Buffer[];
}

export function makeTurn({ first, messages, payloadBytes, idPrefix, dialect }: TurnOptions): Turn {
  const published = Array.from({ length: messages }, (_, place) => {
    const number = first + place;
    return { number, messageId: messageId(idPrefix, number), payload: payloadText(number, payloadBytes) };
  });
  return {
    first,
    payloadBytes,
    outgoing: dialect.publish(TOPIC, published),
    tails: published.map(({ payload }) => dialect.envelope.tailOf(payload)),
  };
}

export function messageId(prefix: string, number: number): string {
  return `${prefix}-${number}`;
}
