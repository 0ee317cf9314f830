/** The messages that are published in one go, and how each must end when it is delivered. */

import { payloadText } from './payload.ts';

export const TOPIC = 'bench.fan-out';

export interface TurnOptions {
  /** Number of the first message; the first message of all has 0. */
  readonly first: number;
  readonly messages: number;
  readonly payloadBytes: number;
  /** Makes messageIds unique among runs against one server. */
  readonly idPrefix: string;
}

export interface Turn {
  readonly first: number;
  /** The `publish` frames. */
  readonly frames: readonly string[];
  /**
   * The last bytes of the delivered frames. They hold the whole payload with its number, so one comparison of bytes
   * tells that the message is intact and that it is the next.
   */
  readonly tails: readonly Buffer[];
}

export function makeTurn({ first, messages, payloadBytes, idPrefix }: TurnOptions): Turn {
  const frames: string[] = [];
  const tails: Buffer[] = [];
  for (let number = first; number < first + messages; number++) {
    const payload = payloadText(number, payloadBytes);
    const head = `{"type":"publish","id":${number},"topic":"${TOPIC}","messageId":"${messageId(idPrefix, number)}"`;
    frames.push(`${head},"payload":${payload}}`);
    tails.push(Buffer.from(`,"data":${payload}}`));
  }
  return { first, frames, tails };
}

export function messageId(prefix: string, number: number): string {
  return `${prefix}-${number}`;
}
