/** What those dialects share that deliver the payload as it was published. */

import { BenchError } from '../errors.ts';
import type { Envelope } from './dialect.ts';

/** The delivery is the payload and nothing else. */
export const BARE: Envelope = {
  tailOf: (payload) => Buffer.from(payload),
  isWhole: true,
  payloadIn: jsonIn,
};

/** Throws `BenchError` MESSAGE_DAMAGED. */
export function jsonIn(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new BenchError('MESSAGE_DAMAGED', 'got a payload that is not JSON');
  }
}

/** The bytes of a stream that were not enough for a whole packet, and those that come behind them. */
export class Remainder {
  #rest: Buffer | undefined;

  /** All that is there to be read. */
  with(chunk: Buffer): Buffer {
    const all = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = undefined;
    return all;
  }

  keep(rest: Buffer): void {
    this.#rest = rest.length === 0 ? undefined : rest;
  }
}
