/** Says of every frame that a subscriber gets whether it holds the price that must come, by the load generator's own calculation. */

import { BenchError, type BenchErrorCode } from '../errors.ts';
import { INSTRUMENTS } from './market.ts';

/** What a frame turned out to be. `notice`: something that a gateway may say of a topic at any time. */
export type Arrival = 'prices' | 'ping' | 'notice';

const NOTICES: readonly unknown[] = ['head', 'health', 'live'];

export interface PriceCheck {
  /** The ticks `first` to `first + count - 1` are published now. */
  expect(first: number, count: number): void;
  /** Takes a frame. Throws `BenchError` when this subscriber must not have got it. */
  take(connection: number, frame: Buffer): Arrival;
  /** Whether every subscriber has everything that it must get of what was published. */
  readonly isComplete: boolean;
  /** Prices that were taken. */
  readonly deliveries: number;
  /** The error of a run that does not complete. */
  lost(silenceMs: number): BenchError;
}

/** The topics that one connection subscribes to, as numbers of channels. */
export type ConnectionTopics = readonly number[];

export const INSTRUMENT_COUNT = INSTRUMENTS.length;

/** A ping or a notice; anything else is a fault. */
export function otherFrame(frame: Readonly<Record<string, unknown>>, who: string): Arrival {
  if (frame['type'] === 'ping') return 'ping';
  if (NOTICES.includes(frame['type'])) return 'notice';
  throw failure('UNEXPECTED_FRAME', who, `got ${JSON.stringify(frame).slice(0, 500)}`);
}

/** Throws `BenchError` MESSAGE_DAMAGED. */
export function parsedFrame(frame: Buffer, who: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(frame.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below, as any other value that is not an object.
  }
  throw failure('MESSAGE_DAMAGED', who, 'got a frame that is not a JSON object');
}

export function failure(code: BenchErrorCode, who: string, what: string): BenchError {
  return new BenchError(code, `${who} ${what}`);
}
