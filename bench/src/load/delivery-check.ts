/**
 * Says of every delivery whether it is the message that this subscriber must get next, intact.
 *
 * The quick way compares the end of the delivery with the bytes that were published. Where a dialect's delivery is more
 * than its payload, one in `SAMPLE_EVERY` is parsed and checked field by field too, and so is the one behind it, which
 * must name it as the one before. Only a delivery that is not what was expected takes the slow way, which finds out why.
 * No sockets and no clock here.
 */

import type { Envelope } from '../dialects/dialect.ts';
import { BenchError, type BenchErrorCode } from '../errors.ts';
import { payloadText } from './payload.ts';
import { messageId, TOPIC, type Turn } from './turn.ts';

/** A prime, so that samples visit all subscribers and all places in a turn. */
const SAMPLE_EVERY = 61;

/** What a delivery turned out to be. `ahead`: a later message, so the expected one is late or lost. */
export type Arrival = 'message' | 'ahead';

export interface DeliveryCheckOptions {
  readonly envelope: Envelope;
  readonly idPrefix: string;
  readonly subscribers: number;
}

export class DeliveryCheck {
  readonly #options: DeliveryCheckOptions;
  readonly #fieldsOf: Envelope['fieldsOf'];
  /** The number of the message that each subscriber must get next. */
  readonly #next: Uint32Array;
  readonly #ahead = new Map<number, number>();
  /** The seqNo of the last message of a subscriber, where that one was sampled, or at which it joined. */
  readonly #sampledSeqNo = new Map<number, number>();
  #turn: Turn | undefined;
  #arrived = 0;

  constructor(options: DeliveryCheckOptions) {
    this.#options = options;
    this.#fieldsOf = options.envelope.fieldsOf;
    this.#next = new Uint32Array(options.subscribers);
  }

  /** A subscriber's first message must name this seqNo as the one before, where messages name one. */
  join(subscriber: number, seqNo: number): void {
    this.#sampledSeqNo.set(subscriber, seqNo);
  }

  expect(turn: Turn): void {
    this.#turn = turn;
  }

  /** Takes what a subscriber got. Throws `BenchError` when the subscriber must not have got it. */
  take(subscriber: number, delivery: Buffer): Arrival {
    const number = this.#next[subscriber] as number;
    const tail = this.#turn?.tails[number - this.#turn.first];
    if (tail === undefined || !this.#isIn(delivery, tail)) return this.#unexpected(subscriber, number, delivery);
    if (this.#ahead.has(subscriber)) {
      throw failure('MESSAGE_OUT_OF_ORDER', subscriber, `got message ${this.#ahead.get(subscriber)} before ${number}`);
    }
    this.#next[subscriber] = number + 1;
    this.#arrived += 1;
    if (this.#fieldsOf !== undefined) {
      const isNext = this.#sampledSeqNo.has(subscriber);
      if (isNext || this.#arrived % SAMPLE_EVERY === 0) this.#sample(subscriber, number, this.#fieldsOf(delivery));
    }
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

  #isIn(delivery: Buffer, tail: Buffer): boolean {
    if (this.#options.envelope.isWhole) return delivery.equals(tail);
    const start = delivery.length - tail.length;
    return start > 0 && delivery.compare(tail, 0, tail.length, start) === 0;
  }

  #sample(subscriber: number, number: number, got: Readonly<Record<string, unknown>>): void {
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

  #unexpected(subscriber: number, expected: number, delivery: Buffer): Arrival {
    const number = this.#intactNumber(subscriber, expected, this.#options.envelope.payloadIn(delivery));
    if (number < expected) throw failure('MESSAGE_DUPLICATED', subscriber, `got message ${number} again`);
    if (number === expected) {
      throw failure('MESSAGE_DAMAGED', subscriber, `got message ${number} in a frame of another form`);
    }
    if (!this.#ahead.has(subscriber)) this.#ahead.set(subscriber, number);
    return 'ahead';
  }

  #intactNumber(subscriber: number, expected: number, payload: unknown): number {
    const payloadBytes = this.#turn?.payloadBytes ?? 0;
    const number = (payload as { number?: unknown } | null | undefined)?.number;
    const text = JSON.stringify(payload) ?? '';
    if (Number.isSafeInteger(number) && text === payloadText(number as number, payloadBytes)) return number as number;
    const size = `${Buffer.byteLength(text)} bytes of payload; ${payloadBytes} bytes were published`;
    throw failure('MESSAGE_DAMAGED', subscriber, `got other bytes in place of message ${expected}: ${size}`);
  }
}

/** Subscribers are counted from 1 where people read it. */
function failure(code: BenchErrorCode, subscriber: number, what: string): BenchError {
  return new BenchError(code, `subscriber ${subscriber + 1} ${what}`);
}
