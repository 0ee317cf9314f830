/**
 * Says of every delivered frame whether it is the message that this subscriber must get next, intact.
 *
 * The quick way compares the end of the frame with the bytes that were published; one frame in `SAMPLE_EVERY` is parsed
 * and checked field by field too, and so is the one behind it, which must name it as the one before. Only a frame that is
 * not what was expected takes the slow way, which finds out why. No sockets and no clock here.
 */

import { BenchError, type BenchErrorCode } from '../errors.ts';
import { payloadText } from './payload.ts';
import { messageId, TOPIC, type Turn } from './turn.ts';

/** A prime, so that samples visit all subscribers and all places in a turn. */
const SAMPLE_EVERY = 61;

/**
 * What a frame turned out to be. `ahead`: a later message, so the expected one is late or lost. `notice`: something that a
 * gateway may say of a topic at any time, such as where an idle one stands.
 */
export type Arrival = 'message' | 'ahead' | 'ping' | 'notice';

const NOTICES: readonly unknown[] = ['head', 'health'];

export interface DeliveryCheckOptions {
  readonly payloadBytes: number;
  readonly idPrefix: string;
  /** The seqNo at which each subscriber joined. */
  readonly joinedAt: readonly number[];
}

export class DeliveryCheck {
  readonly #options: DeliveryCheckOptions;
  /** The number of the message that each subscriber must get next. */
  readonly #next: Uint32Array;
  readonly #ahead = new Map<number, number>();
  /** The seqNo of the last message of a subscriber, where that one was sampled. */
  readonly #sampledSeqNo = new Map<number, number>();
  #turn: Turn | undefined;
  #arrived = 0;

  constructor(options: DeliveryCheckOptions) {
    this.#options = options;
    this.#next = new Uint32Array(options.joinedAt.length);
  }

  expect(turn: Turn): void {
    this.#turn = turn;
  }

  /** Takes a frame that a subscriber got. Throws `BenchError` when the subscriber must not have got it. */
  take(subscriber: number, frame: Buffer): Arrival {
    const number = this.#next[subscriber] as number;
    const tail = this.#turn?.tails[number - this.#turn.first];
    if (tail === undefined || !endsWith(frame, tail)) return this.#unexpected(subscriber, number, frame);
    if (this.#ahead.has(subscriber)) {
      throw failure('MESSAGE_OUT_OF_ORDER', subscriber, `got message ${this.#ahead.get(subscriber)} before ${number}`);
    }
    this.#next[subscriber] = number + 1;
    this.#arrived += 1;
    if (number === 0) this.#sampledSeqNo.set(subscriber, this.#options.joinedAt[subscriber] as number);
    const isNext = this.#sampledSeqNo.has(subscriber);
    if (isNext || this.#arrived % SAMPLE_EVERY === 0) this.#sample(subscriber, number, frame);
    return 'message';
  }

  /** The error of a turn that does not complete. */
  lost(silenceMs: number): BenchError {
    const end = this.#turn === undefined ? 0 : this.#turn.first + this.#turn.tails.length;
    const subscriber = this.#next.findIndex((number) => number < end);
    if (subscriber === -1) {
      return new BenchError('MESSAGE_LOST', `the publisher got no ack for a message within ${silenceMs} ms`);
    }
    const ahead = this.#ahead.get(subscriber);
    const later = ahead === undefined ? '' : `, though it got message ${ahead}`;
    const what = `did not get message ${this.#next[subscriber]} within ${silenceMs} ms${later}`;
    return failure('MESSAGE_LOST', subscriber, what);
  }

  #sample(subscriber: number, number: number, frame: Buffer): void {
    const got = parsed(subscriber, frame);
    const before = this.#sampledSeqNo.get(subscriber);
    const expected = {
      type: 'message',
      topic: TOPIC,
      messageId: messageId(this.#options.idPrefix, number),
      ...(before === undefined ? {} : { prevSeqNo: before }),
    };
    for (const [field, value] of Object.entries(expected)) {
      if (got[field] === value) continue;
      const what = `got message ${number} with ${field} ${JSON.stringify(got[field])}, not ${JSON.stringify(value)}`;
      throw failure('MESSAGE_DAMAGED', subscriber, what);
    }
    const { seqNo, prevSeqNo } = got;
    if (typeof seqNo !== 'number' || typeof prevSeqNo !== 'number' || seqNo <= prevSeqNo) {
      const what = `got message ${number} with seqNo ${JSON.stringify(seqNo)} behind ${JSON.stringify(prevSeqNo)}`;
      throw failure('MESSAGE_DAMAGED', subscriber, what);
    }
    if (before === undefined) this.#sampledSeqNo.set(subscriber, seqNo);
    else this.#sampledSeqNo.delete(subscriber);
  }

  #unexpected(subscriber: number, expected: number, frame: Buffer): Arrival {
    const got = parsed(subscriber, frame);
    if (got['type'] === 'ping') return 'ping';
    if (NOTICES.includes(got['type'])) return 'notice';
    if (got['type'] !== 'message') throw failure('UNEXPECTED_FRAME', subscriber, `got ${frame}`);
    const number = this.#intactNumber(subscriber, expected, got['data']);
    if (number < expected) throw failure('MESSAGE_DUPLICATED', subscriber, `got message ${number} again`);
    if (number === expected) {
      throw failure('MESSAGE_DAMAGED', subscriber, `got message ${number} in a frame of another form`);
    }
    if (!this.#ahead.has(subscriber)) this.#ahead.set(subscriber, number);
    return 'ahead';
  }

  #intactNumber(subscriber: number, expected: number, data: unknown): number {
    const { payloadBytes } = this.#options;
    const number = (data as { number?: unknown } | null)?.number;
    const text = JSON.stringify(data) ?? '';
    if (Number.isSafeInteger(number) && text === payloadText(number as number, payloadBytes)) return number as number;
    const size = `${Buffer.byteLength(text)} bytes of payload; ${payloadBytes} bytes were published`;
    throw failure('MESSAGE_DAMAGED', subscriber, `got other bytes in place of message ${expected}: ${size}`);
  }
}

function endsWith(frame: Buffer, tail: Buffer): boolean {
  const start = frame.length - tail.length;
  return start > 0 && frame.compare(tail, 0, tail.length, start) === 0;
}

function parsed(subscriber: number, frame: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(frame.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below, as any other value that is not an object.
  }
  throw failure('MESSAGE_DAMAGED', subscriber, 'got a frame that is not a JSON object');
}

/** Subscribers are counted from 1 where people read it. */
function failure(code: BenchErrorCode, subscriber: number, what: string): BenchError {
  return new BenchError(code, `subscriber ${subscriber + 1} ${what}`);
}
